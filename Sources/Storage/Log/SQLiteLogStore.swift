public import Base
internal import Raft
public import Replica
internal import SQLite
internal import Wire

/// The log on SQLite: `raft.db`, one file for all groups, so that one transaction and one fsync cover whatever every
/// group queued meanwhile (design §6).
///
/// | table | row |
/// |---|---|
/// | `node` | one: ``StoreIdentity`` |
/// | `genesis` | at most one: ``Wire/Genesis``, sealed |
/// | `peers` | by store: ``Wire/PeerRecord`` |
/// | `replicas` | by group: ``Wire/HardStateRecord``, the place of its log, the log's first index |
/// | `log_<group>` | by index: ``Wire/StoredEntry`` |
/// | `buried` | entries behind a damaged one, kept as they were found |
///
/// A table a group with the index as its rowid: SQLite appends to such a table at its right edge without searching.
public final class SQLiteLogStore: LogStore {
  /// How the store spends the disk.
  public struct Options: Hashable, Sendable {
    /// WAL pages that make a checkpoint worth it. A WAL that is used again and not grown halves the time of an fsync.
    public var checkpointPages: Int
    /// Bytes that the WAL's file keeps when it starts anew.
    public var walBytesKept: Int64
    /// Rows of a cut log that one transaction removes, at least.
    public var sweepRows: Int
    /// What a simulation plants.
    package var defect: PlantedDefect?

    public init(checkpointPages: Int = 1_000, walBytesKept: Int64 = 16 << 20, sweepRows: Int = 1_024) {
      precondition(checkpointPages > 0 && walBytesKept >= 0 && sweepRows > 0, "options of a log")
      self.checkpointPages = checkpointPages
      self.walBytesKept = walBytesKept
      self.sweepRows = sweepRows
    }
  }

  /// 32 MB: what a log grows to again in no time.
  private static let freePagesKept: Int64 = 8_192
  private static let pagesShrunk = 256

  let path: String
  let vfs: VFS
  let options: Options
  var connection: Connection
  var identity: StoreIdentity
  var isFounded: Bool
  /// Ascending by group.
  var shapes: [GroupShape]
  private var tables: [GroupTable] = []
  /// Until the log is closed.
  private var prepared: NodeStatements?
  /// What is known of peers and waits for a transaction that has another reason.
  private var peersDue: [PeerRecord] = []
  private var row = ByteWriter()
  /// Why nothing may be written any more: nobody knows what is durable after a failed write (design §6, "Errors").
  private var failure: StorageError?
  private var checkpointBackOff = 0
  private var walPagesHighest = 0
  private var isOpen = true

  init(
    path: String, vfs: VFS, options: Options, connection: Connection, identity: StoreIdentity, isFounded: Bool,
    shapes: [GroupShape]
  ) throws(StorageError) {
    self.path = path
    self.vfs = vfs
    self.options = options
    self.connection = connection
    self.identity = identity
    self.isFounded = isFounded
    self.shapes = shapes
    do throws(SQLiteError) {
      prepared = try NodeStatements(connection)
      for shape in shapes { tables.append(try GroupTable(shape.group, connection, sweptFrom: nil)) }
    } catch {
      throw error.storage(StorageWords.file)
    }
  }

  deinit { close() }

  private var statements: NodeStatements {
    guard let prepared else { preconditionFailure("a write to a closed log") }
    return prepared
  }

  // MARK: writing

  public func perform(_ operations: [LogOperation]) throws(StorageError) {
    precondition(isOpen, "a write to a closed log")
    if let failure { throw failure }
    if takePeers(operations) { return }
    for case .genesis(let genesis) in operations { try check(genesis) }
    // Values: what fails leaves them, and the tables' prepared statements are for whatever holds then.
    let before = (shapes, identity, isFounded, tables.count)
    let peersBefore = peersDue
    do throws(StorageError) {
      try storing("begin a write of the log") { () throws(SQLiteError) in try connection.begin() }
      for operation in operations { try carryOut(operation) }
      try savePeers()
      try sweep(appended: appendedRows(operations))
      try storing("commit a write of the log") { () throws(SQLiteError) in try connection.commit() }
    } catch {
      connection.rollback()
      (shapes, identity, isFounded) = (before.0, before.1, before.2)
      tables.removeLast(tables.count - before.3)
      for table in tables { table.forgetSweep() }
      peersDue = peersBefore
      if case .full = error { throw error }
      failure = error
      throw error
    }
    walPagesHighest = max(walPagesHighest, connection.walFrames)
    // Nobody called ``maintain()`` for a while.
    if connection.walFrames >= 2 * options.checkpointPages { try checkpoint() }
  }

  /// Whether the operations were about peers alone, which waits for the next transaction.
  private func takePeers(_ operations: [LogOperation]) -> Bool {
    for operation in operations { guard case .peers = operation else { return false } }
    for case .peers(let records) in operations { peersDue += records }
    return true
  }

  private func appendedRows(_ operations: [LogOperation]) -> Int {
    var count = 0
    for case .write(let writes) in operations {
      for write in writes { count += write.persist.entries.count }
    }
    return count
  }

  private func carryOut(_ operation: LogOperation) throws(StorageError) {
    switch operation {
    case .write(let writes):
      for write in writes { try self.write(write.persist, slot(write.group)) }
    case .cut(let group, let through): try cut(slot(group), through: through)
    case .install(let group, let description, let file): try install(slot(group), description, stateFile: file)
    case .rebuild(let group, let description, let file):
      // Rows up to the mark are out of sight by the first index and are swept later.
      let slot = slot(group)
      shapes[slot].rebuild(description, stateFile: file)
      try savePlace(slot)
    case .genesis(let genesis): try found(genesis)
    case .peers(let records): peersDue += records
    }
  }

  private func slot(_ group: GroupID) -> Int {
    guard let slot = shapes.firstIndex(where: { $0.group == group }) else {
      preconditionFailure("no log of group \(group) in this store")
    }
    return slot
  }

  private func write(_ persist: Persist, _ slot: Int) throws(StorageError) {
    if let from = persist.truncateFrom, from <= shapes[slot].last.index { try truncate(slot, from: from) }
    if !persist.entries.isEmpty {
      shapes[slot].append(persist.entries)
      let table = tables[slot]
      for entry in persist.entries {
        row.removeAll()
        StoredEntry(entry).encode(into: &row)
        try storing("append an entry") { () throws(SQLiteError) in
          try table.insert(entry.index, row.bytes)
        }
      }
    }
    if let hardState = persist.hardState { try save(hardState, slot) }
  }

  private func truncate(_ slot: Int, from: LogIndex) throws(StorageError) {
    let previous = try mark(slot, at: from - 1)
    shapes[slot].truncate(from: from, previous: previous)
    try storing("truncate a log") { () throws(SQLiteError) in try tables[slot].removeFrom(from) }
  }

  private func save(_ hardState: HardState, _ slot: Int) throws(StorageError) {
    shapes[slot].hardState = hardState
    let record = HardStateRecord(group: shapes[slot].group, state: hardState)
    try storing("save a term and vote") { () throws(SQLiteError) in
      try statements.saveHardState.bind(1, Int64(record.group.rawValue))
      try statements.saveHardState.run(blob: record.encoded, at: 2)
    }
    if !hardState.suspended, !identity.damage.isEmpty, shapes.allSatisfy({ !$0.hardState.suspended }) {
      identity.damage = ""
      try storing("save that the store is whole") { () throws(SQLiteError) in
        try statements.saveIdentity.run(blob: identity.row, at: 1)
      }
    }
  }

  private func cut(_ slot: Int, through: LogIndex) throws(StorageError) {
    // An applied index beyond the last entry that could be read means that the log was damaged there.
    let through = min(through, shapes[slot].last.index)
    guard through >= shapes[slot].first else { return }
    let mark = try mark(slot, at: through)
    try shapes[slot].cut(after: mark)
    try savePlace(slot)
  }

  private func install(_ slot: Int, _ description: SnapshotDescription, stateFile: String) throws(StorageError) {
    shapes[slot].install(description, stateFile: stateFile)
    try savePlace(slot)
    // Rows up to the mark are out of sight by the first index and are swept later.
    try storing("empty a log") { () throws(SQLiteError) in try tables[slot].removeFrom(shapes[slot].first) }
  }

  private func savePlace(_ slot: Int) throws(StorageError) {
    let shape = shapes[slot]
    try storing("save where a log begins") { () throws(SQLiteError) in
      try statements.savePlace.bind(1, Int64(shape.group.rawValue))
      try statements.savePlace.bind(3, Int64(shape.first.rawValue))
      try statements.savePlace.run(blob: shape.placeRow, at: 2)
    }
  }

  /// The mark of an entry of the log, or of the snapshot it begins after.
  private func mark(_ slot: Int, at index: LogIndex) throws(StorageError) -> LogMark {
    let shape = shapes[slot]
    if index == shape.snapshot.mark.index { return shape.snapshot.mark }
    if index == shape.last.index { return shape.last }
    precondition(
      index >= shape.first && index < shape.last.index, "no entry \(index) in \(shape.first)...\(shape.last)")
    let found = try storing("read an entry") { () throws(SQLiteError) in try tables[slot].row(index) }
    guard let found else { throw .corrupt(what: "an entry of the log is gone") }
    let entry = try GroupTable.entry(found)
    guard entry.index == index, entry.header.group == shape.group else {
      throw .corrupt(what: "an entry of the log stands in another's place")
    }
    return entry.mark
  }

  /// Refuses what must not be founded, before anything is written.
  private func check(_ genesis: Genesis) throws(StorageError) {
    precondition(!isFounded, "a second genesis")
    guard identity.damage.isEmpty else { throw .corrupt(what: StorageWords.foundedDamaged) }
    do throws(DecodeError) { try genesis.validate() } catch { throw error.storage(StorageWords.impossibleGenesis) }
  }

  private func found(_ genesis: Genesis) throws(StorageError) {
    try storing("found the cluster") { () throws(SQLiteError) in
      let sealed = SealedRow.seal { $0.blob(genesis.encoded) }
      try connection.prepare("INSERT INTO genesis(id, record) VALUES (1, ?1)").run(blob: sealed, at: 1)
      for group in genesis.groups {
        let shape = GroupShape(GroupRecord(founding: group, of: genesis))
        try GroupTable.create(shape, connection)
        shapes.append(shape)
        tables.append(try GroupTable(shape.group, connection, sweptFrom: shape.first))
      }
    }
    isFounded = true
  }

  private func savePeers() throws(StorageError) {
    guard !peersDue.isEmpty else { return }
    try storing("save what is known of peers") { () throws(SQLiteError) in
      for peer in peersDue {
        try statements.savePeer.bind(1, peer.store.bytes)
        try statements.savePeer.run(blob: peer.encoded, at: 2)
      }
    }
    peersDue = []
  }

  /// Removes rows that a cut or a snapshot left, some at a time: more than were appended meanwhile, so that it ends.
  private func sweep(appended: Int) throws(StorageError) {
    var budget = max(options.sweepRows, 2 * appended)
    for slot in shapes.indices where budget > 0 {
      budget -= try storing("remove entries that were cut") { () throws(SQLiteError) in
        try tables[slot].sweep(through: shapes[slot].snapshot.mark.index, rows: budget)
      }
    }
  }

  // MARK: between writes

  /// What is better done between two writes than within one: checkpoints, of the file's size. Call it when the answers to
  /// a write are out and nothing is queued; without it ``perform(_:)`` does it late by itself. Nothing of what was
  /// performed depends on it.
  public func maintain() throws(StorageError) {
    precondition(isOpen, "upkeep of a closed log")
    if let failure { throw failure }
    guard connection.walFrames >= max(options.checkpointPages, checkpointBackOff) else { return }
    try checkpoint()
    try shrink()
  }

  /// Gives some of the pages that cut entries left back to the file system, once they are most of the file: appends use
  /// free pages again, so there is no hurry.
  private func shrink() throws(StorageError) {
    do throws(SQLiteError) {
      let free = try connection.pragma("freelist_count")
      guard free > Self.freePagesKept, try free > connection.pragma("page_count") / 2 else { return }
      try connection.execute("PRAGMA incremental_vacuum(\(Self.pagesShrunk))")
    } catch {
      let stored = error.storage("shrink raft.db")
      if case .full = stored { return }
      failure = stored
      throw stored
    }
  }

  /// Always on the writing thread, so that on no libsqlite3 a checkpoint overlaps a commit (design §6, "Checkpoints").
  private func checkpoint() throws(StorageError) {
    do throws(SQLiteError) {
      let result = try connection.checkpoint(.passive)
      // A reader stands in the way: try again when the WAL has grown by as much again.
      let left = (result.logFrames ?? 0) - (result.backfilledFrames ?? 0)
      checkpointBackOff = left > 0 ? connection.walFrames + options.checkpointPages : 0
    } catch {
      let stored = error.storage("checkpoint of the log")
      // What was performed is durable in the WAL; a full disk only keeps it there.
      if case .full = stored {
        checkpointBackOff = connection.walFrames + options.checkpointPages
        return
      }
      failure = stored
      throw stored
    }
  }

  public var bytesOnDisk: UInt64 {
    guard isOpen, let pages = try? connection.pragma("page_count") else { return 0 }
    return UInt64(pages) * UInt64(SQLiteLogStore.pageBytes) + UInt64(walPagesHighest) * UInt64(WALScanner.frameBytes)
  }

  public func makeReader() throws(StorageError) -> any LogReader { try SQLiteLogReader(path, vfs) }

  /// Brings the WAL home and closes the file. What was performed is durable without it.
  public func close() {
    guard isOpen else { return }
    isOpen = false
    if failure == nil, !peersDue.isEmpty {
      // Worth a write now that no other will come; losing it costs a refusal that could have been earlier.
      do throws(StorageError) {
        try storing("begin") { () throws(SQLiteError) in try connection.begin() }
        try savePeers()
        try storing("commit") { () throws(SQLiteError) in try connection.commit() }
      } catch { connection.rollback() }
    }
    tables = []
    prepared = nil
    if failure != nil { connection.leaveWALOnClose() }
    connection.close()
  }
}

/// The statements of the tables that all groups share, compiled once.
private final class NodeStatements {
  let saveHardState: Statement
  let savePlace: Statement
  let savePeer: Statement
  let saveIdentity: Statement

  init(_ connection: Connection) throws(SQLiteError) {
    saveHardState = try connection.prepare("UPDATE replicas SET hard_state = ?2 WHERE id = ?1")
    savePlace = try connection.prepare("UPDATE replicas SET place = ?2, start = ?3 WHERE id = ?1")
    savePeer = try connection.prepare("INSERT OR REPLACE INTO peers(store, record) VALUES (?1, ?2)")
    saveIdentity = try connection.prepare("UPDATE node SET record = ?1")
  }
}
