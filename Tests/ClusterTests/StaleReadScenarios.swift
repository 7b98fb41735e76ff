import Base
import Model
import Network
import QuartetClient
import Synchronization
import Testing
import Wire

extension ClusterScenarios {
  @Suite("Reads of nodes that were paused", .serialized)
  struct StaleReads {
    /// One writer of one key, and when each of its writes was acknowledged.
    private final class Writer: Sendable {
      private let acknowledged = Mutex<[(revision: Revision, at: Moment)]>([])
      private let isStopping = Atomic<Bool>(false)
      private let task = Mutex<Task<Void, Never>?>(nil)

      init(_ lab: LabCluster, _ keyspace: String) throws {
        let client = try QuartetClient(nodes: lab.nodes.map(\.client), options: QuartetClient.Options(name: "writer"))
        task.withLock {
          $0 = Task.detached { [self] in
            var number = 0
            while !isStopping.load(ordering: .relaxed) {
              number += 1
              if let reply = try? await client.keyspace(keyspace).put(Key("k"), Array("\(number)".utf8)) {
                acknowledged.withLock { $0.append((reply.revision, Clock.now())) }
              }
              // A hundred writes a second tell stale from fresh; more would only keep the processors from the nodes.
              try? await pass(.milliseconds(10))
            }
            client.close()
          }
        }
      }

      func stop() async {
        isStopping.store(true, ordering: .relaxed)
        await task.withLock { $0 }?.value
      }

      var count: Int { acknowledged.withLock { $0.count } }

      /// The last write that was acknowledged at or before a moment.
      func revision(at moment: Moment) -> Revision {
        acknowledged.withLock { list in list.last { $0.at <= moment }?.revision ?? .zero }
      }
    }

    private enum StaleAnswer: Sendable {
      case refused
      case fresh
      case wrong(String)
    }

    @Test("A follower that was paused answers a stale read of at most 1 s with what holds, or refuses it", .timeLimit(.minutes(50)))
    func pausedFollower() async throws {
      try await LabCluster.with { lab in
        let keyspace = "england"
        let writer = try Writer(lab, keyspace)
        var refused = 0
        var fresh = 0
        var wrong: [String] = []
        for round in 0..<(Lab.isLong ? 100 : 4) {
          let leader = try await lab.someLeader(of: keyspace).node
          let followers = lab.nodes.map(\.name).filter { $0 != leader }
          let follower = followers[round % followers.count]
          try lab.pause(follower)
          try await pass(Lab.isLong ? .seconds(20) : .seconds(2))
          // Half of the questions wait in its socket when it wakes up, the others come just after.
          let early = (0..<10).map { _ in Task { await Self.ask(lab, follower, keyspace) } }
          try await pass(.milliseconds(20))
          let woken = Clock.now()
          try lab.resume(follower)
          let late = (0..<10).map { _ in Task { await Self.ask(lab, follower, keyspace) } }
          for task in early + late {
            let (reply, invoked) = await task.value
            switch Self.judge(reply, notAnsweredBefore: max(woken, invoked), writer) {
            case .refused: refused += 1
            case .fresh: fresh += 1
            case .wrong(let words): wrong.append(words)
            }
          }
        }
        await writer.stop()
        print("stale reads after a pause: \(refused) refused, \(fresh) fresh, \(wrong.count) wrong")
        #expect(wrong.isEmpty, "\(wrong.prefix(5))")
        #expect(refused + fresh > 0)
        #expect(writer.count > 50)
      }
    }

    private static func ask(
      _ lab: LabCluster, _ node: String, _ keyspace: String
    ) async -> (StaleReply<KeyValue?>?, Moment) {
      let invoked = Clock.now()
      let view = lab.client.keyspace(keyspace).stale(maxAge: .seconds(1))
      return (try? await view.get(Key("k"), options: ReadOptions(timeout: .seconds(3), node: node)), invoked)
    }

    /// It was given no earlier than `moment`, and at that time was no older than it says: so it shows every write that
    /// was acknowledged before `moment` less its age.
    private static func judge(
      _ reply: StaleReply<KeyValue?>?, notAnsweredBefore moment: Moment, _ writer: Writer
    ) -> StaleAnswer {
      guard let reply else { return .refused }
      guard reply.age <= .seconds(1) else { return .wrong("age \(reply.age) at \(reply.origin.node)") }
      let least = writer.revision(at: moment - reply.age)
      guard reply.revision >= least else {
        return .wrong("revision \(reply.revision) at \(reply.origin.node), age \(reply.age); \(least) was acknowledged")
      }
      return .fresh
    }

    @Test("While the leader is paused and after it, no linearizable read of any node is stale", .timeLimit(.minutes(10)))
    func pausedLeader() async throws {
      try await LabCluster.with { lab in
        let keyspace = "scotland"
        let writer = try Writer(lab, keyspace)
        var answered = 0
        var byPaused = 0
        var wrong: [String] = []
        for _ in 0..<(Lab.isLong ? 20 : 3) {
          let leader = try await lab.someLeader(of: keyspace)
          try lab.pause(leader.node)
          var reads: [Task<(Reply<KeyValue?>?, Revision), Never>] = []
          // In the old leader's lease, in the election, and under the new leader.
          for _ in 0..<30 {
            for node in lab.nodes {
              let least = writer.revision(at: Clock.now())
              reads.append(
                Task {
                  let options = ReadOptions(timeout: .seconds(6), node: node.name)
                  return (try? await lab.client.keyspace(keyspace).get(Key("k"), options: options), least)
                })
            }
            try await pass(.milliseconds(50))
          }
          try lab.resume(leader.node)
          for read in reads {
            let (reply, least) = await read.value
            guard let reply else { continue }
            answered += 1
            if reply.origin.node == leader.node { byPaused += 1 }
            if reply.revision < least { wrong.append("\(reply.revision) < \(least) at \(reply.origin.node)") }
          }
          try await lab.untilCaughtUp()
        }
        await writer.stop()
        print("reads while the leader is paused: \(answered) answered, \(byPaused) by the paused one itself, \(wrong.count) stale")
        #expect(wrong.isEmpty, "\(wrong.prefix(5))")
        #expect(answered > 100)
        #expect(byPaused > 0)
      }
    }

    @Test("Voters restarted within 50 ms of an acknowledgement bring no second leader", .timeLimit(.minutes(10)))
    func quickRestarts() async throws {
      try await LabCluster.with { lab in
        let keyspace = "wales"
        let leader = try await lab.someLeader(of: keyspace)
        let others = lab.nodes.map(\.name).filter { $0 != leader.node }
        var downTimes: [Interval] = []
        for round in 0..<(Lab.isLong ? 50 : 6) {
          let least = try await lab.client.keyspace(keyspace).put(Key("k"), Array("\(round)".utf8)).revision
          let acknowledged = Clock.now()
          let victims = [others[round % others.count], others[(round + 1) % others.count]]
          try await lab.kill(victims)
          for victim in victims { try lab.start(victim) }
          downTimes.append(Clock.now() - acknowledged)
          for node in lab.nodes {
            let options = ReadOptions(timeout: .seconds(10), node: node.name)
            let reply = try await eventually("\(node.name) reads") {
              try? await lab.client.keyspace(keyspace).get(Key("k"), options: options)
            }
            #expect(reply.revision >= least)
          }
          try await lab.untilCaughtUp()
        }
        Lab.report("from an acknowledgement to two voters' restart", downTimes)
        // With a majority alive throughout, whoever restarted had no reason to disturb the leader.
        let now = try await lab.someLeader(of: keyspace)
        #expect(now == leader, "\(leader) before, \(now) after")
      }
    }
  }
}
