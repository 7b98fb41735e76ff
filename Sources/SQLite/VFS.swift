public import Base
internal import CSQLite
internal import Glibc
internal import Synchronization

/// SQLite's door to a ``Files``: everything that SQLite reads or writes goes through it.
///
/// Locks and the WAL's shared memory live inside the process, keyed by path: register one VFS for one `Files` in one
/// process, and keep other processes out by the data directory's lock and ``FileUse/database``. Anonymous files
/// (sorters, temporary tables) are in memory and never reach a disk.
///
/// A connection keeps its VFS alive; when the last reference goes it is unregistered and freed, so tests may make
/// thousands.
public final class VFS: Sendable {
  /// What SQLite knows of time.
  public struct Clock: Sendable {
    /// Milliseconds since 1970 UTC.
    public let now: @Sendable () -> Int64
    /// Waits, for busy handlers: microseconds.
    public let sleep: @Sendable (Int32) -> Void
    public init(now: @escaping @Sendable () -> Int64, sleep: @escaping @Sendable (Int32) -> Void) {
      self.now = now
      self.sleep = sleep
    }
    /// The machine's.
    public static let system = Clock(
      now: {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Int64(time.tv_sec) * 1_000 + Int64(time.tv_nsec) / 1_000_000
      },
      sleep: { microseconds in _ = usleep(UInt32(max(0, microseconds))) })
  }

  /// The name it is registered under in this process.
  public let name: String
  private let core: VFSCore
  /// Whether pages get a ``PageSeal``.
  public var sealsPages: Bool { core.sealsPages }
  private nonisolated(unsafe) let structure: UnsafeMutablePointer<sqlite3_vfs>
  private let registered = Mutex(true)

  /// Registers `files` under a name that is not taken.
  /// - Parameters:
  ///   - clock: a simulation gives its own.
  ///   - randomSeed: makes ``Library/seedRandomness(_:)`` repeatable; nil draws from the system.
  ///   - syncsDirectories: whether the first sync of a file that SQLite made also syncs its directory, and SQLite's
  ///     own wish after deleting a journal is obeyed. False only to show in tests what is lost without.
  ///   - sealsPages: whether pages get a ``PageSeal``, and one that is not as it was written is not read
  ///     (SQLITE_IOERR_DATA). Of databases with pages of 4,096 bytes that reserve 16 for it; others are let be.
  ///   - isDefault: whether connections that name no VFS use it.
  ///   - defect: what a simulation plants.
  public static func register(
    name: String, files: any Files, clock: Clock = .system, randomSeed: UInt64? = nil, syncsDirectories: Bool = true,
    sealsPages: Bool = false, isDefault: Bool = false, defect: PlantedDefect? = nil
  ) throws(SQLiteError) -> VFS {
    try mustInitialize()
    guard sqlite3_vfs_find(name) == nil else {
      throw SQLiteError(extended: SQLITE_MISUSE, message: "a VFS of this name is registered")
    }
    let core = VFSCore(
      files: files, clock: clock, randomSeed: randomSeed, syncsDirectories: syncsDirectories, sealsPages: sealsPages,
      defect: defect)
    let vfs = VFS(name, core)
    let code = sqlite3_vfs_register(vfs.structure, isDefault ? 1 : 0)
    guard code == SQLITE_OK else { throw SQLiteError(extended: code) }
    return vfs
  }

  private static func mustInitialize() throws(SQLiteError) {
    let code = sqlite3_initialize()
    guard code == SQLITE_OK else { throw SQLiteError(extended: code) }
  }

  private init(_ name: String, _ core: VFSCore) {
    self.name = name
    self.core = core
    var methods = sqlite3_vfs()
    methods.iVersion = 2
    methods.szOsFile = Int32(MemoryLayout<FileSlot>.stride)
    methods.mxPathname = 1_024
    methods.zName = UnsafePointer(strdup(name))
    methods.pAppData = Unmanaged.passUnretained(core).toOpaque()
    VFSCore.install(&methods)
    structure = .allocate(capacity: 1)
    structure.initialize(to: methods)
  }

  /// Takes the name back. Connections that are open go on.
  public func unregister() {
    registered.withLock {
      guard $0 else { return }
      $0 = false
      sqlite3_vfs_unregister(structure)
    }
  }

  deinit {
    unregister()
    free(UnsafeMutableRawPointer(mutating: structure.pointee.zName))
    structure.deallocate()
  }
}

/// What a VFS holds: reached from SQLite's calls through `pAppData`.
final class VFSCore: Sendable {
  let files: any Files
  let clock: VFS.Clock
  let syncsDirectories: Bool
  let sealsPages: Bool
  let defect: PlantedDefect?
  private let generator: Mutex<SplitMix64?>
  /// Database files that are open, by path.
  private let shared = Mutex<[String: SharedDatabase]>([:])

  init(
    files: any Files, clock: VFS.Clock, randomSeed: UInt64?, syncsDirectories: Bool, sealsPages: Bool,
    defect: PlantedDefect?
  ) {
    self.defect = defect
    self.files = files
    self.clock = clock
    self.syncsDirectories = syncsDirectories
    self.sealsPages = sealsPages
    generator = Mutex(randomSeed.map { SplitMix64(seed: $0) })
  }

  static func of(_ vfs: UnsafeMutablePointer<sqlite3_vfs>?) -> VFSCore? {
    guard let data = vfs?.pointee.pAppData else { return nil }
    return Unmanaged<VFSCore>.fromOpaque(data).takeUnretainedValue()
  }

  // MARK: databases shared by connections

  func retainShared(_ path: String) -> SharedDatabase {
    shared.withLock { table in
      let database = table[path] ?? SharedDatabase(sealsPages: sealsPages)
      database.users += 1
      table[path] = database
      return database
    }
  }

  func releaseShared(_ path: String, _ database: SharedDatabase) {
    shared.withLock { table in
      database.users -= 1
      if database.users == 0, table[path] === database { table[path] = nil }
    }
  }

  /// A file that is made later under this name is another one.
  private func forgetShared(_ path: String) { shared.withLock { $0[path] = nil } }

  // MARK: methods of sqlite3_vfs

  static func install(_ methods: inout sqlite3_vfs) {
    methods.xOpen = { vfs, name, slot, flags, outFlags in
      guard let core = VFSCore.of(vfs), let slot else { return SQLITE_CANTOPEN }
      // Without methods SQLite does not close what did not open.
      slot.pointee.pMethods = nil
      do throws(StorageError) {
        let file = try core.open(name.map { String(cString: $0) }, flags)
        let memory = UnsafeMutableRawPointer(slot).assumingMemoryBound(to: FileSlot.self)
        memory.initialize(
          to: FileSlot(base: sqlite3_file(pMethods: OpenFile.methods), file: Unmanaged.passRetained(file)))
        outFlags?.pointee = flags
        return SQLITE_OK
      } catch { return VFSCore.code(error, SQLITE_CANTOPEN) }
    }
    methods.xDelete = { vfs, name, syncDirectory in
      guard let core = VFSCore.of(vfs), let name else { return Code.ioDelete }
      return core.delete(String(cString: name), andSync: syncDirectory != 0)
    }
    methods.xAccess = { vfs, name, _, out in
      guard let core = VFSCore.of(vfs), let name else { return Code.ioAccess }
      do throws(StorageError) {
        out?.pointee = try core.files.exists(String(cString: name)) ? 1 : 0
        return SQLITE_OK
      } catch { return VFSCore.code(error, Code.ioAccess) }
    }
    methods.xFullPathname = { _, name, room, out in
      guard let name, let out else { return SQLITE_CANTOPEN }
      let length = strlen(name)
      guard length < Int(room) else { return SQLITE_CANTOPEN }
      memcpy(out, name, length + 1)
      return SQLITE_OK
    }
    methods.xRandomness = { vfs, count, out in
      guard let core = VFSCore.of(vfs), let out, count > 0 else { return 0 }
      core.randomise(UnsafeMutableRawBufferPointer(start: out, count: Int(count)))
      return count
    }
    methods.xSleep = { vfs, microseconds in
      VFSCore.of(vfs)?.clock.sleep(microseconds)
      return microseconds
    }
    methods.xCurrentTimeInt64 = { vfs, out in
      guard let core = VFSCore.of(vfs) else { return SQLITE_ERROR }
      out?.pointee = VFSCore.julianEpoch + core.clock.now()
      return SQLITE_OK
    }
    methods.xCurrentTime = { vfs, out in
      guard let core = VFSCore.of(vfs) else { return SQLITE_ERROR }
      out?.pointee = Double(VFSCore.julianEpoch + core.clock.now()) / 86_400_000
      return SQLITE_OK
    }
    methods.xGetLastError = { _, _, _ in 0 }
  }

  /// Milliseconds from noon of 24 November 4714 BC, where SQLite's days begin, to 1970.
  private static let julianEpoch: Int64 = 210_866_760_000_000

  private func open(_ name: String?, _ flags: Int32) throws(StorageError) -> OpenFile {
    guard let name else { return OpenFile(core: self, file: ScratchFile(), path: nil, flags: flags, isNew: false) }
    let mode: FileMode =
      if flags & SQLITE_OPEN_READONLY != 0 { .readOnly } else if flags & SQLITE_OPEN_CREATE != 0 { .create } else {
        .readWrite
      }
    let isNew = mode == .create ? try !files.exists(name) : false
    let use: FileUse = flags & SQLITE_OPEN_MAIN_DB != 0 ? .database : .plain
    return OpenFile(core: self, file: try files.open(name, mode, use: use), path: name, flags: flags, isNew: isNew)
  }

  private func delete(_ path: String, andSync: Bool) -> Int32 {
    do throws(StorageError) { try files.delete(path) } catch {
      return error.isMissing ? Code.ioDeleteMissing : Self.code(error, Code.ioDelete)
    }
    forgetShared(path)
    guard andSync, syncsDirectories else { return SQLITE_OK }
    do throws(StorageError) { try files.syncDirectory(parentDirectory(of: path)) } catch {
      return Self.code(error, Code.ioSyncDirectory)
    }
    return SQLITE_OK
  }

  private func randomise(_ buffer: UnsafeMutableRawBufferPointer) {
    generator.withLock { seeded in
      var system = SystemRandomNumberGenerator()
      for index in buffer.indices {
        buffer[index] = UInt8(truncatingIfNeeded: seeded?.next() ?? system.next())
      }
    }
  }

  /// What SQLite is told of a store's error; `general` says where it happened.
  static func code(_ error: StorageError, _ general: Int32) -> Int32 {
    switch error {
    case .full: SQLITE_FULL
    case .corrupt: Code.ioData
    case .locked: SQLITE_BUSY
    case .io, .compacted, .unknownFormat: general
    }
  }
}
