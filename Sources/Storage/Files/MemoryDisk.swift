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
  /// Invariant: `durable`, then these in order, gives `seen`, unless damage or a failed sync came between.
  var unsynced: [Change] = []
  /// Sectors that are read as they once were, by number.
  var stale: [Int: [UInt8]] = [:]

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
  static let sectorBytes = 512

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
  var faults = MemoryDiskFaults()
  var effects = MemoryFiles.Effects()

  init(_ options: MemoryFiles.Options, seed: UInt64) {
    self.options = options
    generator = SplitMix64(seed: seed)
  }

  /// Another disk that holds, durably, what this one shows now.
  func copy(seed: UInt64) -> MemoryDisk { image(of: names, \.seen, seed: seed) }

  /// Another disk that holds what would survive on this one.
  func clone(seed: UInt64) -> MemoryDisk { image(of: durableNames, \.durable, seed: seed) }

  private func image(
    of names: [String: MemoryInode], _ content: KeyPath<MemoryInode, [UInt8]>, seed: UInt64
  ) -> MemoryDisk {
    var image = MemoryDisk(options, seed: seed)
    image.directories = directories
    for (path, inode) in names {
      let twin = MemoryInode()
      twin.seen = inode[keyPath: content]
      twin.durable = twin.seen
      image.names[path] = twin
    }
    image.durableNames = image.names
    return image
  }

  static func sorted(_ paths: some Sequence<String>) -> [String] {
    paths.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
  }

  // MARK: faults

  /// Every call comes through here first.
  mutating func enter() throws(StorageError) {
    guard isPowered else { throw Self.noPower }
    counts.calls += 1
    guard !faults.failures.isEmpty, let error = faults.failures.removeValue(forKey: counts.calls) else { return }
    effects.failedCalls += 1
    throw error
  }

  /// Counts a change; true when the power goes during it.
  private mutating func cuts(_ counter: WritableKeyPath<MemoryFiles.Counts, Int>) -> Bool {
    counts[keyPath: counter] += 1
    if counts.changes >= faults.cutAt { isPowered = false }
    return !isPowered
  }

  mutating func clearFaults() {
    faults = MemoryDiskFaults()
    thaw()
  }

  func thaw() { for inode in names.values { inode.stale = [:] } }

  var used: Int64 { names.values.reduce(0) { $0 + Int64($1.seen.count) } }

  func isFull(extra: Int) -> Bool {
    // Counting all files is slow; nobody sets the default capacity to run out of it.
    counts.writes >= faults.fullAtWrite || (options.capacity < 1 << 40 && used + Int64(extra) > options.capacity)
  }

  /// Changes bytes of both images by `change`, which gets the old byte and the distance from `offset`.
  /// - Parameter isCached: processes go on to see the old bytes, which the machine's memory holds.
  func damage(
    _ path: String, at offset: Int, count: Int, isCached: Bool = false, _ change: (UInt8, Int) -> UInt8
  ) -> Bool {
    guard let inode = names[path], offset >= 0, offset + count <= inode.seen.count else { return false }
    if isCached, offset + count > inode.durable.count { return false }
    for index in offset..<offset + count {
      if !isCached { inode.seen[index] = change(inode.seen[index], index - offset) }
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
    if case .fails(let error)? = faults.due(.read, inode) {
      effects.failedCalls += 1
      throw error
    }
    inode.seen.withUnsafeBytes {
      buffer.copyMemory(from: UnsafeRawBufferPointer(rebasing: $0[offset..<offset + count]))
    }
    if !inode.stale.isEmpty { age(inode, offset, UnsafeMutableRawBufferPointer(rebasing: buffer[..<count])) }
    return count
  }

  /// Puts old sectors in place of what was read at `offset`.
  private mutating func age(_ inode: MemoryInode, _ offset: Int, _ buffer: UnsafeMutableRawBufferPointer) {
    var isOlder = false
    for sector in offset / Self.sectorBytes...(offset + buffer.count - 1) / Self.sectorBytes {
      guard let old = inode.stale[sector] else { continue }
      let start = sector * Self.sectorBytes
      for place in max(offset, start)..<min(offset + buffer.count, start + old.count) {
        if buffer[place - offset] != old[place - start] { isOlder = true }
        buffer[place - offset] = old[place - start]
      }
    }
    if isOlder { effects.staleReads += 1 }
  }

  /// From now on `sectors` of a file are read as they are now, whatever is written; false when it is not there.
  func freeze(_ path: String, _ sectors: Range<Int>) -> Bool {
    guard let inode = names[path] else { return false }
    for sector in sectors {
      let start = sector * Self.sectorBytes
      guard start < inode.seen.count else { break }
      inode.stale[sector] = Array(inode.seen[start..<min(start + Self.sectorBytes, inode.seen.count)])
    }
    return true
  }

  mutating func write(
    _ inode: MemoryInode, _ offset: Int, _ bytes: UnsafeRawBufferPointer
  ) throws(StorageError) {
    try enter()
    let isCut = cuts(\.writes)
    if isFull(extra: max(0, offset + bytes.count - inode.seen.count)) {
      effects.refusals += 1
      throw .full(what: "write")
    }
    counts.bytesWritten += bytes.count
    switch faults.due(.write, inode, bytes: bytes.count) {
    case nil: change(inode, .write(at: offset, Array(bytes)))
    case .fails(let error):
      effects.failedCalls += 1
      // Any part may have been written, down to whole sectors of the disk.
      let end = (offset + generator.below(bytes.count + 1)) / Self.sectorBytes * Self.sectorBytes
      change(inode, .write(at: offset, Array(bytes.prefix(max(0, end - offset)))))
      throw error
    case .goesAstray: goAstray(inode, offset, Array(bytes))
    }
    if isCut { throw Self.noPower }
  }

  /// One sector of a write lands in another place of the file, and its own place keeps what it had.
  private mutating func goAstray(_ inode: MemoryInode, _ offset: Int, _ bytes: [UInt8]) {
    let first = (offset + Self.sectorBytes - 1) / Self.sectorBytes
    let whole = (offset + bytes.count) / Self.sectorBytes - first
    let sectors = inode.seen.count / Self.sectorBytes
    guard whole > 0, sectors > 1 else { return change(inode, .write(at: offset, bytes)) }
    let strayed = first + generator.below(whole)
    let start = strayed * Self.sectorBytes - offset
    change(inode, .write(at: offset, Array(bytes[..<start])))
    change(inode, .write(at: offset + start + Self.sectorBytes, Array(bytes[(start + Self.sectorBytes)...])))
    var target = generator.below(sectors)
    if target == strayed { target = (target + 1) % sectors }
    change(inode, .write(at: target * Self.sectorBytes, Array(bytes[start..<start + Self.sectorBytes])))
    effects.misdirectedWrites += 1
  }

  mutating func truncate(_ inode: MemoryInode, _ size: Int) throws(StorageError) {
    try enter()
    let isCut = cuts(\.truncations)
    if size > inode.seen.count, isFull(extra: size - inode.seen.count) {
      effects.refusals += 1
      throw .full(what: "truncate")
    }
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
    if let error = faults.syncFailures.removeValue(forKey: counts.syncs) {
      effects.failedSyncs += 1
      inode.unsynced = []
      throw error
    }
    if case .fails(let error)? = faults.due(.sync, inode) {
      effects.failedSyncs += 1
      // The system takes all of it for written from now on, whatever reached the disk.
      lose(inode.unsynced, &inode.durable)
      inode.unsynced = []
      throw error
    }
    if options.syncIsNoop { return }
    inode.settle()
    if !options.namesNeedDirectorySync { settleNames { _ in true } }
  }

  // MARK: ends of processes

  /// The names and bytes stay as processes saw them; what was not synced is still not durable.
  mutating func endProcess() {
    locked = []
    era += 1
    isPowered = true
    clearFaults()
  }

  mutating func restart(_ loss: MemoryFiles.PowerLoss) {
    if loss == .tears && !nameChanges.isEmpty {
      for change in nameChanges.prefix(generator.below(nameChanges.count + 1)) { change.apply(to: &durableNames) }
    }
    nameChanges = []
    names = durableNames
    for path in Self.sorted(names.keys) {
      guard let inode = names[path] else { continue }
      if loss == .tears {
        lose(inode.unsynced, &inode.durable)
      } else {
        effects.lostChanges += inode.unsynced.count
      }
      inode.unsynced = []
      inode.seen = inode.durable
    }
    endProcess()
  }

  /// Lets each change survive whole, in some of its sectors, or not at all, whatever becomes of the others.
  private mutating func lose(_ changes: [MemoryInode.Change], _ image: inout [UInt8]) {
    var isAnyGone = false
    for change in changes {
      switch generator.below(3) {
      case 0:
        effects.lostChanges += 1
        isAnyGone = true
      case 1:
        MemoryInode.apply(change, to: &image)
        if isAnyGone { effects.reorderedChanges += 1 }
      default:
        guard case .write(let offset, let bytes) = change else { continue }
        tear(offset, bytes, &image)
        isAnyGone = true
      }
    }
  }

  /// Sectors are those of the disk, not of the write: a write that begins inside one tears there.
  private mutating func tear(_ offset: Int, _ bytes: [UInt8], _ image: inout [UInt8]) {
    effects.tornWrites += 1
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
