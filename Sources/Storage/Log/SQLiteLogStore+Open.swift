public import Base
internal import Raft
public import Replica
public import SQLite
internal import Wire

extension SQLiteLogStore {
  static let fileName = "raft.db"
  static let pageBytes = 4_096
  /// `QTRL`, in the header's application id: a file of another program is never taken for ours.
  static let applicationID: Int64 = 0x5154_524C
  /// 1 had no seals on its pages.
  static let formatVersion: Int64 = 2
  /// Room at the end of each page for a VFS to put a checksum into.
  private static let reservedBytes: Int32 = 16

  /// Opens the log in `directory`, which the caller has locked, or makes it.
  ///
  /// On return the boot count is raised, durably. After an unclean stop the WAL is judged before SQLite sees it; every
  /// entry is read, its hash checked and that it follows the one before. What was damaged suspends the replicas it
  /// concerns, durably, and is told by ``Replica/NodeRecord/damage``.
  /// - Parameter random: draws the store's id and the nonce.
  /// - Throws: `.corrupt` when the file, or a promise in it, cannot be read: the text says what to do. `.unknownFormat`
  ///   for another version's file.
  public static func open<Random: RandomNumberGenerator>(
    directory: String, files: any Files, vfs: VFS, random: inout Random, options: Options = Options()
  ) throws(StorageError) -> (NodeRecord, SQLiteLogStore) {
    let path = directory + "/" + fileName
    if try !files.exists(path) {
      if try holdsStore(directory, files) { throw .corrupt(what: StorageWords.missing) }
      let store = Identifier(high: random.next(), low: random.next())
      try create(path, directory, store, files, vfs)
    }
    try UnsealedFormat.refuse(path, application: applicationID, files)
    let marker = DamageMarker(files: files, directory: directory, database: path, sealsPages: vfs.sealsPages)
    let (walDamage, idle) = try marker.examine()
    // On a full disk the reserve is for this (``SQLiteNodeStore``).
    if options.defect != .believesReadWAL, try SettledWAL.settle(of: path, files) > 0 { throw .full(what: "the write-ahead log of raft.db") }
    try marker.sealPages(idle)
    let opening = LogOpening(path: path, vfs: vfs, options: options)
    let (connection, identity) = try opening.connect()
    do throws(StorageError) {
      let opened = try opening.recover(connection, identity, walDamage: walDamage)
      if walDamage != nil { try marker.remove() }
      let nonce = Identifier(high: random.next(), low: random.next())
      let record = NodeRecord(
        store: opened.identity.store, bootCount: opened.identity.bootCount, nonce: nonce, genesis: opened.genesis,
        peers: opened.peers, groups: opened.groups.map(\.record), damage: opened.identity.damage)
      let log = try SQLiteLogStore(
        path: path, vfs: vfs, options: options, connection: connection, identity: opened.identity,
        isFounded: opened.genesis != nil, shapes: opened.groups.map(\.shape))
      return (record, log)
    } catch {
      connection.close()
      throw error
    }
  }

  /// Whether anything stands in `directory` that only a store whose log is gone would have left.
  private static func holdsStore(_ directory: String, _ files: any Files) throws(StorageError) -> Bool {
    for name in try files.list(directory) {
      if name == fileName + "-wal" || name == DamageMarker.name || StateFileName.isOne(name) { return true }
    }
    return false
  }

  /// Makes the file beside its place and moves it there whole: so a file in its place always has its tables and its id,
  /// and an empty one is damage.
  private static func create(
    _ path: String, _ directory: String, _ store: Identifier, _ files: any Files, _ vfs: VFS
  ) throws(StorageError) {
    let unfinished = path + ".unfinished"
    for suffix in ["", "-wal", "-shm", "-journal"] where try files.exists(unfinished + suffix) {
      try files.delete(unfinished + suffix)
    }
    try files.syncDirectory(directory)
    try storing("make raft.db") { () throws(SQLiteError) in
      let connection = try Connection(unfinished, vfs: vfs, mode: .create)
      defer { connection.close() }
      // Before anything else: setting the vacuum mode writes the first page, and its layout stays.
      try connection.reserveBytes(reservedBytes)
      // EXTRA, so that the deletion of the journal that comes before WAL mode is durable (half of the power losses
      // right after creation lost rows without it).
      try connection.execute("PRAGMA synchronous=EXTRA; PRAGMA page_size=\(pageBytes); PRAGMA auto_vacuum=INCREMENTAL")
      try connection.execute("PRAGMA application_id=\(applicationID); PRAGMA user_version=\(formatVersion)")
      try connection.execute("PRAGMA journal_mode=WAL")
      try connection.transaction { () throws(SQLiteError) in
        try connection.execute(schema)
        let insert = try connection.prepare("INSERT INTO node(id, record) VALUES (1, ?1)")
        try insert.run(blob: StoreIdentity(store: store, bootCount: 0, damage: "").row, at: 1)
      }
      _ = try connection.checkpoint(.truncate)
    }
    try files.syncDirectory(directory)
    try files.rename(unfinished, to: path)
    try files.syncDirectory(directory)
  }

  private static let schema = """
    CREATE TABLE node(id INTEGER PRIMARY KEY CHECK (id = 1), record BLOB NOT NULL);
    CREATE TABLE genesis(id INTEGER PRIMARY KEY CHECK (id = 1), record BLOB NOT NULL);
    CREATE TABLE peers(store BLOB PRIMARY KEY, record BLOB NOT NULL) WITHOUT ROWID;
    CREATE TABLE replicas(
      id INTEGER PRIMARY KEY, hard_state BLOB NOT NULL, place BLOB NOT NULL, start INTEGER NOT NULL);
    CREATE TABLE buried(boot INTEGER NOT NULL, replica INTEGER NOT NULL, idx INTEGER NOT NULL, entry BLOB NOT NULL);
    """
}

/// Opens an existing `raft.db` and reads it.
struct LogOpening {
  let path: String
  let vfs: VFS
  let options: SQLiteLogStore.Options

  /// What was found.
  struct Opened {
    var identity: StoreIdentity
    var genesis: Genesis?
    var peers: [PeerRecord]
    /// Ascending by group.
    var groups: [(record: GroupRecord, shape: GroupShape)]
  }

  private static let cacheKibibytes = 16_384

  func connect() throws(StorageError) -> (Connection, StoreIdentity) {
    let connection: Connection
    do throws(SQLiteError) { connection = try Connection(path, vfs: vfs, mode: .readWrite) } catch {
      throw refused(error)
    }
    do throws(StorageError) {
      return (connection, try prepare(connection))
    } catch {
      connection.close()
      throw error
    }
  }

  private func prepare(_ connection: Connection) throws(StorageError) -> StoreIdentity {
    let found = try reading { () throws(SQLiteError) in
      // Ours to cut short at the start of a WAL; deleted entries need no overwriting: they are committed data.
      try connection.execute(
        """
        PRAGMA synchronous=\(options.defect == .commitsUnsynced ? "NORMAL" : "FULL"); PRAGMA secure_delete=0; PRAGMA cache_size=-\(Self.cacheKibibytes);
        PRAGMA journal_size_limit=\(options.walBytesKept)
        """)
      return (
        application: try connection.pragma("application_id"), version: try connection.pragma("user_version"),
        journal: try connection.pragmaText("journal_mode")
      )
    }
    guard found.application == SQLiteLogStore.applicationID else { throw .corrupt(what: StorageWords.foreign) }
    guard found.version >= 1, found.journal == "wal" else { throw .corrupt(what: StorageWords.file) }
    guard found.version == SQLiteLogStore.formatVersion else {
      throw .unknownFormat(version: UInt32(clamping: found.version))
    }
    let row = try reading { () throws(SQLiteError) in
      let select = try connection.prepare("SELECT record FROM node")
      defer { select.reset() }
      return try select.step() ? select.bytes(0) : []
    }
    return try StoreIdentity(row: row)
  }

  /// Raises the boot count and reads everything.
  func recover(
    _ connection: Connection, _ found: StoreIdentity, walDamage: String?
  ) throws(StorageError) -> Opened {
    // The WAL starts anew: frames that a torn transaction left in it can never stand behind new ones of the same life,
    // where they would look like damage.
    try reading { () throws(SQLiteError) in _ = try connection.checkpoint(.truncate) }
    var identity = found
    identity.bootCount += 1
    let genesis = try readGenesis(connection)
    let peers = try readPeers(connection)
    var groups: [(record: GroupRecord, shape: GroupShape)] = []
    var buried: [(group: GroupID, from: LogIndex)] = []
    for shape in try readShapes(connection) {
      let (recovery, brokenAt) = try read(shape, connection)
      if let brokenAt {
        buried.append((shape.group, brokenAt))
        identity.addDamage("the log of \(shape.group) was damaged at entry \(brokenAt)")
      }
      groups.append(try recovery.finish())
    }
    if let walDamage { identity.addDamage(walDamage) }
    for slot in groups.indices {
      let isBroken = buried.contains { $0.group == groups[slot].shape.group }
      guard walDamage != nil || isBroken else { continue }
      groups[slot].record.hardState.suspended = true
      groups[slot].shape.hardState.suspended = true
    }
    try settle(connection, identity, groups.map(\.shape), buried)
    return Opened(identity: identity, genesis: genesis, peers: peers, groups: groups)
  }

  /// One transaction for all that this start changes; then the WAL is brought home, so that damage to it can never take
  /// a boot count back that peers may have seen.
  private func settle(
    _ connection: Connection, _ identity: StoreIdentity, _ shapes: [GroupShape],
    _ buried: [(group: GroupID, from: LogIndex)]
  ) throws(StorageError) {
    try reading { () throws(SQLiteError) in
      try connection.transaction { () throws(SQLiteError) in
        try connection.prepare("UPDATE node SET record = ?1").run(blob: identity.row, at: 1)
        for shape in shapes where shape.hardState.suspended {
          let save = try connection.prepare("UPDATE replicas SET hard_state = ?2 WHERE id = ?1")
          try save.bind(1, Int64(shape.group.rawValue))
          try save.run(blob: HardStateRecord(group: shape.group, state: shape.hardState).encoded, at: 2)
        }
        for (group, from) in buried {
          try bury(connection, group, from: from, boot: identity.bootCount)
        }
      }
      _ = try connection.checkpoint(.passive)
    }
  }

  /// Moves entries that cannot be offered out of the way of those that a leader will send, and keeps them.
  private func bury(
    _ connection: Connection, _ group: GroupID, from: LogIndex, boot: UInt64
  ) throws(SQLiteError) {
    let table = GroupTable.name(group)
    let move = try connection.prepare(
      "INSERT INTO buried SELECT ?1, \(group.rawValue), idx, entry FROM \(table) WHERE idx >= ?2")
    try move.bind(1, Int64(boot))
    try move.bind(2, Int64(from.rawValue))
    try move.run()
    let delete = try connection.prepare("DELETE FROM \(table) WHERE idx >= ?1")
    try delete.bind(1, Int64(from.rawValue))
    try delete.run()
  }

  // MARK: reading

  private func readGenesis(_ connection: Connection) throws(StorageError) -> Genesis? {
    let row = try reading { () throws(SQLiteError) -> [UInt8]? in
      let select = try connection.prepare("SELECT record FROM genesis")
      defer { select.reset() }
      return try select.step() ? select.bytes(0) : nil
    }
    guard let row else { return nil }
    return try SealedRow.open(row, StorageWords.genesis) { (reader) throws(DecodeError) in
      try Genesis(decoding: try reader.blob("genesis", limit: Bounds.genesisBytesMax))
    }
  }

  private func readPeers(_ connection: Connection) throws(StorageError) -> [PeerRecord] {
    let rows = try reading { () throws(SQLiteError) -> [[UInt8]] in
      let select = try connection.prepare("SELECT record FROM peers ORDER BY store")
      var rows: [[UInt8]] = []
      while try select.step() { rows.append(select.bytes(0)) }
      return rows
    }
    var peers: [PeerRecord] = []
    for row in rows {
      do throws(DecodeError) { peers.append(try PeerRecord(decoding: row)) } catch {
        throw error.storage(StorageWords.peers)
      }
    }
    return peers
  }

  private func readShapes(_ connection: Connection) throws(StorageError) -> [GroupShape] {
    let rows = try reading { () throws(SQLiteError) -> [(group: GroupID, hardState: [UInt8], place: [UInt8])] in
      let select = try connection.prepare("SELECT id, hard_state, place FROM replicas ORDER BY id")
      var rows: [(group: GroupID, hardState: [UInt8], place: [UInt8])] = []
      while try select.step() {
        rows.append((GroupID(UInt32(truncatingIfNeeded: select.int64(0))), select.bytes(1), select.bytes(2)))
      }
      return rows
    }
    var shapes: [GroupShape] = []
    for row in rows {
      shapes.append(try GroupShape(group: row.group, hardStateRow: row.hardState, placeRow: row.place))
    }
    return shapes
  }

  /// Reads one log; `brokenAt` is the index of the first entry that is not as it was written, if any.
  private func read(
    _ shape: GroupShape, _ connection: Connection
  ) throws(StorageError) -> (recovery: LogRecovery, brokenAt: LogIndex?) {
    var recovery = LogRecovery(shape)
    let select = try reading { () throws(SQLiteError) in
      let select = try connection.prepare(
        "SELECT idx, entry FROM \(GroupTable.name(shape.group)) WHERE idx >= ?1 ORDER BY idx")
      try select.bind(1, Int64(shape.first.rawValue))
      return select
    }
    defer { select.reset() }
    while try reading({ () throws(SQLiteError) in try select.step() }) {
      do throws(StorageError) {
        let entry = try GroupTable.entry(select.bytes(1))
        guard select.int64(0) == Int64(recovery.next.rawValue), recovery.take(entry) else {
          return (recovery, recovery.next)
        }
      } catch {
        guard case .corrupt = error else { throw error }
        return (recovery, recovery.next)
      }
    }
    return (recovery, nil)
  }

  /// SQLite's complaint about the file's structure in words that say what to do.
  private func refused(_ error: SQLiteError) -> StorageError {
    let stored = error.storage("open raft.db")
    if case .corrupt = stored { return .corrupt(what: StorageWords.file) }
    return stored
  }

  private func reading<Result>(_ body: () throws(SQLiteError) -> Result) throws(StorageError) -> Result {
    do throws(SQLiteError) { return try body() } catch { throw refused(error) }
  }
}
