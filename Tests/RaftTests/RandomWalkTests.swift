import Base
import Raft
import Testing

@Suite("Random walks")
struct RandomWalkTests {
  #if DEBUG
    static let seeds: UInt64 = 40
  #else
    static let seeds: UInt64 = 250
  #endif

  @Test(
    "No law breaks under loss, repetition, reordering, crashes, drift and changes of membership, and peace brings agreement"
  )
  func walks() {
    var failures: [String] = []
    var seen: [String: Int] = [:]
    var reads = 0
    var commits: UInt64 = 0
    // `WALK=17` repeats one seed, `WALKS=5000` goes further than usual.
    let count = TextFiles.number("WALKS") ?? Self.seeds
    for seed in TextFiles.number("WALK").map({ $0...$0 }) ?? 1...count {
      var walk = RandomWalk(seed: seed)
      walk.run(steps: 5_000)
      let unrest = walk.damages ? nil : walk.heal()
      seen.merge(walk.world.laws.seen, uniquingKeysWith: +)
      reads += walk.world.laws.readsAnswered
      commits += walk.world.laws.newestCommit.rawValue
      for text in walk.world.laws.broken.prefix(2) { failures.append("seed \(seed): \(text)") }
      if let unrest { failures.append("seed \(seed): \(unrest)") }
    }
    #expect(failures.isEmpty, "\(failures.prefix(20))")
    // A walk that never gets anywhere would prove nothing.
    #expect(reads > Int(count) * 10, "\(reads) reads were answered")
    let rare = ["joint entry", "truncated", "snapshot", "transfer succeeded", "resumedVoting", "load", "by lease"]
    let unseen = rare.filter { kind in !seen.contains { $0.key.hasSuffix(kind) } }
    #expect(unseen.isEmpty, "\(unseen) never happened")
    #expect(commits > count * 30, "\(commits) entries were committed")
  }
}
