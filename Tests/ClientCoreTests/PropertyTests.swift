import Base
import ClientCore
import Model
import Testing
import Wire

/// Design §7 and the jetcd lesson: under faults of every kind the client's own retries lose, double or misreport
/// nothing.
struct PropertyTests {
  @Test(
    "Whatever breaks, no write is executed twice, every call ends by its deadline, and no outcome is wrong",
    arguments: 0..<8)
  func exactlyOnce(_ part: Int) {
    var tally = Tally()
    for seed in 0..<150 {
      let story = Story(seed: UInt64(part * 1_000 + seed))
      if let wrong = story.play(&tally) {
        Issue.record("seed \(part * 1_000 + seed): \(wrong)")
        return
      }
    }
    // A test of exactly-once in which nothing was retried, refused or left open would prove nothing.
    #expect(tally.applied > 3_000)
    #expect(tally.notApplied > 50)
    #expect(tally.unknown > 50)
    #expect(tally.copies > 500)
  }
}

struct Tally {
  var applied = 0
  var notApplied = 0
  var unknown = 0
  /// Proposals of a command that was proposed before.
  var copies = 0
}

/// One run: calls and faults for some seconds, then peace, then the reckoning.
private struct Story {
  let cluster: FakeCluster
  let calls: UInt64 = 60
  private var generator: SplitMix64
  private var deadlines: [UInt64: Moment] = [:]

  init(seed: UInt64) {
    cluster = FakeCluster(seed: seed) { $0.sessionTimeToLive = .seconds(30) }
    generator = SplitMix64(seed: seed ^ 0xABCD)
    cluster.duplication = 5
    cluster.overload = generator.oneIn(3) ? 8 : 0
  }

  func play(_ tally: inout Tally) -> String? {
    var copy = self
    return copy.run(&tally)
  }

  private mutating func run(_ tally: inout Tally) -> String? {
    var reads: [UInt64: UInt64] = [:]
    var acknowledged: [UInt64] = []
    for id in 1...calls {
      // Calls come in bursts, and faults soon after some of them, while they are on their way.
      if generator.oneIn(4) {
        if generator.oneIn(2) {
          cluster.run(for: generator.interval(.zero, .milliseconds(12)))
          fault()
        }
        cluster.run(for: generator.interval(.zero, .milliseconds(500)))
      }
      let timeout = generator.interval(.milliseconds(100), .milliseconds(5_000))
      deadlines[id] = cluster.now + timeout
      acknowledged = (1..<id).filter { reads[$0] == nil && cluster.reply($0) != nil }
      if generator.oneIn(5), let written = acknowledged.randomElement(using: &generator) {
        reads[id] = written
        cluster.get(id, of: written, timeout: timeout)
      } else {
        cluster.put(id, generator.oneIn(6) ? .once : .inSession, timeout: timeout)
      }
      if generator.oneIn(12) { cluster.cancel(UInt64(generator.below(Int(id))) + 1) }
    }
    for server in cluster.servers.indices { cluster.heal(server) }
    cluster.elect(generator.below(3))
    cluster.run(for: .seconds(30))
    tally.copies += cluster.copies
    return judge(reads, &tally)
  }

  private mutating func fault() {
    let server = generator.below(3)
    let other = (server + 1 + generator.below(2)) % 3
    let pause = generator.interval(.milliseconds(100), .milliseconds(3_000))
    switch generator.below(8) {
    case 0: cluster.links(of: server).forEach { cluster.breakLink($0) }
    case 1: if let leader = cluster.leader { cluster.links(of: leader).forEach { cluster.breakLink($0) } }
    case 2:
      cluster.hang(server)
      cluster.after(pause) { $0.heal(server) }
    case 3:
      guard let leader = cluster.leader else { return }
      cluster.servers[leader].isCutOff = true
      cluster.after(pause) { $0.heal(leader) }
      cluster.after(generator.interval(.milliseconds(300), .milliseconds(700))) { cluster in
        if !cluster.servers[other].isCutOff, !cluster.servers[other].isHung, cluster.servers[other].isUp {
          cluster.elect(other)
        }
      }
    case 4: if !cluster.servers[other].isCutOff, cluster.servers[other].isUp { cluster.elect(other) }
    case 5: cluster.logTimeSkew = cluster.logTimeSkew + .seconds(31)
    case 6:
      cluster.stop(server)
      cluster.after(pause) { $0.heal(server) }
      cluster.after(generator.interval(.milliseconds(300), .milliseconds(700))) { cluster in
        if cluster.leader == server, cluster.servers[other].isUp, !cluster.servers[other].isHung {
          cluster.elect(other)
        }
      }
    default: if let link = cluster.links.keys.sorted().randomElement(using: &generator) { cluster.breakLink(link) }
    }
  }

  private func judge(_ reads: [UInt64: UInt64], _ tally: inout Tally) -> String? {
    guard cluster.finishes == Int(calls) else { return "\(cluster.finishes) ends of \(calls) calls" }
    for id in 1...calls {
      guard let (result, at) = cluster.results[CallID(id)] else { return "call \(id) has not ended" }
      guard at <= deadlines[id]! else { return "call \(id) ended \(at - deadlines[id]!) late" }
      if let written = reads[id] {
        guard case .success(let reply) = result else { continue }
        guard case .read(let read) = reply.body, case .range(let range) = read.value, range.items.count == 1 else {
          return "read \(id) does not see the acknowledged write \(written)"
        }
        continue
      }
      let executions = cluster.executions(id)
      guard executions <= 1 else { return "write \(id) was executed \(executions) times" }
      switch result {
      case .success:
        tally.applied += 1
        guard executions == 1 else { return "write \(id) was acknowledged and not executed" }
      case .failure(let failure):
        switch failure.outcome {
        case .applied: if executions != 1 { return "write \(id) is said to be applied: \(failure)" }
        case .notApplied:
          tally.notApplied += 1
          if executions != 0 { return "write \(id) is said not to be applied: \(failure)" }
        case .unknown: tally.unknown += 1
        }
      }
    }
    return nil
  }
}
