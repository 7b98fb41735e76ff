public import Base

/// Where in the log a command is evaluated.
public struct EvaluationContext: Hashable, Sendable {
  public var revision: Revision
  public var logTime: LogTime
  public var header: StateHeader
  /// Set by the simulator alone.
  package var defect: PlantedDefect?
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
  /// When the command was applied: the entry's own revision, or for a retry the one of the first time. What the caller
  /// is told, so that a fencing token is the same however often it was asked for.
  public var revision: Revision
  /// The log time of the same entry.
  public var logTime: LogTime
  public init(effects: [StateEffect], result: CommandResult, revision: Revision, logTime: LogTime) {
    self.effects = effects
    self.result = result
    self.revision = revision
    self.logTime = logTime
  }
}
