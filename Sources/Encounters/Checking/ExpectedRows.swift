import Base
import JSON

/// What a keyspace's index rows must be, made from its resources and records alone.
struct ExpectedRows {
  struct Shared {
    var kind: SharedRow.Kind
    var entries: [SharedRow.Entry] = []
  }

  /// Rows of one resource: the bytes.
  var own: [Key: [UInt8]] = [:]
  var shared: [Key: Shared] = [:]
  /// Rows that name one holder: everybody who should hold it, and the rule that allows one.
  var exclusive: [Key: (rule: Int, owners: [String])] = [:]
  /// Numbers that resources of this keyspace have, wherever they are registered.
  var claims: [(nation: Nation, key: Key, owner: String, rule: Int)] = []
  /// Resources that a row was made from: if one of them changes, so may the row.
  var sources: [Key: [KeyspaceSurvey.Name]] = [:]

  init(_ survey: KeyspaceSurvey) {
    for name in survey.names {
      for entry in survey.resources[name]?.entries ?? [] { add(entry, owner: "\(name)", from: [name]) }
    }
    for encounter in survey.callers.keys.sorted() {
      guard let (marks, at, _) = survey.callers[encounter] else { continue }
      let name = KeyspaceSurvey.Name(type: R4.Encounter.type, id: encounter)
      for entry in marks.entries(of: encounter, at: at) { add(entry, owner: "\(name)", from: [name]) }
    }
    for request in survey.requests.keys.sorted() {
      guard let record = survey.requests[request], let patient = record.patient else { continue }
      own[Keys.audit(patient, record.at, request)] = []
    }
  }

  private mutating func add(_ entry: IndexEntry, owner: String, from names: [KeyspaceSurvey.Name]) {
    switch entry.place {
    case .own(let value): own[entry.key] = value.serialized()
    case .shared(let item, let kind): shared[entry.key, default: Shared(kind: kind)].entries.append(item)
    case .exclusive(let rule): exclusive[entry.key, default: (rule, [])].owners.append(owner)
    case .claim(let nation, let rule, let owner): claims.append((nation, entry.key, owner, rule))
    }
    sources[entry.key, default: []] += names
  }

  /// The row of a shared key: built from all entries, or what is wrong with the one that stands there.
  static func build(_ shared: Shared) -> SharedRow {
    var row = SharedRow()
    for entry in shared.entries.sorted() { row.set(entry, shared.kind) }
    return row
  }

  /// Whether a row that stands holds what it must. Of calls it may lack those that it has forgotten: those up to its
  /// horizon.
  static func holds(_ row: SharedRow, _ shared: Shared) -> Bool {
    let expected = shared.entries.filter { $0.at > row.horizon || shared.kind == .whole }.sorted()
    return row.entries == expected
  }
}
