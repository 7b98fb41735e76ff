internal import Base

/// A file of a ``MemoryDisk``, whatever its names. Guarded by the disk's lock.
final class MemoryInode: @unchecked Sendable {
  /// A change that was not synced.
  enum Change {
    case write(at: Int, [UInt8])
    case truncate(to: Int)
  }

  /// What processes see.
  var seen: [UInt8] = []
  /// What would survive.
  var durable: [UInt8] = []
  /// Invariant: `durable`, then `abandoned` and `unsynced` in order, gives `seen`, unless `damage` came between.
  var unsynced: [Change] = []
  /// Changes of a sync that failed: no later sync makes them durable.
  var abandoned: [Change] = []

  static func apply(_ change: Change, to image: inout [UInt8]) {
    switch change {
    case .truncate(let size):
      if size < image.count { image.removeLast(image.count - size) } else { extend(&image, to: size) }
    case .write(let offset, let bytes):
      // Most writes of a log append; and unoptimised builds copy whole arrays much faster than sequences.
      if offset == image.count {
        image += bytes
      } else if !bytes.isEmpty {
        extend(&image, to: offset + bytes.count)
        image.withUnsafeMutableBytes { target in
          bytes.withUnsafeBytes {
            UnsafeMutableRawBufferPointer(rebasing: target[offset..<offset + bytes.count]).copyMemory(from: $0)
          }
        }
      }
    }
  }

  private static func extend(_ image: inout [UInt8], to size: Int) {
    if size > image.count { image += [UInt8](repeating: 0, count: size - image.count) }
  }

  func settle() {
    for change in unsynced { Self.apply(change, to: &durable) }
    unsynced.removeAll(keepingCapacity: true)
  }
}

/// The two images of a ``MemoryFiles`` and the faults that are set on it.
struct MemoryDisk {
  /// A change of names that is not durable.
  private enum NameChange {
    case create(String, MemoryInode)
    case delete(String)
    case rename(String, String, MemoryInode)

    func touches(_ directory: String) -> Bool {
      switch self {
      case .create(let path, _), .delete(let path): parentDirectory(of: path) == directory
      case .rename(let from, let to, _):
        parentDirectory(of: from) == directory || parentDirectory(of: to) == directory
      }
    }

    func apply(to names: inout [String: MemoryInode]) {
      switch self {
      case .create(let path, let inode): names[path] = inode
      case .delete(let path): names[path] = nil
      case .rename(let from, let to, let inode):
        if names[from] === inode { names[from] = nil }
        names[to] = inode
      }
    }
  }

  static let noPower = StorageError.io(code: 5, what: "a disk without power")
  private static let sectorBytes = 512

  var options: MemoryFiles.Options
  var counts = MemoryFiles.Counts()
  var names: [String: MemoryInode] = [:]
  private(set) var durableNames: [String: MemoryInode] = [:]
  private(set) var directories: Set<String> = ["/"]
  private var nameChanges: [NameChange] = []
  var locked: Set<String> = []
  private var generator: SplitMix64

  /// How often the power came back: handles of an earlier era are dead.
  private(set) var era = 0
  var isPowered = true
  var cutAt = Int.max
  var failures: [Int: StorageError] = [:]
  var syncFailures: [Int: StorageError] = [:]
  var fullAtWrite = Int.max

  init(_ options: MemoryFiles.Options, seed: UInt64) {
    self.options = options
    generator = SplitMix64(seed: seed)
  }

  static func sorted(_ paths: some Sequence<String>) -> [String] {
    paths.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
  }

  // MARK: faults

  /// Every call comes through here first.
  mutating func enter() throws(StorageError) {
    guard isPowered else { throw Self.noPower }
    counts.calls += 1
    if let error = failures.removeValue(forKey: counts.calls) { throw error }
  }

  /// Counts a change; true when the power goes during it.
  private mutating func cuts(_ counter: WritableKeyPath<MemoryFiles.Counts, Int>) -> Bool {
    counts[keyPath: counter] += 1
    if counts.changes >= cutAt { isPowered = false }
    return !isPowered
  }

  mutating func clearFaults() {
    cutAt = .max
    failures = [:]
    syncFailures = [:]
    fullAtWrite = .max
  }

  var used: Int64 { names.values.reduce(0) { $0 + Int64($1.seen.count) } }

  func isFull(extra: Int) -> Bool {
    // Counting all files is slow; nobody sets the default capacity to run out of it.
    counts.writes >= fullAtWrite || (options.capacity < 1 << 40 && used + Int64(extra) > options.capacity)
  }

  /// Changes bytes of both images by `change`, which gets the old byte and the distance from `offset`.
  func damage(_ path: String, at offset: Int, count: Int, _ change: (UInt8, Int) -> UInt8) -> Bool {
    guard let inode = names[path], offset >= 0, offset + count <= inode.seen.count else { return false }
    for index in offset..<offset + count {
      inode.seen[index] = change(inode.seen[index], index - offset)
      if index < inode.durable.count { inode.durable[index] = change(inode.durable[index], index - offset) }
    }
    return true
  }

  // MARK: names

  mutating func open(_ path: String, _ mode: FileMode) throws(StorageError) -> MemoryInode {
    try enter()
    if let inode = names[path] { return inode }
    guard mode == .create, directories.contains(parentDirectory(of: path)) else { throw .missing }
    if cuts(\.names) { throw Self.noPower }
    let inode = MemoryInode()
    names[path] = inode
    nameChanges.append(.create(path, inode))
    return inode
  }

  mutating func delete(_ path: String) throws(StorageError) {
    try enter()
    guard names[path] != nil else { throw .missing }
    if cuts(\.names) { throw Self.noPower }
    names[path] = nil
    nameChanges.append(.delete(path))
  }

  mutating func rename(_ path: String, to newPath: String) throws(StorageError) {
    try enter()
    guard let inode = names[path], directories.contains(parentDirectory(of: newPath)) else { throw .missing }
    if cuts(\.names) { throw Self.noPower }
    names[path] = nil
    names[newPath] = inode
    nameChanges.append(.rename(path, newPath, inode))
  }

  mutating func list(_ directory: String) throws(StorageError) -> [String] {
    try enter()
    guard directories.contains(directory) else { throw .missing }
    let inside = (Array(names.keys) + directories).filter { $0 != "/" && parentDirectory(of: $0) == directory }
    return Self.sorted(inside.map { String($0.dropFirst(directory == "/" ? 1 : directory.utf8.count + 1)) })
  }

  mutating func createDirectory(_ path: String) throws(StorageError) {
    try enter()
    var missing = path
    while !directories.contains(missing) {
      directories.insert(missing)
      missing = parentDirectory(of: missing)
      if missing == "." { break }
    }
  }

  mutating func syncDirectory(_ path: String) throws(StorageError) {
    try enter()
    guard directories.contains(path) else { throw .missing }
    if cuts(\.directorySyncs) { throw Self.noPower }
    if options.syncIsNoop { return }
    settleNames { $0.touches(path) }
  }

  private mutating func settleNames(_ isDue: (NameChange) -> Bool) {
    var kept: [NameChange] = []
    for change in nameChanges {
      if isDue(change) { change.apply(to: &durableNames) } else { kept.append(change) }
    }
    nameChanges = kept
  }

  // MARK: bytes

  mutating func read(
    _ inode: MemoryInode, _ offset: Int, _ buffer: UnsafeMutableRawBufferPointer
  ) throws(StorageError) -> Int {
    try enter()
    counts.reads += 1
    let count = max(0, min(buffer.count, inode.seen.count - offset))
    guard count > 0 else { return 0 }
    inode.seen.withUnsafeBytes {
      buffer.copyMemory(from: UnsafeRawBufferPointer(rebasing: $0[offset..<offset + count]))
    }
    return count
  }

  mutating func write(
    _ inode: MemoryInode, _ offset: Int, _ bytes: UnsafeRawBufferPointer
  ) throws(StorageError) {
    try enter()
    let isCut = cuts(\.writes)
    if isFull(extra: max(0, offset + bytes.count - inode.seen.count)) { throw .full(what: "write") }
    counts.bytesWritten += bytes.count
    change(inode, .write(at: offset, Array(bytes)))
    if isCut { throw Self.noPower }
  }

  mutating func truncate(_ inode: MemoryInode, _ size: Int) throws(StorageError) {
    try enter()
    let isCut = cuts(\.truncations)
    if size > inode.seen.count, isFull(extra: size - inode.seen.count) { throw .full(what: "truncate") }
    change(inode, .truncate(to: size))
    if isCut { throw Self.noPower }
  }

  private func change(_ inode: MemoryInode, _ change: MemoryInode.Change) {
    MemoryInode.apply(change, to: &inode.seen)
    inode.unsynced.append(change)
  }

  mutating func sync(_ inode: MemoryInode) throws(StorageError) {
    try enter()
    if cuts(\.syncs) { throw Self.noPower }
    if let error = syncFailures.removeValue(forKey: counts.syncs) {
      inode.abandoned += inode.unsynced
      inode.unsynced = []
      throw error
    }
    if options.syncIsNoop { return }
    inode.settle()
    if !options.namesNeedDirectorySync { settleNames { _ in true } }
  }

  // MARK: losing power

  mutating func restart(_ loss: MemoryFiles.PowerLoss) {
    if loss == .tears && !nameChanges.isEmpty {
      for change in nameChanges.prefix(generator.below(nameChanges.count + 1)) { change.apply(to: &durableNames) }
    }
    nameChanges = []
    names = durableNames
    for path in Self.sorted(names.keys) {
      guard let inode = names[path] else { continue }
      if loss == .tears {
        for change in inode.abandoned + inode.unsynced { survive(change, &inode.durable) }
      }
      inode.abandoned = []
      inode.unsynced = []
      inode.seen = inode.durable
    }
    locked = []
    era += 1
    isPowered = true
    clearFaults()
  }

  /// Lets one change survive whole, in part or not at all.
  private mutating func survive(_ change: MemoryInode.Change, _ image: inout [UInt8]) {
    switch generator.below(3) {
    case 0: return
    case 1: MemoryInode.apply(change, to: &image)
    default:
      guard case .write(let offset, let bytes) = change else { return }
      // Sectors of the disk, not of the write: a write that begins inside one tears there.
      var start = offset
      while start < offset + bytes.count {
        let end = min(offset + bytes.count, (start / Self.sectorBytes + 1) * Self.sectorBytes)
        if generator.oneIn(2) {
          MemoryInode.apply(.write(at: start, Array(bytes[start - offset..<end - offset])), to: &image)
        }
        start = end
      }
    }
  }

  func clone(seed: UInt64) -> MemoryDisk {
    var copy = MemoryDisk(options, seed: seed)
    copy.directories = directories
    for (path, inode) in durableNames {
      let twin = MemoryInode()
      twin.durable = inode.durable
      twin.seen = inode.durable
      copy.durableNames[path] = twin
    }
    copy.names = copy.durableNames
    return copy
  }
}
