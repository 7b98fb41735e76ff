import Base

/// What shows that a statement about the protocol holds here.
enum Evidence {
  /// A file in Scenarios.
  case scenario(String)
  /// The title of a test in this folder.
  case test(String)
  /// The mistake itself, planted in the simulator, which finds it: `Tests/SimulatorTests/Defects.txt` says by which seed.
  case planted(PlantedDefect)
  /// It cannot happen here, and why.
  case impossible(String)
  /// Another part of the system, whose tests show it.
  case elsewhere(String)

  static let walks = Evidence.test("No law breaks under loss")
}

/// One row of a table of such statements.
struct Claim {
  let name: String
  let statement: String
  let evidence: [Evidence]

  init(_ name: String, _ statement: String, _ evidence: Evidence...) {
    self.name = name
    self.statement = statement
    self.evidence = evidence
  }
}
