public import Base
internal import Model
public import Replica
public import SQLite
internal import Synchronization
public import Wire

/// A node's data directory: `raft.db`, a state file for each group, snapshots under way, the reserve.
///
/// The log belongs to one thread, states and snapshot files to another; the reserve and disk usage to any one of them.
public final class SQLiteNodeStore: NodeStore {
  /// How a node spends its disk.
  public struct Options: Sendable {
    /// Bytes kept for a full disk; 0 keeps none.
    public var reserveBytes: Int
    /// Pages in the WAL of `raft.db` that make a checkpoint worth it.
    public var checkpointPages: Int
    /// Bytes at which a state file's WAL makes readers give way (design §6, "Checkpoints").
    public var walCapBytes: Int
    /// What SQLite knows of time; a simulation gives its own.
    public var clock: VFS.Clock
    /// What a simulation plants.
    package var defect: PlantedDefect?

    public init(
      reserveBytes: Int = 64 << 20, checkpointPages: Int = 1_000, walCapBytes: Int = 64 << 20,
      clock: VFS.Clock = .system
    ) {
      self.reserveBytes = reserveBytes
      self.checkpointPages = checkpointPages
      self.walCapBytes = walCapBytes
      self.clock = clock
    }
  }

  private let directory: String
  private let files: any Files
  private let vfs: VFS
  private let options: Options
  private let lock: any DirectoryLock
  private let reserve: SpaceReserve
  private let raftLog: SQLiteLogStore
  /// The snapshot file whose chunks were read or written last, kept open.
  private let chunks: ChunkFile

  public var log: any LogStore { raftLog }

  private static let vfsCount = Atomic(0)

  /// Takes the directory for this process alone, makes what is not there yet, and opens `raft.db`. Files of states and
  /// snapshots that are not in force are removed. Open each group's state file next (``openState(_:file:)``).
  /// - Parameter random: draws the store's id at the very first start, and the nonce of this one.
  /// - Throws: `.locked` when another process has the directory; `.corrupt`, `.unknownFormat` when what is there must
  ///   not be used: the text says what to do.
  public static func open<Random: RandomNumberGenerator>(
    directory: String, files: any Files, random: inout Random, options: Options = Options()
  ) throws(StorageError) -> (NodeRecord, SQLiteNodeStore) {
    try files.createDirectory(directory)
    let lock = try files.lockDirectory(directory)
    do throws(StorageError) {
      let number = vfsCount.add(1, ordering: .relaxed).newValue
      let vfs = try storing("register a VFS") { () throws(SQLiteError) in
        try VFS.register(
          name: "quartet-\(number)", files: files, clock: options.clock, sealsPages: true,
          defect: options.defect)
      }
      let (record, log) = try openLog(directory, files, vfs, &random, options)
      let store = SQLiteNodeStore(directory, files, vfs, options, lock, log)
      for group in record.groups where try !files.exists(store.path(group.stateFile)) {
        throw .corrupt(what: StorageWords.stateMissing)
      }
      // After damage the log may name an older file than it did: what looks unnamed may be the better one.
      if record.damage.isEmpty { try store.removeAllBut(record.groups.map(\.stateFile)) }
      try store.setReserve(true)
      return (record, store)
    } catch {
      lock.release()
      throw error
    }
  }

  /// A start writes: on a full disk it takes the reserve for that, because a node that cannot start cannot make room.
  private static func openLog<Random: RandomNumberGenerator>(
    _ directory: String, _ files: any Files, _ vfs: VFS, _ random: inout Random, _ options: Options
  ) throws(StorageError) -> (NodeRecord, SQLiteLogStore) {
    var log = SQLiteLogStore.Options(checkpointPages: options.checkpointPages)
    log.defect = options.defect
    do throws(StorageError) {
      return try SQLiteLogStore.open(directory: directory, files: files, vfs: vfs, random: &random, options: log)
    } catch {
      guard case .full = error else { throw error }
      try SpaceReserve(files: files, directory: directory, bytes: options.reserveBytes).giveBack()
      return try SQLiteLogStore.open(directory: directory, files: files, vfs: vfs, random: &random, options: log)
    }
  }

  private init(
    _ directory: String, _ files: any Files, _ vfs: VFS, _ options: Options, _ lock: any DirectoryLock,
    _ log: SQLiteLogStore
  ) {
    self.directory = directory
    self.files = files
    self.vfs = vfs
    self.options = options
    self.lock = lock
    raftLog = log
    reserve = SpaceReserve(files: files, directory: directory, bytes: options.reserveBytes)
    chunks = ChunkFile(files)
  }

  deinit { close() }

  /// Closes the log and lets the directory go; states are closed by who opened them, before.
  public func close() {
    chunks.close()
    raftLog.close()
    lock.release()
  }

  /// Upkeep of the log between two writes, on the log's thread; see ``SQLiteLogStore/maintain()``.
  public func maintainLog() throws(StorageError) { try raftLog.maintain() }

  /// The path of a state or snapshot file. A name that is none would be this program's bug: names come from the replica
  /// and from `raft.db`, never from a peer.
  private func path(_ name: String) -> String {
    precondition(StateFileName.isValid(name), "no name of a state or snapshot file")
    return directory + "/" + name
  }

  // MARK: states

  public func openState(_ group: GroupID, file: String) throws(StorageError) -> any StateStore {
    guard try !files.exists(path(file) + StateFileName.condemnedSuffix) else {
      throw .corrupt(what: "a state file that was found to be wrong before this start")
    }
    let frames = max(options.walCapBytes / StatePages.frameBytes, 16)
    var stateOptions = SQLiteStateStore.Options(checkpointFrames: max(frames / 2, 4), walFramesMax: frames)
    stateOptions.defect = options.defect
    return try SQLiteStateStore.open(path: path(file), files: files, vfs: vfs, options: stateOptions)
  }

  /// A read transaction on a state file that lasts until the connection is closed, for simulations: no checkpoint gets
  /// past what it sees.
  package func holdReader(of file: String) throws(StorageError) -> Connection {
    try storing("hold a state as it is") { () throws(SQLiteError) in
      let connection = try Connection(path(file), vfs: vfs, mode: .readOnly)
      connection.leaveWALOnClose()
      do throws(SQLiteError) {
        try connection.begin(.deferred)
        let select = try connection.prepare("SELECT id FROM meta")
        defer { select.reset() }
        _ = try select.step()
        return connection
      } catch {
        connection.close()
        throw error
      }
    }
  }

  public func createState(_ group: GroupID, file: String, genesis: Genesis) throws(StorageError) {
    guard let founded = genesis.groups.first(where: { $0.group == group }) else {
      preconditionFailure("no group \(group) in the genesis record")
    }
    try StateFile.create(
      path: path(file), header: StateHeader(founding: founded, of: genesis), files: files, vfs: vfs)
  }

  public func condemn(_ file: String, reason: String) throws(StorageError) {
    let marker = try files.open(path(file) + StateFileName.condemnedSuffix, .create)
    defer { marker.close() }
    try marker.truncate(to: 0)
    try marker.write(Array((reason + "\n").utf8), at: 0)
    try marker.sync()
    try files.syncDirectory(directory)
  }

  private enum StatePages {
    static let frameBytes = 4_096 + 24
  }

  // MARK: snapshot files

  public func readChunk(_ name: String, offset: UInt64, count: Int) throws(StorageError) -> [UInt8] {
    try chunks.read(path(name), offset: offset, count: count)
  }

  public func writeChunk(_ name: String, offset: UInt64, bytes: [UInt8]) throws(StorageError) {
    try chunks.write(path(name), offset: offset, bytes: bytes)
  }

  public func verifySnapshot(_ name: String, _ description: SnapshotDescription) throws(StorageError) {
    chunks.close()
    try StateSnapshotVerifier.verify(path: path(name), description: description, files: files, vfs: vfs)
  }

  public func remove(_ name: String) throws(StorageError) {
    chunks.close()
    try StateFile.remove(path(name), files: files)
  }

  public func removeAllBut(_ names: [String]) throws(StorageError) {
    chunks.close()
    var removed = false
    for name in try files.list(directory) where StateFileName.isOne(name) {
      guard !names.contains(StateFileName.database(of: name)) else { continue }
      try files.delete(directory + "/" + name)
      removed = true
    }
    if removed { try files.syncDirectory(directory) }
  }

  // MARK: space

  public func diskUsage() throws(StorageError) -> (free: UInt64, used: UInt64) {
    var used: UInt64 = 0
    for name in try files.list(directory) where name != "lock" {
      let size: Int64
      do throws(StorageError) {
        let file = try files.open(directory + "/" + name, .readOnly)
        defer { file.close() }
        size = try file.size()
      } catch {
        // Another thread removes a snapshot meanwhile; and a directory of somebody's is no file.
        continue
      }
      used += UInt64(max(0, size))
    }
    return (UInt64(max(0, try files.freeSpace(directory))), used)
  }

  /// Taking it does nothing where there is not enough space yet, and no `.full` comes of it: whoever made room may need
  /// the rest. The next start tries again.
  public func setReserve(_ held: Bool) throws(StorageError) {
    if held { _ = try reserve.take() } else { try reserve.giveBack() }
  }
}

/// The one file whose chunks are being moved, kept open from chunk to chunk.
private final class ChunkFile {
  private let files: any Files
  private var open: (path: String, mode: FileMode, file: any File)?

  init(_ files: any Files) { self.files = files }

  func close() {
    open?.file.close()
    open = nil
  }

  private func file(_ path: String, _ mode: FileMode) throws(StorageError) -> any File {
    if let open, open.path == path, open.mode == mode { return open.file }
    close()
    let file = try files.open(path, mode)
    open = (path, mode, file)
    return file
  }

  func read(_ path: String, offset: UInt64, count: Int) throws(StorageError) -> [UInt8] {
    guard let offset = Int64(exactly: offset) else { return [] }
    return try file(path, .readOnly).bytes(at: offset, count: count)
  }

  func write(_ path: String, offset: UInt64, bytes: [UInt8]) throws(StorageError) {
    guard let offset = Int64(exactly: offset) else { throw .corrupt(what: "a chunk beyond any file") }
    let file = try file(path, .create)
    if offset == 0 { try file.truncate(to: 0) }
    guard try file.size() >= offset else { throw .corrupt(what: "a chunk that leaves a gap before it") }
    try file.write(bytes, at: offset)
  }
}
