import Base
import JSON
import QuartetClient
import Testing

@testable import QuartetCLI

@Suite struct FailureTests {
  @Test(
    "The exit code tells the outcome first, then whether to try again",
    arguments: [
      (QuartetError.Code.deadlineExceeded, Outcome.unknown, ExitCode.unknown),
      (.connectionLost, .unknown, .unknown), (.unavailable, .notApplied, .unavailable),
      (.deadlineExceeded, .notApplied, .unavailable), (.overloaded, .notApplied, .unavailable),
      (.tooStale, .notApplied, .unavailable), (.tooLarge, .notApplied, .notApplied),
      (.invalidArgument, .notApplied, .notApplied), (.requestReused, .notApplied, .notApplied),
      (.diskFull, .notApplied, .notApplied), (.resultNotKept, .applied, .partly),
      (.malformedAnswer, .notApplied, .internal), (.cancelled, .notApplied, .interrupted),
    ] as [(QuartetError.Code, Outcome, ExitCode)])
  func exits(code: QuartetError.Code, outcome: Outcome, exit: ExitCode) {
    let failure = CommandFailure(QuartetError(code: code, outcome: outcome, message: "m"))
    #expect(failure.exit == exit)
    #expect(failure.outcome == outcome)
    #expect(failure.code == code.name)
  }

  @Test("An error as JSON has name, exit code, outcome and message, and for people says when the outcome is open")
  func shapes() {
    let error = QuartetError(code: .connectionLost, outcome: .unknown, message: "the node went away", node: "wales-1")
    let failure = CommandFailure(error)
    #expect(
      failure.json.text()
        == #"{"error":"connectionLost","code":3,"outcome":"unknown","message":"the node went away (wales-1)"}"#)
    #expect(failure.text.contains("outcome is unknown"))
  }
}
