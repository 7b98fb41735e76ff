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
  /// Present for main databases and their WALs.
  private let shared: SharedDatabase?
  private let isWAL: Bool
  /// The database's path: under it ``shared`` is known.
  private let sharedPath: String
  /// A page that is written under its seal; or the beginning of a frame's page that SQLite writes in two parts.
  private var scratch: [UInt8] = []
  private var scratchFrame: UInt32 = 0
  /// Of a WAL.
  private var run = FrameRun()
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
    isWAL = flags & SQLITE_OPEN_WAL != 0
    let isDatabase = flags & SQLITE_OPEN_MAIN_DB != 0
    sharedPath = isWAL ? String((path ?? "").dropLast("-wal".utf8.count)) : path ?? ""
    shared = path != nil && (isDatabase || isWAL) ? core.retainShared(sharedPath) : nil
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
    methods.xFileControl = { slot, code, _ in OpenFile.with(slot) { $0.control(code) } }
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
    if let shared {
      shared.unmap(&held)
      shared.unlock(SQLITE_LOCK_NONE, &held)
      core.releaseShared(sharedPath, shared)
    }
    file.close()
    if deletesOnClose, let path { try? core.files.delete(path) }
  }

  // MARK: bytes

  private func read(_ buffer: UnsafeMutableRawPointer?, _ count: Int32, _ offset: Int64) -> Int32 {
    let room = UnsafeMutableRawBufferPointer(start: buffer, count: Int(count))
    do throws(StorageError) {
      if run.overlaps(offset, room.count) { try writeRun() }
      let filled = try file.read(at: offset, into: room)
      guard filled < room.count else { return accepts(UnsafeRawBufferPointer(room), offset) ? SQLITE_OK : Code.ioData }
      // SQLite relies on zeros where the file ends.
      if let start = room.baseAddress { memset(start + filled, 0, room.count - filled) }
      return Code.ioShortRead
    } catch { return VFSCore.code(error, Code.ioRead) }
  }

  private func write(_ buffer: UnsafeRawPointer?, _ count: Int32, _ offset: Int64) -> Int32 {
    let bytes = UnsafeRawBufferPointer(start: buffer, count: Int(count))
    do throws(StorageError) {
      if let shared, isWAL {
        try writeToWAL(bytes, offset, shared.ledger)
      } else if let shared, bytes.count == PageSeal.pageBytes, offset % Int64(PageSeal.pageBytes) == 0 {
        try writePage(bytes, offset, shared.ledger)
      } else {
        shared?.ledger.extent = nil
        try file.write(bytes, at: offset)
      }
      return SQLITE_OK
    } catch { return VFSCore.code(error, Code.ioWrite) }
  }

  private func truncate(_ size: Int64) -> Int32 {
    do throws(StorageError) {
      try writeRun()
      run.forget()
      if isWAL {
        try file.truncate(to: size)
        shared?.ledger.truncateFrames(to: Int(max(0, size - PageLedger.walHeaderBytes) / PageLedger.frameBytes))
      } else if let ledger = shared?.ledger {
        if ledger.isSealed { try fillGap(before: size, ledger) }
        ledger.extent = nil
        try file.truncate(to: size)
        ledger.truncatePages(to: Int(size) / PageSeal.pageBytes)
      } else {
        try file.truncate(to: size)
      }
      return SQLITE_OK
    } catch { return VFSCore.code(error, Code.ioTruncate) }
  }

  private func sync() -> Int32 {
    do throws(StorageError) { try writeRun() } catch { return VFSCore.code(error, Code.ioWrite) }
    do throws(StorageError) { try file.sync() } catch {
      guard core.defect == .believesRetriedSync, (try? file.sync()) != nil else { return VFSCore.code(error, Code.ioSync) }
    }
    guard owesDirectorySync, let path else { return SQLITE_OK }
    do throws(StorageError) { try core.files.syncDirectory(parentDirectory(of: path)) } catch {
      return VFSCore.code(error, Code.ioSyncDirectory)
    }
    owesDirectorySync = false
    return SQLITE_OK
  }

  private func size(_ out: UnsafeMutablePointer<Int64>?) -> Int32 {
    do throws(StorageError) {
      try writeRun()
      out?.pointee = try file.size()
      return SQLITE_OK
    } catch { return VFSCore.code(error, Code.ioSize) }
  }

  // MARK: what pages must be

  private static func number(_ offset: Int64) -> UInt32 { UInt32(offset / Int64(PageSeal.pageBytes)) + 1 }

  /// Whether bytes that were read whole are what they must be.
  private func accepts(_ bytes: UnsafeRawBufferPointer, _ offset: Int64) -> Bool {
    guard let ledger = shared?.ledger else { return true }
    if isWAL {
      if bytes.count == PageSeal.pageBytes, case (let frame, 0)? = PageLedger.frame(at: offset) {
        return ledger.accepts(bytes, frame: frame)
      }
      // SQLite reads whole frames when it recovers a WAL, and judges them by their own checksums.
      let page = offset + Int64(PageLedger.frameHeaderBytes)
      if bytes.count == Int(PageLedger.frameBytes), case (let frame, 0)? = PageLedger.frame(at: page) {
        ledger.note(UnsafeRawBufferPointer(rebasing: bytes[PageLedger.frameHeaderBytes...]), frame: frame)
      }
      return true
    }
    if offset == 0 { ledger.learn(bytes) }
    guard bytes.count == PageSeal.pageBytes, offset % Int64(PageSeal.pageBytes) == 0, ledger.isSealed else { return true }
    return ledger.accepts(bytes, number: Self.number(offset))
  }

  private func writePage(_ bytes: UnsafeRawBufferPointer, _ offset: Int64, _ ledger: PageLedger) throws(StorageError) {
    if offset == 0 { ledger.learn(bytes) }
    guard ledger.isSealed else { return try file.write(bytes, at: offset) }
    try fillGap(before: offset, ledger)
    scratch.removeAll(keepingCapacity: true)
    scratch.append(contentsOf: bytes)
    try writeScratch(at: offset, ledger)
  }

  /// Seals the page in ``scratch`` and writes it. It leaves no gap before it.
  private func writeScratch(at offset: Int64, _ ledger: PageLedger) throws(StorageError) {
    scratch.withUnsafeMutableBytes { ledger.seal($0, number: Self.number(offset)) }
    let extent = ledger.extent
    ledger.extent = nil
    do throws(StorageError) { try file.write(scratch, at: offset) } catch {
      ledger.forgetPage(Self.number(offset))
      throw error
    }
    ledger.extent = extent.map { max($0, offset + Int64(PageSeal.pageBytes)) }
  }

  /// Writes blank pages under their seals where a sealed database that grows would have a hole: a checkpoint passes pages
  /// over that a reader keeps it from bringing home, and the page that locks stand on is never written. So whoever reads a page of zeros is told that it is damaged.
  private func fillGap(before end: Int64, _ ledger: PageLedger) throws(StorageError) {
    let size: Int64
    if let known = ledger.extent { size = known } else { size = try file.size() }
    ledger.extent = size
    let pageBytes = Int64(PageSeal.pageBytes)
    // Half a page at the end is what a loss of power left of one.
    var offset = size / pageBytes * pageBytes
    while offset + pageBytes <= end {
      scratch.removeAll(keepingCapacity: true)
      scratch.append(contentsOf: repeatElement(0, count: PageSeal.pageBytes))
      try writeScratch(at: offset, ledger)
      offset += pageBytes
    }
  }

  private func writeToWAL(_ bytes: UnsafeRawBufferPointer, _ offset: Int64, _ ledger: PageLedger) throws(StorageError) {
    // The WAL's header: it begins anew.
    if offset == 0 { ledger.truncateFrames(to: 0) }
    let place = PageLedger.frame(at: offset)
    if let place { ledger.forgetFrame(place.number) }
    if run.takes(bytes, at: offset) {
      if run.isDue { try writeRun() }
    } else {
      try writeRun()
      try file.write(bytes, at: offset)
      run.note(bytes, at: offset)
    }
    guard let (frame, within) = place else { return }
    noteFrame(bytes, frame, within, ledger)
    if within == 0, bytes.count < PageSeal.pageBytes { try blot(offset + Int64(bytes.count), bytes.count) }
  }

  /// SQLite syncs in the middle of a page that fills a sector, and writes the rest when the sync went well: whoever
  /// judges the WAL goes by that. What a frame of an earlier life left in the rest's place may be the same bytes, as the
  /// ends of one page often are, and would vouch for a sync that failed (profile disk, seed 85).
  private func blot(_ offset: Int64, _ written: Int) throws(StorageError) {
    try writeRun()
    try file.write([UInt8](repeating: 0x5C, count: PageSeal.pageBytes - written), at: offset)
  }

  private func noteFrame(_ bytes: UnsafeRawBufferPointer, _ frame: UInt32, _ within: Int, _ ledger: PageLedger) {
    if within == 0, bytes.count == PageSeal.pageBytes {
      ledger.note(bytes, frame: frame)
    } else if within == 0 {
      scratch.removeAll(keepingCapacity: true)
      scratch.append(contentsOf: bytes)
      scratchFrame = frame
    } else if scratchFrame == frame, within == scratch.count, within + bytes.count == PageSeal.pageBytes {
      scratch.append(contentsOf: bytes)
      scratchFrame = 0
      scratch.withUnsafeBytes { ledger.note($0, frame: frame) }
    }
  }

  private func writeRun() throws(StorageError) {
    guard !run.isEmpty else { return }
    do throws(StorageError) { try file.write(run.bytes, at: run.start) } catch {
      // SQLite goes back to before the transaction, of which some may stand in the file.
      shared?.ledger.forgetFrames(at: run.start, bytes: run.bytes.count)
      run.forget()
      throw error
    }
    run.written()
  }

  /// SQLite tells when a checkpoint begins and ends, the first before it syncs the WAL.
  private func control(_ code: Int32) -> Int32 {
    guard let shared else { return SQLITE_NOTFOUND }
    switch code {
    case Code.checkpointBegins:
      if let extent = shared.walExtent { shared.ledger.begin(life: extent.life, frames: extent.frames) }
    case Code.checkpointEnds: shared.ledger.end()
    default: break
    }
    return SQLITE_NOTFOUND
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
