public import Base

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
  /// How often each rare situation was met, in the order of ``Probe``.
  public var probes: [ProbeCount]
  /// The faults that were injected one by one, in order.
  public var injections: [Injection]
  /// One digest of everything that happened: equal seeds must give equal ones.
  public var fingerprint: Digest
  public var trace: [String]

  public struct FaultCount: Hashable, Sendable {
    public var kind: FaultKind
    public var count: Int
    public init(kind: FaultKind, count: Int) {
      self.kind = kind
      self.count = count
    }
  }

  public struct ProbeCount: Hashable, Sendable {
    public var probe: Probe
    public var count: Int
    public init(probe: Probe, count: Int) {
      self.probe = probe
      self.count = count
    }
  }

  public init(
    seed: UInt64, violation: String?, virtualTime: Interval, events: UInt64, acknowledgedWrites: Int,
    answeredReads: Int, unknownOutcomes: Int, faults: [FaultCount], probes: [ProbeCount],
    injections: [Injection], fingerprint: Digest, trace: [String]
  ) {
    self.seed = seed
    self.violation = violation
    self.virtualTime = virtualTime
    self.events = events
    self.acknowledgedWrites = acknowledgedWrites
    self.answeredReads = answeredReads
    self.unknownOutcomes = unknownOutcomes
    self.faults = faults
    self.probes = probes
    self.injections = injections
    self.fingerprint = fingerprint
    self.trace = trace
  }

  /// The rule that broke: what the violation begins with.
  public var rule: String? { violation.map { String($0.prefix { $0 != ":" }) } }
}
