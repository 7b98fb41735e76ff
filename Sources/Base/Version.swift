/// What this program writes and understands. Bumped with a line in CHANGELOG and new golden files.
public enum Versions {
  /// The program's version, shown to people.
  public static let program = "0.1.0"
  /// Entry headers and command envelopes.
  public static let entryFormat: UInt16 = 1
  /// The highest feature level that this program can apply. The cluster's own level stands in `system`.
  public static let featureLevel: UInt16 = 1
  /// The rules by which commands are evaluated; stamped on each entry so that all replicas use the same.
  public static let evaluation: UInt16 = 1
  /// The lowest and highest protocol version spoken to peers and clients.
  public static let protocolRange: ClosedRange<UInt16> = 1...1
}
