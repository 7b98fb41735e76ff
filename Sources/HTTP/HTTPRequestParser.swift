import Base
public import Network

/// Reads requests from bytes (RFC 9112): no sockets, no clock. Total: whatever the bytes are, it wants more of them,
/// yields a request or refuses; after a refusal it refuses for good.
public struct HTTPRequestParser: Sendable {
  public enum Step: Sendable {
    /// What is here is consumed as far as it can be; the rest is incomplete.
    case needsMore
    case request(HTTPRequest)
    case refused(HTTPRefusal)
  }

  /// How far the present request has come, for time-outs.
  public enum Phase: Sendable {
    /// No byte of it has arrived.
    case idle
    case header
    case body
  }

  private enum State {
    case header
    case fixedBody(left: Int)
    case chunkSize
    case chunkData(left: Int)
    case chunkEnd
    case trailers
    case refused(HTTPRefusal)
  }

  private static let chunkLineBytesMax = 1_024

  private let limits: HTTPLimits
  private var state = State.header
  private var pending: HTTPRequest?
  /// Bytes of the input in which no end of a header was found: they are not looked at again when more arrive.
  private var scanned = 0
  /// Where the line begins in which `scanned` lies.
  private var lineStart = 0
  private var isFirstLine = true
  private var chunkOverhead = 0
  private var leadingLines = 0
  private var hasStarted = false
  /// The peer waits for `100 Continue` before it sends the body. False again once body bytes have come without it.
  public private(set) var wantsContinue = false

  public init(limits: HTTPLimits) { self.limits = limits }

  public var phase: Phase {
    switch state {
    case .header: hasStarted ? .header : .idle
    case .refused: .idle
    default: .body
    }
  }

  /// Says that `100 Continue` was sent.
  public mutating func continueWasSent() { wantsContinue = false }

  /// Consumes what it understands of `input`. To be called again until it needs more: several requests may have come.
  public mutating func next(from input: inout InputBuffer) -> Step {
    do throws(HTTPRefusal) {
      while true {
        switch state {
        case .header:
          guard try readHeader(&input) else { return .needsMore }
        case .fixedBody(let left):
          let amount = take(left, &input)
          state = .fixedBody(left: left - amount)
          guard amount == left else { return .needsMore }
          return finish()
        case .chunkSize:
          guard try readChunkSize(&input) else { return .needsMore }
        case .chunkData(let left):
          let amount = take(left, &input)
          state = amount == left ? .chunkEnd : .chunkData(left: left - amount)
          guard amount == left else { return .needsMore }
        case .chunkEnd:
          guard try readChunkEnd(&input) else { return .needsMore }
        case .trailers:
          guard try readTrailers(&input) else { return .needsMore }
          return finish()
        case .refused(let refusal):
          throw refusal
        }
      }
    } catch {
      state = .refused(error)
      pending = nil
      input.removeAll()
      return .refused(error)
    }
  }

  private mutating func finish() -> Step {
    guard let request = pending else { return .refused(HTTPRefusal(.internalServerError, "no request was begun")) }
    pending = nil
    state = .header
    hasStarted = false
    wantsContinue = false
    leadingLines = 0
    resetScan()
    return .request(request)
  }

  private mutating func resetScan() {
    scanned = 0
    lineStart = 0
    isFirstLine = true
  }

  private mutating func take(_ left: Int, _ input: inout InputBuffer) -> Int {
    let amount = min(left, input.count)
    guard amount > 0 else { return 0 }
    wantsContinue = false
    if pending != nil { input.take(amount, appendingTo: &pending!.body) }
    return amount
  }

  private mutating func readHeader(_ input: inout InputBuffer) throws(HTTPRefusal) -> Bool {
    if !hasStarted { try skipEmptyLines(&input) }
    guard !input.isEmpty, hasStarted else { return false }
    guard let end = try endOfFields(input, longLine: .uriTooLong) else { return false }
    let head = try input.withSpan { span throws(HTTPRefusal) in
      try RequestHead(span.extracting(0..<end), limits: limits)
    }
    input.consume(end)
    resetScan()
    pending = head.request
    wantsContinue = head.expectsContinue
    switch head.framing {
    case .length(let length): state = .fixedBody(left: length)
    case .chunked:
      chunkOverhead = 0
      state = .chunkSize
    }
    return true
  }

  /// A few empty lines before a request are ignored (RFC 9112 §2.2).
  private mutating func skipEmptyLines(_ input: inout InputBuffer) throws(HTTPRefusal) {
    while let end = try lineEnd(input, atMost: 2), end == 2 {
      leadingLines += 1
      guard leadingLines <= 4 else { throw HTTPRefusal(.badRequest, "only empty lines arrived") }
      input.consume(2)
    }
    // A lone CR may yet become an empty line; anything else begins a request.
    hasStarted = !input.isEmpty && !(input.count == 1 && input[0] == UInt8(ascii: "\r"))
    resetScan()
  }

  /// The length of the first line with its CR LF if it lies within the first `atMost` bytes.
  private func lineEnd(_ input: InputBuffer, atMost: Int) throws(HTTPRefusal) -> Int? {
    for index in 0..<min(input.count, atMost) where input[index] == UInt8(ascii: "\n") {
      guard index > 0, input[index - 1] == UInt8(ascii: "\r") else {
        throw HTTPRefusal(.badRequest, "a line ends without CR")
      }
      return index + 1
    }
    return nil
  }

  /// Looks for the empty line that ends header or trailers, from where the last look ended. Each line's length is
  /// judged even before its end has come.
  /// - Returns: the length up to and with the empty line.
  private mutating func endOfFields(
    _ input: InputBuffer, longLine: HTTPStatus
  ) throws(HTTPRefusal) -> Int? {
    let (from, count) = (scanned, input.count)
    var (start, first) = (lineStart, isFirstLine)
    let limits = self.limits
    let found: Int? = try input.withSpan { span throws(HTTPRefusal) in
      for index in from..<count where span[index] == UInt8(ascii: "\n") {
        guard index > 0, span[index - 1] == UInt8(ascii: "\r") else {
          throw HTTPRefusal(.badRequest, "a line ends without CR")
        }
        if index + 1 > limits.headerBytesMax { throw HTTPRefusal(.headersTooLarge, "the header is too long") }
        if first && index + 1 - start > limits.requestLineBytesMax {
          throw HTTPRefusal(longLine, "the first line is too long")
        }
        if index - 1 == start && !(first && longLine == .uriTooLong) { return index + 1 }
        start = index + 1
        first = false
      }
      return nil
    }
    guard found == nil else { return found }
    (scanned, lineStart, isFirstLine) = (count, start, first)
    if first && count - start > limits.requestLineBytesMax { throw HTTPRefusal(longLine, "the first line is too long") }
    if count > limits.headerBytesMax { throw HTTPRefusal(.headersTooLarge, "the header is too long") }
    return nil
  }

  private mutating func readChunkSize(_ input: inout InputBuffer) throws(HTTPRefusal) -> Bool {
    let room = min(Self.chunkLineBytesMax, limits.chunkOverheadBytesMax - chunkOverhead)
    guard let end = try lineEnd(input, atMost: room) else {
      guard input.count < room else { throw HTTPRefusal(.badRequest, "chunk sizes and extensions are too long") }
      return false
    }
    let size = try input.withSpan { span throws(HTTPRefusal) in try Self.chunkSize(span, end - 2) }
    input.consume(end)
    wantsContinue = false
    // The line of an honest chunk weighs little against its data; only what exceeds that counts.
    chunkOverhead += max(0, end - size / 16)
    guard size > 0 else {
      state = .trailers
      resetScan()
      return true
    }
    guard size <= limits.bodyBytesMax - (pending?.body.count ?? 0) else {
      throw HTTPRefusal(.contentTooLarge, "the body is too long")
    }
    state = .chunkData(left: size)
    return true
  }

  /// Hexadecimal digits, then the end or an extension, which is ignored (RFC 9112 §7.1.1).
  private static func chunkSize(_ span: Span<UInt8>, _ count: Int) throws(HTTPRefusal) -> Int {
    var size = 0
    var index = 0
    while index < count, let digit = hexDigit(span[index]) {
      guard size < 1 << 48 else { throw HTTPRefusal(.contentTooLarge, "the body is too long") }
      size = size << 4 | Int(digit)
      index += 1
    }
    guard index > 0 else { throw HTTPRefusal(.badRequest, "a chunk has no size") }
    while index < count, isBlank(span[index]) { index += 1 }
    guard index == count || span[index] == UInt8(ascii: ";") else {
      throw HTTPRefusal(.badRequest, "a chunk's size is malformed")
    }
    while index < count {
      guard isFieldValueByte(span[index]) else {
        throw HTTPRefusal(.badRequest, "a chunk's extension has a control character")
      }
      index += 1
    }
    return size
  }

  private mutating func readChunkEnd(_ input: inout InputBuffer) throws(HTTPRefusal) -> Bool {
    if !input.isEmpty, input[0] != UInt8(ascii: "\r") {
      throw HTTPRefusal(.badRequest, "a chunk is longer than its size")
    }
    guard input.count >= 2 else { return false }
    guard input[1] == UInt8(ascii: "\n") else { throw HTTPRefusal(.badRequest, "a chunk is longer than its size") }
    input.consume(2)
    state = .chunkSize
    return true
  }

  private mutating func readTrailers(_ input: inout InputBuffer) throws(HTTPRefusal) -> Bool {
    guard let end = try endOfFields(input, longLine: .headersTooLarge) else { return false }
    let trailers = try input.withSpan { span throws(HTTPRefusal) in
      var lines = LineReader(span.extracting(0..<end))
      return try readFields(span.extracting(0..<end), &lines, limits: limits)
    }
    input.consume(end)
    pending?.trailers = trailers
    return true
  }
}
