public import Base

/// What a world is made of.
public enum SimulationProfile: String, Hashable, Sendable, CaseIterable {
  /// Stores in memory: what is not durable is lost, and nothing else ever goes wrong with a disk. Fast.
  case core
  /// The production stores on SQLite over simulated disks with all their faults.
  case disk
  /// Stores as in `core`; clients are services that work on encounters, and the rules of the domain are judged too.
  case encounters
}

/// What one seed is run with. Everything that is not given is drawn from the seed.
public struct SimulationOptions: Hashable, Sendable {
  public var seed: UInt64
  public var profile: SimulationProfile
  /// Virtual time under faults; then everything is healed and must come right.
  public var faultyTime: Interval
  /// Virtual time in which the healed cluster must serve, answer everything and become equal.
  public var healingTime: Interval
  /// A bug to plant, by which the rig shows that it would find it.
  public var defect: PlantedDefect?
  /// Keep one line per event.
  public var tracing: Bool
  /// The numbers of the faults that are injected, of those that the seed draws; nil: all. See ``Injection``.
  public var kept: Set<Int>?
  /// What the network does not do to messages, though the seed has drawn it.
  public var calmed: Set<WeatherKind>
  /// Other latencies and another order of requests for the same cluster and the same faults: 0 is the seed's own. What a
  /// run shows by a hair's breadth it shows again in one of a few variants after a fault was left out.
  public var variant: UInt64

  public init(
    seed: UInt64, profile: SimulationProfile = .core, faultyTime: Interval = .seconds(60), healingTime: Interval = .seconds(20),
    defect: PlantedDefect? = nil, tracing: Bool = false, kept: Set<Int>? = nil, calmed: Set<WeatherKind> = [],
    variant: UInt64 = 0
  ) {
    self.seed = seed
    self.profile = profile
    self.faultyTime = faultyTime
    self.healingTime = healingTime
    self.defect = defect
    self.tracing = tracing
    self.kept = kept
    self.calmed = calmed
    self.variant = variant
  }

  func keeps(_ fault: Int) -> Bool { kept?.contains(fault) ?? true }
}
