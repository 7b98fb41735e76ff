/// The port through which the product reaches the disk: SQLite's files, the identity file, the reserve, snapshots.
///
/// One door, so that faults and power loss in tests meet everything that the product does with a disk. Paths are
/// absolute, parts separated by `/`. An implementation may be called from several threads.
///
/// Durability: a file's bytes are durable after its ``File/sync()``; its name (creation, rename, deletion) only after
/// ``syncDirectory(_:)`` of the directory that holds it. SQLite's own journals aside, callers sync the directory
/// whenever they made, renamed or deleted a file that matters.
public protocol Files: AnyObject, Sendable {
  /// Opens a file; `use` tells what it is for.
  /// - Throws: ``StorageError/isMissing`` for a file that is not there, `.locked` for a database file that another
  ///   process has open, else `.io`, `.full`.
  func open(_ path: String, _ mode: FileMode, use: FileUse) throws(StorageError) -> any File
  /// Removes a file's name. Handles that are open keep working. A missing file throws ``StorageError/isMissing``.
  func delete(_ path: String) throws(StorageError)
  /// Gives a file another name, replacing a file of that name in one step.
  func rename(_ path: String, to newPath: String) throws(StorageError)
  /// Whether a file or directory of that name is there.
  func exists(_ path: String) throws(StorageError) -> Bool
  /// Names (without the directory) of the files and directories in `directory`, in byte order.
  func list(_ directory: String) throws(StorageError) -> [String]
  /// Makes a directory and those above it that are missing; durable on return. One that is there already is left alone.
  func createDirectory(_ path: String) throws(StorageError)
  /// Makes the names in `path` durable as they are now.
  func syncDirectory(_ path: String) throws(StorageError)
  /// Bytes that this process may still write on the volume that holds `path`.
  func freeSpace(_ path: String) throws(StorageError) -> Int64
  /// Takes the data directory for this holder alone until ``DirectoryLock/release()`` or the end of the process.
  /// - Throws: `.locked` with the holder's pid where it is known.
  func lockDirectory(_ path: String) throws(StorageError) -> any DirectoryLock
}

extension Files {
  /// Opens a file that is not SQLite's.
  public func open(_ path: String, _ mode: FileMode) throws(StorageError) -> any File {
    try open(path, mode, use: .plain)
  }

  /// The whole file.
  /// - Throws: `.io` with ``StorageError/tooLarge`` when it is longer than `limit` bytes.
  public func contents(of path: String, limit: Int) throws(StorageError) -> [UInt8] {
    let file = try open(path, .readOnly)
    defer { file.close() }
    let size = try file.size()
    guard size <= Int64(limit) else { throw .tooLarge }
    return try file.bytes(at: 0, count: Int(size))
  }
}

/// An open file. It has no position: every read and write names its offset. Using one after ``close()`` is a bug.
public protocol File: AnyObject, Sendable {
  /// Reads at `offset` until `buffer` is full or the file ends; returns how many bytes were read.
  func read(at offset: Int64, into buffer: UnsafeMutableRawBufferPointer) throws(StorageError) -> Int
  /// Writes all of `bytes` at `offset`; a gap before it reads as zeros. After an error any part may have been written.
  func write(_ bytes: UnsafeRawBufferPointer, at offset: Int64) throws(StorageError)
  /// Cuts the file, or extends it with zeros.
  func truncate(to size: Int64) throws(StorageError)
  /// Makes what was written and the size durable. After an error nothing is known of what was written since the last
  /// success, and calling again proves nothing (Linux may have dropped the pages): the process stops (design §6).
  func sync() throws(StorageError)
  /// Bytes.
  func size() throws(StorageError) -> Int64
  /// Gives the handle back; no error of it matters, because durability comes from ``sync()`` alone.
  func close()
}

extension File {
  /// Writes all of `bytes` at `offset`.
  public func write(_ bytes: [UInt8], at offset: Int64) throws(StorageError) {
    try bytes.withUnsafeBufferPointer { buffer throws(StorageError) in
      try write(UnsafeRawBufferPointer(buffer), at: offset)
    }
  }

  /// Up to `count` bytes at `offset`; fewer where the file ends.
  public func bytes(at offset: Int64, count: Int) throws(StorageError) -> [UInt8] {
    var failure: StorageError?
    let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
      do throws(StorageError) {
        filled = try read(at: offset, into: UnsafeMutableRawBufferPointer(buffer))
      } catch { failure = error }
    }
    if let failure { throw failure }
    return bytes
  }
}

/// How a file is opened.
public enum FileMode: UInt8, Hashable, Sendable {
  /// It must be there.
  case readOnly
  /// It must be there.
  case readWrite
  /// Read and write; made when it is not there. What it holds stays.
  case create
}

/// What a file is for.
public enum FileUse: UInt8, Hashable, Sendable {
  case plain
  /// A SQLite main database: kept from other processes' SQLite for as long as any handle of it is open here, because
  /// our shared memory and locks live inside the process.
  case database
}

/// A held data directory.
public protocol DirectoryLock: AnyObject, Sendable {
  /// Lets go; a second call does nothing.
  func release()
}

extension StorageError {
  /// A file that had to be there is not.
  public static let missing = StorageError.io(code: 2, what: "a file that is not there")
  /// A file is longer than its reader allows.
  public static let tooLarge = StorageError.io(code: 27, what: "a file longer than its reader allows")
  /// Whether the error is that a file is not there.
  public var isMissing: Bool { self == .missing }
}

/// The directory part of an absolute path; `/` for a name in the root.
public func parentDirectory(of path: String) -> String {
  guard let slash = path.lastIndex(of: "/") else { return "." }
  return slash == path.startIndex ? "/" : String(path[..<slash])
}
