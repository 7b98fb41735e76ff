public import Base
public import QuartetClient

/// Who asks, and how: what every operation is given besides its own arguments.
public struct Request: Hashable, Sendable {
  /// The request's name for ever. The same operation sent again under it, by any process at any time, has one effect and
  /// one result; another operation under it is refused.
  public var id: Identifier
  /// Groups the requests of one piece of work; zero for none.
  public var correlation: Identifier
  public var agent: Agent
  /// When it happened, by the caller's clock: of a paper form typed in later, the time on the form.
  public var at: Instant
  /// How long it may take.
  public var deadline: Interval
  /// The version that the resource must have which the operation is about; nil: whatever it has.
  public var expectedVersion: UInt64?

  public init(
    _ id: Identifier = .random(), by agent: Agent, at: Instant, correlation: Identifier = .zero,
    deadline: Interval = .seconds(5), expecting version: UInt64? = nil
  ) {
    self.id = id
    self.correlation = correlation
    self.agent = agent
    self.at = at
    self.deadline = deadline
    expectedVersion = version
  }

  /// The name of one step of an operation that takes several transactions: the same for every try.
  func step(_ label: String) -> Request {
    let digest = Digest(of: id.bytes + Array(label.utf8))
    var step = self
    step.id = Identifier(high: digest.word0 | 1, low: digest.word1)
    step.expectedVersion = nil
    return step
  }
}

/// Who does it, as the audit will tell it. Each text at most 255 bytes.
public struct Agent: Hashable, Sendable {
  /// For example an SDS user id.
  public var user: String
  public var role: String
  /// ODS code.
  public var organisation: String
  /// Name and version of the calling software.
  public var software: String
  public init(user: String, role: String, organisation: String, software: String) {
    self.user = user
    self.role = role
    self.organisation = organisation
    self.software = software
  }
}
