public import Base
public import Model

/// How a read is carried out.
public struct ReadOptions: Hashable, Sendable {
  /// How long it may take; nil: the client's default.
  public var timeout: Interval?
  /// Only this node is asked, whatever it answers; nil: the nearest that answers.
  public var node: String?

  public init(timeout: Interval? = nil, node: String? = nil) {
    self.timeout = timeout
    self.node = node
  }

  public static let standard = ReadOptions()
}

/// How a write is named, remembered and carried out.
public struct WriteOptions: Hashable, Sendable {
  /// The request's own name, so that another process can send it again and is answered the same; zero: none. Make one
  /// with ``Base/Identifier/random()``.
  public var request: Identifier
  /// How long the outcome is remembered under ``request``, in the keyspace's log time. Zero: for no longer than this
  /// client's session needs, and another process that sends the same id executes it again.
  public var keepFor: Interval
  /// Who asks, for the audit.
  public var actor: Actor
  /// Groups the commands of one piece of work; kept with the change.
  public var correlation: Identifier
  /// How long it may take; nil: the client's default. At the end a write that was never sent is `notApplied`, one
  /// whose answer is missing is `unknown`.
  public var timeout: Interval?
  public var resending: Resending

  /// What may be done when the answer does not come.
  public enum Resending: Hashable, Sendable {
    /// It has a place in a replicated session: it is sent again until it is answered, and executed once.
    case inSession
    /// It has no session. Once its fate is open it is never sent again, and the outcome is `unknown`.
    case once
  }

  public init(
    request: Identifier = .zero, keepFor: Interval = .zero, actor: Actor = Actor(), correlation: Identifier = .zero,
    timeout: Interval? = nil, resending: Resending = .inSession
  ) {
    self.request = request
    self.keepFor = keepFor
    self.actor = actor
    self.correlation = correlation
    self.timeout = timeout
    self.resending = resending
  }

  public static let standard = WriteOptions()
}

/// How old a stale answer may be.
public struct StaleBound: Hashable, Sendable {
  public var maxAge: Interval
  /// The answer holds at least what this revision held: give the revision last seen, and reads do not go back in time
  /// even across nodes.
  public var notBefore: Revision

  public init(maxAge: Interval, notBefore: Revision = .zero) {
    self.maxAge = maxAge
    self.notBefore = notBefore
  }
}

extension Identifier {
  /// 128 bits of the system's randomness: a new request's name.
  public static func random() -> Identifier {
    var generator = SystemRandomNumberGenerator()
    return Identifier(high: generator.next() | 1, low: generator.next())
  }
}
