import Base
import Model
import Raft
import Replica
import SQLite
import Storage
import Synchronization
import Wire

/// A directory in memory with one state file, opened through a VFS of its own each time, as a new process would.
final class StateSetup {
  static let directory = "/data"
  static let path = "/data/state-1.db"
  private static let number = Mutex(0)

  let files: MemoryFiles
  var options = SQLiteStateStore.Options(checkpointFrames: 40, walFramesMax: 400)
  private(set) var vfs: VFS

  private let sealsPages: Bool

  init(_ files: MemoryFiles = MemoryFiles(), sealsPages: Bool = false) throws {
    self.files = files
    self.sealsPages = sealsPages
    vfs = try Self.makeVFS(files, sealsPages)
    try files.createDirectory(Self.directory)
  }

  private static func makeVFS(_ files: MemoryFiles, _ sealsPages: Bool) throws -> VFS {
    let number = number.withLock {
      $0 += 1
      return $0
    }
    return try VFS.register(name: "state-tests-\(number)", files: files, sealsPages: sealsPages)
  }

  func create(_ header: StateHeader) throws {
    try StateFile.create(path: Self.path, header: header, files: files, vfs: vfs)
  }

  func open() throws -> SQLiteStateStore {
    try SQLiteStateStore.open(path: Self.path, files: files, vfs: vfs, options: options)
  }

  func created(_ header: StateHeader) throws -> SQLiteStateStore {
    try create(header)
    return try open()
  }

  /// What a new process finds: no shared memory and no locks of the old one.
  func restart() throws { vfs = try Self.makeVFS(files, sealsPages) }

  static func description(_ snapshot: StateSnapshot) throws -> SnapshotDescription {
    let header = snapshot.header
    var reader = ByteReader(header.configuration)
    return SnapshotDescription(
      mark: SnapshotMark(
        mark: LogMark(
          index: LogIndex(header.applied), term: Term(header.appliedTerm), hash: header.entryHash,
          logTime: header.logTime), configuration: try Configuration(from: &reader),
        configurationIndex: LogIndex(header.configurationIndex)), base: header.base, chainHead: header.chainHead,
      setHash: header.setHash, featureLevel: header.featureLevel, kind: .file, bytes: snapshot.bytes,
      fileDigest: snapshot.fileDigest)
  }

  func verify(_ snapshot: StateSnapshot, name: String? = nil) throws {
    try StateSnapshotVerifier.verify(
      path: Self.directory + "/" + (name ?? snapshot.name), description: try Self.description(snapshot), files: files,
      vfs: vfs)
  }
}

/// Which store a conformance test runs on.
enum StateKind: CaseIterable, CustomStringConvertible {
  case sqlite
  case memory

  var description: String { self == .sqlite ? "SQLite" : "memory" }

  func make(_ header: StateHeader) throws -> any StateStore {
    switch self {
    case .sqlite: try StateSetup().created(header)
    case .memory: MemoryStateStore(header: header)
    }
  }
}
