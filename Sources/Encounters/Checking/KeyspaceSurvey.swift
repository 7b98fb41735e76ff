import Base
import JSON

/// One keyspace's rows, taken in one by one and sorted into what the rules look at. Pure, and indifferent to the order of
/// rows.
struct KeyspaceSurvey {
  /// Names a resource within the keyspace.
  struct Name: Hashable, Comparable, CustomStringConvertible {
    var type: String
    var id: ResourceID
    static func < (left: Self, right: Self) -> Bool { (left.type, left.id) < (right.type, right.id) }
    var description: String { "\(type)/\(id)" }
  }

  struct Row: Hashable {
    var bytes: [UInt8]
    var revision: Revision
  }

  let nation: Nation
  private let index: IndexEntries
  private(set) var resources: [Name: Sighting] = [:]
  private(set) var requests: [Identifier: RequestRecord] = [:]
  /// Calls by encounter.
  private(set) var callers: [ResourceID: (marks: CallerMarks, at: Instant, revision: Revision)] = [:]
  /// Rows of indexes as they are.
  private(set) var indexRows: [Key: Row] = [:]
  private(set) var claims: [Key: ClaimRow] = [:]
  private(set) var fences: Set<Key> = []
  private(set) var faults: [CheckFault] = []
  private(set) var rowCount = 0

  init(_ nation: Nation, secrets: IndexKeys) {
    self.nation = nation
    index = IndexEntries(home: nation, secrets: secrets)
  }

  /// Names in order, so that reports are the same each time.
  var names: [Name] { resources.keys.sorted() }

  mutating func take(_ key: Key, _ bytes: [UInt8], _ revision: Revision) {
    rowCount += 1
    let parts = String(decoding: key.bytes, as: UTF8.self)
      .split(separator: "/", omittingEmptySubsequences: false).map { String($0) }
    switch parts[0] {
    case "r" where parts.count == 3: takeBody(parts, bytes)
    case "v" where parts.count == 3: takeHead(parts, bytes, revision)
    case "h" where parts.count == 4: takeOldBody(parts, bytes)
    case "hv" where parts.count == 4: takeOldHead(parts, bytes)
    case "rq" where parts.count == 2: takeRequest(parts, bytes)
    case "rc" where parts.count == 2: takeCaller(parts, bytes, revision)
    case "un" where parts.count > 2: takeUnique(parts, key, bytes, revision)
    case "meta" where key == Keys.indexKeys: break
    case "ix", "q", "u", "ob": indexRows[key] = Row(bytes: bytes, revision: revision)
    default: add(15, "a row that no operation writes", [])
    }
  }

  private mutating func add(_ rule: Int, _ message: String, _ about: [String]) {
    faults.append(CheckFault(rule: rule, nation: nation, message, about: about))
  }

  private mutating func name(_ parts: [String]) -> Name? {
    guard let id = ResourceID(parts[2], at: nation) else {
      add(5, "a row of a resource whose id is none", [])
      return nil
    }
    return Name(type: parts[1], id: id)
  }

  private mutating func takeBody(_ parts: [String], _ bytes: [UInt8]) {
    guard let name = name(parts) else { return }
    guard let json = try? JSONValue(parsing: bytes), json.resourceType == name.type, json["id"]?.string == name.id.text
    else { return add(5, "a body is not JSON of the type and id of its key", ["\(name)"]) }
    resources[name, default: Sighting()].facts = Facts(name.type, bytes, json)
    resources[name, default: Sighting()].entries = index.of(name.type, name.id, json)
    resources[name, default: Sighting()].references = json.localReferences
  }

  private mutating func takeHead(_ parts: [String], _ bytes: [UInt8], _ revision: Revision) {
    guard let name = name(parts) else { return }
    guard let head = ResourceHead(bytes) else { return add(5, "a head cannot be read", ["\(name)"]) }
    resources[name, default: Sighting()].head = head
    resources[name, default: Sighting()].headRevision = revision
  }

  private mutating func takeOldBody(_ parts: [String], _ bytes: [UInt8]) {
    guard let name = name(parts), let version = UInt64(parts[3]) else { return }
    guard let json = try? JSONValue(parsing: bytes) else {
      return add(5, "the body of version \(version) is not JSON", ["\(name)"])
    }
    resources[name, default: Sighting()].old[version, default: Sighting.OldVersion()].facts = Facts(
      name.type, bytes, json)
  }

  private mutating func takeOldHead(_ parts: [String], _ bytes: [UInt8]) {
    guard let name = name(parts), let version = UInt64(parts[3]) else { return }
    guard let head = ResourceHead(bytes), head.version == version else {
      return add(5, "the head of version \(version) is another's, or cannot be read", ["\(name)"])
    }
    resources[name, default: Sighting()].old[version, default: Sighting.OldVersion()].head = head
  }

  private mutating func takeRequest(_ parts: [String], _ bytes: [UInt8]) {
    guard let id = Identifier(parts[1]), let record = RequestRecord(bytes, request: id, home: nation) else {
      return add(9, "a request's record cannot be read", ["request/\(parts[1])"])
    }
    requests[id] = record
  }

  private mutating func takeCaller(_ parts: [String], _ bytes: [UInt8], _ revision: Revision) {
    guard let id = ResourceID(parts[1], at: nation), let (marks, at) = CallerMarks.read(bytes) else {
      return add(15, "the record of a call cannot be read", ["\(R4.Encounter.type)/\(parts[1])"])
    }
    callers[id] = (marks, at, revision)
  }

  private mutating func takeUnique(_ parts: [String], _ key: Key, _ bytes: [UInt8], _ revision: Revision) {
    switch parts[1] {
    case "slot": indexRows[key] = Row(bytes: bytes, revision: revision)
    case "fence": fences.insert(key)
    case "pid", "rx":
      guard let claim = ClaimRow(bytes) else { return add(parts[1] == "pid" ? 10 : 3, "a registry's row cannot be read", []) }
      claims[key] = claim
    default: add(15, "a row that no operation writes", [])
    }
  }
}
