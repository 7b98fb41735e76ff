internal import Base
internal import CSQLite
internal import Glibc
internal import Synchronization

/// The memory that SQLite sets aside for a file: it begins as SQLite's own structure does.
struct FileSlot {
  var base: sqlite3_file
  var file: Unmanaged<OpenFile>
}

/// One open file of one connection. SQLite uses it from one thread at a time.
final class OpenFile {
  private let core: VFSCore
  private let file: any File
  private let path: String?
  private let deletesOnClose: Bool
  /// Present for main databases.
  private let shared: SharedDatabase?
  /// What this file holds of `shared`.
  private var held = SharedDatabase.Held()
  /// Whether the directory must be synced with the file, because SQLite has just made it.
  private var owesDirectorySync: Bool

  init(core: VFSCore, file: any File, path: String?, flags: Int32, isNew: Bool) {
    self.core = core
    self.file = file
    self.path = path
    deletesOnClose = path != nil && flags & SQLITE_OPEN_DELETEONCLOSE != 0
    owesDirectorySync = isNew && core.syncsDirectories && path != nil
    shared = if let path, flags & SQLITE_OPEN_MAIN_DB != 0 { core.retainShared(path) } else { nil }
  }

  /// Runs `body` on the object behind SQLite's pointer, which SQLite took from xOpen.
  @inline(__always)
  private static func with(_ slot: UnsafeMutablePointer<sqlite3_file>?, _ body: (OpenFile) -> Int32) -> Int32 {
    guard let slot else { return SQLITE_MISUSE }
    let memory = UnsafeMutableRawPointer(slot).assumingMemoryBound(to: FileSlot.self)
    return memory.pointee.file._withUnsafeGuaranteedRef(body)
  }

  /// Never freed: files that outlive their VFS still point here.
  nonisolated(unsafe) static let methods: UnsafePointer<sqlite3_io_methods> = {
    var methods = sqlite3_io_methods()
    methods.iVersion = 2
    methods.xClose = { slot in
      guard let slot else { return SQLITE_OK }
      let memory = UnsafeMutableRawPointer(slot).assumingMemoryBound(to: FileSlot.self)
      memory.pointee.file.takeRetainedValue().close()
      memory.pointee.base.pMethods = nil
      return SQLITE_OK
    }
    methods.xRead = { slot, buffer, count, offset in OpenFile.with(slot) { $0.read(buffer, count, offset) } }
    methods.xWrite = { slot, buffer, count, offset in OpenFile.with(slot) { $0.write(buffer, count, offset) } }
    methods.xTruncate = { slot, size in OpenFile.with(slot) { $0.truncate(size) } }
    methods.xSync = { slot, _ in OpenFile.with(slot) { $0.sync() } }
    methods.xFileSize = { slot, out in OpenFile.with(slot) { $0.size(out) } }
    methods.xLock = { slot, level in OpenFile.with(slot) { $0.lock(level) } }
    methods.xUnlock = { slot, level in OpenFile.with(slot) { $0.unlock(level) } }
    methods.xCheckReservedLock = { slot, out in OpenFile.with(slot) { $0.checkReserved(out) } }
    // SQLite asks many things by this call and goes by its own ways where the answer is "not known".
    methods.xFileControl = { _, _, _ in SQLITE_NOTFOUND }
    methods.xSectorSize = { _ in 4_096 }
    // No promise of atomic or ordered writes, nor that a torn write spares its neighbours.
    methods.xDeviceCharacteristics = { _ in 0 }
    methods.xShmMap = { slot, region, size, extend, out in
      OpenFile.with(slot) { $0.mapRegion(Int(region), Int(size), extend != 0, out) }
    }
    methods.xShmLock = { slot, first, count, flags in
      OpenFile.with(slot) { $0.lockRegions(Int(first)..<Int(first + count), flags) }
    }
    methods.xShmBarrier = { _ in atomicMemoryFence(ordering: .sequentiallyConsistent) }
    methods.xShmUnmap = { slot, _ in OpenFile.with(slot) { $0.unmapRegions() } }
    let pointer = UnsafeMutablePointer<sqlite3_io_methods>.allocate(capacity: 1)
    pointer.initialize(to: methods)
    return UnsafePointer(pointer)
  }()

  private func close() {
    if let shared, let path {
      shared.unmap(&held)
      shared.unlock(SQLITE_LOCK_NONE, &held)
      core.releaseShared(path, shared)
    }
    file.close()
    if deletesOnClose, let path { try? core.files.delete(path) }
  }

  // MARK: bytes

  private func read(_ buffer: UnsafeMutableRawPointer?, _ count: Int32, _ offset: Int64) -> Int32 {
    let room = UnsafeMutableRawBufferPointer(start: buffer, count: Int(count))
    do throws(StorageError) {
      let filled = try file.read(at: offset, into: room)
      guard filled < room.count else { return SQLITE_OK }
      // SQLite relies on zeros where the file ends.
      if let start = room.baseAddress { memset(start + filled, 0, room.count - filled) }
      return Code.ioShortRead
    } catch { return VFSCore.code(error, Code.ioRead) }
  }

  private func write(_ buffer: UnsafeRawPointer?, _ count: Int32, _ offset: Int64) -> Int32 {
    do throws(StorageError) {
      try file.write(UnsafeRawBufferPointer(start: buffer, count: Int(count)), at: offset)
      return SQLITE_OK
    } catch { return VFSCore.code(error, Code.ioWrite) }
  }

  private func truncate(_ size: Int64) -> Int32 {
    do throws(StorageError) {
      try file.truncate(to: size)
      return SQLITE_OK
    } catch { return VFSCore.code(error, Code.ioTruncate) }
  }

  private func sync() -> Int32 {
    do throws(StorageError) { try file.sync() } catch { return VFSCore.code(error, Code.ioSync) }
    guard owesDirectorySync, let path else { return SQLITE_OK }
    do throws(StorageError) { try core.files.syncDirectory(parentDirectory(of: path)) } catch {
      return VFSCore.code(error, Code.ioSyncDirectory)
    }
    owesDirectorySync = false
    return SQLITE_OK
  }

  private func size(_ out: UnsafeMutablePointer<Int64>?) -> Int32 {
    do throws(StorageError) {
      out?.pointee = try file.size()
      return SQLITE_OK
    } catch { return VFSCore.code(error, Code.ioSize) }
  }

  // MARK: locks and shared memory; files that are not main databases have one user

  private func lock(_ level: Int32) -> Int32 { shared?.lock(level, &held) ?? SQLITE_OK }

  private func unlock(_ level: Int32) -> Int32 {
    shared?.unlock(level, &held)
    return SQLITE_OK
  }

  private func checkReserved(_ out: UnsafeMutablePointer<Int32>?) -> Int32 {
    out?.pointee = shared?.isReserved == true ? 1 : 0
    return SQLITE_OK
  }

  private func mapRegion(
    _ region: Int, _ size: Int, _ extend: Bool, _ out: UnsafeMutablePointer<UnsafeMutableRawPointer?>?
  ) -> Int32 {
    guard let shared else { return SQLITE_IOERR }
    out?.pointee = shared.map(region, size: size, extend: extend, &held)
    return SQLITE_OK
  }

  private func lockRegions(_ slots: Range<Int>, _ flags: Int32) -> Int32 {
    guard let shared else { return SQLITE_IOERR }
    let isShared = flags & SQLITE_SHM_SHARED != 0
    if flags & SQLITE_SHM_UNLOCK != 0 {
      shared.unlockRegions(slots, &held)
      return SQLITE_OK
    }
    return shared.lockRegions(slots, shared: isShared, &held) ? SQLITE_OK : SQLITE_BUSY
  }

  private func unmapRegions() -> Int32 {
    shared?.unmap(&held)
    return SQLITE_OK
  }
}
