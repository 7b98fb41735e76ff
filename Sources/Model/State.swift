public import Base

/// The small fixed part of a group's state; changes in the same transaction as everything that an entry changed.
public struct StateHeader: Hashable, Sendable {
  /// The last entry applied.
  public var applied: UInt64
  public var appliedTerm: UInt64
  /// Revision = index + base.
  public var base: UInt64
  public var logTime: LogTime
  /// What was superseded at or below this is gone.
  public var compacted: Revision
  /// Design §6 digest (a): a SHA-256 chain over entries, effects and results.
  public var chainHead: Digest
  /// Design §6 digest (b): the set hash of the live rows.
  public var setHash: Digest
  public var liveKeys: UInt64
  public var liveBytes: UInt64
  public var sessions: UInt64
  public var remembered: UInt64
  public var featureLevel: UInt16
  /// The canonical bytes of the configuration in force at `applied` and the index of its entry.
  public var configuration: [UInt8]
  public var configurationIndex: UInt64
  /// The hash of the entry at `applied`: what the next entry's `previousHash` must be.
  public var entryHash: Digest

  public init(
    applied: UInt64, appliedTerm: UInt64, base: UInt64, logTime: LogTime, compacted: Revision, chainHead: Digest,
    setHash: Digest, liveKeys: UInt64, liveBytes: UInt64, sessions: UInt64, remembered: UInt64, featureLevel: UInt16,
    configuration: [UInt8], configurationIndex: UInt64, entryHash: Digest
  ) {
    self.applied = applied
    self.appliedTerm = appliedTerm
    self.base = base
    self.logTime = logTime
    self.compacted = compacted
    self.chainHead = chainHead
    self.setHash = setHash
    self.liveKeys = liveKeys
    self.liveBytes = liveBytes
    self.sessions = sessions
    self.remembered = remembered
    self.featureLevel = featureLevel
    self.configuration = configuration
    self.configurationIndex = configurationIndex
    self.entryHash = entryHash
  }
}

/// A live row without its value.
public struct RowHead: Hashable, Sendable {
  public var createRevision: Revision
  public var modRevision: Revision
  /// Which change of its revision it was.
  public var ordinal: UInt32
  public var version: UInt64
  /// Of the plain value.
  public var valueDigest: Digest
  public var valueBytes: UInt32
  public init(
    createRevision: Revision, modRevision: Revision, ordinal: UInt32, version: UInt64, valueDigest: Digest,
    valueBytes: UInt32
  ) {
    self.createRevision = createRevision
    self.modRevision = modRevision
    self.ordinal = ordinal
    self.version = version
    self.valueDigest = valueDigest
    self.valueBytes = valueBytes
  }
}

/// What is remembered of a request.
public struct Remembered: Hashable, Sendable {
  /// Digest of the command's body: the same id with another body is refused.
  public var body: Digest
  public var revision: Revision
  public var logTime: LogTime
  /// Kept until the group's log time passes this.
  public var keepUntil: LogTime
  /// The encoded result, or empty when it was longer than ``Base/Limits/rememberedResultBytesMax``.
  public var result: [UInt8]
  public var succeeded: Bool
  public init(
    body: Digest, revision: Revision, logTime: LogTime, keepUntil: LogTime, result: [UInt8], succeeded: Bool
  ) {
    self.body = body
    self.revision = revision
    self.logTime = logTime
    self.keepUntil = keepUntil
    self.result = result
    self.succeeded = succeeded
  }
}

/// A session without the results it remembers.
public struct SessionHead: Hashable, Sendable {
  public var timeToLive: Interval
  public var lastActive: LogTime
  /// Results below this are forgotten.
  public var lowestUnacknowledged: UInt64
  /// The highest sequence ever applied; above it nothing needs to be looked up.
  public var highest: UInt64
  public init(timeToLive: Interval, lastActive: LogTime, lowestUnacknowledged: UInt64, highest: UInt64) {
    self.timeToLive = timeToLive
    self.lastActive = lastActive
    self.lowestUnacknowledged = lowestUnacknowledged
    self.highest = highest
  }
}

/// What evaluation may look at. Inside a batch it shows the effects of the entries before.
public protocol StateView: AnyObject {
  /// The live row of `key`; nil when the key does not exist (any more).
  func head(_ key: Key) throws(StorageError) -> RowHead?
  /// The live row with its value.
  func row(_ key: Key) throws(StorageError) -> KeyValue?
  /// Live rows of `range` in key order (or reverse), as of `revision` (nil: now), at most `limit`.
  func rows(_ range: KeyRange, asOf revision: Revision?, limit: Int, keysOnly: Bool, reverse: Bool)
    throws(StorageError) -> [KeyValue]
  /// How many live keys `range` has as of `revision` (nil: now).
  func count(_ range: KeyRange, asOf revision: Revision?) throws(StorageError) -> Int
  func session(_ id: UInt64) throws(StorageError) -> SessionHead?
  func sessionResult(_ id: UInt64, sequence: UInt64) throws(StorageError) -> Remembered?
  func remembered(_ request: Identifier) throws(StorageError) -> Remembered?
  /// Up to `limit` requests whose `keepUntil` is before `time`, oldest first, ties by id.
  func expiredRequests(before time: LogTime, limit: Int) throws(StorageError) -> [Identifier]
  /// Up to `limit` sessions whose `lastActive + timeToLive` is before `time`, by id.
  func expiredSessions(before time: LogTime, limit: Int) throws(StorageError) -> [UInt64]
}

/// What a command changes. Storage stores it and decides nothing.
public enum StateEffect: Hashable, Sendable {
  /// A row (revision, ordinal, key, value). `replaced` is the live row it supersedes: its member leaves the set hash.
  case put(ordinal: UInt32, key: Key, value: Value, createRevision: Revision, version: UInt64, replaced: RowHead?)
  /// A tombstone row.
  case delete(ordinal: UInt32, key: Key, replaced: RowHead)
  case putSession(id: UInt64, SessionHead)
  /// With all its results.
  case removeSession(id: UInt64)
  case rememberInSession(id: UInt64, sequence: UInt64, Remembered)
  case forgetInSession(id: UInt64, below: UInt64)
  case remember(request: Identifier, Remembered)
  case forget(request: Identifier)
  case compact(Revision)
}
