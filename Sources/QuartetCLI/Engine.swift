public import Topology

/// What the executable hands in: the parts of the program that this library does not depend on, so that its tests need
/// neither a node nor the simulator.
public struct Engine: Sendable {
  /// Starts a node; throws what keeps it from starting.
  public var startNode: @Sendable (NodeConfiguration) throws -> RunningNode
  public var simulator: SimulatorEngine

  public init(
    startNode: @escaping @Sendable (NodeConfiguration) throws -> RunningNode, simulator: SimulatorEngine
  ) {
    self.startNode = startNode
    self.simulator = simulator
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
