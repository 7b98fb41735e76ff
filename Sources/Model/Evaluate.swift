public import Base

/// Where in the log a command is evaluated.
public struct EvaluationContext: Hashable, Sendable {
  public var revision: Revision
  public var logTime: LogTime
  public var header: StateHeader
  public init(revision: Revision, logTime: LogTime, header: StateHeader) {
    self.revision = revision
    self.logTime = logTime
    self.header = header
  }
}

/// What a command does to the state and what its caller is told: a pure function of (state, entry).
public struct Evaluation: Hashable, Sendable {
  public var effects: [StateEffect]
  public var result: CommandResult
  public init(effects: [StateEffect], result: CommandResult) {
    self.effects = effects
    self.result = result
  }
}
