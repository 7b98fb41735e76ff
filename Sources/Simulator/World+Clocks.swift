import Base
import Raft
import Replica

/// Time as nodes see it, and what goes wrong with their clocks.
extension World {
  /// What a node's monotonic clock shows now.
  func reading(_ node: Int) -> Moment { nodes[node].clock.reading(at: now) }

  /// What a human's clock at a node shows now. It orders and expires nothing, so it may show anything.
  func wallTime(_ node: Int) -> WallTime {
    WallTime(milliseconds: 1_790_000_000_000 + now.nanoseconds / 1_000_000 + nodes[node].wallSkew)
  }

  /// A machine boots: its clock begins anew, somewhere, and runs as fast as it runs.
  func boot(_ node: Int) {
    let rate = plan.clocks.drawRate(&random)
    if rate != 0 { count(.clockDrift) }
    nodes[node].boot += 1
    let shown = reading(node)
    nodes[node].clock = NodeClock(
      at: now, reading: .zero + random.interval(.seconds(1), .seconds(40_000_000)), rate: rate)
    if reading(node) < shown { meet(.clockBeganEarlier) }
  }

  func leapClock() {
    guard let (node, length) = drawStep() else { return }
    note("the clock of \(nodes[node].id) leaps by \(length)")
    count(.clockLeap)
    if leadsSomething(node) { meet(.leapWithLeader) }
    nodes[node].clock.leap(by: length, at: now)
    observe(.clockLeapt(node: node, by: length))
    scheduleTick(node)
  }

  func haltClock() {
    guard let (node, length) = drawStep() else { return }
    note("the clock of \(nodes[node].id) stands still for \(length)")
    count(.clockHalt)
    if leadsSomething(node) { meet(.leaderClockHalted) }
    let rate = nodes[node].clock.rate
    nodes[node].clock.halt(at: now)
    queue.schedule(.clockRuns(node: node, boot: nodes[node].boot, rate: rate), at: now + length)
    scheduleTick(node)
  }

  /// Who is next and how much, within what leases allow for; nil when nobody may.
  private func drawStep() -> (node: Int, length: Interval)? {
    let node = random.below(everyone.count)
    guard plan.clocks.stepMax > .zero, nodes[node].isUp, nodes[node].clockIsLeftAloneUntil <= now else { return nil }
    nodes[node].clockIsLeftAloneUntil = now + plan.timing.electionMax * 4
    let length = random.oneIn(3) ? plan.clocks.stepMax : random.interval(.milliseconds(1), plan.clocks.stepMax)
    return (node, length)
  }

  func clockRuns(_ node: Int, _ boot: Int, _ rate: Int64) {
    guard nodes[node].boot == boot, nodes[node].clock.isHalted else { return }
    nodes[node].clock.run(rate: rate, at: now)
    scheduleTick(node)
  }

  /// Somebody sets a wall clock, or it was never set.
  func setWallClock() {
    let node = random.below(everyone.count)
    let days = Int64([1, 400, 20_000][random.below(3)])
    nodes[node].wallSkew = random.interval(.zero, .seconds(2 * days * 86_400)).milliseconds - days * 86_400_000
    note("the wall clock of \(nodes[node].id) is \(nodes[node].wallSkew) ms off")
    count(.wallClock)
  }

  /// Nothing happens anywhere for so long but that time passes: as if everything had been suspended at once.
  func leap(by interval: Interval) {
    // A clock that stood still for weeks would break what leases rest on.
    guard !isHealing, !isHeld, !nodes.contains(where: \.clock.isHalted) else { return }
    note("\(interval.milliseconds / 86_400_000) days pass")
    count(.timeLeap)
    leapt = leapt + interval
    now = now + interval
    queue.postpone(by: interval)
    network.postpone(by: interval)
    quietUntil = quietUntil + interval
    for node in shuffled(Array(nodes.indices)) {
      nodes[node].clockIsLeftAloneUntil = nodes[node].clockIsLeftAloneUntil + interval
      nodes[node].pausedUntil = nodes[node].pausedUntil.map { $0 + interval }
      // Whoever wakes looks at the clock before anything else.
      if nodes[node].isUp, nodes[node].pausedUntil == nil { handle(node, .tick) }
    }
  }
}

/// How the clocks of a world's nodes differ: never by more than ``Raft/Timing/drift`` over one election time-out, which is
/// what leases rest on.
struct ClockPlan {
  /// The slowest and the fastest, in parts per million.
  let slowest: Int64
  let fastest: Int64
  /// How far one clock may leap, or stand still, at once; another may do the same the other way.
  let stepMax: Interval
  /// Clocks are at one of the two ends more often than between them.
  let isExtreme: Bool

  /// - Parameters:
  ///   - lasting: the shortest election time-out.
  ///   - drift: what two clocks may differ by over it.
  init(_ random: inout SplitMix64, over lasting: Interval, drift: Interval) {
    switch random.below(3) {
    case 0:
      // A lease of E - D on the slowest clock must end before E on the fastest: their ratio is at most E / (E - D).
      let ratio = (Double(lasting.nanoseconds) / Double((lasting - drift).nanoseconds)).squareRoot()
      fastest = min(Int64((ratio - 1) * 1e6), NodeClock.rateMax)
      slowest = max(Int64((1 / ratio - 1) * 1e6), -NodeClock.rateMax)
      stepMax = .zero
    case 1: (slowest, fastest, stepMax) = (0, 0, drift / 2)
    default: (slowest, fastest, stepMax) = (0, 0, .zero)
    }
    isExtreme = random.oneIn(2)
  }

  func drawRate(_ random: inout SplitMix64) -> Int64 {
    guard fastest > slowest else { return 0 }
    if isExtreme { return random.oneIn(2) ? slowest : fastest }
    return slowest + Int64(random.below(Int(fastest - slowest) + 1))
  }
}
