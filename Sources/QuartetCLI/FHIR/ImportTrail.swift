import Base
import JSON

/// How far an import of one source has come: everything up to some place is done with, whatever is still under way behind
/// it. A run that is broken off goes on from there.
///
/// What was read up to a place is known by a chain of digests, so that a file that was changed meanwhile is not taken for the
/// one that was begun.
struct ImportTrail {
  /// A place where the import can go on.
  struct Mark: Hashable {
    /// Lines or entries up to here.
    var order = 0
    var chain = Digest.zero
    /// Of those before: handed to the store, and refused before they were.
    var accepted = 0
    var refused = 0
    /// The last resource of each nation: while these are in the store, it was not set back to an earlier time.
    var witnesses: [Nation: String] = [:]
  }

  private(set) var now = Mark()
  private var marks: [Mark] = []
  /// The first order of each batch that is under way, and of each that is being filled.
  private var open: [Int: Int] = [:]
  private var refusedByStore: [(order: Int, reference: String)] = []
  /// Of these, those that a mark has taken in.
  private var settledRefusals = 0
  /// In lines or entries.
  private static let spacing = 1_024

  init(from mark: Mark = Mark()) { now = mark }

  /// Whether a run may go on here after it was broken off. Batches are to end here: then those of the next run are the same
  /// as this one's, under the same request ids, so that what this one has stored is not stored again, over what others have
  /// made of it since.
  var isAtMark: Bool { now.order > 0 && now.order % Self.spacing == 0 }

  mutating func read(_ bytes: [UInt8]?) {
    if isAtMark { marks.append(now) }
    now.order += 1
    now.chain = Self.chain(after: now.chain, bytes)
  }

  static func chain(after chain: Digest, _ bytes: [UInt8]?) -> Digest {
    var hasher = SHA256()
    hasher.update(chain)
    hasher.update(bytes.map { Digest(of: $0) } ?? .zero)
    return hasher.finish()
  }

  mutating func accept(_ item: ImportItem, batch: Int) {
    now.accepted += 1
    now.witnesses[item.nation] = item.reference
    if open[batch] == nil { open[batch] = item.order }
  }

  mutating func refuse() { now.refused += 1 }

  mutating func close(batch: Int, refused: [(order: Int, reference: String)]) {
    open[batch] = nil
    refusedByStore += refused
  }

  /// The last place before which nothing is under way; nil when there is none since the last.
  mutating func settled() -> Mark? {
    let first = open.values.min() ?? .max
    guard let place = marks.lastIndex(where: { $0.order < first }) else { return nil }
    var mark = marks[place]
    marks.removeSubrange(...place)
    let refused = refusedByStore.filter { $0.order <= mark.order }
    refusedByStore.removeAll { $0.order <= mark.order }
    settledRefusals += refused.count
    mark.accepted -= settledRefusals
    mark.refused += settledRefusals
    let lost = Set(refused.map(\.reference))
    mark.witnesses = mark.witnesses.filter { !lost.contains($0.value) }
    return mark
  }
}

extension ImportTrail.Mark {
  /// - Parameter run: names the run in requests that replace what is there.
  func bytes(run: Identifier) -> [UInt8] {
    let seen = Nation.allCases.compactMap { nation in
      witnesses[nation].map { JSONMember(nation.description, .string($0)) }
    }
    let json: JSONValue = [
      "order": .integer(order), "chain": .string(chain.description), "accepted": .integer(accepted),
      "refused": .integer(refused), "witnesses": .object(seen), "run": .string(run.description),
    ]
    return json.serialized()
  }

  static func read(_ bytes: [UInt8]) -> (mark: ImportTrail.Mark, run: Identifier)? {
    guard let json = try? JSONValue(parsing: bytes), let order = json["order"]?.int64, order >= 0,
      let chain = json["chain"]?.string.flatMap({ Digest(text: $0) }), let accepted = json["accepted"]?.int64,
      let refused = json["refused"]?.int64, let run = json["run"]?.string.flatMap({ Identifier($0) })
    else { return nil }
    var mark = ImportTrail.Mark(order: Int(order), chain: chain, accepted: Int(accepted), refused: Int(refused))
    for member in json["witnesses"]?.members ?? [] {
      guard let nation = Nation(member.name), let reference = member.value.string else { return nil }
      mark.witnesses[nation] = reference
    }
    return (mark, run)
  }
}

extension Digest {
  /// Reads what ``description`` writes.
  fileprivate init?(text: String) {
    guard text.utf8.count == 64, let high = Identifier(String(text.prefix(32))),
      let low = Identifier(String(text.suffix(32)))
    else { return nil }
    self.init(high.high, high.low, low.high, low.low)
  }
}
