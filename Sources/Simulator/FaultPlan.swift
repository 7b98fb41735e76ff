import Base
import Raft

/// What a seed draws for its whole run: sizes, timers, and which faults there are at all (swarm testing: a run in which
/// everything goes wrong at once finds less than many runs in each of which something does).
struct FaultPlan {
  let nodes: Int
  let clients: Int
  let timing: Timing
  let weather: SimulatedNetwork.Weather
  let fsyncMin: Interval
  let fsyncMax: Interval
  let applyMax: Interval
  let readMax: Interval
  let retainedEntries: UInt64
  let crashes: Bool
  let allCrashes: Bool
  let pauses: Bool
  let partitions: Bool
  let slowDisks: Bool
  let fullDisks: Bool
  let transfers: Bool
  let quietTimes: Bool
  /// Faults aimed at leaders and at those who have just promised something.
  let aims: Bool
  let checkpointCommits: Int
  /// Between two faults.
  let faultEvery: Interval

  init(_ random: inout SplitMix64) {
    nodes = [3, 3, 5, 5, 5, 7][random.below(6)]
    clients = 2 + random.below(6)
    let isQuick = random.oneIn(4)
    timing =
      isQuick
      ? Timing(
        heartbeat: .milliseconds(20), electionMin: .milliseconds(60), electionMax: .milliseconds(120),
        drift: .milliseconds(6), transfer: .milliseconds(60)) : Timing()
    var weather = SimulatedNetwork.Weather()
    if random.oneIn(2) { weather.lossOneIn = 10 + random.below(200) }
    if random.oneIn(2) { weather.repeatOneIn = 10 + random.below(100) }
    if random.oneIn(2) { weather.delayOneIn = 10 + random.below(200) }
    if random.oneIn(2) { weather.isOrdered = false }
    // Time-outs must leave room for several round trips and writes, or nobody ever leads.
    weather.latencyMax = random.interval(.milliseconds(1), .milliseconds(isQuick ? 4 : 15))
    if isQuick { weather.delayMax = .milliseconds(100) }
    self.weather = weather
    fsyncMin = .microseconds(100)
    fsyncMax = random.interval(.microseconds(200), .milliseconds(isQuick ? 4 : 20))
    applyMax = random.interval(.microseconds(100), .milliseconds(10))
    readMax = random.interval(.microseconds(50), .milliseconds(10))
    retainedEntries = [4, 64, 256, 10_000][random.below(4)]
    crashes = !random.oneIn(4)
    allCrashes = random.oneIn(3)
    pauses = random.oneIn(2)
    partitions = !random.oneIn(3)
    slowDisks = random.oneIn(3)
    fullDisks = random.oneIn(4)
    transfers = random.oneIn(2)
    quietTimes = random.oneIn(2)
    aims = !random.oneIn(3)
    checkpointCommits = [1, 16, 16, 200][random.below(4)]
    faultEvery = random.interval(.milliseconds(200), .milliseconds(2_000))
  }
}
