import Base
import Raft
import Wire

/// Keeps the sum of the faults survivable, so that every red seed is a bug: in whichever configuration of a group may be
/// in force, a majority of each half keeps stores that are what they promised to be (TigerBeetle's `ClusterFaultAtlas`).
struct FaultGuard {
  /// A configuration that somebody appended, in places of nodes.
  private struct Known {
    let index: LogIndex
    let halves: [[Int]]
  }

  private let topology: SimulatedTopology
  /// Nodes whose store is not, and will never again be, what it promised to be.
  private(set) var lost: Set<Int> = []
  /// By group, ascending by index: the newest committed one, and everything that was appended behind it by anyone.
  private var known: [[Known]] = []
  private var committed: [LogIndex]

  init(_ genesis: Genesis, _ topology: SimulatedTopology) {
    self.topology = topology
    committed = genesis.groups.map { _ in .genesis }
    known = genesis.groups.map { [Known(index: .genesis, halves: Self.halves($0.configuration, topology))] }
  }

  private static func halves(_ configuration: Configuration, _ topology: SimulatedTopology) -> [[Int]] {
    [configuration.incoming, configuration.outgoing].filter { !$0.isEmpty }.map { half in
      half.compactMap { configuration.member($0).flatMap { topology.position(of: $0.node) } }
    }
  }

  mutating func appended(_ slot: Int, _ index: LogIndex, _ configuration: Configuration) {
    let halves = Self.halves(configuration, topology)
    guard index >= committed[slot], !known[slot].contains(where: { $0.index == index && $0.halves == halves }) else { return }
    known[slot].append(Known(index: index, halves: halves))
    known[slot].sort { $0.index < $1.index }
  }

  func isNews(_ slot: Int, _ index: LogIndex) -> Bool { index > committed[slot] }

  /// Entries through `index` are committed, as somebody knows whose newest configuration stands at `configuration`. One
  /// that another appended there, or before, may never have been committed: what was in force before it still is.
  mutating func commit(_ slot: Int, _ index: LogIndex, configuration: LogIndex) {
    guard index > committed[slot] else { return }
    committed[slot] = index
    guard configuration <= index else { return }
    // Of several that were appended at one index one is the committed one; nobody here knows which.
    known[slot].removeAll { $0.index < configuration }
  }

  mutating func lose(_ node: Int) { lost.insert(node) }

  /// Whether `nodes` alone are a majority everywhere.
  func suffice(_ nodes: [Int]) -> Bool {
    known.allSatisfy { configurations in
      configurations.allSatisfy { Self.suffice(nodes, $0.halves) }
    }
  }

  private static func suffice(_ nodes: [Int], _ halves: [[Int]]) -> Bool {
    halves.allSatisfy { half in half.count { nodes.contains($0) } > half.count / 2 }
  }

  /// Nodes whose stores are good.
  var sound: [Int] { (0..<topology.count).filter { !lost.contains($0) } }

  func mayLose(_ node: Int) -> Bool { !lost.contains(node) && suffice(sound.filter { $0 != node }) }

  /// Whether a group may come to be of `configuration` when `nodes` are well.
  func mayForm(_ configuration: Configuration, of nodes: [Int]) -> Bool {
    Self.suffice(nodes, Self.halves(configuration, topology))
  }
}
