import Glibc

/// A file that is written once from beginning to end, or standard output. What stood under its name before stays until
/// ``finish()``: whoever is broken off, or fails, has destroyed nothing and leaves no half of a file.
final class OutputFile {
  private let descriptor: Int32
  private let path: String
  /// Where it is written until it takes the place of what `path` names; nil of what is no regular file.
  private let beside: String?
  private var isFinished = false
  private var buffer: [UInt8] = []
  private static let bufferBytes = 256 << 10

  /// - Parameter path: nil or `-` is standard output.
  init(_ path: String?) throws(FileProblem) {
    guard let path, path != "-" else {
      descriptor = 1
      self.path = "standard output"
      beside = nil
      return
    }
    var status = stat()
    let isThere = stat(path, &status) == 0
    if isThere, status.st_mode & S_IFMT != S_IFREG {
      // A pipe or a device is written to, never replaced.
      self.path = path
      beside = nil
      descriptor = open(path, O_WRONLY | O_CLOEXEC)
    } else {
      // Through a link to the file itself.
      let target = isThere ? Self.resolved(path) : path
      let beside = "\(target).new.\(getpid())"
      self.path = target
      self.beside = beside
      descriptor = open(beside, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, isThere ? status.st_mode & 0o777 : 0o600)
    }
    guard descriptor >= 0 else { throw FileProblem("write", path) }
  }

  private static func resolved(_ path: String) -> String {
    guard let real = realpath(path, nil) else { return path }
    defer { free(real) }
    return String(cString: real)
  }

  deinit {
    if descriptor != 1 { close(descriptor) }
    if let beside, !isFinished { unlink(beside) }
  }

  func write(_ bytes: [UInt8]) throws(FileProblem) {
    buffer += bytes
    if buffer.count >= Self.bufferBytes { try flush() }
  }

  /// What was written is with the system; a file is on the disk and has its name.
  func finish() throws(FileProblem) {
    try flush()
    guard let beside else { return }
    guard fsync(descriptor) == 0 else { throw FileProblem("sync", path) }
    guard rename(beside, path) == 0 else { throw FileProblem("replace", path) }
    isFinished = true
    try LocalFiles.syncDirectory(LocalFiles.directory(of: path))
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
