public import Base

/// The bounds of an HTTP server; each has its own answer.
public struct HTTPLimits: Hashable, Sendable {
  /// Bytes of the request line; more is answered 414.
  public var requestLineBytesMax = 8 << 10
  /// Bytes of the request line and all header fields together, and of trailers; more is answered 431.
  public var headerBytesMax = 32 << 10
  /// Header fields, and trailer fields; more is answered 431.
  public var headerCountMax = 100
  /// Bytes of a body; more is answered 413.
  public var bodyBytesMax = 8 << 20
  /// Bytes of chunk sizes and extensions of one body, beyond what its data warrants; more is answered 400.
  public var chunkOverheadBytesMax = 16 << 10
  /// From a request's first byte to the end of its header; later is answered 408.
  public var headerTimeout = Interval.seconds(10)
  /// Between two pieces of a body; later is answered 408.
  public var bodyTimeout = Interval.seconds(10)
  /// Without a request, from the connection's beginning or its last answer; then it is closed.
  public var idleTimeout = Interval.seconds(60)
  /// Open connections; one more is answered 503.
  public var connectionsMax = 4_096
  /// Requests of one connection without an answer; then nothing more of it is read.
  public var pipelinedMax = 64
  /// Bytes of answers that wait for one peer to read them; more closes the connection.
  public var outputBytesMax = 64 << 20
  /// With more than this waiting nothing more of the connection is read.
  public var outputBytesLow = 256 << 10
  /// How long ``HTTPServer/stop()`` waits for answers under way.
  public var stopTimeout = Interval.seconds(5)

  public init() {}
}
