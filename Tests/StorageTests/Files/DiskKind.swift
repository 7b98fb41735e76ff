import Base
import Glibc
import SQLite
import Storage
import Synchronization

private let nextNumber = Atomic(0)

/// A name that no other test of this process uses.
func uniqueName(_ prefix: String) -> String { "\(prefix)-\(nextNumber.add(1, ordering: .relaxed).newValue)" }

/// The disks that Storage has: one contract for all.
enum DiskKind: String, CaseIterable, Sendable {
  case posix
  case powerLoss
  case memory

  func make() -> any Files {
    switch self {
    case .posix: PosixFiles()
    case .powerLoss: PowerLossFiles()
    case .memory: MemoryFiles()
    }
  }
}

/// A directory on the machine's disk that goes with its owner. The disk in memory uses its path just as well.
final class TemporaryDirectory: Sendable {
  let path: String

  init() throws(StorageError) {
    let base = getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
    var template = Array("\(base)/quartet-XXXXXX".utf8CString)
    let made = template.withUnsafeMutableBufferPointer { $0.baseAddress.map { mkdtemp($0) != nil } ?? false }
    guard made else { throw .io(code: errno, what: "make a temporary directory") }
    path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  deinit {
    let files = PosixFiles()
    for name in (try? files.list(path)) ?? [] {
      let inner = path + "/" + name
      for deeper in (try? files.list(inner)) ?? [] { unlink(inner + "/" + deeper) }
      if unlink(inner) != 0 { rmdir(inner) }
    }
    rmdir(path)
  }
}

/// The output of a shell command, and its exit status.
func shell(_ command: String) -> (text: String, status: Int32) {
  guard let pipe = popen("(\(command)) 2>&1", "r") else { return ("", -1) }
  var text: [UInt8] = []
  var buffer = [UInt8](repeating: 0, count: 4_096)
  while true {
    let count = fread(&buffer, 1, buffer.count, pipe)
    if count == 0 { break }
    text += buffer[..<count]
  }
  return (String(decoding: text, as: UTF8.self), pclose(pipe))
}
