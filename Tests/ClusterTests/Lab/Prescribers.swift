import Base
import Encounters
import Identifiers
import JSON
import QuartetClient

/// A prescription that somebody wants, once.
struct PrescriptionOrder: Sendable {
  /// Stands in the item as its dosage, so that the item tells its order.
  var label: String
  var request: Identifier
  var encounter: ResourceID
  var number: String

  init(_ place: Int, for encounter: ResourceID) throws {
    label = "order-\(place)"
    request = .random()
    self.encounter = encounter
    number = try PrescriptionNumber(first: UInt32(place), organisation: "A83008", last: UInt32(place)).text
  }
}

/// A running `prescriber`, and what it has told.
final class PrescriberProcess: Sendable {
  struct Issued: Sendable {
    var label: String
    var item: String
    /// Whether an earlier process, or an earlier try of this one, had issued it.
    var isRepeat: Bool
    var latency: Interval
  }

  struct Told: Sendable {
    var begun: [String] = []
    var issued: [Issued] = []
    var refused: [String] = []
    /// Tries whose outcome was open.
    var tries = 0
    /// Orders begun and not ended.
    var open: Int { begun.count - issued.count - refused.count }
  }

  let orders: [PrescriptionOrder]
  private let process: LabProcess
  private let output: String

  /// - Parameter name: of its files; of no other process.
  init(_ name: String, _ orders: [PrescriptionOrder], clients: Int, of lab: LabCluster, isCareless: Bool = false) throws {
    guard let binary = Lab.binary, let slash = binary.lastIndex(of: "/") else { throw LabFailure("no binary") }
    self.orders = orders
    let list = "\(lab.directory)/\(name).orders"
    output = "\(lab.directory)/\(name).told"
    let lines = orders.map { "\($0.label) \($0.request) \($0.encounter) \($0.number)\n" }
    try LabFiles.write(lines.joined(), to: list)
    let words = [
      binary[..<slash] + "/prescriber", lab.nodes.map(\.client).joined(separator: ","), list, "\(clients)",
    ]
    process = try LabProcess(words + (isCareless ? ["careless"] : []), output: output, errors: output)
  }

  /// Lines without their end are not told.
  var told: Told {
    var told = Told()
    let text = LabFiles.text(of: output)
    for line in text.split(separator: "\n", omittingEmptySubsequences: false).dropLast() {
      let words = line.split(separator: " ").map { String($0) }
      switch (words.first, words.count) {
      case ("begun", 2): told.begun.append(words[1])
      case ("again", 4): told.tries += 1
      case ("issued", 5):
        told.issued.append(
          Issued(
            label: words[1], item: words[2], isRepeat: words[3] == "repeat",
            latency: .milliseconds(Int64(words[4]) ?? 0)))
      default: told.refused.append(String(line))
      }
    }
    return told
  }

  /// kill -9: returns what it told until then.
  func kill() -> Told {
    process.destroy()
    return told
  }

  func end(within limit: Interval = .seconds(120)) async throws -> Told {
    _ = try await process.end(within: limit)
    return told
  }
}

/// What prescribers were told, held against what is stored.
struct PrescriptionLedger: Sendable {
  private(set) var orders: [String: PrescriptionOrder] = [:]
  /// The items that an order was answered with: one, however often it was asked.
  private var items: [String: Set<String>] = [:]
  private(set) var refused: [String] = []
  private(set) var latencies: [Interval] = []
  private(set) var tries = 0
  private(set) var repeats = 0

  mutating func add(_ orders: [PrescriptionOrder]) { for order in orders { self.orders[order.label] = order } }

  mutating func add(_ told: PrescriberProcess.Told) {
    for issued in told.issued {
      items[issued.label, default: []].insert(issued.item)
      latencies.append(issued.latency)
      if issued.isRepeat { repeats += 1 }
    }
    refused += told.refused
    tries += told.tries
  }

  /// What is not as it must be: every order known to be issued, stored once under its own number, and answered with
  /// what is stored; and nothing else stored.
  func problems(_ stored: [(nation: String, id: String, resource: R4.MedicationRequest)]) -> [String] {
    var problems = refused
    var found: [String: [String]] = [:]
    for (nation, id, item) in stored {
      let label = item.json["dosageInstruction"]?[0]?["text"]?.string ?? "?"
      found[label, default: []].append(id)
      guard let order = orders[label] else {
        problems.append("\(id) is nobody's order")
        continue
      }
      if item.encounter != order.encounter || nation != order.encounter.home?.description {
        problems.append("\(label) was issued for another encounter")
      }
      if item.json["groupIdentifier"]?["value"]?.string != order.number {
        problems.append("\(label) was issued under another number")
      }
    }
    for label in orders.keys.sorted() {
      let answers = items[label] ?? []
      let ids = found[label] ?? []
      if ids.count != 1 { problems.append("\(label) was issued \(ids.count) times") }
      if answers.isEmpty { problems.append("the outcome of \(label) is not known") }
      if answers.count > 1 { problems.append("\(label) was answered with \(answers.count) items") }
      if !answers.isSubset(of: ids) { problems.append("\(label) was answered with an item that is not stored") }
    }
    return problems
  }
}
