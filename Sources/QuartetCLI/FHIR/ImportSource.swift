import Base
import Glibc
import JSON

/// What is imported: a file, or standard input.
struct ImportSource: Sendable {
  enum Form: Hashable {
    /// One resource or bundle a line.
    case lines
    /// One JSON text.
    case document
  }

  /// As the user named it.
  let name: String
  let path: String?

  /// No line, entry or single resource may be longer; what is stored may not be by far.
  static let textBytesMax = 16 << 20
  /// A document on standard input is read twice, so it has to be kept.
  static let inputBytesMax = 64 << 20

  init(_ word: String) {
    path = word == "-" ? nil : word
    name = word == "-" ? "standard input" : word
  }

  /// Whether it is a file that can be read again from its beginning.
  private var isRegular: Bool {
    guard let path else { return false }
    var status = stat()
    return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
  }

  /// Sees whether it can be read.
  func check() throws(FileProblem) {
    guard let path else { return }
    guard access(path, R_OK) == 0 else { throw FileProblem("read", path) }
    if LocalFiles.isDirectory(path) { throw FileProblem("read", path, code: EISDIR) }
  }

  /// What tells a source from others when it is imported again in the same way; nil of one that cannot be read twice. A
  /// file that has grown at its end is the same.
  func fingerprint(_ options: ImportOptions) throws(FileProblem) -> Digest? {
    guard isRegular else { return nil }
    let stream = try open()
    var start: [UInt8] = []
    while start.count < 65_536, let chunk = try stream.next() { start += chunk }
    return Digest(of: Array("import \(options.fingerprint)\n".utf8) + start.prefix(65_536))
  }

  func open() throws(FileProblem) -> ByteStream {
    guard let path else { return ByteStream(descriptor: 0, name: name, isOwned: false) }
    let descriptor = Glibc.open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw FileProblem("read", path) }
    return ByteStream(descriptor: descriptor, name: name, isOwned: true)
  }

  /// By the file's name, else by how it begins: when the first of several lines is a whole JSON text, there is one a line. So there is
  /// when the first ends inside a value and the second is a whole resource, where none can stand: then the first is broken,
  /// and is refused alone.
  func form(of stream: ByteStream) throws(FileProblem) -> Form {
    if let path, path.hasSuffix(".ndjson") || path.hasSuffix(".jsonl") { return .lines }
    let lines = try stream.peek(lines: 2, limit: Self.textBytesMax)
    guard lines.count == 2 else { return .document }
    let end = LineEnd(lines[0])
    if end.isClosed { return .lines }
    guard !end.takesAnObject, let json = try? JSONValue(parsing: lines[1]), json["resourceType"]?.string != nil else {
      return .document
    }
    return .lines
  }

  /// Where the first line of a text ends.
  private struct LineEnd {
    private var open: [UInt8] = []
    private var isInText = false
    private var last: UInt8 = 0

    init(_ line: [UInt8]) {
      var isEscaped = false
      for byte in line where byte > 0x20 || isInText {
        last = byte
        if isInText {
          if isEscaped {
            isEscaped = false
          } else if byte == UInt8(ascii: "\\") {
            isEscaped = true
          } else if byte == UInt8(ascii: "\"") {
            isInText = false
          }
          continue
        }
        switch byte {
        case UInt8(ascii: "\""): isInText = true
        case UInt8(ascii: "{"), UInt8(ascii: "["): open.append(byte)
        case UInt8(ascii: "}"), UInt8(ascii: "]"): _ = open.popLast()
        default: break
        }
      }
    }

    var isClosed: Bool { open.isEmpty && !isInText }

    /// Whether an object may come next.
    var takesAnObject: Bool {
      guard !isInText else { return false }
      return last == UInt8(ascii: ":")
        || open.last == UInt8(ascii: "[") && [UInt8(ascii: "["), UInt8(ascii: ",")].contains(last)
    }
  }
}

/// Bytes of a descriptor in the order in which they come.
final class ByteStream {
  private let descriptor: Int32
  private let name: String
  private let isOwned: Bool
  /// What was looked at before it was taken.
  private var ahead: [UInt8] = []

  init(descriptor: Int32, name: String, isOwned: Bool) {
    self.descriptor = descriptor
    self.name = name
    self.isOwned = isOwned
  }

  deinit { if isOwned { close(descriptor) } }

  private static let chunkBytes = 256 << 10

  /// Nil at the end.
  func next() throws(FileProblem) -> [UInt8]? {
    if !ahead.isEmpty {
      defer { ahead = [] }
      return ahead
    }
    return try read()
  }

  private func read() throws(FileProblem) -> [UInt8]? {
    var chunk = [UInt8](repeating: 0, count: Self.chunkBytes)
    while true {
      let count = chunk.withUnsafeMutableBytes { Glibc.read(descriptor, $0.baseAddress, $0.count) }
      if count < 0, errno == EINTR { continue }
      guard count >= 0 else { throw FileProblem("read", name) }
      if count == 0 { return nil }
      chunk.removeLast(Self.chunkBytes - count)
      return chunk
    }
  }

  /// The first lines that are not blank, at most so many, without taking them; the last one may be cut at `limit` bytes in all.
  func peek(lines count: Int, limit: Int) throws(FileProblem) -> [[UInt8]] {
    var lines: [[UInt8]] = []
    var start = 0
    var searched = 0
    while lines.count < count {
      if let end = ahead[searched...].firstIndex(of: 0x0A) {
        if ahead[start..<end].contains(where: { $0 > 0x20 }) { lines.append(Array(ahead[start..<end])) }
        start = end + 1
        searched = start
        continue
      }
      searched = ahead.count
      guard ahead.count < limit, let chunk = try read() else {
        if ahead[start...].contains(where: { $0 > 0x20 }) { lines.append(Array(ahead[start...])) }
        break
      }
      ahead += chunk
    }
    return lines
  }

  /// Goes back to the beginning; false where that cannot be.
  func rewind() -> Bool {
    guard isOwned, lseek(descriptor, 0, SEEK_SET) == 0 else { return false }
    ahead = []
    return true
  }
}

/// The lines of a stream, without their ends.
struct LineReader {
  struct Line {
    /// From 1.
    var number: Int
    /// Nil when it is longer than ``ImportSource/textBytesMax``.
    var bytes: [UInt8]?
  }

  private let stream: ByteStream
  private var buffer: [UInt8] = []
  private var position = 0
  private var number = 0
  private var isAtEnd = false

  init(_ stream: ByteStream) { self.stream = stream }

  /// The next line that is not blank.
  mutating func next() throws(FileProblem) -> Line? {
    while let line = try nextOfAny() {
      if line.bytes?.allSatisfy({ $0 <= 0x20 }) ?? false { continue }
      return line
    }
    return nil
  }

  private mutating func nextOfAny() throws(FileProblem) -> Line? {
    var searched = position
    var isOversize = false
    while true {
      if let end = buffer[searched...].firstIndex(of: 0x0A) {
        number += 1
        let bytes = buffer[position..<end]
        position = end + 1
        return Line(number: number, bytes: isOversize ? nil : Array(bytes))
      }
      if isAtEnd {
        guard position < buffer.count || isOversize else { return nil }
        number += 1
        let bytes = buffer[position...]
        position = buffer.count
        return Line(number: number, bytes: isOversize ? nil : Array(bytes))
      }
      if buffer.count - position > ImportSource.textBytesMax {
        isOversize = true
        position = buffer.count
      }
      buffer.removeFirst(position)
      position = 0
      searched = buffer.count
      if let chunk = try stream.next() { buffer += chunk } else { isAtEnd = true }
    }
  }
}
