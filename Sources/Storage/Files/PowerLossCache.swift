internal import Base

/// The names of a ``PowerLossFiles``: those of the real file system, and the changes that it has not seen.
struct PowerLossCache {
  private enum NameChange {
    case create(String, PowerLossInode)
    case delete(String)
    case rename(String, String, PowerLossInode)

    var paths: [String] {
      switch self {
      case .create(let path, _), .delete(let path): [path]
      case .rename(let from, let to, _): [from, to]
      }
    }

    func concerns(_ inode: PowerLossInode) -> Bool {
      switch self {
      case .create(_, let other), .rename(_, _, let other): other === inode
      case .delete: false
      }
    }
  }

  /// Ends the names of files that are being made durable; one that a killed process left is nobody's.
  private static let unfinished = ".unfinished"

  private let real: PosixFiles
  /// What stands at a path, nil for nothing. A path that is not here is as the real file system has it.
  private var entries: [String: PowerLossInode?] = [:]
  private var changes: [NameChange] = []

  init(_ real: PosixFiles) { self.real = real }

  mutating func open(_ path: String, _ mode: FileMode, _ use: FileUse) throws(StorageError) -> PowerLossInode {
    let inode = if let found = try find(path, use) { found } else { try create(path, mode, use) }
    inode.handles += 1
    return inode
  }

  private mutating func create(_ path: String, _ mode: FileMode, _ use: FileUse) throws(StorageError) -> PowerLossInode
  {
    guard mode == .create, try real.exists(parentDirectory(of: path)) else { throw .missing }
    let inode = PowerLossInode(use: use)
    entries[path] = inode
    changes.append(.create(path, inode))
    return inode
  }

  private mutating func find(_ path: String, _ use: FileUse) throws(StorageError) -> PowerLossInode? {
    if let entry = entries[path] { return entry }
    guard try real.exists(path) else { return nil }
    let file = try real.open(path, .readWrite, use: use)
    let inode = try PowerLossInode(file, use: use)
    entries[path] = inode
    return inode
  }

  mutating func delete(_ path: String) throws(StorageError) {
    guard try exists(path) else { throw .missing }
    entries[path] = .some(nil)
    changes.append(.delete(path))
  }

  mutating func rename(_ path: String, to newPath: String) throws(StorageError) {
    guard let inode = try find(path, .plain), try real.exists(parentDirectory(of: newPath)) else { throw .missing }
    entries[path] = .some(nil)
    entries[newPath] = inode
    changes.append(.rename(path, newPath, inode))
  }

  func exists(_ path: String) throws(StorageError) -> Bool {
    if let entry = entries[path] { return entry != nil }
    return try real.exists(path)
  }

  func list(_ directory: String) throws(StorageError) -> [String] {
    let prefix = directory == "/" ? "/" : directory + "/"
    var names = Set(try real.list(directory).filter { !$0.hasSuffix(Self.unfinished) })
    for (path, entry) in entries where parentDirectory(of: path) == directory {
      let name = String(path.dropFirst(prefix.count))
      if entry == nil { names.remove(name) } else { names.insert(name) }
    }
    return MemoryDisk.sorted(names)
  }

  // MARK: reaching the real file system

  /// Replays what was done to the names in `directory`, in order: at every moment in between the real directory is as
  /// this one was once.
  mutating func syncDirectory(_ directory: String) throws(StorageError) {
    var position = 0
    while position < changes.count {
      guard changes[position].paths.contains(where: { parentDirectory(of: $0) == directory }) else {
        position += 1
        continue
      }
      try replay(changes[position])
      changes.remove(at: position)
    }
    try real.syncDirectory(directory)
    forgetSettled()
  }

  private func replay(_ change: NameChange) throws(StorageError) {
    switch change {
    case .create(let path, let inode):
      if !inode.isReal { try materialise(inode, at: path) }
    case .delete(let path):
      if try real.exists(path) { try real.delete(path) }
    case .rename(let from, let to, let inode):
      if inode.isReal { try real.rename(from, to: to) } else { try materialise(inode, at: to) }
    }
  }

  private func materialise(_ inode: PowerLossInode, at path: String) throws(StorageError) {
    let temporary = path + Self.unfinished
    let file = try real.open(temporary, .create, use: inode.use)
    try inode.materialise(in: file)
    try real.rename(temporary, to: path)
  }

  /// Lets go of what is in the real file system as it is here, so that locks and descriptors do not stay.
  mutating func forgetSettled() {
    for (path, entry) in entries where !changes.contains(where: { $0.paths.contains(path) }) {
      guard let inode = entry else {
        entries[path] = nil
        continue
      }
      guard inode.handles == 0, inode.isReal, !changes.contains(where: { $0.concerns(inode) }) else { continue }
      guard let isClean = try? inode.isClean, isClean else { continue }
      inode.closeStable()
      entries[path] = nil
    }
  }
}
