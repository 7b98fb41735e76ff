public import Base

/// The simulator as the executable hands it in.
public struct SimulatorEngine: Sendable {
  /// Names of profiles; the first is taken when none is named.
  public var profiles: [String]
  /// Names of the defects that can be planted.
  public var defects: [String]
  /// Kinds of what the network does to messages, each of which a replay can leave out.
  public var weather: [String]
  /// This program, which is started again for each job; nil: everything runs in this process.
  public var executable: String?
  /// Runs one seed; lines of the trace go to `onLine` as they come.
  public var run: @Sendable (_ request: SimulatedRequest, _ onLine: @escaping (String) -> Void) throws -> SimulatedRun
  /// Looks for the shortest time and the fewest faults that still break the rule that `run`, the outcome of `request`,
  /// broke. `attempt` runs requests, all at once if it can; `onStep` is told how far it has come.
  public var minimise:
    @Sendable (
      _ request: SimulatedRequest, _ run: SimulatedRun,
      _ attempt: ([SimulatedRequest]) throws -> [SimulatedRun], _ onStep: (String) -> Void
    ) throws -> SimulatedRequest

  public init(
    profiles: [String], defects: [String], weather: [String], executable: String?,
    run: @escaping @Sendable (SimulatedRequest, @escaping (String) -> Void) throws -> SimulatedRun,
    minimise:
      @escaping @Sendable (
        SimulatedRequest, SimulatedRun, ([SimulatedRequest]) throws -> [SimulatedRun], (String) -> Void
      ) throws -> SimulatedRequest
  ) {
    self.profiles = profiles
    self.defects = defects
    self.weather = weather
    self.executable = executable
    self.run = run
    self.minimise = minimise
  }
}

/// One run of one seed, as the command line names it.
public struct SimulatedRequest: Hashable, Sendable {
  public var seed: UInt64
  public var profile: String
  /// A planted defect, or nil.
  public var defect: String?
  /// The faults that are injected, by number; nil: all that the seed draws.
  public var kept: [Int]?
  /// Kinds of weather that are left out.
  public var calmed: [String]
  /// When everything is healed; nil: as the seed has it.
  public var until: Interval?
  /// Other latencies for the same cluster and the same faults; 0 is the seed's own.
  public var variant: UInt64
  public var isTracing: Bool

  public init(
    seed: UInt64, profile: String, defect: String? = nil, kept: [Int]? = nil, calmed: [String] = [],
    until: Interval? = nil, variant: UInt64 = 0, isTracing: Bool = false
  ) {
    self.seed = seed
    self.profile = profile
    self.defect = defect
    self.kept = kept
    self.calmed = calmed
    self.until = until
    self.variant = variant
    self.isTracing = isTracing
  }
}

/// What one seed gave.
public struct SimulatedRun: Hashable, Sendable {
  public var seed: UInt64
  /// The rule that broke and how; nil when none did.
  public var violation: String?
  public var virtualTime: Interval
  public var events: UInt64
  public var acknowledgedWrites: Int
  public var answeredReads: Int
  public var unknownOutcomes: Int
  /// Every kind of fault and how often it took effect.
  public var faults: [Count]
  /// Every rare situation that is looked out for, and how often it was met.
  public var probes: [Count]
  /// The faults that were injected one by one, in order.
  public var injections: [Injection]
  public var fingerprint: Digest

  public struct Count: Hashable, Sendable {
    public var name: String
    public var count: Int
    public init(_ name: String, _ count: Int) {
      self.name = name
      self.count = count
    }
  }

  public struct Injection: Hashable, Sendable {
    public var number: Int
    public var at: Interval
    public var text: String
    public init(number: Int, at: Interval, text: String) {
      self.number = number
      self.at = at
      self.text = text
    }
  }

  public init(
    seed: UInt64, violation: String?, virtualTime: Interval = .zero, events: UInt64 = 0, acknowledgedWrites: Int = 0,
    answeredReads: Int = 0, unknownOutcomes: Int = 0, faults: [Count] = [], probes: [Count] = [],
    injections: [Injection] = [], fingerprint: Digest = .zero
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
  }

  /// The rule that broke: what the violation begins with.
  public var rule: String? { violation.map { String($0.prefix { $0 != ":" }) } }
}

extension SimulatedRequest {
  /// The command that repeats this run and tells everything that happens.
  var replay: String {
    var words = ["quartet", "simulate", "--seed", "\(seed)"]
    if profile != SimulateCommand.standardProfile { words += ["--profile", profile] }
    if let defect { words += ["--defect", defect] }
    if let kept { words += ["--keep", kept.isEmpty ? "none" : kept.map(\.description).joined(separator: ",")] }
    if !calmed.isEmpty { words += ["--without", calmed.joined(separator: ",")] }
    if variant > 0 { words += ["--variant", "\(variant)"] }
    if let until { words += ["--until", "\(until.milliseconds)ms"] }
    return (words + ["--trace"]).joined(separator: " ")
  }
}
