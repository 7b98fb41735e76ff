/// Every published limit, in one place. A request beyond one is refused by name before it is proposed.
public enum Limits {
  /// Bytes of a key: enough for `ix/…` keys with four parts; index rows stay small.
  public static let keyBytesMax = 1_024
  /// Bytes of a value: a FHIR message of the largest kind measured is 132 KB.
  public static let valueBytesMax = 1 << 20
  /// Operations in each list of a transaction, and compares.
  public static let transactionOperationsMax = 128
  /// Bytes of a whole transaction as proposed.
  public static let transactionBytesMax = 4 << 20
  /// Keys that one range delete or expiry may touch in one entry: bounds the time that one entry holds the applier.
  public static let rangeDeleteKeysMax = 10_000
  /// Bytes of one answer to a range; more is reported as `more` and fetched by the next page.
  public static let rangeBytesMax = 4 << 20
  /// Keys of one page of a range.
  public static let rangeKeysMax = 10_000
  /// Bytes of an encoded command with its envelope.
  public static let commandBytesMax = transactionBytesMax + 16_384
  /// Bytes of one frame between nodes or from a client: the largest command in an append with its header, with room.
  public static let frameBytesMax = 8 << 20
  /// Bytes of entries in one append; never less than one entry.
  public static let appendBytesMax = 1 << 20
  /// Entries in one append.
  public static let appendEntriesMax = 1_024
  /// Appends to one follower without an answer.
  public static let appendsInFlightMax = 16
  /// Bytes of appends to one follower without an answer.
  public static let appendBytesInFlightMax = 8 << 20
  /// Bytes that a leader accepts without having committed them; beyond it refuses (`overloaded`), it never queues.
  public static let uncommittedBytesMax = 16 << 20
  /// Bytes of entries that a group keeps in memory beyond those that are not durable or not applied.
  public static let tailBytesMax = 4 << 20
  /// Entries of the same.
  public static let tailEntriesMax = 4_096
  /// Linearizable reads that wait in one group of one node.
  public static let readsWaitingMax = 16_384
  /// Proposals without an answer in one group of one node.
  public static let proposalsWaitingMax = 16_384
  /// Requests of one session that may be without acknowledgement.
  public static let sessionWindowMax = 1_024
  /// Sessions of one group; one more is refused.
  public static let sessionsMax = 10_000
  /// Remembered requests of one group; one more is refused until some have expired.
  public static let rememberedRequestsMax = 5_000_000
  /// How long a request may ask to be remembered: BaRS retries end after 96 h; a week leaves room.
  public static let keepForMax = Interval.seconds(7 * 24 * 3_600)
  /// Bytes of a result that is remembered whole; of a longer one the outcome and revision are kept.
  public static let rememberedResultBytesMax = 4_096
  /// Members of one group.
  public static let membersMax = 31
  /// How often replicas compare their digests, in entries.
  public static let digestInterval: UInt64 = 1_024
  /// Bytes of one chunk of a snapshot.
  public static let snapshotChunkBytes = 256 << 10
}
