import Base

/// Latency, loss and partitions between nodes: who is how far from whom, what is cut, and what is held up.
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

  /// One direction between two nodes.
  private struct Link {
    /// One way, on a quiet day.
    /// Of a place that nobody stands at: zero.
    var distance: Interval
    /// How many cuts go through it.
    var cuts = 0
    /// It holds everything until then, and lets it go at once.
    var cloggedUntil = Moment.zero
    /// What a bad day, or a slow answerer, adds.
    var extra = Interval.zero
    /// One message in so many is lost because of it; 0: none.
    var lossOneIn = 0
    /// When the last message arrives: later ones of an ordered link come no earlier.
    var lastArrival = Moment.zero
  }

  /// Links through which nothing passes for a time.
  struct Cut {
    let id: Int
    let kind: FaultKind
    /// Each once.
    let links: [Pair]
    /// Something was lost by it.
    var hasBitten = false
  }

  struct Pair: Hashable {
    let from: Int
    let to: Int
  }

  var weather = Weather()
  private let count: Int
  private var links: [Link]
  private var cuts: [Cut] = []
  private var nextCut = 0

  init(_ topology: SimulatedTopology) {
    // One place more, for the twin of a node.
    count = topology.count + 1
    let last = topology.count
    links = (0..<count * count).map { [count] place in
      let (from, to) = (place / count, place % count)
      return Link(distance: from == last || to == last ? .zero : topology.latency(from, to))
    }
  }

  /// A machine stands at `place` that is as far from everybody as another.
  mutating func put(_ place: Int, beside other: Int) {
    for node in 0..<count where node != place {
      links[self.place(place, node)].distance = links[self.place(other, node)].distance
      links[self.place(node, place)].distance = links[self.place(node, other)].distance
    }
  }

  private func place(_ from: Int, _ to: Int) -> Int { from * count + to }

  // MARK: Cuts

  func isCut(from: Int, to: Int) -> Bool { links[place(from, to)].cuts > 0 }

  /// - Returns: the cut's name, by which it is mended.
  mutating func cut(_ pairs: [Pair], _ kind: FaultKind) -> Int {
    var unique: [Pair] = []
    for pair in pairs where pair.from != pair.to && !unique.contains(pair) { unique.append(pair) }
    for pair in unique { links[place(pair.from, pair.to)].cuts += 1 }
    nextCut += 1
    cuts.append(Cut(id: nextCut, kind: kind, links: unique))
    return nextCut
  }

  mutating func mend(_ id: Int) {
    guard let position = cuts.firstIndex(where: { $0.id == id }) else { return }
    for pair in cuts.remove(at: position).links { links[place(pair.from, pair.to)].cuts -= 1 }
  }

  /// A message was lost to a cut: the kinds of fault that took effect by that for the first time.
  mutating func bite(from: Int, to: Int) -> [FaultKind] {
    var kinds: [FaultKind] = []
    let pair = Pair(from: from, to: to)
    for position in cuts.indices where !cuts[position].hasBitten && cuts[position].links.contains(pair) {
      cuts[position].hasBitten = true
      kinds.append(cuts[position].kind)
    }
    return kinds
  }

  // MARK: Hindrances

  mutating func clog(_ pair: Pair, until moment: Moment) {
    links[place(pair.from, pair.to)].cloggedUntil = max(links[place(pair.from, pair.to)].cloggedUntil, moment)
  }

  /// Messages on the link take longer and are lost more often, until ``relieve(_:)``.
  mutating func strain(_ pair: Pair, extra: Interval, lossOneIn: Int = 0) {
    links[place(pair.from, pair.to)].extra = extra
    links[place(pair.from, pair.to)].lossOneIn = lossOneIn
  }

  mutating func relieve(_ pair: Pair) { strain(pair, extra: .zero) }

  /// Everything that was wrong with links is over.
  mutating func heal() {
    cuts = []
    for place in links.indices {
      links[place].cuts = 0
      links[place].cloggedUntil = .zero
      links[place].extra = .zero
      links[place].lossOneIn = 0
    }
  }

  /// Everything that is under way arrives so much later.
  mutating func postpone(by interval: Interval) {
    for place in links.indices {
      links[place].cloggedUntil = links[place].cloggedUntil + interval
      links[place].lastArrival = links[place].lastArrival + interval
    }
  }

  // MARK: Messages

  struct Delivery {
    /// nil: not at all.
    var arrival: Moment?
    /// It arrives once more.
    var again: Moment?
    /// What happened to it, of what weather does.
    var faults: [FaultKind] = []
  }

  /// When a message sent now arrives: not at all, once, or twice.
  mutating func deliver(from: Int, to: Int, at now: Moment, random: inout SplitMix64) -> Delivery {
    var delivery = Delivery()
    let place = place(from, to)
    guard links[place].cuts == 0 else {
      delivery.faults = bite(from: from, to: to)
      return delivery
    }
    if weather.lossOneIn > 0, random.oneIn(weather.lossOneIn) {
      delivery.faults.append(.messageLost)
      return delivery
    }
    if links[place].lossOneIn > 0, random.oneIn(links[place].lossOneIn) {
      delivery.faults.append(.badDay)
      return delivery
    }
    let quiet = links[place].distance
    let detour = Interval(nanoseconds: quiet.nanoseconds * weather.jitter / 1_000 + 100_000)
    var arrival = now + quiet + random.interval(.zero, detour) + links[place].extra
    if weather.delayOneIn > 0, random.oneIn(weather.delayOneIn) {
      arrival = arrival + random.interval(.milliseconds(20), weather.delayMax)
      delivery.faults.append(.messageDelayed)
    }
    if links[place].cloggedUntil > arrival {
      arrival = links[place].cloggedUntil
      delivery.faults.append(.linkClogged)
    }
    if weather.isOrdered {
      arrival = max(arrival, links[place].lastArrival)
    } else if arrival < links[place].lastArrival {
      delivery.faults.append(.messageReordered)
    }
    links[place].lastArrival = max(links[place].lastArrival, arrival)
    delivery.arrival = arrival
    if weather.repeatOneIn > 0, random.oneIn(weather.repeatOneIn) {
      delivery.again = arrival + random.interval(.zero, weather.delayMax)
      delivery.faults.append(.messageRepeated)
    }
    return delivery
  }

  /// How long a client beside one node and another node need to reach each other; nil when they do not.
  func way(from: Int, to: Int, random: inout SplitMix64) -> Interval? {
    let place = place(from, to)
    guard links[place].cuts == 0 else { return nil }
    let detour = Interval(nanoseconds: links[place].distance.nanoseconds * weather.jitter / 1_000 + 200_000)
    return links[place].distance + random.interval(.zero, detour) + links[place].extra
  }
}
