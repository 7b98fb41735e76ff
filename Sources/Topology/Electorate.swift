import Base

/// One voter of a group.
public struct Voter: Hashable, Sendable {
  public var node: NodeDescription
  /// A witness votes and holds the log, not the data (design §2).
  public var isWitness: Bool

  public init(_ node: NodeDescription, isWitness: Bool = false) {
    self.node = node
    self.isWitness = isWitness
  }
}

/// What may be lost together.
public enum SurvivalDimension: Hashable, Sendable, CustomStringConvertible {
  case nation
  case supplier
  /// A label that an administrator declared. Nodes without it count as one value: nobody has said that they are apart.
  case label(String)

  /// Which failure domain of this dimension `node` belongs to.
  public func value(of node: NodeDescription) -> String {
    switch self {
    case .nation: node.nation.description
    case .supplier: node.supplier.name
    case .label(let name): node.label(name) ?? ""
    }
  }

  public var description: String {
    switch self {
    case .nation: "nation"
    case .supplier: "supplier"
    case .label(let name): name
    }
  }
}

/// "Any one value of this dimension may be lost, and then possibly one node more, and writes go on."
public struct SurvivalGoal: Hashable, Sendable, CustomStringConvertible {
  public var dimension: SurvivalDimension
  public var thenOneNodeMore: Bool

  public init(_ dimension: SurvivalDimension, thenOneNodeMore: Bool = false) {
    self.dimension = dimension
    self.thenOneNodeMore = thenOneNodeMore
  }

  public var description: String { "any one \(dimension)" + (thenOneNodeMore ? ", and then one node more" : "") }
}

/// The voters of one group: one set, or the two halves of a joint configuration.
public struct Electorate: Hashable, Sendable {
  /// The voters, or the incoming half.
  public var voters: [Voter]
  /// The outgoing half of a joint configuration; empty when there is none.
  public var outgoing: [Voter]

  public init(voters: [Voter], outgoing: [Voter] = []) {
    self.voters = voters
    self.outgoing = outgoing
  }

  /// The sets that must each have a majority.
  var halves: [[Voter]] { outgoing.isEmpty ? [voters] : [voters, outgoing] }

  /// Voters that a majority of `count` takes.
  public static func quorum(of count: Int) -> Int { count / 2 + 1 }

  /// One value whose loss a goal does not allow.
  public struct Shortfall: Hashable, Sendable, CustomStringConvertible {
    public var dimension: SurvivalDimension
    /// The supplier, nation or label value; empty for nodes without the label.
    public var value: String
    /// Voters with it, of `voters` in the half concerned, of which `mayLose` may go.
    public var votes: Int
    public var voters: Int
    public var mayLose: Int
    /// Whether too few voters with data would be left, as the rest are witnesses.
    public var losesData: Bool

    public var description: String {
      let name = value.isEmpty ? "the nodes without \(dimension)" : "\(dimension) \(value)"
      return losesData
        ? "\(name) holds the data that only witnesses would be left without"
        : "\(name) has \(votes) of \(voters) voters; at most \(max(0, mayLose)) may be lost"
    }
  }

  /// What stands in the way of `goal`, by value in order; empty exactly when the goal holds.
  ///
  /// A value D may be lost when votes(D) ≤ N − q, or N − q − 1 with one node more, in both halves of a joint
  /// configuration, and voters with data remain. Then survivors are a quorum, each committed entry is at one of them,
  /// and D cannot form a quorum of its own when it comes back.
  public func shortfalls(of goal: SurvivalGoal) -> [Shortfall] {
    let more = goal.thenOneNodeMore ? 1 : 0
    var shortfalls: [Shortfall] = []
    for half in halves {
      let mayLose = half.count - Self.quorum(of: half.count) - more
      for value in distinct(half.map { goal.dimension.value(of: $0.node) }) {
        let votes = half.count { goal.dimension.value(of: $0.node) == value }
        let dataLeft = half.count { !$0.isWitness && goal.dimension.value(of: $0.node) != value } - more
        guard votes > mayLose || dataLeft < 1 else { continue }
        shortfalls.append(
          Shortfall(
            dimension: goal.dimension, value: value, votes: votes, voters: half.count, mayLose: mayLose,
            losesData: votes <= mayLose))
      }
    }
    return shortfalls
  }

  /// Whether `goal` holds for the whole membership. An electorate without voters survives nothing.
  public func survives(_ goal: SurvivalGoal) -> Bool {
    !voters.isEmpty && shortfalls(of: goal).isEmpty
  }

  /// What may be called supplier-safe: any one supplier or any one nation may be lost, with at least 5 voters, as with
  /// fewer the next node's fault, or its planned restart, would stop writes. Two suppliers never are, by the
  /// arithmetic.
  public var supplierSafe: Bool {
    halves.allSatisfy { $0.count >= 5 } && survives(SurvivalGoal(.supplier)) && survives(SurvivalGoal(.nation))
  }
}
