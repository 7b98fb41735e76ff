import Base
import Raft

/// What a seed draws for its whole run: sizes, timers, and which faults there are at all (swarm testing: a run in which
/// everything goes wrong at once finds less than many runs in each of which something does).
struct FaultPlan {
  let topology: SimulatedTopology
  let clients: Int
  /// Calls that all clients together make in a second while nothing is in their way.
  let callsPerSecond: Int64
  let timing: Timing
  let weather: SimulatedNetwork.Weather
  let fsyncMin: Interval
  let fsyncMax: Interval
  let applyMax: Interval
  let readMax: Interval
  let retainedEntries: UInt64
  let knobs: Knobs
  /// Groups never have fewer voters.
  let votersMin: Int
  let checkpointCommits: Int
  let clocks: ClockPlan
  let mischief: [Mischief]
  /// Between two faults.
  let faultEvery: Interval

  init(_ random: inout SplitMix64) {
    topology = SimulatedTopology(&random)
    clients = 5 + random.below(16)
    callsPerSecond = Int64(30 + random.below(40))
    let (timing, isQuick) = Self.drawTiming(&random)
    self.timing = timing
    var weather = SimulatedNetwork.Weather()
    if random.oneIn(2) { weather.lossOneIn = 10 + random.below(200) }
    if random.oneIn(2) { weather.repeatOneIn = 10 + random.below(100) }
    if random.oneIn(2) { weather.delayOneIn = 10 + random.below(200) }
    if random.oneIn(2) { weather.isOrdered = false }
    weather.jitter = [0, 100, 300, 1_000][random.below(4)]
    if isQuick { weather.delayMax = .milliseconds(100) }
    self.weather = weather
    fsyncMin = .microseconds(100)
    fsyncMax = random.interval(.microseconds(200), .milliseconds(isQuick ? 4 : 20))
    applyMax = random.interval(.microseconds(100), .milliseconds(10))
    readMax = random.interval(.microseconds(50), .milliseconds(10))
    retainedEntries = [4, 64, 256, 10_000][random.below(4)]
    knobs = Knobs(&random)
    votersMin = [1, 2, 3, 3, 3, 3][random.below(6)]
    checkpointCommits = [1, 16, 16, 200][random.below(4)]
    clocks = ClockPlan(&random, over: timing.electionMin, drift: timing.drift)
    mischief = Mischief.draw(&random)
    faultEvery = random.interval(max(.milliseconds(250), timing.electionMin), .milliseconds(2_000))
  }

  /// Time-outs leave room for several round trips and writes, or nobody would ever lead; how much room differs.
  private static func drawTiming(_ random: inout SplitMix64) -> (timing: Timing, isQuick: Bool) {
    let drift = [0, 10, 10, 10, 30][random.below(5)] as Int64
    func timing(heartbeat: Int64, electionMin: Int64) -> Timing {
      Timing(
        heartbeat: .milliseconds(heartbeat), electionMin: .milliseconds(electionMin),
        electionMax: .milliseconds(electionMin * 2), drift: .milliseconds(electionMin * drift / 100),
        transfer: .milliseconds(electionMin))
    }
    switch random.below(6) {
    case 0: return (timing(heartbeat: 25, electionMin: 125), true)
    case 1, 2: return (timing(heartbeat: 50, electionMin: 300), false)
    case 3, 4: return (timing(heartbeat: 100, electionMin: 500), false)
    default: return (timing(heartbeat: 200, electionMin: 1_000), false)
    }
  }

  /// The longest that a client of so many waits between two calls.
  var thinkMax: Interval { Interval(nanoseconds: 2_000_000_000 * Int64(clients) / callsPerSecond) }
}
