import Base

/// Cuts and hindrances between nodes, of every shape that networks have shown.
extension World {
  typealias Pair = SimulatedNetwork.Pair

  /// Cuts `pairs` and mends them later.
  func cut(_ pairs: [Pair], _ kind: FaultKind, for length: Interval) {
    guard !isHealing, !isHeld else { return }
    queue.schedule(.mend(cut: network.cut(pairs, kind)), at: now + length)
  }

  /// Both directions between two sets of nodes.
  static func between(_ one: [Int], _ other: [Int]) -> [Pair] {
    one.flatMap { from in other.flatMap { to in [Pair(from: from, to: to), Pair(from: to, to: from)] } }
  }

  /// The nodes of the cluster; a twin of one is not among them.
  var everyone: Range<Int> { 0..<plan.topology.count }

  func others(than inside: [Int]) -> [Int] { everyone.filter { !inside.contains($0) } }

  func names(_ positions: [Int]) -> String { positions.map { nodes[$0].id.name }.joined(separator: ", ") }

  /// Cuts one part of the cluster from the rest.
  private func isolate(_ inside: [Int], _ kind: FaultKind, for length: Interval) {
    let outside = others(than: inside)
    guard !inside.isEmpty, !outside.isEmpty else { return }
    note("\(names(inside)) cut from the others")
    cut(World.between(inside, outside), kind, for: length)
  }

  private func cutLength() -> Interval { random.interval(.milliseconds(100), .milliseconds(random.oneIn(6) ? 12_000 : 3_000)) }

  func shuffled(_ positions: [Int]) -> [Int] {
    var positions = positions
    for place in positions.indices { positions.swapAt(place, place + random.below(positions.count - place)) }
    return positions
  }

  private func drawSide() -> [Int] {
    if random.oneIn(2) { return [random.below(everyone.count)] }
    return everyone.filter { _ in random.oneIn(2) }
  }

  func split() { isolate(drawSide(), .partition, for: cutLength()) }

  /// Somebody is not heard: by one, or by anybody; or a side is not heard by the other.
  func oneWay() {
    let from = random.below(everyone.count)
    var pairs: [Pair]
    switch random.below(3) {
    case 0: pairs = [Pair(from: from, to: random.below(everyone.count))]
    case 1: pairs = everyone.map { Pair(from: from, to: $0) }
    default:
      let side = drawSide()
      pairs = side.flatMap { from in others(than: side).map { Pair(from: from, to: $0) } }
    }
    // To be deaf is as bad as to be mute.
    if random.oneIn(2) { pairs = pairs.map { Pair(from: $0.to, to: $0.from) } }
    pairs.removeAll { $0.from == $0.to }
    guard !pairs.isEmpty else { return }
    note("not heard: \(pairs.prefix(4).map { "\(nodes[$0.from].id) by \(nodes[$0.to].id)" }.joined(separator: ", "))")
    cut(pairs, .oneWayPartition, for: cutLength())
  }

  /// Everybody sees two neighbours only.
  func ring() {
    guard everyone.count > 3 else { return split() }
    let order = shuffled(Array(everyone))
    var pairs: [Pair] = []
    for (place, node) in order.enumerated() {
      for (otherPlace, other) in order.enumerated() {
        let distance = abs(place - otherPlace)
        if distance > 1, distance < order.count - 1 { pairs.append(Pair(from: node, to: other)) }
      }
    }
    note("a ring: \(names(order))")
    cut(pairs, .ringPartition, for: cutLength())
  }

  /// Two halves that only one node sees.
  func bridge() {
    let order = shuffled(Array(everyone))
    let half = order.count / 2
    let (one, other) = (Array(order[..<half]), Array(order[(half + 1)...]))
    guard !one.isEmpty, !other.isEmpty else { return split() }
    note("\(nodes[order[half]].id) alone sees both \(names(one)) and \(names(other))")
    cut(World.between(one, other), .bridgePartition, for: cutLength())
  }

  /// A cut that comes and goes.
  func flap() {
    let inside = drawSide()
    let pairs = World.between(inside, others(than: inside))
    guard !pairs.isEmpty else { return }
    note("\(names(inside)) cut from the others, and not, and cut")
    var start = now
    for _ in 0..<(2 + random.below(8)) {
      let length = random.interval(.milliseconds(20), .milliseconds(700))
      queue.schedule(.cut(pairs, .flappingPartition, for: length), at: start)
      start = start + length + random.interval(.milliseconds(20), .milliseconds(700))
    }
  }

  func cutNation() {
    let nations = plan.topology.nations
    isolate(plan.topology.nodes(in: nations[random.below(nations.count)]), .nationCut, for: cutLength())
  }

  func cutSupplier() {
    let suppliers = plan.topology.suppliers
    isolate(plan.topology.nodes(of: suppliers[random.below(suppliers.count)]), .supplierCut, for: cutLength())
  }

  /// A nation or a supplier is away for weeks. Little happens in most of them, so time leaps over it.
  func cutForWeeks() {
    let inside =
      random.oneIn(2)
      ? plan.topology.nodes(in: plan.topology.nations[random.below(plan.topology.nations.count)])
      : plan.topology.nodes(of: plan.topology.suppliers[random.below(plan.topology.suppliers.count)])
    let leaps = 1 + random.below(3)
    for leap in 1...leaps {
      queue.schedule(.leap(by: .seconds(Int64(1 + random.below(14)) * 86_400)), at: now + .milliseconds(Int64(leap) * 1_500))
    }
    isolate(inside, .weeksCut, for: .milliseconds(Int64(leaps) * 1_500 + 1_000))
  }

  /// Links hold what they carry and let it go later, each when it likes.
  func clog() {
    let victims = shuffled(Array(everyone)).prefix(1 + random.below(everyone.count))
    let isWhole = random.oneIn(2)
    for node in victims {
      for other in everyone where other != node && (isWhole || random.oneIn(3)) {
        let until = now + random.interval(.milliseconds(50), .milliseconds(2_500))
        network.clog(random.oneIn(2) ? Pair(from: node, to: other) : Pair(from: other, to: node), until: until)
      }
    }
    note("links of \(names(Array(victims))) hold what they carry")
  }

  /// Everything, or everything between two nations, takes longer, and some of it is lost.
  func badDay() {
    let nations = plan.topology.nations
    let (one, other) = (nations[random.below(nations.count)], nations[random.below(nations.count)])
    let isEverywhere = one == other
    let pairs =
      isEverywhere
      ? World.between(Array(everyone), Array(everyone))
      : World.between(plan.topology.nodes(in: one), plan.topology.nodes(in: other))
    note("a bad day \(isEverywhere ? "everywhere" : "between \(one) and \(other)")")
    for pair in pairs { network.strain(pair, extra: .milliseconds(40), lossOneIn: 100) }
    queue.schedule(.relieve(pairs), at: now + random.interval(.milliseconds(500), .milliseconds(15_000)))
  }

  /// All messages to a node take longer for a time.
  func delay(to node: Int, by extra: Interval, for length: Interval) {
    let pairs = others(than: [node]).map { Pair(from: $0, to: node) }
    for pair in pairs { network.strain(pair, extra: extra) }
    queue.schedule(.relieve(pairs), at: now + length)
  }
}
