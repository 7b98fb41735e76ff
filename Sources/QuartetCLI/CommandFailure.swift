public import Base
import Encounters
import JSON
import Network
import QuartetClient

/// Why a command did not do what was asked.
public struct CommandFailure: Error, Hashable, Sendable {
  public var exit: ExitCode
  /// A name for programs: that of the store's error code, or the tool's own.
  public var code: String
  public var outcome: Outcome
  /// What went wrong and what to do.
  public var message: String

  public init(_ exit: ExitCode, _ code: String, _ message: String, outcome: Outcome = .notApplied) {
    self.exit = exit
    self.code = code
    self.outcome = outcome
    self.message = message
  }

  static func usage(_ message: String) -> CommandFailure { CommandFailure(.usage, "usage", message) }
  static func badData(_ message: String) -> CommandFailure { CommandFailure(.badData, "badData", message) }
  static func `internal`(_ message: String) -> CommandFailure { CommandFailure(.internal, "internal", message) }

  /// What any error means to the shell.
  init(_ error: any Error) {
    switch error {
    case let failure as CommandFailure: self = failure
    case let error as QuartetError: self.init(error)
    case let error as EncounterError: self.init(error)
    case let problem as FileProblem: self.init(.internal, "io", problem.description)
    case let error as UsageError:
      self.init(.usage, "usage", error.message + (error.hint.isEmpty ? "" : "; \(error.hint)"))
    default: self.init(.internal, "internal", "\(error)")
    }
  }

  init(_ error: QuartetError) {
    let place = error.node.map { " (\($0))" } ?? ""
    let revision = error.revision.map { " It was applied at revision \($0)." } ?? ""
    self.init(
      Self.exit(of: error), error.code.name, error.message + place + revision, outcome: error.outcome)
  }

  init(_ error: EncounterError) {
    let exit: ExitCode
    switch (error.outcome, error.code) {
    case (.unknown, _): exit = .unknown
    case (.applied, _): exit = .partly
    case (.notApplied, .unavailable), (.notApplied, .deadline): exit = .unavailable
    case (.notApplied, .damaged): exit = .internal
    case (.notApplied, _): exit = .notApplied
    }
    let path = error.path.map { "\($0): " } ?? ""
    let about = error.about.isEmpty ? "" : " (\(error.about.joined(separator: ", ")))"
    self.init(exit, error.code.name, path + error.message + about, outcome: error.outcome)
  }

  private static let waitAndSee: [QuartetError.Code] = [
    .unavailable, .deadlineExceeded, .overloaded, .notLeader, .tooStale, .notServing, .connectionLost,
  ]

  private static func exit(of error: QuartetError) -> ExitCode {
    switch error.outcome {
    case .unknown: return .unknown
    case .applied: return .partly
    case .notApplied: break
    }
    if waitAndSee.contains(error.code) { return .unavailable }
    switch error.code {
    case .internal, .malformedAnswer: return .internal
    case .cancelled: return .interrupted
    default: return .notApplied
    }
  }

  /// The shape of errors under --json.
  var json: JSONValue {
    [
      "error": .string(code), "code": .integer(exit.number), "outcome": .string(outcome.description),
      "message": .string(message),
    ]
  }

  /// For people.
  var text: String {
    switch exit {
    case .unknown:
      "quartet: \(message)\nThe outcome is unknown (\(code)): the write may have been applied, or may be yet.\n"
    case .usage, .badData: "quartet: \(message)\n"
    default: "quartet: \(message) [\(code)]\n"
    }
  }
}
