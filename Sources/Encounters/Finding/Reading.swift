public import Base
import JSON
import Model
import QuartetClient

/// A version of a resource as it was read.
public struct Found<Resource: R4Resource>: Hashable, Sendable {
  public var id: ResourceID
  public var resource: Resource
  public var version: UInt64
  /// Whether it was entered in error.
  public var isHidden: Bool
  /// When this version was made, as its caller told.
  public var at: Instant
  /// The request that made it.
  public var request: Identifier
  public var nation: Nation
  /// At which it was read.
  public var revision: Revision
}

/// A version of a resource, without its body.
public struct VersionNote: Hashable, Sendable {
  public var version: UInt64
  public var at: Instant
  public var request: Identifier
  /// SHA-256 over all bodies up to this version.
  public var chain: Digest
}

extension EncounterStore {
  /// The resource as it stands.
  ///
  /// - Throws: `notFound`; also for one entered in error, unless `includingHidden`.
  public func read<Resource: R4Resource>(
    _ type: Resource.Type, _ id: ResourceID, includingHidden: Bool = false, timeout: Interval = .seconds(5)
  ) async throws(EncounterError) -> Found<Resource> {
    let id = try await locate(Resource.type, id, timeout: timeout)
    guard let nation = id.home else { throw .notFound(Resource.type, id) }
    let store = store(of: nation)
    // The head is read first, the body as of the same revision.
    let head = try await reading { () async throws(QuartetError) in
      try await store.get(Keys.head(Resource.type, id), options: ReadOptions(timeout: timeout))
    }
    guard let row = head.value?.value else { throw .notFound(Resource.type, id) }
    let body = try await reading { () async throws(QuartetError) in
      try await store.get(
        Keys.body(Resource.type, id), asOf: head.revision, options: ReadOptions(timeout: timeout))
    }
    let found = try Self.found(type, id, row.bytes, body.value?.value?.bytes, nation, head.revision)
    guard includingHidden || !found.isHidden else { throw .notFound(Resource.type, id) }
    return found
  }

  /// A version that was.
  public func read<Resource: R4Resource>(
    _ type: Resource.Type, _ id: ResourceID, version: UInt64, timeout: Interval = .seconds(5)
  ) async throws(EncounterError) -> Found<Resource> {
    let current = try await read(type, id, includingHidden: true, timeout: timeout)
    guard version != current.version else { return current }
    guard version >= 1, version < current.version else { throw .notFound(Resource.type, id) }
    let store = store(of: current.nation)
    // What was superseded never changes, so that two reads see one version.
    let head = try await reading { () async throws(QuartetError) in
      try await store.get(Keys.oldHead(Resource.type, id, version), options: ReadOptions(timeout: timeout))
    }
    let body = try await reading { () async throws(QuartetError) in
      try await store.get(Keys.oldBody(Resource.type, id, version), options: ReadOptions(timeout: timeout))
    }
    guard let row = head.value?.value else { throw .damaged("a version is missing", ["\(Resource.type)/\(id)"]) }
    return try Self.found(type, current.id, row.bytes, body.value?.value?.bytes, current.nation, head.revision)
  }

  /// All versions, newest first.
  public func history(
    _ type: String, _ id: ResourceID, timeout: Interval = .seconds(5)
  ) async throws(EncounterError) -> [VersionNote] {
    let id = try await locate(type, id, timeout: timeout)
    guard let nation = id.home else { throw .notFound(type, id) }
    let store = store(of: nation)
    let head = try await reading { () async throws(QuartetError) in
      try await store.get(Keys.head(type, id), options: ReadOptions(timeout: timeout))
    }
    guard let row = head.value?.value, let current = ResourceHead(row.bytes) else { throw .notFound(type, id) }
    var heads: [ResourceHead] = []
    try await scan(Keys.oldHeads(type, id), of: nation, asOf: head.revision, timeout) { item in
      if let head = item.value.flatMap({ ResourceHead($0.bytes) }) { heads.append(head) }
    }
    return (heads + [current]).reversed().map {
      VersionNote(version: $0.version, at: $0.at, request: $0.request, chain: $0.chain)
    }
  }

  /// The same id with its home: told by the id, or looked up in all four keyspaces.
  public func locate(
    _ type: String, _ id: ResourceID, timeout: Interval = .seconds(5)
  ) async throws(EncounterError) -> ResourceID {
    if id.home != nil { return id }
    let found = try await everywhere { (store: Store) async throws(QuartetError) in
      try await store.get(Keys.head(type, id), options: ReadOptions(timeout: timeout))
    }
    for (nation, reply) in found where reply.value != nil { return ResourceID(id.text, at: nation) ?? id }
    throw .notFound(type, id)
  }

  static func found<Resource: R4Resource>(
    _ type: Resource.Type, _ id: ResourceID, _ head: [UInt8], _ body: [UInt8]?, _ nation: Nation, _ revision: Revision
  ) throws(EncounterError) -> Found<Resource> {
    guard let head = ResourceHead(head), let body, let json = try? JSONValue(parsing: body),
      let resource = Resource(json: json)
    else { throw .damaged("a stored resource cannot be read", ["\(Resource.type)/\(id)"]) }
    return Found(
      id: id, resource: resource, version: head.version, isHidden: head.isHidden, at: head.at, request: head.request,
      nation: nation, revision: revision)
  }

  // MARK: Parts

  /// Asks all four keyspaces at once.
  func everywhere<Value: Sendable>(
    _ question: @escaping @Sendable (Store) async throws(QuartetError) -> Value
  ) async throws(EncounterError) -> [(Nation, Value)] {
    let results = await withTaskGroup(of: Heard<Value>.self) { group in
      for nation in Nation.allCases {
        group.addTask { await Heard(nation: nation, result: Self.result(of: question, store(of: nation))) }
      }
      var results: [Heard<Value>] = []
      for await result in group { results.append(result) }
      return results.sorted { $0.nation.rawValue < $1.nation.rawValue }
    }
    var answers: [(Nation, Value)] = []
    for heard in results {
      let value = try await reading { () async throws(QuartetError) in try heard.result.get() }
      answers.append((heard.nation, value))
    }
    return answers
  }

  private static func result<Value: Sendable>(
    of question: @Sendable (Store) async throws(QuartetError) -> Value, _ store: Store
  ) async -> Swift.Result<Value, QuartetError> {
    do {
      return .success(try await question(store))
    } catch {
      return .failure(error)
    }
  }

  func reading<Value: Sendable>(
    _ question: () async throws(QuartetError) -> Value
  ) async throws(EncounterError) -> Value {
    do {
      return try await question()
    } catch {
      throw EncounterError(error.code == .deadlineExceeded ? .deadline : .unavailable, error.message)
    }
  }

  /// Rows of a range in pages of one revision, at most `limit`.
  func scan(
    _ range: KeyRange, of nation: Nation, asOf revision: Revision = .zero, _ timeout: Interval, limit: Int = .max,
    _ body: (KeyValue) -> Void
  ) async throws(EncounterError) {
    var count = 0
    let pages = store(of: nation).pages(
      RangeQuery(range: range, revision: revision), size: min(limit, 500), options: ReadOptions(timeout: timeout))
    var iterator = pages.makeAsyncIterator()
    while count < limit {
      let page = try await reading { () async throws(QuartetError) in try await iterator.next() }
      guard let page else { return }
      for item in page.value.items where count < limit {
        body(item)
        count += 1
      }
    }
  }
}

/// What one keyspace answered.
private struct Heard<Value: Sendable>: Sendable {
  var nation: Nation
  var result: Swift.Result<Value, QuartetError>
}
