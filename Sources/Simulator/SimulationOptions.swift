public import Base

/// What one seed is run with. Everything that is not given is drawn from the seed.
public struct SimulationOptions: Hashable, Sendable {
  public var seed: UInt64
  /// Virtual time under faults; then everything is healed and must come right.
  public var faultyTime: Interval
  /// Virtual time in which the healed cluster must serve, answer everything and become equal.
  public var healingTime: Interval
  /// A bug to plant, by which the rig shows that it would find it.
  public var defect: PlantedDefect?
  /// Keep one line per event.
  public var tracing: Bool

  public init(
    seed: UInt64, faultyTime: Interval = .seconds(60), healingTime: Interval = .seconds(20),
    defect: PlantedDefect? = nil, tracing: Bool = false
  ) {
    self.seed = seed
    self.faultyTime = faultyTime
    self.healingTime = healingTime
    self.defect = defect
    self.tracing = tracing
  }
}

/// What a run of one seed gave.
public struct SimulationReport: Hashable, Sendable {
  public var seed: UInt64
  /// The rule that broke and how; nil: none did.
  public var violation: String?
  public var virtualTime: Interval
  public var events: UInt64
  public var acknowledgedWrites: Int
  public var answeredReads: Int
  public var unknownOutcomes: Int
  /// How often each kind of fault really took effect, in the order of ``FaultKind``.
  public var faults: [FaultCount]
  /// One digest of everything that happened: equal seeds must give equal ones.
  public var fingerprint: Digest
  public var trace: [String]

  public struct FaultCount: Hashable, Sendable {
    public var kind: FaultKind
    public var count: Int
  }
}

/// What can go wrong outside the program.
public enum FaultKind: String, Hashable, Sendable, CaseIterable {
  case messageLost, messageDelayed, messageRepeated, messageReordered
  case partition, oneWayPartition
  case crash, allCrash, pause
  /// A restart before the others have noticed that anything was missing.
  case quickRestart
  case slowDisk, fullDisk
  /// A leader cut from all or from a minority; a crash of who has just promised; a voter that restarts while a candidate
  /// is waiting for its vote; a leader that is answered late and then not heard.
  case leaderCut, promiserCrash, candidateHelped, answersLate
  case transfer, quietTime
  case clientMoved, connectionBroken
}
