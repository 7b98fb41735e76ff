/// What the tool tells the shell. Numbers are for ever; `quartet help exit-codes` documents them.
public struct ExitCode: Hashable, Sendable {
  public let number: Int32
  /// One line for the page.
  let meaning: String

  private init(_ number: Int32, _ meaning: String) {
    self.number = number
    self.meaning = meaning
  }

  public static let ok = ExitCode(0, "Done.")
  public static let no = ExitCode(
    1,
    "The answer is no: the key is not there, a transaction's compares did not hold, verify found a difference, a "
      + "simulation broke a rule.")
  public static let notApplied = ExitCode(2, "Refused: nothing was changed and nothing will be. Mend it, or try again.")
  public static let unknown = ExitCode(
    3,
    "A write was sent and its outcome is unknown. Ask with 'quartet kv outcome', or repeat it with the same "
      + "--request-id.")
  public static let unavailable = ExitCode(
    4, "No answer in time, no leader, overloaded, or too stale: nothing was changed. Try again.")
  public static let usage = ExitCode(64, "The command line cannot be understood.")
  public static let badData = ExitCode(65, "A file given (settings, topology, transaction, cluster) is wrong.")
  public static let unreachable = ExitCode(69, "No cluster was found, or none of its nodes can be connected to.")
  public static let `internal` = ExitCode(70, "Something failed that should not.")
  public static let storage = ExitCode(74, "A node stopped because its disk failed it, or could not start on it.")
  public static let partly = ExitCode(75, "Done in part: what was done stays done, the message says what is left.")
  public static let interrupted = ExitCode(130, "Interrupted by Ctrl-C.")

  static let all = [
    ok, no, notApplied, unknown, unavailable, usage, badData, unreachable, `internal`, storage, partly, interrupted,
  ]
}
