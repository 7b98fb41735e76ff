public import Base
public import Topology

/// What the executable hands in: the parts of the program that this library does not depend on, so that its tests need
/// neither a node nor the simulator.
public struct Engine: Sendable {
  /// Starts a node; throws what keeps it from starting.
  public var startNode: @Sendable (NodeConfiguration) throws -> RunningNode
  /// Runs one seed of the simulator.
  public var simulate: @Sendable (_ seed: UInt64, _ tracing: Bool) throws -> SimulatedRun

  public init(
    startNode: @escaping @Sendable (NodeConfiguration) throws -> RunningNode,
    simulate: @escaping @Sendable (_ seed: UInt64, _ tracing: Bool) throws -> SimulatedRun
  ) {
    self.startNode = startNode
    self.simulate = simulate
  }
}

/// A node of this process.
public struct RunningNode: Sendable {
  /// Asks for a graceful stop and returns at once.
  public var stop: @Sendable () -> Void
  /// Waits until it has stopped; says why when that was not asked for.
  public var wait: @Sendable () -> String?

  public init(stop: @escaping @Sendable () -> Void, wait: @escaping @Sendable () -> String?) {
    self.stop = stop
    self.wait = wait
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
  /// Kinds of fault and how often each took effect.
  public var faults: [Fault]
  public var fingerprint: Digest
  public var trace: [String]

  public struct Fault: Hashable, Sendable {
    public var kind: String
    public var count: Int
    public init(kind: String, count: Int) {
      self.kind = kind
      self.count = count
    }
  }

  public init(
    seed: UInt64, violation: String?, virtualTime: Interval, events: UInt64, acknowledgedWrites: Int,
    answeredReads: Int, unknownOutcomes: Int, faults: [Fault], fingerprint: Digest, trace: [String]
  ) {
    self.seed = seed
    self.violation = violation
    self.virtualTime = virtualTime
    self.events = events
    self.acknowledgedWrites = acknowledgedWrites
    self.answeredReads = answeredReads
    self.unknownOutcomes = unknownOutcomes
    self.faults = faults
    self.fingerprint = fingerprint
    self.trace = trace
  }
}
