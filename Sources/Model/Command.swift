public import Base

/// One replicated command: who asks, how it is remembered, what it does. The payload of an entry of kind `command`.
public struct Command: Hashable, Sendable {
  public var envelope: Envelope
  public var body: CommandBody
  public init(envelope: Envelope, body: CommandBody) {
    self.envelope = envelope
    self.body = body
  }
}

extension Command {
  /// Whether it may leave more behind than it finds. Deletes, compaction and the coming and going of sessions do not: they
  /// are what makes room.
  public var addsData: Bool {
    guard case .transaction(let transaction) = body else { return false }
    return (transaction.success + transaction.failure).contains { if case .put = $0 { true } else { false } }
  }
}

/// What stands around every command.
public struct Envelope: Hashable, Sendable {
  /// The request's name for ever; zero when the caller gave none. With ``keepFor`` it is remembered on its own, without
  /// a session, so that another machine may retry it.
  public var request: Identifier
  /// How long the outcome is kept, in log time, after the command was applied; zero: only the session remembers it.
  public var keepFor: Interval
  /// The session's id (the revision that opened it); 0 for none.
  public var session: UInt64
  /// Rises by one with each new command of a session; a retry repeats it. From 1.
  public var sequence: UInt64
  /// Every command of the session below this was answered to the client: its memory may go.
  public var lowestUnacknowledged: UInt64
  public var actor: Actor
  /// Carried through and kept with the change; groups the commands of one piece of work. Zero for none.
  public var correlation: Identifier

  public init(
    request: Identifier = .zero, keepFor: Interval = .zero, session: UInt64 = 0, sequence: UInt64 = 0,
    lowestUnacknowledged: UInt64 = 0, actor: Actor = Actor(), correlation: Identifier = .zero
  ) {
    self.request = request
    self.keepFor = keepFor
    self.session = session
    self.sequence = sequence
    self.lowestUnacknowledged = lowestUnacknowledged
    self.actor = actor
    self.correlation = correlation
  }
}

/// Who asks, as the audit will tell it. Each text at most 255 bytes of UTF-8; empty for "not told".
public struct Actor: Hashable, Sendable {
  public var principal: String
  public var onBehalfOf: String
  public var role: String
  public var supplier: String
  public var purpose: String
  /// Whether the cluster checked who it is, or the caller merely says so.
  public var isAuthenticated: Bool
  public init(
    principal: String = "", onBehalfOf: String = "", role: String = "", supplier: String = "", purpose: String = "",
    isAuthenticated: Bool = false
  ) {
    self.principal = principal
    self.onBehalfOf = onBehalfOf
    self.role = role
    self.supplier = supplier
    self.purpose = purpose
    self.isAuthenticated = isAuthenticated
  }
}

/// What a command does. An unknown kind stops a replica's applying; it is never skipped.
public enum CommandBody: Hashable, Sendable {
  case transaction(Transaction)
  /// Forget what was superseded at or below this revision. Live rows and the set hash stay as they are.
  case compact(Revision)
  /// Open a session; its id is the entry's revision. It ends after `timeToLive` of log time without a command.
  case openSession(timeToLive: Interval)
  case closeSession
}

/// Compare, then one list of operations or the other, atomically, at one revision.
public struct Transaction: Hashable, Sendable {
  public var compares: [Compare]
  public var success: [Operation]
  public var failure: [Operation]
  public init(compares: [Compare] = [], success: [Operation], failure: [Operation] = []) {
    self.compares = compares
    self.success = success
    self.failure = failure
  }
}

/// One condition on one key. An absent key has version, create and mod revision 0 and no value.
public struct Compare: Hashable, Sendable {
  public var key: Key
  public var relation: Relation
  public var target: Target
  public init(key: Key, relation: Relation, target: Target) {
    self.key = key
    self.relation = relation
    self.target = target
  }
  public enum Relation: UInt8, Hashable, Sendable, CaseIterable {
    case equal = 0
    case greater = 1
    case less = 2
    case notEqual = 3
  }
  public enum Target: Hashable, Sendable {
    case version(UInt64)
    case createRevision(Revision)
    case modRevision(Revision)
    /// By digest, so that it works on values that this node cannot read; only `equal` and `notEqual`.
    case value(Digest)
  }
}

/// One step of a transaction. Steps of a list happen in order; a range sees the puts and deletes before it.
public enum Operation: Hashable, Sendable {
  /// `wantsPrevious`: the result carries what stood there before.
  case put(key: Key, value: Value, wantsPrevious: Bool)
  case delete(KeyRange, wantsPrevious: Bool)
  case range(RangeQuery)
}

/// A value as stored: what it is encoded and encrypted with stands beside it, and the digest is of the plain bytes,
/// computed before it was proposed.
public struct Value: Hashable, Sendable {
  /// 1: plain bytes.
  public var format: UInt8
  /// 0: not compressed.
  public var codec: UInt8
  /// 0: not encrypted.
  public var keyID: UInt32
  public var digest: Digest
  public var bytes: [UInt8]
  public init(format: UInt8, codec: UInt8, keyID: UInt32, digest: Digest, bytes: [UInt8]) {
    self.format = format
    self.codec = codec
    self.keyID = keyID
    self.digest = digest
    self.bytes = bytes
  }
  /// Plain bytes with their digest.
  public init(_ bytes: [UInt8]) {
    self.init(format: 1, codec: 0, keyID: 0, digest: Digest(of: bytes), bytes: bytes)
  }
}

/// What to read of a range of keys.
public struct RangeQuery: Hashable, Sendable {
  public var range: KeyRange
  /// As of this revision; zero: as of now (in a transaction: as of this step).
  public var revision: Revision
  /// At most so many keys; 0: as many as ``Base/Limits`` allow.
  public var limit: Int
  public var keysOnly: Bool
  public var countOnly: Bool
  public var reverse: Bool
  public init(
    range: KeyRange, revision: Revision = .zero, limit: Int = 0, keysOnly: Bool = false, countOnly: Bool = false,
    reverse: Bool = false
  ) {
    self.range = range
    self.revision = revision
    self.limit = limit
    self.keysOnly = keysOnly
    self.countOnly = countOnly
    self.reverse = reverse
  }
}
