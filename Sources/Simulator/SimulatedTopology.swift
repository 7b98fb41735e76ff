import Base
import Raft
import Wire

/// Where a world's nodes stand, who runs them, how far apart they are, and which groups they form: drawn from the seed.
struct SimulatedTopology {
  struct Place {
    let node: NodeID
    let nation: Nation
    let supplier: String
  }

  /// By position, which is also the order of names.
  let places: [Place]
  /// Thousandths of a usual round trip: nodes in one hall, or lines that take detours.
  let distance: Int64
  /// What each node is in each group at first; nil: no member. In `system` everybody is one.
  let roles: [[MemberRole?]]

  static let keyspaces = ["system", "england", "scotland", "wales", "northern-ireland"]
  private static let suppliersMax = 6

  init(_ random: inout SplitMix64) {
    let count = [3, 3, 3, 4, 5, 5, 5, 5, 6, 7, 7, 9][random.below(12)]
    let suppliers = 2 + random.below(min(count, Self.suppliersMax) - 1)
    // Mostly spread as an administrator would spread them, at times as it came about.
    let isSpread = !random.oneIn(4)
    let firstNation = random.below(Nation.allCases.count)
    places = (0..<count).map { position in
      guard let node = NodeID("node-\(position + 1)") else { preconditionFailure("a node's name") }
      let nation = isSpread ? firstNation + position : random.below(Nation.allCases.count)
      let supplier = isSpread ? position + position / Nation.allCases.count : random.below(suppliers)
      return Place(
        node: node, nation: Nation.allCases[nation % Nation.allCases.count],
        supplier: "supplier-\(supplier % suppliers + 1)")
    }
    distance = [100, 1_000, 1_000, 1_000, 1_000, 1_500][random.below(6)]
    let everybodyVotes = random.oneIn(2)
    roles = Self.keyspaces.map { keyspace in
      everybodyVotes
        ? Array(repeating: .voter, count: count)
        : Self.drawRoles(count, sparesAreMembers: keyspace == "system" || random.oneIn(2), &random)
    }
  }

  /// Three voters or more; the others learn, or are spare.
  private static func drawRoles(
    _ count: Int, sparesAreMembers: Bool, _ random: inout SplitMix64
  ) -> [MemberRole?] {
    var positions = Array(0..<count)
    for place in positions.indices { positions.swapAt(place, place + random.below(count - place)) }
    let voters = positions.prefix(3 + random.below(count - 2))
    return (0..<count).map { voters.contains($0) ? .voter : sparesAreMembers ? .learner : nil }
  }

  var count: Int { places.count }

  /// Where the node of a name stands. Names end in the position's number.
  func position(of node: NodeID) -> Int? {
    guard let digit = node.name.utf8.last, case let position = Int(digit) - 0x31, places.indices.contains(position),
      places[position].node == node
    else { return nil }
    return position
  }

  /// Positions of the nodes in a nation, and of those that a supplier runs.
  func nodes(in nation: Nation) -> [Int] { places.indices.filter { places[$0].nation == nation } }
  func nodes(of supplier: String) -> [Int] { places.indices.filter { places[$0].supplier == supplier } }
  /// Nations and suppliers that have nodes, each once, in order of position.
  var nations: [Nation] { distinct(places.map(\.nation)) }
  var suppliers: [String] { distinct(places.map(\.supplier)) }

  private func distinct<Value: Equatable>(_ values: [Value]) -> [Value] {
    values.indices.filter { values.firstIndex(of: values[$0]) == $0 }.map { values[$0] }
  }

  // MARK: Distances

  /// Half a round trip between two nodes on a quiet day.
  func latency(_ from: Int, _ to: Int) -> Interval { latency(places[from].nation, places[to].nation) }

  func latency(_ from: Nation, _ to: Nation) -> Interval {
    Interval(nanoseconds: Self.roundTrip(from, to).nanoseconds / 2 * distance / 1_000)
  }

  /// What is measured between data centres of the four nations.
  private static func roundTrip(_ one: Nation, _ other: Nation) -> Interval {
    switch (min(one.rawValue, other.rawValue), max(one.rawValue, other.rawValue)) {
    case (Nation.england.rawValue, Nation.scotland.rawValue): .milliseconds(9)
    case (Nation.england.rawValue, Nation.wales.rawValue): .milliseconds(5)
    case (Nation.england.rawValue, Nation.northernIreland.rawValue): .milliseconds(11)
    case (Nation.scotland.rawValue, Nation.wales.rawValue): .milliseconds(12)
    case (Nation.scotland.rawValue, Nation.northernIreland.rawValue): .milliseconds(8)
    case (Nation.wales.rawValue, Nation.northernIreland.rawValue): .milliseconds(15)
    default: .milliseconds(3)
    }
  }

  // MARK: Genesis

  /// What founds the cluster, when the stores have told their names.
  func genesis(cluster: Identifier, stores: [Identifier]) -> Genesis {
    func members(_ roles: [MemberRole?]) -> [Member] {
      places.indices.compactMap { position in
        roles[position].map { role in
          Member(
            replica: ReplicaID(UInt64(position + 1)), node: places[position].node, store: stores[position], role: role,
            nation: places[position].nation, supplier: places[position].supplier)
        }
      }
    }
    let addresses = places.map { place in
      ClusterMap.Node(
        name: place.node.name, nation: place.nation.description, supplier: place.supplier,
        client: MachineClient.address(place.node), peer: "", http: "")
    }
    return Genesis(
      cluster: cluster, epoch: 1, createdAt: .zero, featureLevel: Versions.featureLevel, nodes: addresses,
      groups: Self.keyspaces.enumerated().map { position, keyspace in
        Genesis.Group(
          keyspace: keyspace, group: GroupID(UInt32(position + 1)),
          configuration: Configuration(members: members(roles[position])))
      })
  }
}
