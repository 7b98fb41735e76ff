import Base
import JSON

/// A resource that a decision has read.
struct Loaded<Resource: R4Resource>: Sendable {
  var id: ResourceID
  var version: UInt64
  var resource: Resource

  var reference: String { "\(Resource.type)/\(id)" }
}

extension DecisionView {
  // MARK: Reading

  /// The resource as it stands, or as it was decided so far; nil when there is none.
  mutating func load<Resource: R4Resource>(
    _ type: Resource.Type, _ id: ResourceID
  ) throws(DecisionStop) -> Loaded<Resource>? {
    if let staged = staged.first(where: { $0.type == type.type && $0.id == id }) {
      return try loaded(id, (staged.before?.head.version ?? 0) + 1, staged.body)
    }
    guard let stored = try stored(type.type, id) else { return nil }
    return try loaded(id, stored.head.version, stored.body)
  }

  private func loaded<Resource: R4Resource>(
    _ id: ResourceID, _ version: UInt64, _ body: JSONValue
  ) throws(DecisionStop) -> Loaded<Resource> {
    guard let resource = Resource(json: body) else {
      throw .refused(.damaged("a stored resource is of another type than its key", ["\(Resource.type)/\(id)"]))
    }
    return Loaded(id: id, version: version, resource: resource)
  }

  /// The resource, which must be there.
  mutating func require<Resource: R4Resource>(
    _ type: Resource.Type, _ id: ResourceID
  ) throws(DecisionStop) -> Loaded<Resource> {
    guard let loaded = try load(type, id) else { throw .refused(.notFound(type.type, id)) }
    return loaded
  }

  /// The resource that the operation is about: it must be there, and have the version that the request expects.
  mutating func subject<Resource: R4Resource>(
    _ type: Resource.Type, _ id: ResourceID
  ) throws(DecisionStop) -> Loaded<Resource> {
    let loaded = try require(type, id)
    if let expected = request.expectedVersion, expected != loaded.version {
      throw .refused(
        EncounterError(
          .conflict, "the resource has version \(loaded.version), not \(expected): read it again",
          about: [loaded.reference]))
    }
    return loaded
  }

  mutating func stored(_ type: String, _ id: ResourceID) throws(DecisionStop) -> StoredResource? {
    try need([Keys.head(type, id), Keys.body(type, id)])
    let head = try row(Keys.head(type, id))
    let body = try row(Keys.body(type, id))
    switch (head, body) {
    case (nil, nil): return nil
    case (let head?, let bytes?):
      guard let head = ResourceHead(head), let body = try? JSONValue(parsing: bytes) else {
        throw .refused(.damaged("a stored resource cannot be read", ["\(type)/\(id)"]))
      }
      return StoredResource(head: head, bytes: bytes, body: body)
    default: throw .refused(.damaged("a resource has a head without a body, or a body without a head", ["\(type)/\(id)"]))
    }
  }

  /// Sees to it that what will be referred to exists: in the own keyspace, or in that of its home.
  mutating func requireExists(_ type: String, _ id: ResourceID) throws(DecisionStop) {
    if staged.contains(where: { $0.type == type && $0.id == id }) { return }
    switch try elsewhere(id.home ?? home, Keys.head(type, id), mustAnswer: true) {
    case .row(nil), .silent: throw .refused(.notFound(type, id))
    case .row: return
    }
  }

  // MARK: Writing

  /// A new resource with the id that belongs to `role` in this request.
  mutating func create(_ resource: some R4Resource, role: String) throws(DecisionStop) -> VersionedID {
    let id = ResourceID(home: home, request: request.id, role: role)
    return try create(resource, id: id)
  }

  private mutating func create<Resource: R4Resource>(
    _ resource: Resource, id: ResourceID
  ) throws(DecisionStop) -> VersionedID {
    guard try fresh(Keys.head(Resource.type, id)) == nil else {
      throw .refused(.damaged("a new resource is there before its request", ["\(Resource.type)/\(id)"]))
    }
    var body = resource.json
    body.setMember("id", to: .string(id.text))
    stage(Staged(type: Resource.type, id: id, before: nil, body: body, isHidden: false, isImported: false))
    return VersionedID(type: Resource.type, id: id, version: 1)
  }

  /// Another version of a resource that was read. Whatever the caller changed, type and id stay.
  @discardableResult
  mutating func update<Resource: R4Resource>(
    _ loaded: Loaded<Resource>, _ resource: Resource, isHidden: Bool = false
  ) throws(DecisionStop) -> VersionedID {
    var body = resource.json
    body.setMember("resourceType", to: .string(Resource.type))
    body.setMember("id", to: .string(loaded.id.text))
    if staged.contains(where: { $0.type == Resource.type && $0.id == loaded.id }) {
      stage(
        Staged(type: Resource.type, id: loaded.id, before: nil, body: body, isHidden: isHidden, isImported: false))
      return VersionedID(type: Resource.type, id: loaded.id, version: loaded.version)
    }
    guard let before = try stored(Resource.type, loaded.id) else { throw .refused(.notFound(Resource.type, loaded.id)) }
    stage(
      Staged(
        type: Resource.type, id: loaded.id, before: before, body: body, isHidden: isHidden,
        isImported: before.head.isImported))
    return VersionedID(type: Resource.type, id: loaded.id, version: loaded.version + 1)
  }

  // MARK: The end of a decision

  /// Turns what was staged into rows: bodies, heads, history and every index row that changes with them.
  mutating func writeStaged() throws(DecisionStop) -> [VersionedID] {
    var versions: [VersionedID] = []
    var removed: [(entry: IndexEntry, owner: String)] = []
    var added: [(entry: IndexEntry, owner: String)] = []
    let index = IndexEntries(home: home, secrets: secrets)
    for staged in staged.sorted(by: { ($0.type, $0.id) < ($1.type, $1.id) }) {
      versions.append(try writeVersion(staged))
      let before = staged.before.map { index.of(staged.type, staged.id, $0.body) } ?? []
      let after = index.of(staged.type, staged.id, staged.body)
      let owner = "\(staged.type)/\(staged.id)"
      for entry in before where !after.contains(where: { $0.key == entry.key }) { removed.append((entry, owner)) }
      for entry in after where !before.contains(entry) { added.append((entry, owner)) }
    }
    try writeEntries(removed: removed, added: added)
    return versions
  }

  private mutating func writeVersion(_ staged: Staged) throws(DecisionStop) -> VersionedID {
    let bytes = staged.body.serialized()
    guard bytes.count <= Limits.valueBytesMax else {
      throw .refused(
        EncounterError(
          .tooMuch, "the resource has \(bytes.count) bytes; at most \(Limits.valueBytesMax) are stored",
          about: ["\(staged.type)/\(staged.id)"]))
    }
    let version = (staged.before?.head.version ?? 0) + 1
    if let before = staged.before {
      put(Keys.oldBody(staged.type, staged.id, before.head.version), before.bytes)
      put(Keys.oldHead(staged.type, staged.id, before.head.version), before.head.bytes)
    }
    let head = ResourceHead(
      version: version,
      chain: ResourceHead.chain(after: staged.before?.head.chain ?? .zero, version: version, body: bytes),
      isHidden: staged.isHidden, isImported: staged.isImported, request: request.id, at: request.at)
    put(Keys.body(staged.type, staged.id), bytes)
    put(Keys.head(staged.type, staged.id), head.bytes)
    return VersionedID(type: staged.type, id: staged.id, version: version)
  }

  /// Takes out what goes before it puts in what comes, so that within one decision a unit can change its task.
  mutating func writeEntries(
    removed: [(entry: IndexEntry, owner: String)], added: [(entry: IndexEntry, owner: String)]
  ) throws(DecisionStop) {
    try need((removed + added).flatMap { $0.entry.read(by: $0.owner, home: home) })
    for (entry, owner) in removed {
      switch entry.place {
      case .own: put(entry.key, nil)
      case .shared(let shared, _):
        var row = try sharedRow(entry.key)
        row.remove(shared.id)
        put(entry.key, row.bytes)
      case .exclusive:
        if try row(entry.key) == Array(owner.utf8) { put(entry.key, nil) }
      case .claim: break
      }
    }
    for (entry, owner) in added {
      switch entry.place {
      case .own(let value): put(entry.key, value.serialized())
      case .shared(let shared, let kind):
        var row = try sharedRow(entry.key)
        row.set(shared, kind)
        put(entry.key, row.bytes)
      case .exclusive(let rule): try take(entry.key, owner, rule)
      case .claim(let nation, let rule, let owner): try claim(entry.key, nation, rule, owner)
      }
    }
  }

  func sharedRow(from bytes: [UInt8]?) throws(DecisionStop) -> SharedRow {
    guard let bytes else { return SharedRow() }
    guard let row = SharedRow(bytes) else { throw .refused(.damaged("a row of an index cannot be read")) }
    return row
  }

  private mutating func sharedRow(_ key: Key) throws(DecisionStop) -> SharedRow { try sharedRow(from: try row(key)) }

  private mutating func take(_ key: Key, _ owner: String, _ rule: Int) throws(DecisionStop) {
    if let holder = try row(key) {
      let holder = String(decoding: holder, as: UTF8.self)
      guard holder == owner else {
        let message =
          switch rule {
          case 1: "the unit is on another task"
          case 2: "the slot is booked by another appointment"
          default: "another open task serves the same need of the encounter"
          }
        throw .refused(.broken(rule: rule, message, [holder]))
      }
    } else {
      put(key, Array(owner.utf8))
    }
  }

  private mutating func claim(_ key: Key, _ nation: Nation, _ rule: Int, _ owner: String) throws(DecisionStop) {
    // Where the claim is made before the transaction, the fence is looked at before the claim.
    let fence = nation == home ? try fresh(Keys.fence(key, owner)) : try readRow(Keys.fence(key, owner))
    guard fence == nil else {
      throw .refused(
        EncounterError(
          .conflict, "this record gave the number up, and it was released: register another record", about: [owner]))
    }
    guard nation == home else { return claim(Claim(nation: nation, key: key, owner: owner, rule: rule)) }
    if let bytes = try row(key) {
      guard let claim = ClaimRow(bytes) else { throw .refused(.damaged("a registry's row cannot be read")) }
      guard claim.owner == owner else { throw .refused(.taken(rule, by: claim.owner)) }
    } else {
      put(key, ClaimRow(owner: owner, home: home, request: request.id, at: request.at).bytes)
    }
  }
}

extension IndexEntry {
  /// The rows that have to be read before the entry is put in or taken out.
  func read(by owner: String, home: Nation) -> [Key] {
    switch place {
    case .own: []
    case .shared, .exclusive: [key]
    case .claim(let nation, _, let owner): nation == home ? [key] : [Keys.fence(key, owner)]
    }
  }
}

extension EncounterError {
  static func taken(_ rule: Int, by owner: String) -> EncounterError {
    let what = rule == 3 ? "the prescription was issued before" : "another record has this number"
    return EncounterError(.duplicate, "\(what): use that one", about: [owner], rule: rule)
  }
}
