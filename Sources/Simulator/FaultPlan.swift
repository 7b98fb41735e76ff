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
  /// Between two faults.
  let faultEvery: Interval

  init(_ random: inout SplitMix64) {
    nodes = [3, 3, 5, 5, 5, 7][random.below(6)]
    clients = 2 + random.below(6)
    timing =
      random.oneIn(4)
      ? Timing(
        heartbeat: .milliseconds(20), electionMin: .milliseconds(60), electionMax: .milliseconds(120),
        drift: .milliseconds(6), transfer: .milliseconds(60)) : Timing()
    var weather = SimulatedNetwork.Weather()
    if random.oneIn(2) { weather.lossOneIn = 10 + random.below(200) }
    if random.oneIn(2) { weather.repeatOneIn = 10 + random.below(100) }
    if random.oneIn(2) { weather.delayOneIn = 10 + random.below(200) }
    if random.oneIn(2) { weather.isOrdered = false }
    weather.latencyMax = random.interval(.milliseconds(1), .milliseconds(15))
    self.weather = weather
    fsyncMin = .microseconds(100)
    fsyncMax = random.interval(.microseconds(200), .milliseconds(20))
    applyMax = random.interval(.microseconds(100), .milliseconds(10))
    readMax = random.interval(.microseconds(50), .milliseconds(10))
    retainedEntries = [64, 64, 256, 10_000][random.below(4)]
    crashes = !random.oneIn(4)
    allCrashes = random.oneIn(3)
    pauses = random.oneIn(2)
    partitions = !random.oneIn(3)
    slowDisks = random.oneIn(3)
    faultEvery = random.interval(.milliseconds(200), .milliseconds(2_000))
  }
}
