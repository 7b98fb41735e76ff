public import Base

/// The bounds of a gateway.
public struct GatewayLimits: Hashable, Sendable {
  /// Requests under way that need the store; one more is answered 429.
  public var requestsMax = 1_024
  /// Bytes that these hold, of bodies and of rows gathered; beyond it new ones are answered 429.
  public var bytesMax = 256 << 20
  /// `/readyz?sync` under way; one more is answered 503.
  public var syncsMax = 16
  /// Keys of one answer to a range. When there are more the answer says `more`.
  public var rangeKeysMax = 100_000
  /// Bytes of rows of one answer to a range, exceeded by one page at most. When there are more the answer says `more`.
  public var rangeBytesMax = 16 << 20
  /// Keys of one page.
  public var pageKeysMax = Limits.rangeKeysMax
  /// Without `X-Timeout-Ms`: what the Booking and Referral Standard allows for any request.
  public var timeout = Interval.seconds(5)
  /// The most that `X-Timeout-Ms` may ask for.
  public var timeoutMax = Interval.seconds(60)
  /// How old a serializable read's answer may be without `X-Max-Age-Ms`.
  public var maxAge = Interval.seconds(10)
  /// The most that `X-Max-Age-Ms` may ask for.
  public var maxAgeMax = Interval.seconds(24 * 3_600)
  /// How long a write with `X-Request-ID` is remembered without `X-Keep-For-Seconds`: retries of the Booking and
  /// Referral Standard end after 96 h.
  public var keepFor = Interval.seconds(96 * 3_600)
  /// How soon the reactor must answer for the node to count as alive.
  public var aliveWithin = Interval.seconds(1)
  /// Between two tries of `/readyz?sync`.
  public var syncPause = Interval.milliseconds(50)

  public init() {}
}
