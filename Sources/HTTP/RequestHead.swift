import Base

/// The request line and the header fields, read and judged: what body follows, and what happens to the connection.
struct RequestHead {
  enum Framing: Equatable {
    case length(Int)
    case chunked
  }

  var request: HTTPRequest
  var framing = Framing.length(0)
  var expectsContinue = false

  private static let methodBytesMax = 32

  /// - Parameter bytes: from the method to the empty line's end, every line ended by CR LF.
  init(_ bytes: Span<UInt8>, limits: HTTPLimits) throws(HTTPRefusal) {
    var lines = LineReader(bytes)
    guard let requestLine = lines.next() else { throw HTTPRefusal(.badRequest, "the request line is missing") }
    request = try Self.requestLine(bytes, requestLine)
    request.headers = try readFields(bytes, &lines, limits: limits)
    try judgeHost()
    try judgeFraming(limits)
    try judgeConnection()
  }

  private static func requestLine(_ bytes: Span<UInt8>, _ line: Range<Int>) throws(HTTPRefusal) -> HTTPRequest {
    let blank = UInt8(ascii: " ")
    guard let first = bytes.firstIndex(of: blank, in: line) else {
      throw HTTPRefusal(.badRequest, "the request line has no target")
    }
    guard let second = bytes.firstIndex(of: blank, in: first + 1..<line.upperBound) else {
      throw HTTPRefusal(.badRequest, "the request line has no version")
    }
    let isHTTP11 = try version(bytes, second + 1..<line.upperBound)
    let method = line.lowerBound..<first
    guard !method.isEmpty, method.count <= methodBytesMax, method.allSatisfy({ isTokenByte(bytes[$0]) }) else {
      throw HTTPRefusal(.badRequest, "the method is no token")
    }
    let target = first + 1..<second
    guard !target.isEmpty, target.allSatisfy({ bytes[$0] > 0x20 && bytes[$0] < 0x7f && bytes[$0] != UInt8(ascii: "#") })
    else { throw HTTPRefusal(.badRequest, "the target is empty or has a character that must be encoded") }
    var request = HTTPRequest(method: HTTPMethod(bytes.text(method)), path: "")
    request.isHTTP11 = isHTTP11
    let path = try originForm(bytes, target, method: request.method)
    let mark = bytes.firstIndex(of: UInt8(ascii: "?"), in: path)
    request.path =
      path.isEmpty || path.lowerBound == mark ? "/" : bytes.text(path.lowerBound..<(mark ?? path.upperBound))
    request.query = mark.map { bytes.text($0 + 1..<path.upperBound) }
    return request
  }

  /// True for HTTP/1.1 and later 1.x, false for 1.0.
  private static func version(_ bytes: Span<UInt8>, _ range: Range<Int>) throws(HTTPRefusal) -> Bool {
    let digits = UInt8(ascii: "0")...UInt8(ascii: "9")
    guard range.count == 8, bytes.text(range.lowerBound..<range.lowerBound + 5) == "HTTP/",
      bytes[range.lowerBound + 6] == UInt8(ascii: "."), digits.contains(bytes[range.lowerBound + 5]),
      digits.contains(bytes[range.lowerBound + 7])
    else { throw HTTPRefusal(.badRequest, "the version is malformed") }
    guard bytes[range.lowerBound + 5] == UInt8(ascii: "1") else {
      throw HTTPRefusal(.versionNotSupported, "only HTTP/1.0 and HTTP/1.1 are served")
    }
    return bytes[range.lowerBound + 7] != UInt8(ascii: "0")
  }

  /// The part of the target that is path and query, for each form of RFC 9112 §3.2.
  private static func originForm(
    _ bytes: Span<UInt8>, _ target: Range<Int>, method: HTTPMethod
  ) throws(HTTPRefusal) -> Range<Int> {
    if bytes[target.lowerBound] == UInt8(ascii: "/") { return target }
    if target.count == 1, bytes[target.lowerBound] == UInt8(ascii: "*"), method == .options { return target }
    let scheme = lowercaseASCII(bytes.text(target.lowerBound..<min(target.lowerBound + 8, target.upperBound)))
    guard let skip = scheme.hasPrefix("http://") ? 7 : scheme == "https://" ? 8 : nil else {
      throw HTTPRefusal(.badRequest, "the target is neither a path nor an http address")
    }
    let authority = target.lowerBound + skip
    let end = (authority..<target.upperBound).first {
      bytes[$0] == UInt8(ascii: "/") || bytes[$0] == UInt8(ascii: "?")
    }
    guard authority < (end ?? target.upperBound) else { throw HTTPRefusal(.badRequest, "the target names no host") }
    return (end ?? target.upperBound)..<target.upperBound
  }

  /// Exactly one Host in HTTP/1.1 (RFC 9112 §3.2): two could be told apart differently by a proxy and by us.
  private func judgeHost() throws(HTTPRefusal) {
    let hosts = request.headers.values(of: "host")
    guard hosts.count <= 1 else { throw HTTPRefusal(.badRequest, "there is more than one Host") }
    guard let host = hosts.first else {
      if request.isHTTP11 { throw HTTPRefusal(.badRequest, "Host is missing") }
      return
    }
    let forbidden = Set(" \t/\\?#@,<>\"".utf8)
    guard !host.utf8.contains(where: { forbidden.contains($0) || $0 >= 0x80 }) else {
      throw HTTPRefusal(.badRequest, "Host is malformed")
    }
  }

  /// RFC 9112 §6.3, stricter where leniency is what request smuggling lives on.
  private mutating func judgeFraming(_ limits: HTTPLimits) throws(HTTPRefusal) {
    let lengths = request.headers.values(of: "content-length")
    let codings = request.headers.values(of: "transfer-encoding")
    if !codings.isEmpty {
      guard lengths.isEmpty else {
        throw HTTPRefusal(.badRequest, "Content-Length and Transfer-Encoding exclude each other")
      }
      guard request.isHTTP11 else { throw HTTPRefusal(.badRequest, "HTTP/1.0 has no Transfer-Encoding") }
      guard codings.count == 1 else { throw HTTPRefusal(.badRequest, "there is more than one Transfer-Encoding") }
      guard lowercaseASCII(codings[0]) == "chunked" else {
        throw HTTPRefusal(.notImplemented, "the only transfer coding served is chunked, once")
      }
      framing = .chunked
      return
    }
    guard let length = lengths.first else { return }
    guard lengths.count == 1 else { throw HTTPRefusal(.badRequest, "there is more than one Content-Length") }
    guard !length.isEmpty, length.utf8.allSatisfy({ $0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9") }) else {
      throw HTTPRefusal(.badRequest, "Content-Length is no number")
    }
    guard let count = Int(length), count <= limits.bodyBytesMax else {
      throw HTTPRefusal(.contentTooLarge, "the body is too long")
    }
    framing = .length(count)
  }

  private mutating func judgeConnection() throws(HTTPRefusal) {
    let tokens = request.headers.tokens(of: "connection")
    request.keepsAlive = !tokens.contains("close") && (request.isHTTP11 || tokens.contains("keep-alive"))
    guard request.isHTTP11, let expectation = request.headers["expect"] else { return }
    guard lowercaseASCII(expectation) == "100-continue" else {
      throw HTTPRefusal(.expectationFailed, "the only expectation served is 100-continue")
    }
    expectsContinue = framing != .length(0)
  }
}

/// Reads field lines until the empty line (RFC 9112 §5), for headers and trailers alike.
func readFields(
  _ bytes: Span<UInt8>, _ lines: inout LineReader, limits: HTTPLimits
) throws(HTTPRefusal) -> HTTPHeaders {
  var headers = HTTPHeaders()
  while let line = lines.next(), !line.isEmpty {
    guard headers.count < limits.headerCountMax else { throw HTTPRefusal(.headersTooLarge, "too many header fields") }
    guard !isBlank(bytes[line.lowerBound]) else {
      throw HTTPRefusal(.badRequest, "a header field is folded or begins with a blank")
    }
    guard let colon = bytes.firstIndex(of: UInt8(ascii: ":"), in: line) else {
      throw HTTPRefusal(.badRequest, "a header field has no colon")
    }
    // This also refuses a blank before the colon, which readers have understood in different ways.
    let name = line.lowerBound..<colon
    guard !name.isEmpty, name.allSatisfy({ isTokenByte(bytes[$0]) }) else {
      throw HTTPRefusal(.badRequest, "the name of a header field is no token")
    }
    var value = colon + 1..<line.upperBound
    guard value.allSatisfy({ isFieldValueByte(bytes[$0]) }) else {
      throw HTTPRefusal(.badRequest, "a header field has a control character")
    }
    while let first = value.first, isBlank(bytes[first]) { value = value.dropFirst() }
    while let last = value.last, isBlank(bytes[last]) { value = value.dropLast() }
    guard let text = bytes.validText(value) else { throw HTTPRefusal(.badRequest, "a header field is not UTF-8") }
    headers.append(parsed: lowercaseASCII(bytes.text(name)), text)
  }
  return headers
}

/// Cuts bytes of which every line ends with CR LF into lines.
struct LineReader {
  private var position = 0
  private var ends: [Int] = []
  private var index = 0

  init(_ bytes: Span<UInt8>) {
    for index in 1..<max(bytes.count, 1) where bytes[index] == UInt8(ascii: "\n") { ends.append(index - 1) }
  }

  /// The next line without its end, or nil.
  mutating func next() -> Range<Int>? {
    guard index < ends.count else { return nil }
    defer {
      position = ends[index] + 2
      index += 1
    }
    return position..<ends[index]
  }
}

extension Span where Element == UInt8 {
  func firstIndex(of byte: UInt8, in range: Range<Int>) -> Int? {
    for index in range where self[index] == byte { return index }
    return nil
  }

  /// The bytes as text; what is not UTF-8 becomes the replacement character.
  func text(_ range: Range<Int>) -> String {
    extracting(range).withUnsafeBufferPointer { String(decoding: $0, as: UTF8.self) }
  }

  func validText(_ range: Range<Int>) -> String? {
    extracting(range).withUnsafeBufferPointer { String(validating: $0, as: UTF8.self) }
  }
}
