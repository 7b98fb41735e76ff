public import Base

/// What may be lost right now without harm, computed from the voters that are healthy and caught up, not from
/// membership.
public struct SurvivalMargin: Hashable, Sendable, CustomStringConvertible {
  /// A loss on top of what is missing already.
  public enum Loss: Hashable, Sendable, CustomStringConvertible {
    case supplier(Supplier)
    case nation(Nation)
    /// All nodes of one value of a declared label.
    case label(name: String, value: String)
    /// The worst choice of so many nodes.
    case nodes(Int)

    public var description: String {
      switch self {
      case .supplier(let supplier): "supplier \(supplier)"
      case .nation(let nation): "nation \(nation)"
      case .label(let name, let value): value.isEmpty ? "the nodes without \(name)" : "\(name) \(value)"
      case .nodes(let count): "any \(count) node\(count == 1 ? "" : "s")"
      }
    }
  }

  /// Whether a majority of each half is healthy and a healthy voter holds data.
  public let writesPossible: Bool
  /// Suppliers with healthy voters, in order of name: those that may go, and those that may not.
  public let suppliers: [Supplier]
  public let harmfulSuppliers: [Supplier]
  /// Nations with healthy voters, likewise.
  public let nations: [Nation]
  public let harmfulNations: [Nation]
  /// Values of the declared labels whose loss stops writes.
  public let harmfulLabels: [Loss]
  /// How many healthy nodes may be lost, whichever they are.
  public let nodes: Int
  /// The next loss that stops writes: the single domain that takes most voters, else the count of nodes one beyond
  /// ``nodes``; nil when writes are stopped already.
  public let nextHurtfulLoss: Loss?
  /// One plain sentence for people, without a full stop.
  public let description: String

  /// - Parameters:
  ///   - healthy: nodes that answer, are in service and caught up, learners or strangers among them not counted.
  ///   - labels: names of the labels that were declared as dimensions.
  public init(of electorate: Electorate, healthy: Set<NodeID>, labels: [String] = []) {
    let standing = electorate.halves.map { half in Standing(half, healthy: healthy) }
    func harmful(_ dimension: SurvivalDimension, _ value: String) -> Bool {
      !standing.allSatisfy { $0.survives { dimension.value(of: $0) == value } }
    }
    let up = standing.flatMap(\.healthy).map(\.node)
    let allSuppliers = distinct(up.map(\.supplier))
    let allNations = Nation.allCases.filter { nation in up.contains { $0.nation == nation } }
    let worksNow = standing.allSatisfy { $0.survives { _ in false } } && !electorate.voters.isEmpty
    writesPossible = worksNow
    suppliers = worksNow ? allSuppliers.filter { !harmful(.supplier, $0.name) } : []
    harmfulSuppliers = worksNow ? allSuppliers.filter { harmful(.supplier, $0.name) } : allSuppliers
    nations = worksNow ? allNations.filter { !harmful(.nation, $0.description) } : []
    harmfulNations = worksNow ? allNations.filter { harmful(.nation, $0.description) } : allNations
    harmfulLabels = labels.flatMap { name in
      distinct(up.map { SurvivalDimension.label(name).value(of: $0) })
        .filter { harmful(.label(name), $0) }
        .map { Loss.label(name: name, value: $0) }
    }
    nodes = worksNow ? standing.map(\.spare).min() ?? 0 : 0
    nextHurtfulLoss = worksNow ? Self.worst(up, nodes, harmfulSuppliers, harmfulNations, harmfulLabels) : nil
    description =
      worksNow
      ? Self.line(nodes, suppliers, harmfulSuppliers, nations, harmfulNations, harmfulLabels)
      : Self.stopped(standing)
  }

  /// One half as it stands now.
  private struct Standing {
    let voters: Int
    let healthy: [Voter]
    var quorum: Int { Electorate.quorum(of: voters) }
    var withData: Int { healthy.count { !$0.isWitness } }
    /// How many may go whichever they are: the worst choice takes voters of this half, and those with data first.
    var spare: Int { min(healthy.count - quorum, withData - 1) }

    init(_ half: [Voter], healthy: Set<NodeID>) {
      voters = half.count
      self.healthy = half.filter { healthy.contains($0.node.id) }
    }

    func survives(_ lost: (NodeDescription) -> Bool) -> Bool {
      let left = healthy.filter { !lost($0.node) }
      return left.count >= quorum && left.contains { !$0.isWitness }
    }
  }

  private static func worst(
    _ up: [NodeDescription], _ nodes: Int, _ suppliers: [Supplier], _ nations: [Nation], _ labels: [Loss]
  ) -> Loss {
    guard nodes > 0 else { return .nodes(1) }
    if let supplier = suppliers.max(by: { one, next in
      up.count { $0.supplier == one } < up.count { $0.supplier == next }
    }) {
      return .supplier(supplier)
    }
    if let nation = nations.max(by: { one, next in
      up.count { $0.nation == one } < up.count { $0.nation == next }
    }) {
      return .nation(nation)
    }
    return labels.first ?? .nodes(nodes + 1)
  }

  private static func line(
    _ nodes: Int, _ suppliers: [Supplier], _ harmfulSuppliers: [Supplier], _ nations: [Nation],
    _ harmfulNations: [Nation], _ labels: [Loss]
  ) -> String {
    guard nodes > 0 else { return "no node: 1 more loss stops writes" }
    var parts: [String] = []
    if let part = domain("supplier", suppliers.map(\.name), harmfulSuppliers.map(\.name)) { parts.append(part) }
    if let part = domain("nation", nations.map(\.description), harmfulNations.map(\.description)) { parts.append(part) }
    parts.append(Loss.nodes(nodes).description)
    let line = parts.count == 1 ? parts[0] : parts.dropLast().joined(separator: ", ") + ", or " + parts[parts.count - 1]
    return labels.isEmpty ? line : line + " (not " + alternatives(labels.map(\.description)) + ")"
  }

  private static func domain(_ name: String, _ safe: [String], _ harmful: [String]) -> String? {
    if safe.isEmpty { return nil }
    if harmful.isEmpty { return "any one \(name)" }
    return "\(name) \(alternatives(safe)) (not \(alternatives(harmful)))"
  }

  private static func alternatives(_ names: [String]) -> String {
    names.count < 2 ? names.joined() : names.dropLast().joined(separator: ", ") + " or " + names[names.count - 1]
  }

  private static func stopped(_ standing: [Standing]) -> String {
    for half in standing where half.healthy.count < half.quorum || half.voters == 0 {
      return "writes are stopped: \(half.healthy.count) of \(half.voters) voters healthy, \(half.quorum) needed"
    }
    return "writes are stopped: no healthy voter holds data"
  }
}
