public import Base
import ClientCore
import Model
public import Wire

/// Why a call has no answer. `outcome` says which of three holds of a write; of a read it is `notApplied`.
public struct QuartetError: Error, Hashable, Sendable, CustomStringConvertible {
  /// An open set: later versions add reasons.
  public struct Code: Hashable, Sendable, CustomStringConvertible {
    /// As in metrics and over HTTP.
    public let name: String
    private init(_ name: String) { self.name = name }

    public static let notLeader = Code(.notLeader)
    /// No node with a majority behind it answered.
    public static let unavailable = Code(.unavailable)
    public static let deadlineExceeded = Code(.deadlineExceeded)
    public static let overloaded = Code(.overloaded)
    public static let invalidArgument = Code(.invalidArgument)
    public static let unknownKeyspace = Code(.unknownKeyspace)
    /// A limit of ``Base/Limits`` is passed; the message names it.
    public static let tooLarge = Code(.tooLarge)
    public static let tooStale = Code(.tooStale)
    public static let compacted = Code(.compacted)
    public static let futureRevision = Code(.futureRevision)
    public static let unknownSession = Code(.unknownSession)
    public static let acknowledgedBefore = Code(.acknowledgedBefore)
    /// The request id was used with another body.
    public static let requestReused = Code(.requestReused)
    public static let memoryFull = Code(.memoryFull)
    public static let notServing = Code(.notServing)
    public static let diskFull = Code(.diskFull)
    public static let unsupported = Code(.unsupported)
    public static let cancelled = Code(.cancelled)
    public static let connectionLost = Code(.connectionLost)
    public static let unauthorised = Code(.unauthorised)
    public static let `internal` = Code(.internal)
    /// A majority of the keyspace's nodes is low on disk space: new data is refused; deletes and compaction are not.
    public static let noSpace = Code(.noSpace)
    /// It was applied, by an earlier try, and its result was too long to be remembered; `revision` says where.
    public static let resultNotKept = Code("resultNotKept")
    /// A node answered something that does not belong to the question.
    public static let malformedAnswer = Code("malformedAnswer")

    /// The name of a node's own reason.
    public init(_ code: FailureCode) { name = "\(code)" }
    public var description: String { name }
  }

  public var code: Code
  public var outcome: Outcome
  /// What went wrong and what to do, for people. Never a key or a value.
  public var message: String
  /// The node whose answer this is; nil for the client's own.
  public var node: String?
  /// Where the write was applied, if that is all that is left of its answer.
  public var revision: Revision?

  public init(code: Code, outcome: Outcome, message: String, node: String? = nil, revision: Revision? = nil) {
    self.code = code
    self.outcome = outcome
    self.message = message
    self.node = node
    self.revision = revision
  }

  public var description: String {
    "\(code) (\(outcome))\(node.map { " at \($0)" } ?? ""): \(message)"
  }

  init(_ failure: CallFailure) {
    self.init(
      code: Code(failure.code), outcome: failure.outcome, message: failure.message,
      node: failure.node.isEmpty ? nil : failure.node)
  }

  init(_ invalid: CommandInvalid) {
    self.init(code: invalid.isTooLarge ? .tooLarge : .invalidArgument, outcome: .notApplied, message: "\(invalid)")
  }

  static func malformed(_ what: String, outcome: Outcome, node: String) -> QuartetError {
    QuartetError(code: .malformedAnswer, outcome: outcome, message: what, node: node)
  }
}
