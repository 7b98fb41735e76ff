import Base
import HTTP
import Model
import QuartetClient

/// What a request's header fields say of how it is to be carried out.
///
/// - `X-Request-ID`: the write's name for ever, 1 to 128 bytes. A UUID (hyphens optional) stands for itself, anything
///   else for the first 128 bits of its SHA-256. Echoed.
/// - `X-Keep-For-Seconds`: how long the write is remembered under that name.
/// - `X-Correlation-ID`: the same form; kept with the change. Echoed.
/// - `X-Actor`: who asks, at most 255 bytes; kept with the change as asserted, not authenticated.
/// - `X-Timeout-Ms`: how long the request may take.
/// - `X-Max-Age-Ms`: how old the answer to a serializable range may be.
struct CallHeaders: Hashable, Sendable {
  var request = Identifier.zero
  var keepFor = Interval.zero
  var correlation = Identifier.zero
  var principal = ""
  var timeout: Interval
  var maxAge: Interval

  init(_ headers: HTTPHeaders, limits: GatewayLimits) throws(GatewayError) {
    let requestID = try Self.single("x-request-id", headers)
    let keepFor = try Self.number("x-keep-for-seconds", headers, 1...(Limits.keepForMax.milliseconds / 1_000))
    if let requestID {
      request = try Self.identifier("x-request-id", requestID)
      self.keepFor = keepFor.map(Interval.seconds) ?? limits.keepFor
    } else if keepFor != nil {
      throw .invalid("header 'x-keep-for-seconds' needs 'x-request-id'")
    }
    if let text = try Self.single("x-correlation-id", headers) {
      correlation = try Self.identifier("x-correlation-id", text)
    }
    principal = try Self.single("x-actor", headers) ?? ""
    timeout =
      try Self.number("x-timeout-ms", headers, 1...limits.timeoutMax.milliseconds).map(Interval.milliseconds)
      ?? limits.timeout
    maxAge =
      try Self.number("x-max-age-ms", headers, 1...limits.maxAgeMax.milliseconds).map(Interval.milliseconds)
      ?? limits.maxAge
  }

  /// The request's or correlation's 128 bits. All zero stands for "none" in formats and is refused.
  static func identifier(_ name: String, _ text: String) throws(GatewayError) -> Identifier {
    guard (1...128).contains(text.utf8.count) else { throw .invalid("\(name) must have 1 to 128 characters") }
    let identifier: Identifier
    if let uuid = uuid(text) {
      identifier = uuid
    } else {
      let digest = Digest(of: Array(text.utf8))
      identifier = Identifier(high: digest.word0, low: digest.word1)
    }
    guard !identifier.isZero else { throw .invalid("\(name) must not be the nil UUID") }
    return identifier
  }

  /// 32 hexadecimal digits, or 36 characters with hyphens where RFC 9562 has them. Other hyphens make another text.
  private static func uuid(_ text: String) -> Identifier? {
    let bytes = Array(text.utf8)
    let hyphens = bytes.indices.filter { bytes[$0] == UInt8(ascii: "-") }
    guard bytes.count == 32 && hyphens.isEmpty || bytes.count == 36 && hyphens == [8, 13, 18, 23] else { return nil }
    return Identifier(text)
  }

  /// Two lines of one field would leave it open which was meant.
  private static func single(_ name: String, _ headers: HTTPHeaders) throws(GatewayError) -> String? {
    let values = headers.values(of: name)
    guard values.count <= 1 else { throw .invalid("header '\(name)' is given more than once") }
    return values.first
  }

  private static func number(
    _ name: String, _ headers: HTTPHeaders, _ range: ClosedRange<Int64>
  ) throws(GatewayError) -> Int64? {
    guard let text = try single(name, headers) else { return nil }
    guard text.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let number = Int64(text), range.contains(number) else {
      throw .invalid("header '\(name)' must be a whole number from \(range.lowerBound) to \(range.upperBound)")
    }
    return number
  }

  /// The field that is sent back to `request`'s sender, as it came.
  static func echo(_ request: HTTPHeaders, into response: inout HTTPHeaders) {
    for name in ["x-request-id", "x-correlation-id"] {
      if let value = request[name], value.utf8.count <= 128 { response.set(name, value) }
    }
  }
}
