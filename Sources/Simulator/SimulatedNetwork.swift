import Base

/// Latency, loss and partitions between processes.
struct SimulatedNetwork {
  /// What a seed draws for its links.
  struct Weather {
    /// How much longer than the distance a message may take, in thousandths of the distance.
    var jitter: Int64 = 100
    /// One message in so many; 0: none.
    var lossOneIn = 0
    var repeatOneIn = 0
    var delayOneIn = 0
    var delayMax = Interval.milliseconds(400)
    var isOrdered = true
  }

  var weather = Weather()
  /// One way: `distance[from][to]`.
  private let distance: [[Interval]]
  /// `blocked[from][to]`
  private(set) var blocked: [[Bool]]
  /// What every message to a node takes longer.
  private var late: [Interval]
  /// When the last message of a pair arrives: later ones of an ordered link come no earlier.
  private var lastArrival: [[Moment]]

  init(_ topology: SimulatedTopology) {
    let nodes = topology.count
    distance = (0..<nodes).map { from in (0..<nodes).map { topology.latency(from, $0) } }
    late = Array(repeating: .zero, count: nodes)
    blocked = Array(repeating: Array(repeating: false, count: nodes), count: nodes)
    lastArrival = Array(repeating: Array(repeating: .zero, count: nodes), count: nodes)
  }

  mutating func block(from: Int, to: Int) { blocked[from][to] = true }
  mutating func slow(to: Int, by interval: Interval) { late[to] = interval }
  mutating func heal() {
    for to in late.indices { late[to] = .zero }
    for from in blocked.indices { for to in blocked.indices { blocked[from][to] = false } }
  }

  struct Delivery {
    var arrivals: [Moment] = []
    var faults: [FaultKind] = []
  }

  /// When a message sent now arrives: not at all, once, or twice.
  mutating func deliver(from: Int, to: Int, at now: Moment, random: inout SplitMix64) -> Delivery {
    var delivery = Delivery()
    guard !blocked[from][to] else { return delivery }
    if weather.lossOneIn > 0, random.oneIn(weather.lossOneIn) {
      delivery.faults.append(.messageLost)
      return delivery
    }
    let quiet = distance[from][to]
    let detour = Interval(nanoseconds: quiet.nanoseconds * weather.jitter / 1_000 + 100_000)
    var arrival = now + quiet + random.interval(.zero, detour) + late[to]
    if weather.delayOneIn > 0, random.oneIn(weather.delayOneIn) {
      arrival = arrival + random.interval(.milliseconds(20), weather.delayMax)
      delivery.faults.append(.messageDelayed)
    }
    if weather.isOrdered {
      arrival = max(arrival, lastArrival[from][to])
    } else if arrival < lastArrival[from][to] {
      delivery.faults.append(.messageReordered)
    }
    lastArrival[from][to] = max(lastArrival[from][to], arrival)
    delivery.arrivals.append(arrival)
    if weather.repeatOneIn > 0, random.oneIn(weather.repeatOneIn) {
      delivery.arrivals.append(arrival + random.interval(.zero, weather.delayMax))
      delivery.faults.append(.messageRepeated)
    }
    return delivery
  }
}
