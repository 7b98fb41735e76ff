import Glibc

/// A file that is written once from beginning to end, or standard output.
final class OutputFile {
  private let descriptor: Int32
  private let path: String
  private let isOwned: Bool
  private var buffer: [UInt8] = []
  private static let bufferBytes = 256 << 10

  /// - Parameter path: nil or `-` is standard output.
  init(_ path: String?) throws(FileProblem) {
    if let path, path != "-" {
      descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
      guard descriptor >= 0 else { throw FileProblem("write", path) }
      self.path = path
      isOwned = true
    } else {
      descriptor = 1
      self.path = "standard output"
      isOwned = false
    }
  }

  deinit { if isOwned { close(descriptor) } }

  func write(_ bytes: [UInt8]) throws(FileProblem) {
    buffer += bytes
    if buffer.count >= Self.bufferBytes { try flush() }
  }

  /// What was written is with the system, and of a file on the disk.
  func finish() throws(FileProblem) {
    try flush()
    if isOwned, fsync(descriptor) != 0, errno != EINVAL { throw FileProblem("sync", path) }
  }

  private func flush() throws(FileProblem) {
    var done = 0
    while done < buffer.count {
      let count = buffer.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress.map { $0 + done }, buffer.count - done) }
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { throw FileProblem("write", path) }
      done += count
    }
    buffer.removeAll(keepingCapacity: true)
  }
}
