public import Base
public import Model
public import Wire

/// Names a call of a ``ClientMachine``; chosen by whoever makes the call, never used twice.
public struct CallID: Hashable, Comparable, Sendable, CustomStringConvertible {
  public let rawValue: UInt64
  public init(_ rawValue: UInt64) { self.rawValue = rawValue }
  public static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
  public var description: String { "call \(rawValue)" }
}

/// One thing that a caller wants done.
public struct Call: Sendable {
  public var body: Body
  /// How long the call may take, from when the machine is told of it; nil: the configuration's.
  public var timeout: Interval?

  public init(_ body: Body, timeout: Interval? = nil) {
    self.body = body
    self.timeout = timeout
  }

  public enum Body: Sendable {
    case write(keyspace: String, Write)
    /// `node`: only there, whatever it answers; else wherever it is answered soonest.
    case read(keyspace: String, ReadRequest, node: String?)
    /// Anything else that a node can be asked: it is asked again if the connection breaks, so it must do no harm
    /// twice.
    case ask(ClientRequest.Body, of: NodeTarget)
  }

  /// Which node is meant.
  public enum NodeTarget: Hashable, Sendable {
    case any
    case named(String)
    /// `host:port` of a client listener, whoever answers there.
    case address(String)
    /// The leader of a keyspace.
    case leader(String)
  }
}

/// A command to put in the log once.
public struct Write: Sendable {
  public var body: CommandBody
  public var request: Identifier
  public var keepFor: Interval
  public var actor: Actor
  public var correlation: Identifier
  public var resending: Resending

  public init(
    _ body: CommandBody, request: Identifier = .zero, keepFor: Interval = .zero, actor: Actor = Actor(),
    correlation: Identifier = .zero, resending: Resending = .inSession
  ) {
    self.body = body
    self.request = request
    self.keepFor = keepFor
    self.actor = actor
    self.correlation = correlation
    self.resending = resending
  }

  /// What may be done when the answer to a write does not come.
  public enum Resending: Hashable, Sendable {
    /// The write has a place in a replicated session: it is sent again until it is answered, and executed once.
    case inSession
    /// The write has no session. It goes to another node only when the one before said that it did nothing; once its
    /// fate is open it is never sent again, and the outcome is `unknown`.
    case once
  }

  /// Checks everything that a node would refuse whatever its state: published limits, forms. Done by the caller
  /// before the machine sees the write.
  public func validate() throws(CommandInvalid) {
    // Session and sequence are filled in later; they are right by construction.
    try command(session: 0, sequence: 0, lowestUnacknowledged: 0).validate()
  }

  var weight: Int {
    guard case .transaction(let transaction) = body else { return 256 }
    var sum = 256 + 64 * transaction.compares.count
    for operation in transaction.success + transaction.failure {
      sum += 64
      if case .put(let key, let value, _) = operation { sum += key.bytes.count + value.bytes.count }
    }
    return sum
  }

  func command(session: UInt64, sequence: UInt64, lowestUnacknowledged: UInt64) -> Command {
    Command(
      envelope: Envelope(
        request: request, keepFor: keepFor, session: session, sequence: sequence,
        lowestUnacknowledged: lowestUnacknowledged, actor: actor, correlation: correlation),
      body: body)
  }
}

/// Why a call gave no answer, and what that means.
public struct CallFailure: Error, Hashable, Sendable {
  public var code: FailureCode
  public var outcome: Outcome
  /// For people. Never a key or a value.
  public var message: String
  /// The node whose words these are; empty for the client's own.
  public var node: String
  public init(code: FailureCode, outcome: Outcome, message: String, node: String = "") {
    self.code = code
    self.outcome = outcome
    self.message = message
    self.node = node
  }
}
