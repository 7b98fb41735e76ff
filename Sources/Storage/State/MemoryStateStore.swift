public import Base
public import Model
public import Replica
internal import Synchronization

/// One group's state in memory, for the simulator and for stores that need not outlive their process.
///
/// It keeps two images: what was committed, and what would survive a loss of power, which moves with ``checkpoint()``
/// alone, as at SQLite's `synchronous=NORMAL`. ``Faults`` plant bugs, so that whoever relies on the port's promises can
/// show that it would notice.
public final class MemoryStateStore: StateStore {
  /// Bugs, each of which a cluster under test must show itself able to catch.
  public struct Faults: Hashable, Sendable {
    /// ``durableApplied`` names commits that would not survive.
    public var overstatesDurable = false
    /// The header survives at once, what it describes only from the next checkpoint on: etcd 3.5's worst bug.
    public var splitsHeaderFromRows = false
    /// Request memory and sessions never survive.
    public var forgetsRequests = false
    /// Snapshots hold neither of them.
    public var exportsNoRequests = false
    /// The disk has no space: a commit throws `.full`.
    public var isFull = false
    /// The disk fails: the next commit throws this and holds nothing.
    public var failure: StorageError?
    public init() {}
  }

  public var faults = Faults()
  /// Commits that make a checkpoint worth its while.
  public var checkpointCommits = 16

  private let file: MemoryStateFile
  private let era: Int
  private let exports: MemoryExports
  private var state: MemoryState
  /// The state before the open transaction; nil when none is open.
  private var before: MemoryState.Contents?
  private var commitsSinceCheckpoint = 0

  public private(set) var header: StateHeader
  public private(set) var durableApplied: LogIndex

  /// A state of its own that nobody else opens; snapshots of it can be read from ``exported(_:)``.
  public convenience init(header: StateHeader) {
    self.init(MemoryStateFile(MemoryState(header: header).contents), exports: MemoryExports())
  }

  init(_ file: MemoryStateFile, exports: MemoryExports) {
    self.file = file
    self.exports = exports
    let (committed, era) = file.images.withLock { ($0.committed, $0.era) }
    self.era = era
    state = MemoryState(committed)
    header = state.header
    durableApplied = LogIndex(file.durable.header.applied)
  }

  /// The state as committed.
  public var contents: MemoryState.Contents { before ?? state.contents }

  /// Loses what was not durable. This store is dead then; ``reopened()`` is what its file holds.
  public func powerLoss() { file.powerLoss() }

  /// A store on the same file, as opening it again gives.
  public func reopened() -> MemoryStateStore {
    let store = MemoryStateStore(file, exports: exports)
    store.faults = faults
    store.checkpointCommits = checkpointCommits
    return store
  }

  /// Bytes of a snapshot that ``snapshotStep(to:)`` finished; nil when there is none of that name.
  public func exported(_ name: String) -> [UInt8]? { exports.bytes(name) }

  private func checkAlive() throws(StorageError) {
    guard file.images.withLock({ $0.era }) == era else { throw .io(code: 5, what: "a state whose power was lost") }
  }

  // MARK: transactions

  public func begin() throws(StorageError) {
    precondition(before == nil, "a batch begins in another")
    try checkAlive()
    before = state.contents
  }

  public func apply(_ effects: [StateEffect], revision: Revision) throws(StorageError) {
    precondition(before != nil, "effects outside a batch")
    try checkAlive()
    state.apply(effects, revision: revision)
  }

  public func commit(_ header: StateHeader) throws(StorageError) {
    precondition(before != nil, "a commit without a batch")
    precondition(header.applied >= self.header.applied, "applied would go back to \(header.applied)")
    try checkAlive()
    if faults.isFull { throw .full(what: "a state in memory") }
    if let failure = faults.failure {
      faults.failure = nil
      throw failure
    }
    state.header = header
    self.header = header
    before = nil
    commitsSinceCheckpoint += 1
    let committed = state.contents
    let splits = faults.splitsHeaderFromRows
    file.images.withLock {
      $0.committed = committed
      guard splits else { return }
      let durable = MemoryState($0.durable)
      durable.header = header
      $0.durable = durable.contents
    }
    if faults.overstatesDurable || splits { durableApplied = LogIndex(header.applied) }
  }

  public func rollback() {
    guard let before else { return }
    state = MemoryState(before)
    self.before = nil
  }

  // MARK: durability and compaction

  public func checkpoint() throws(StorageError) -> LogIndex {
    precondition(before == nil, "a checkpoint in a batch")
    try checkAlive()
    let survivor = faults.forgetsRequests ? Self.forgetful(state) : state.contents
    file.images.withLock { $0.durable = survivor }
    commitsSinceCheckpoint = 0
    durableApplied = LogIndex(header.applied)
    return durableApplied
  }

  public var wantsCheckpoint: Bool { commitsSinceCheckpoint >= checkpointCommits }

  /// The same state without sessions and remembered requests, under the same header.
  private static func forgetful(_ state: MemoryState) -> MemoryState.Contents {
    let copy = MemoryState(state.contents)
    let end = LogTime(nanoseconds: .max)
    let requests = copy.expiredRequests(before: end, limit: .max).map { StateEffect.forget(request: $0) }
    let sessions = copy.expiredSessions(before: end, limit: .max).map { StateEffect.removeSession(id: $0) }
    copy.apply(requests + sessions, revision: Revision(copy.header.applied + copy.header.base))
    copy.header = state.header
    return copy.contents
  }

  /// The state in memory has dropped what was compacted when the entry was applied.
  public func deleteCompacted() throws(StorageError) -> Bool { false }

  /// Puts another value under `key` behind the model's back, as damage or a wrong computation would: rows and set hash
  /// no longer agree. False for a key that is not alive.
  @discardableResult
  public func divert(_ key: Key, to value: Value) -> Bool {
    precondition(before == nil, "a diversion in a batch")
    guard let head = state.head(key) else { return false }
    let header = state.header
    state.apply(
      [
        .put(
          ordinal: RowID.ordinalMax, key: key, value: value, createRevision: head.createRevision,
          version: head.version, replaced: head)
      ], revision: header.revision)
    state.header = header
    let committed = state.contents
    file.images.withLock { $0.committed = committed }
    return true
  }

  // MARK: snapshots and readers

  public func snapshotStep(to name: String) throws(StorageError) -> StateSnapshot? {
    precondition(before == nil, "a step of a snapshot in a batch")
    try checkAlive()
    var bytes = (faults.exportsNoRequests ? Self.forgetful(state) : state.contents).snapshotBytes
    // Pages are copied as they are; whoever looks at the rows finds what is wrong with them.
    if file.isRotten { bytes.append(0) }
    exports.put(name, bytes)
    return StateSnapshot(name: name, header: header, bytes: UInt64(bytes.count), fileDigest: Digest(of: bytes))
  }

  public func makeReader() throws(StorageError) -> any StateReader { MemoryStateReader(file) }

  public func close() {}

  // MARK: StateView

  public func head(_ key: Key) throws(StorageError) -> RowHead? { state.head(key) }
  public func row(_ key: Key) throws(StorageError) -> KeyValue? {
    try file.checkSeals(of: CollectionOfOne(key))
    return state.row(key)
  }

  public func rows(
    _ range: KeyRange, asOf revision: Revision?, limit: Int, keysOnly: Bool, reverse: Bool
  ) throws(StorageError) -> [KeyValue] {
    let rows = state.rows(range, asOf: revision, limit: limit, keysOnly: keysOnly, reverse: reverse)
    if !keysOnly { try file.checkSeals(of: rows.lazy.map(\.key)) }
    return rows
  }

  public func count(_ range: KeyRange, asOf revision: Revision?) throws(StorageError) -> Int {
    state.count(range, asOf: revision)
  }

  public func session(_ id: UInt64) throws(StorageError) -> SessionHead? { state.session(id) }

  public func sessionResult(_ id: UInt64, sequence: UInt64) throws(StorageError) -> Remembered? {
    state.sessionResult(id, sequence: sequence)
  }

  public func remembered(_ request: Identifier) throws(StorageError) -> Remembered? { state.remembered(request) }

  public func expiredRequests(before time: LogTime, limit: Int) throws(StorageError) -> [Identifier] {
    state.expiredRequests(before: time, limit: limit)
  }

  public func expiredSessions(before time: LogTime, limit: Int) throws(StorageError) -> [UInt64] {
    state.expiredSessions(before: time, limit: limit)
  }
}
