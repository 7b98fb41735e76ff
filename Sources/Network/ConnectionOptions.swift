public import Base

/// The bounds of one connection.
public struct ConnectionOptions: Hashable, Sendable {
  /// Bytes that may wait for the peer to read them; one more closes the connection (``CloseReason/outputOverflow``).
  public var outputBytesMax: Int
  /// Once more than this waited, falling to it again is told as ``ReactorHandler/drained(_:)``.
  public var outputBytesLow: Int
  /// Bytes that the handler may leave unread; must exceed the longest message with one turn's reading.
  public var inputBytesMax: Int
  /// Whether the peer may end its side and still be answered. The end is then told as ``InputBuffer/isEnded``, and the
  /// handler closes; otherwise the connection is closed at once.
  public var keepsOpenAfterEnd: Bool
  /// How long the peer's machine may leave our bytes unacknowledged, an attempt to connect or the kernel's probes on an
  /// idle connection included, before the connection is closed as broken. nil: as long as the kernel likes, which after
  /// a network that was cut for a minute is another minute of silence (its tries are ever further apart).
  public var unacknowledgedMax: Interval?

  /// `outputBytesLow` is a quarter of `outputBytesMax` if not given.
  public init(
    outputBytesMax: Int, outputBytesLow: Int? = nil, inputBytesMax: Int = Limits.frameBytesMax + (2 << 20),
    keepsOpenAfterEnd: Bool = false, unacknowledgedMax: Interval? = nil
  ) {
    precondition(outputBytesMax > 0, "a connection must be able to send: outputBytesMax is \(outputBytesMax)")
    precondition(inputBytesMax > 0, "a connection must be able to receive: inputBytesMax is \(inputBytesMax)")
    self.outputBytesMax = outputBytesMax
    self.outputBytesLow = outputBytesLow ?? outputBytesMax / 4
    self.inputBytesMax = inputBytesMax
    self.keepsOpenAfterEnd = keepsOpenAfterEnd
    self.unacknowledgedMax = unacknowledgedMax
  }
}
