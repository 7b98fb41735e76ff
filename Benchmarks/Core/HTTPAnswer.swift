/// One answer of an HTTP/1.1 server (RFC 9112), as a client of keep-alive connections reads it: whole, and of a length
/// that its head tells.
public struct HTTPAnswer: Hashable, Sendable {
  public var status: Int
  public var body: [UInt8]
  /// Whether the connection may carry another request.
  public var keepsAlive: Bool
  /// Bytes that head and body take.
  public var length: Int

  /// What follows cannot be told apart any more: the connection must be closed.
  public struct Malformed: Error, Hashable, Sendable, CustomStringConvertible {
    public let description: String
    init(_ description: String) { self.description = description }
  }

  private static let headMax = 64 << 10
  private static let bodyMax = 64 << 20

  /// Reads the answer at the beginning of `bytes`; nil: the rest of it has not come.
  public init?(_ bytes: Span<UInt8>) throws(Malformed) {
    guard let headEnd = Self.headEnd(bytes) else {
      guard bytes.count < Self.headMax else { throw Malformed("its head does not end") }
      return nil
    }
    status = try Self.status(bytes)
    var contentLength: Int?
    keepsAlive = true
    var start = Self.lineEnd(bytes, from: 0) + 2
    while start < headEnd {
      let end = Self.lineEnd(bytes, from: start)
      if let value = Self.value(of: "content-length", in: bytes, start..<end) {
        guard let number = Int(value), (0...Self.bodyMax).contains(number), contentLength ?? number == number else {
          throw Malformed("its length is none")
        }
        contentLength = number
      } else if let value = Self.value(of: "connection", in: bytes, start..<end) {
        if value.lowercased() == "close" { keepsAlive = false }
      } else if Self.value(of: "transfer-encoding", in: bytes, start..<end) != nil {
        throw Malformed("its body comes in chunks, which a node's answers do not")
      }
      start = end + 2
    }
    guard let contentLength else { throw Malformed("it does not say how long it is") }
    length = headEnd + 2 + contentLength
    guard bytes.count >= length else { return nil }
    body = [UInt8](unsafeUninitializedCapacity: contentLength) { buffer, count in
      for position in 0..<contentLength { buffer.initializeElement(at: position, to: bytes[headEnd + 2 + position]) }
      count = contentLength
    }
  }

  /// Where the empty line begins that ends the head.
  private static func headEnd(_ bytes: Span<UInt8>) -> Int? {
    var position = 0
    let last = min(bytes.count, headMax) - 4
    while position <= last {
      if bytes[position] == 0x0D, bytes[position + 1] == 0x0A, bytes[position + 2] == 0x0D, bytes[position + 3] == 0x0A
      {
        return position + 2
      }
      position += 1
    }
    return nil
  }

  private static func lineEnd(_ bytes: Span<UInt8>, from start: Int) -> Int {
    var position = start
    while bytes[position] != 0x0D || bytes[position + 1] != 0x0A { position += 1 }
    return position
  }

  private static func status(_ bytes: Span<UInt8>) throws(Malformed) -> Int {
    let start: StaticString = "HTTP/1."
    let isHTTP = start.withUTF8Buffer { text in
      bytes.count > 12 && text.indices.allSatisfy { bytes[$0] == text[$0] }
    }
    var code = 0
    for position in 9..<12 {
      guard isHTTP, bytes[8] == 0x20, (0x30...0x39).contains(bytes[position]) else {
        throw Malformed("it is no HTTP/1.1")
      }
      code = code * 10 + Int(bytes[position] - 0x30)
    }
    guard (200...599).contains(code), code != 204, code != 304 else {
      throw Malformed("status \(code) is no answer to what was asked")
    }
    return code
  }

  /// The value of a line, if it is of that field. - Parameter name: in lower case.
  private static func value(of name: StaticString, in bytes: Span<UInt8>, _ line: Range<Int>) -> String? {
    let count = name.utf8CodeUnitCount
    guard line.count > count, bytes[line.lowerBound + count] == UInt8(ascii: ":") else { return nil }
    let matches = name.withUTF8Buffer { text in
      text.indices.allSatisfy { bytes[line.lowerBound + $0] | 0x20 == text[$0] | 0x20 }
    }
    guard matches else { return nil }
    var (start, end) = (line.lowerBound + count + 1, line.upperBound)
    while start < end, bytes[start] == 0x20 || bytes[start] == 0x09 { start += 1 }
    while start < end, bytes[end - 1] == 0x20 || bytes[end - 1] == 0x09 { end -= 1 }
    var text: [UInt8] = []
    for position in start..<end { text.append(bytes[position]) }
    return String(decoding: text, as: UTF8.self)
  }
}
