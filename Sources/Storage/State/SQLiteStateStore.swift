public import Base
public import Model
public import Replica
public import SQLite

/// One group's state in a SQLite file. One thread, the applier's, uses it.
///
/// One connection writes, checkpoints and copies snapshots, so that on a libsqlite3 with the WAL-reset fault no
/// checkpoint ever overlaps a commit (design §6, "Checkpoints").
///
/// After an error other than `.full` nothing more is written: a failed sync proves nothing about earlier writes
/// (``Base/File/sync()``), so the same error answers every later call, and the process stops.
public final class SQLiteStateStore: StateStore {
  public struct Options: Hashable, Sendable {
    /// Frames in the WAL that make a checkpoint worth its while: 32 MB. Pages that many transactions have changed go home
    /// once.
    public var checkpointFrames: Int
    /// Frames at which readers are stopped, because they keep the WAL from starting anew: 64 MB.
    public var walFramesMax: Int
    /// Page cache of the writer, bytes.
    public var cacheBytes: Int
    /// Page cache of each reader, bytes.
    public var readerCacheBytes: Int
    /// What a simulation plants.
    package var defect: PlantedDefect?
    public init(
      checkpointFrames: Int = 8_000, walFramesMax: Int = 16_000, cacheBytes: Int = 32 << 20,
      readerCacheBytes: Int = 8 << 20
    ) {
      self.checkpointFrames = checkpointFrames
      self.walFramesMax = walFramesMax
      self.cacheBytes = cacheBytes
      self.readerCacheBytes = readerCacheBytes
    }
  }

  /// What goes when the store is closed.
  private struct Tables {
    let connection: Connection
    let meta: MetaTable
    let rows: RowTable
    let sessions: SessionTable
    let requests: RequestTable
  }

  private let path: String
  private let files: any Files
  private let vfs: VFS
  private let options: Options
  private let readers = ReaderInterrupts()
  private var open: Tables?
  private var isInTransaction = false
  private var heads = HeadCache()
  private var failure: StorageError?
  private var frames: DurableFrames
  /// Of the WAL, as it was found on a disk that was full: they may look durable and not be.
  private var unsettledBytes: Int64 = 0
  private var snapshot: StateSnapshotCopy?

  public private(set) var header: StateHeader

  /// Opens the state file at `path`.
  ///
  /// What is read back from the WAL may still be lost, so a checkpoint comes first; until one is complete nothing
  /// counts as durable.
  /// - Throws: ``Base/StorageError/isMissing``, `.corrupt`, `.unknownFormat`, `.locked`, `.io`.
  public static func open(
    path: String, files: any Files, vfs: VFS, options: Options = Options()
  ) throws(StorageError) -> SQLiteStateStore {
    // At NORMAL a torn end is nothing unusual, and SQLite goes back to what is whole before it. Unless some of what it
    // leaves behind is in the file already.
    let outline = try WALOutline(of: path, files)
    if try files.exists(path), try outline.hasLostFrames(of: path, files) {
      throw .corrupt(what: "a state file's write-ahead log")
    }
    let isThere = try files.exists(path) && options.defect != .believesReadWAL
    let unsettled = try isThere ? SettledWAL.settle(of: path, files) : 0
    if vfs.sealsPages, unsettled == 0, outline.committed > 0 { try sealIdlePages(path, files) }
    let store = try SQLiteStateStore(path: path, files: files, vfs: vfs, options: options)
    store.unsettledBytes = unsettled
    do throws(StorageError) { _ = try store.checkpoint() } catch {
      // A full disk is no reason not to read.
      guard case .full = error else { throw error }
    }
    return store
  }

  /// A checkpoint that was interrupted may have left holes.
  private static func sealIdlePages(_ path: String, _ files: any Files) throws(StorageError) {
    do throws(StorageError) { try PageExamination.seal(try PageExamination.idlePages(of: path, files), of: path, files) } catch {
      // Without space they stay as they are: whoever needs one finds it damaged.
      guard case .full = error else { throw error }
    }
  }

  private init(path: String, files: any Files, vfs: VFS, options: Options) throws(StorageError) {
    self.path = path
    self.files = files
    self.vfs = vfs
    self.options = options
    let connection = try StateFile.connect(
      path, files: files, vfs: vfs, mode: .readWrite, cacheBytes: options.cacheBytes)
    let tables = try StateFile.preparing { () throws(SQLiteError) in
      Tables(
        connection: connection, meta: try MetaTable(connection), rows: try RowTable(connection, isWritable: true),
        sessions: try SessionTable(connection), requests: try RequestTable(connection, isWritable: true))
    }
    header = try storing("a state's header") { () throws(SQLiteError) in try tables.meta.header() }
    frames = DurableFrames(opened: LogIndex(header.applied))
    open = tables
  }

  deinit { close() }

  public func close() {
    snapshot?.abandon()
    snapshot = nil
    guard let connection = open?.connection else { return }
    open = nil
    if failure != nil { connection.leaveWALOnClose() }
    connection.close()
  }

  private var tables: Tables {
    guard let open else { preconditionFailure("a state store is used after it was closed") }
    return open
  }

  /// Runs `body` unless an earlier error forbids it, and remembers an error that forbids what comes later.
  private func guarded<Result>(
    _ what: StaticText, _ body: (Tables) throws(SQLiteError) -> Result
  ) throws(StorageError) -> Result {
    if let failure { throw failure }
    let tables = tables
    do throws(SQLiteError) { return try body(tables) } catch {
      let error = error.storage(what)
      switch error {
      // Nothing was changed, and nothing is in doubt.
      case .full, .locked: break
      default: failure = error
      }
      throw error
    }
  }

  // MARK: transactions

  public func begin() throws(StorageError) {
    precondition(!isInTransaction, "a batch begins in another")
    try guarded("beginning a batch") { (tables) throws(SQLiteError) in try tables.connection.begin(.immediate) }
    tables.sessions.begin()
    isInTransaction = true
  }

  public func apply(_ effects: [StateEffect], revision: Revision) throws(StorageError) {
    precondition(isInTransaction, "effects outside a batch")
    try guarded("storing effects") { (tables) throws(SQLiteError) in
      for effect in effects { try store(effect, revision, tables) }
    }
  }

  private func store(_ effect: StateEffect, _ revision: Revision, _ tables: Tables) throws(SQLiteError) {
    switch effect {
    case .put(let ordinal, let key, let value, let createRevision, let version, _):
      try tables.rows.insert(
        StateRow(
          revision: revision, ordinal: ordinal, key: key, value: value, createRevision: createRevision,
          version: version))
      heads.set(
        key,
        RowHead(
          createRevision: createRevision, modRevision: revision, ordinal: ordinal, version: version,
          valueDigest: value.digest, valueBytes: UInt32(value.bytes.count)))
    case .delete(let ordinal, let key, _):
      try tables.rows.insert(
        StateRow(revision: revision, ordinal: ordinal, key: key, value: nil, createRevision: .zero, version: 0))
      heads.set(key, nil)
    case .putSession(let id, let head):
      tables.sessions.put(id, head)
    case .removeSession(let id):
      tables.sessions.remove(id)
    case .rememberInSession(let id, let sequence, let remembered):
      tables.sessions.remember(id, sequence: sequence, remembered)
    case .forgetInSession(let id, let below):
      tables.sessions.forget(id, below: below)
    case .remember(let request, let remembered):
      try tables.requests.remember(request, remembered)
    case .forget(let request):
      try tables.requests.forget(request)
    case .compact:
      // The header says it; the rows go in `deleteCompacted()`.
      break
    }
  }

  public func commit(_ header: StateHeader) throws(StorageError) {
    precondition(isInTransaction, "a commit without a batch")
    precondition(header.applied >= self.header.applied, "applied would go back to \(header.applied)")
    try guarded("committing a batch") { (tables) throws(SQLiteError) in
      try tables.sessions.flush()
      try tables.meta.set(.header, header.bytes)
      try tables.connection.commit()
    }
    tables.sessions.begin()
    isInTransaction = false
    self.header = header
    frames.committed(LogIndex(header.applied), frame: tables.connection.walFrames)
  }

  public func rollback() {
    guard isInTransaction else { return }
    isInTransaction = false
    tables.connection.rollback()
    tables.sessions.rollback()
    heads.forget()
  }

  // MARK: the write-ahead log

  public var durableApplied: LogIndex { frames.durable }

  public var wantsCheckpoint: Bool {
    frames.pending >= options.checkpointFrames || frames.frames >= options.walFramesMax
  }

  public func checkpoint() throws(StorageError) -> LogIndex {
    precondition(!isInTransaction, "a checkpoint in a batch")
    if unsettledBytes > 0 {
      try SettledWAL.rewrite(of: path, through: unsettledBytes, files)
      unsettledBytes = 0
    }
    if frames.frames >= options.walFramesMax { readers.fire() }
    let found = try guarded("a checkpoint") { (tables) throws(SQLiteError) in
      try tables.connection.checkpoint(.passive)
    }
    // Busy: another connection is at it, or recovers; nothing is known, and nothing is lost by waiting.
    if let log = found.logFrames, let backfilled = found.backfilledFrames, !found.wasBusy {
      frames.checkpointed(log: log, backfilled: backfilled)
    }
    return frames.durable
  }

  // MARK: compaction

  /// Rows that one slice looks at.
  private static let sweptRowsPerSlice = 500
  private static let vacuumedPagesPerSlice = 64
  /// Free pages that are kept for what comes next, besides an eighth of the file.
  private static let freePagesKept: Int64 = 1_024

  public func deleteCompacted() throws(StorageError) -> Bool {
    precondition(!isInTransaction, "a sweep in a batch")
    let bound = RowID(lastOf: header.compacted)
    let isMore = try guarded("deleting compacted rows") { (tables) throws(SQLiteError) in
      guard header.compacted > .zero, try tables.meta.swept() < bound else { return try vacuum(tables) }
      try tables.connection.transaction { () throws(SQLiteError) in try Self.sweep(tables, through: bound) }
      return true
    }
    if isMore { frames.committed(LogIndex(header.applied), frame: tables.connection.walFrames) }
    return isMore
  }

  /// Each row through `bound` supersedes what its key had before, and a deletion then has nothing left to hide. Rows
  /// are looked at in the order of their changes, once in their life, so the work follows what was written, not what is
  /// kept.
  private static func sweep(_ tables: Tables, through bound: RowID) throws(SQLiteError) {
    let found = try tables.rows.changes(
      after: try tables.meta.swept(), through: bound, limit: sweptRowsPerSlice)
    for (id, key) in found { _ = try tables.rows.sweep(key, id) }
    let position = found.count < sweptRowsPerSlice ? bound : found.last?.id
    try tables.meta.setSwept(position ?? bound)
  }

  private func vacuum(_ tables: Tables) throws(SQLiteError) -> Bool {
    // A snapshot in the making would have to begin again.
    guard snapshot == nil else { return false }
    let free = try tables.connection.pragma("freelist_count")
    let pages = try tables.connection.pragma("page_count")
    guard free > Self.freePagesKept + pages / 8 else { return false }
    try tables.connection.execute("PRAGMA incremental_vacuum(\(Self.vacuumedPagesPerSlice))")
    return true
  }

  // MARK: snapshots and readers

  public func snapshotStep(to name: String) throws(StorageError) -> StateSnapshot? {
    precondition(!isInTransaction, "a step of a snapshot in a batch")
    if let failure { throw failure }
    do throws(StorageError) {
      if snapshot?.name != name {
        snapshot?.abandon()
        snapshot = nil
        snapshot = try StateSnapshotCopy(
          from: tables.connection, name: name, path: parentDirectory(of: path) + "/" + name, files: files, vfs: vfs)
      }
      guard let finished = try snapshot?.step(current: header) else { return nil }
      snapshot = nil
      return finished
    } catch {
      // The copy is nobody's yet: the state itself is as whole as before.
      snapshot?.abandon()
      snapshot = nil
      throw error
    }
  }

  public func makeReader() throws(StorageError) -> any StateReader {
    try SQLiteStateReader(
      path: path, files: files, vfs: vfs, cacheBytes: options.readerCacheBytes, interrupts: readers)
  }

  // MARK: StateView

  public func head(_ key: Key) throws(StorageError) -> RowHead? {
    if let known = heads.head(key) { return known }
    let head = try guarded("a row's head") { (tables) throws(SQLiteError) in try tables.rows.head(key, upTo: .last) }
    heads.set(key, head)
    return head
  }

  public func row(_ key: Key) throws(StorageError) -> KeyValue? {
    try guarded("a row") { (tables) throws(SQLiteError) in
      guard let row = try tables.rows.row(key, upTo: .last), row.value != nil else { return nil }
      return row.item()
    }
  }

  public func rows(
    _ range: KeyRange, asOf revision: Revision?, limit: Int, keysOnly: Bool, reverse: Bool
  ) throws(StorageError) -> [KeyValue] {
    guard limit > 0 else { return [] }
    return try guarded("rows of a range") { (tables) throws(SQLiteError) in
      var scan = try LiveScan(tables.rows, range, upTo: RowID(asOf: revision), reverse: reverse)
      defer { scan.finish() }
      var items: [KeyValue] = []
      while items.count < limit, let (key, id) = try scan.next() {
        items.append(try tables.rows.item(key, id, keysOnly: keysOnly))
      }
      return items
    }
  }

  public func count(_ range: KeyRange, asOf revision: Revision?) throws(StorageError) -> Int {
    try guarded("keys of a range") { (tables) throws(SQLiteError) in
      var scan = try LiveScan(tables.rows, range, upTo: RowID(asOf: revision), reverse: false)
      var count = 0
      while try scan.next() != nil { count += 1 }
      return count
    }
  }

  public func session(_ id: UInt64) throws(StorageError) -> SessionHead? { tables.sessions.head(id) }

  public func sessionResult(_ id: UInt64, sequence: UInt64) throws(StorageError) -> Remembered? {
    try guarded("a session's result") { (tables) throws(SQLiteError) in
      try tables.sessions.result(id, sequence: sequence)
    }
  }

  public func remembered(_ request: Identifier) throws(StorageError) -> Remembered? {
    try guarded("a remembered request") { (tables) throws(SQLiteError) in try tables.requests.get(request) }
  }

  public func expiredRequests(before time: LogTime, limit: Int) throws(StorageError) -> [Identifier] {
    try guarded("requests that end") { (tables) throws(SQLiteError) in
      try tables.requests.expired(before: time, limit: limit)
    }
  }

  public func expiredSessions(before time: LogTime, limit: Int) throws(StorageError) -> [UInt64] {
    tables.sessions.expired(before: time, limit: limit)
  }
}

extension RowID {
  /// The last row that a read as of `revision` (nil: now) sees.
  init(asOf revision: Revision?) { self = revision.map { RowID(lastOf: $0) } ?? .last }
}

extension RowTable {
  /// A live row as clients see it.
  func item(_ key: Key, _ id: RowID, keysOnly: Bool) throws(SQLiteError) -> KeyValue {
    if keysOnly {
      let head = try head(id)
      return KeyValue(
        key: key, value: nil, createRevision: head.createRevision, modRevision: head.modRevision,
        version: head.version)
    }
    let row = try row(id)
    guard row.key == key else { throw .damaged }
    return row.item()
  }
}
