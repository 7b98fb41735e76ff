public import Base

/// What a command gave. The same on every replica, byte for byte: it is part of the digest chain.
public enum CommandResult: Hashable, Sendable {
  case transaction(TransactionResult)
  case compacted
  case session(UInt64)
  case sessionClosed
  /// It had no effect, or none any more; the reason tells the outcome.
  case refused(CommandRefusal)
  /// It was applied before, at `revision`; of a result too long to be remembered only this is left.
  case appliedBefore(revision: Revision, succeeded: Bool)
}

public struct TransactionResult: Hashable, Sendable {
  /// Whether all compares held, so that the first list ran.
  public var succeeded: Bool
  /// One for each operation of the list that ran.
  public var responses: [OperationResult]
  public init(succeeded: Bool, responses: [OperationResult]) {
    self.succeeded = succeeded
    self.responses = responses
  }
}

public enum OperationResult: Hashable, Sendable {
  case put(previous: KeyValue?)
  case delete(count: Int, previous: [KeyValue])
  case range(RangeResult)
}

/// A row as clients see it.
public struct KeyValue: Hashable, Sendable {
  public var key: Key
  /// nil where only keys were asked for.
  public var value: Value?
  public var createRevision: Revision
  public var modRevision: Revision
  /// How many times the key was put since it was created; 0 in a history for a deletion.
  public var version: UInt64
  public init(key: Key, value: Value?, createRevision: Revision, modRevision: Revision, version: UInt64) {
    self.key = key
    self.value = value
    self.createRevision = createRevision
    self.modRevision = modRevision
    self.version = version
  }
}

public struct RangeResult: Hashable, Sendable {
  public var items: [KeyValue]
  /// Whether keys of the range are left beyond the limit.
  public var more: Bool
  /// All keys of the range, whatever the limit.
  public var count: Int
  public init(items: [KeyValue], more: Bool, count: Int) {
    self.items = items
    self.more = more
    self.count = count
  }
}

/// Why the state machine did not run a command.
public enum CommandRefusal: Hashable, Sendable {
  /// The session is not known (any more). Whether an earlier try was applied cannot be told: outcome unknown.
  case unknownSession
  /// The session has acknowledged this sequence before: it was applied, and its memory is gone.
  case acknowledgedBefore
  /// More than ``Base/Limits/sessionWindowMax`` requests without acknowledgement. It cannot be remembered, so a copy of
  /// the same command that arrives when there is room is executed: outcome unknown, and it may be sent again.
  case sessionWindowFull
  case tooManySessions
  /// The request id was used with another body.
  case requestReused
  /// ``Base/Limits/rememberedRequestsMax`` are remembered. Outcome as with ``sessionWindowFull``.
  case requestMemoryFull
  /// The revision asked for is compacted; the oldest that can be read is given.
  case compacted(Revision)
  /// The revision asked for does not exist yet; the newest that can be read is given.
  case futureRevision(Revision)
  case tooManyKeys
  case resultTooLarge

  /// What it means for the command that was sent.
  public var outcome: Outcome {
    switch self {
    case .unknownSession, .sessionWindowFull, .requestMemoryFull: .unknown
    case .acknowledgedBefore: .applied
    case .tooManySessions, .requestReused, .compacted, .futureRevision, .tooManyKeys, .resultTooLarge: .notApplied
    }
  }
}
