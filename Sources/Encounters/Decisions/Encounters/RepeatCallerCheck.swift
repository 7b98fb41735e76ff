import Base

extension DecisionView {
  /// Says whether a caller has called before, and counts this call, in one transaction: rows of recent calls of the own
  /// keyspace are pinned, so that of two calls at once one sees the other. Calls in other nations are looked up as they
  /// are; when none of a nation's nodes answers, the call is not held up for it.
  ///
  /// - Parameter since: when the call began.
  mutating func recordCall(
    _ marks: CallerMarks, by encounter: ResourceID, since: Instant
  ) throws(DecisionStop) -> RepeatCaller {
    let keys = marks.callRows
    let nations = [home] + Nation.allCases.filter { $0 != home }
    try needEvidence(nations.flatMap { nation in keys.map { RowAddress(nation, $0) } }, mustAnswer: false)
    var tally = CallTally(marks: marks, call: encounter, windowStart: since.adding(seconds: -RepeatCaller.windowSeconds))
    for nation in nations {
      for key in keys {
        switch try elsewhere(nation, key, mustAnswer: false) {
        case .silent: tally.missed(nation)
        case .row(let bytes):
          tally.count(try sharedRow(from: bytes), of: nation, isNumbers: marks.isNumberRow(key))
        }
      }
    }
    put(Keys.caller(encounter), marks.bytes(at: since))
    try writeEntries(
      removed: [],
      added: marks.entries(of: encounter, at: since).map { ($0, "\(R4.Encounter.type)/\(encounter)") })
    return tally.verdict
  }

  /// The call does not count any more, or counts for somebody else.
  ///
  /// - Returns: when it began; nil when it was not counted.
  mutating func forgetCall(_ encounter: ResourceID) throws(DecisionStop) -> Instant? {
    guard let bytes = try row(Keys.caller(encounter)) else { return nil }
    guard let (marks, at) = CallerMarks.read(bytes) else {
      throw .refused(.damaged("the record of a call cannot be read", ["\(R4.Encounter.type)/\(encounter)"]))
    }
    put(Keys.caller(encounter), nil)
    try writeEntries(
      removed: marks.entries(of: encounter, at: at).map { ($0, "\(R4.Encounter.type)/\(encounter)") }, added: [])
    return at
  }

  func marks(of patient: R4.Patient) -> CallerMarks {
    CallerMarks(number: patient.numbers.first { $0.isVerified }?.number, patient.demographics, secrets)
  }
}
