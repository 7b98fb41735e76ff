public import Base

/// Something that the store's rules do not allow. It names resources and rows, never what is in them.
public struct CheckFault: Hashable, Sendable, CustomStringConvertible {
  /// Of the rules listed at ``rules``.
  public var rule: Int
  public var nation: Nation
  public var message: String
  /// Resources concerned, as `Type/id`, and requests, as `request/…`.
  public var about: [String]
  /// Whether it may be the trace of something under way, or of a process that died: worth a look, no harm yet.
  public var isNote: Bool

  public init(rule: Int, nation: Nation, _ message: String, about: [String], isNote: Bool = false) {
    self.rule = rule
    self.nation = nation
    self.message = message
    self.about = about
    self.isNote = isNote
  }

  public var description: String {
    "\(isNote ? "note" : "fault") of rule \(rule) in \(nation): \(message)"
      + (about.isEmpty ? "" : " [\(about.joined(separator: ", "))]")
  }

  /// What each rule asks.
  public static let rules: [(rule: Int, says: String)] = [
    (1, "a unit is on one task at most, and a task has one leading unit at most"),
    (2, "a slot has one booked appointment at most, and is busy exactly when it has one"),
    (3, "a prescription's number is used once"),
    (4, "an encounter has one open task for each need, and a task is in its queue exactly while it is waiting"),
    (5, "versions are 1, 2, 3 without gaps, history never shrinks, and every version is as it was written"),
    (6, "a status moves along its life cycle only, and its conditions hold"),
    (7, "a queue's item has one claim at a time, and the numbers of claims rise"),
    (
      8,
      "a place in a queue is lowered by a downgrade alone and no clock is set back, and a repeat caller reaches a clinician"
    ),
    (9, "every version was written by a request that has a record, and records tell what was written"),
    (10, "a verified number has one active patient"),
    (11, "references lead to resources, or outside the store"),
    (12, "what is owed to the outside has a message"),
    (15, "every row of an index is what the resources say"),
  ]
}

/// What a check found.
public struct CheckReport: Hashable, Sendable {
  /// In order of rule and nation. At most ``limit``; ``faultCount`` and ``noteCount`` count all.
  public var faults: [CheckFault] = []
  public var faultCount = 0
  public var noteCount = 0
  public var resources = 0
  public var versions = 0
  public var requests = 0
  public var rows = 0
  /// What was checked of each keyspace.
  public var revisions: [PatientsFound.KeyspaceRevision] = []

  public static let limit = 1_000

  public var isClean: Bool { faultCount == 0 }

  mutating func add(_ fault: CheckFault) {
    if fault.isNote { noteCount += 1 } else { faultCount += 1 }
    if faults.count < Self.limit { faults.append(fault) }
  }
}
