public import Base
internal import Glibc
internal import Synchronization

/// A disk that fails as a file says, for drills with whole processes: see ``DiskFaults`` for what may stand there.
///
/// The file is looked at every 50 ms at most, by calls to the disk themselves: a node that does nothing with its disk
/// learns nothing, and has nothing to learn. It need not be there. The directory's lock is taken without faults, and
/// closing a file always works.
public final class FaultFiles: Files {
  private let base: any Files
  private let path: String
  private let report: @Sendable (String) -> Void
  private let state = Mutex(State())
  private let hanging = Atomic(0)

  private static let lookEvery: Int64 = 50_000_000
  private static let hangStep: UInt32 = 5_000
  private static let bytesMax = 64 << 10

  private struct State: Sendable {
    var faults = DiskFaults()
    /// Faults that were to come once, and have come: places in ``faults``.
    var spent: Set<Int> = []
    var stamp: Stamp?
    var lookedAt: Int64?
  }

  /// What tells one content of the file from another.
  private struct Stamp: Equatable, Sendable {
    var inode: UInt64
    var size: Int64
    var seconds: Int64
    var nanoseconds: Int64
  }

  /// - Parameters:
  ///   - path: the fault file's, on the machine's file system.
  ///   - report: takes a line for the node's log whenever the faults change, and for lines that are passed over.
  public init(_ base: any Files, faultFile path: String, report: @escaping @Sendable (String) -> Void) {
    self.base = base
    self.path = path
    self.report = report
  }

  /// How many calls hang just now.
  package var hangingCalls: Int { hanging.load(ordering: .acquiring) }

  // MARK: Meeting faults

  fileprivate enum Use {
    case read, write, sync, other
  }

  /// Waits, fails or passes, as the file says at the moment.
  fileprivate func meet(_ use: Use, _ file: String) throws(StorageError) {
    var waits = false
    defer { if waits { hanging.subtract(1, ordering: .releasing) } }
    while true {
      let (verdict, lines) = state.withLock { state in
        let lines = look(&state)
        return (judge(use, file, &state), lines)
      }
      for line in lines { report(line) }
      if verdict.hangs {
        if !waits { hanging.add(1, ordering: .releasing) }
        waits = true
        _ = usleep(Self.hangStep)
        continue
      }
      if verdict.delay > .zero { _ = usleep(UInt32(clamping: verdict.delay.nanoseconds / 1_000)) }
      if let error = verdict.error { throw error }
      return
    }
  }

  private struct Verdict {
    var hangs = false
    var delay = Interval.zero
    var error: StorageError?
  }

  private func judge(_ use: Use, _ file: String, _ state: inout State) -> Verdict {
    let name = file.lastIndex(of: "/").map { file[file.index(after: $0)...] } ?? file[...]
    func isMeant(_ fault: DiskFaults.Fault) -> Bool { fault.name.isEmpty || name.contains(fault.name) }
    var verdict = Verdict()
    verdict.hangs = state.faults.faults.contains { $0.kind == .hang && isMeant($0) }
    if verdict.hangs { return verdict }
    for (place, fault) in state.faults.faults.enumerated() {
      guard isMeant(fault), !state.spent.contains(place) else { continue }
      switch fault.kind {
      case .slow(let length): verdict.delay = verdict.delay + length
      case .full where use == .write: verdict.error = .full(what: "a write, as the fault file says")
      case .failedRead where use == .read: verdict.error = .io(code: EIO, what: "a read, as the fault file says")
      case .failedWrite where use == .write: verdict.error = .io(code: EIO, what: "a write, as the fault file says")
      case .failedSync where use == .sync: verdict.error = .io(code: EIO, what: "a sync, as the fault file says")
      case .hang, .full, .failedRead, .failedWrite, .failedSync: continue
      }
      if fault.isOnce { state.spent.insert(place) }
    }
    return verdict
  }

  // MARK: The file

  /// Reads the file anew if it is time and it has changed; returns lines for the log.
  private func look(_ state: inout State) -> [String] {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    let now = Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    if let last = state.lookedAt, now - last < Self.lookEvery { return [] }
    state.lookedAt = now
    var found = stat()
    let stamp: Stamp? =
      stat(path, &found) == 0
      ? Stamp(
        inode: UInt64(found.st_ino), size: Int64(found.st_size), seconds: Int64(found.st_mtim.tv_sec),
        nanoseconds: Int64(found.st_mtim.tv_nsec)) : nil
    guard stamp != state.stamp else { return [] }
    state.stamp = stamp
    let faults = stamp == nil ? DiskFaults() : DiskFaults(parsing: content())
    var lines = faults.problems.map { "line \($0.line) of the fault file is passed over: \($0.what)" }
    if faults != state.faults || !faults.faults.isEmpty {
      let list = faults.faults.map(\.text).joined(separator: "; ")
      lines.append("faults of the disk, as the fault file says: \(list.isEmpty ? "none any more" : list)")
    }
    state.faults = faults
    state.spent = []
    return lines
  }

  private func content() -> String {
    guard let stream = fopen(path, "r") else { return "" }
    defer { fclose(stream) }
    var bytes = [UInt8](repeating: 0, count: Self.bytesMax)
    let count = fread(&bytes, 1, bytes.count, stream)
    return String(decoding: bytes[..<count], as: UTF8.self)
  }

  // MARK: Files

  public func open(_ path: String, _ mode: FileMode, use: FileUse) throws(StorageError) -> any File {
    try meet(.other, path)
    return FaultFile(self, path, try base.open(path, mode, use: use))
  }

  public func delete(_ path: String) throws(StorageError) {
    try meet(.other, path)
    try base.delete(path)
  }

  public func rename(_ path: String, to newPath: String) throws(StorageError) {
    try meet(.other, path)
    try base.rename(path, to: newPath)
  }

  public func exists(_ path: String) throws(StorageError) -> Bool {
    try meet(.other, path)
    return try base.exists(path)
  }

  public func list(_ directory: String) throws(StorageError) -> [String] {
    try meet(.other, directory)
    return try base.list(directory)
  }

  public func createDirectory(_ path: String) throws(StorageError) {
    try meet(.other, path)
    try base.createDirectory(path)
  }

  public func syncDirectory(_ path: String) throws(StorageError) {
    try meet(.sync, path)
    try base.syncDirectory(path)
  }

  public func freeSpace(_ path: String) throws(StorageError) -> Int64 {
    try meet(.other, path)
    let isFull = state.withLock { $0.faults.faults.contains { $0.kind == .full && $0.name.isEmpty } }
    return isFull ? 0 : try base.freeSpace(path)
  }

  public func lockDirectory(_ path: String) throws(StorageError) -> any DirectoryLock { try base.lockDirectory(path) }
}

private final class FaultFile: File {
  private let files: FaultFiles
  private let path: String
  private let base: any File

  init(_ files: FaultFiles, _ path: String, _ base: any File) {
    self.files = files
    self.path = path
    self.base = base
  }

  func read(at offset: Int64, into buffer: UnsafeMutableRawBufferPointer) throws(StorageError) -> Int {
    try files.meet(.read, path)
    return try base.read(at: offset, into: buffer)
  }

  func write(_ bytes: UnsafeRawBufferPointer, at offset: Int64) throws(StorageError) {
    try files.meet(.write, path)
    try base.write(bytes, at: offset)
  }

  func truncate(to size: Int64) throws(StorageError) {
    try files.meet(.other, path)
    try base.truncate(to: size)
  }

  func sync() throws(StorageError) {
    try files.meet(.sync, path)
    try base.sync()
  }

  func size() throws(StorageError) -> Int64 {
    try files.meet(.other, path)
    return try base.size()
  }

  func close() { base.close() }
}
