import Base

/// How much a group keeps, sends and takes on. The published limits, unless whoever makes the group sets lower ones; the
/// simulator does, so that what happens at a limit happens often.
public struct Capacity: Hashable, Sendable {
  /// Of one append; never less than one entry.
  public var appendBytes = Limits.appendBytesMax
  public var appendEntries = Limits.appendEntriesMax
  /// Appends to one follower without an answer.
  public var appendsInFlight = Limits.appendsInFlightMax
  public var appendBytesInFlight = Limits.appendBytesInFlightMax
  /// What a leader accepts without having committed it; beyond that it refuses.
  public var uncommittedBytes = Limits.uncommittedBytesMax
  /// What stays in memory of what is durable and applied.
  public var tailBytes = Limits.tailBytesMax
  public var tailEntries = Limits.tailEntriesMax
  /// Reads that wait for an index.
  public var readsWaiting = Limits.readsWaitingMax
  /// How far a new voter may be behind the commit index when it is admitted, in entries.
  public var promotionLag: UInt64 = 64

  public init() {}
}
