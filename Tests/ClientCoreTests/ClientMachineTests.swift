import Base
import ClientCore
import Model
import Testing
import Wire

/// The client's machine against made-up nodes with a real state machine, in virtual time.
struct ClientMachineTests {
  /// Connected, with a session and the leader known.
  private func warm(seed: UInt64 = 1, _ configure: (inout ClientConfiguration) -> Void = { _ in }) -> FakeCluster {
    let cluster = FakeCluster(seed: seed, configure: configure)
    cluster.put(9_000)
    cluster.run(for: .seconds(1))
    return cluster
  }

  @Test("From one follower's address a write finds the leader")
  func findsLeader() {
    let cluster = FakeCluster(seed: 1)
    cluster.put(1)
    cluster.run(for: .seconds(1))
    #expect(cluster.reply(1)?.header.node == "node-0")
    #expect(cluster.executions(1) == 1)
  }

  @Test("A write in flight when leadership is lost to another node is executed once and answered")
  func leaderChange() {
    for seed in UInt64(0)..<40 {
      let cluster = FakeCluster(seed: seed)
      cluster.put(9_000)
      cluster.run(for: .seconds(1))
      cluster.put(1)
      cluster.run(for: .milliseconds(Int64(seed % 12)))
      cluster.elect(1)
      cluster.run(for: .seconds(2))
      guard cluster.reply(1) != nil, cluster.executions(1) == 1 else {
        Issue.record("seed \(seed): \(String(describing: cluster.results[CallID(1)])), \(cluster.executions(1)) times")
        return
      }
    }
  }

  @Test("A write whose answer was lost with the connection is answered from the session, and executed once")
  func lostAnswer() {
    let cluster = warm()
    cluster.put(1)
    while cluster.executions(1) == 0 { cluster.run(for: .milliseconds(1)) }
    #expect(cluster.results[CallID(1)] == nil)
    for link in cluster.links(of: 0) { cluster.breakLink(link) }
    cluster.run(for: .seconds(2))
    #expect(cluster.reply(1) != nil)
    #expect(cluster.executions(1) == 1)
    #expect(cluster.proposals >= 4)
  }

  @Test("A write without a session is not sent again after its connection broke: its outcome is unknown")
  func onceUnknown() {
    let cluster = warm()
    cluster.put(1, .once)
    while cluster.executions(1) == 0 { cluster.run(for: .milliseconds(1)) }
    for link in cluster.links(of: 0) { cluster.breakLink(link) }
    cluster.run(for: .seconds(2))
    #expect(cluster.failure(1)?.code == .connectionLost)
    #expect(cluster.failure(1)?.outcome == .unknown)
    #expect(cluster.executions(1) == 1)
  }

  @Test("A write without a session still finds the leader, for a refusal says that nothing was done")
  func onceFindsLeader() {
    let cluster = warm()
    cluster.elect(2)
    cluster.put(1, .once)
    cluster.run(for: .seconds(1))
    #expect(cluster.reply(1)?.header.node == "node-2")
  }

  @Test("Answers that come twice end a call once")
  func duplicates() {
    let cluster = FakeCluster(seed: 3)
    cluster.duplication = 1
    for id in UInt64(1)...50 { cluster.put(id) }
    cluster.run(for: .seconds(1))
    #expect(cluster.finishes == 50)
    #expect((UInt64(1)...50).allSatisfy { cluster.executions($0) == 1 })
  }

  @Test("When a session has expired before a write's first try, the write goes on in another session")
  func expiredSessionFirstTry() {
    let cluster = warm()
    cluster.logTimeSkew = .seconds(7_200)
    cluster.put(1)
    cluster.run(for: .seconds(1))
    #expect(cluster.reply(1) != nil)
    #expect(cluster.executions(1) == 1)
  }

  @Test("When a session has expired before a retry, the outcome is unknown, and later writes get another session")
  func expiredSessionRetry() {
    let cluster = warm()
    cluster.put(1)
    while cluster.executions(1) == 0 { cluster.run(for: .milliseconds(1)) }
    for link in cluster.links(of: 0) { cluster.breakLink(link) }
    cluster.logTimeSkew = .seconds(7_200)
    cluster.run(for: .seconds(2))
    #expect(cluster.failure(1)?.code == .unknownSession)
    #expect(cluster.failure(1)?.outcome == .unknown)
    #expect(cluster.executions(1) == 1)
    cluster.put(2)
    cluster.run(for: .seconds(1))
    #expect(cluster.reply(2) != nil)
  }

  @Test("A session that was idle for most of its life is replaced before it is used")
  func idleSession() {
    let cluster = warm { $0.sessionTimeToLive = .seconds(60) }
    let before = cluster.proposals
    cluster.run(for: .seconds(50))
    cluster.put(1)
    cluster.run(for: .seconds(1))
    #expect(cluster.reply(1) != nil)
    #expect(cluster.proposals == before + 2)
  }

  @Test("At the deadline a write that was never sent is not applied, one that was sent is unknown")
  func deadlines() {
    let cluster = warm()
    for server in 0..<3 { cluster.hang(server) }
    cluster.put(1, timeout: .milliseconds(700))
    cluster.run(for: .milliseconds(699))
    #expect(cluster.results[CallID(1)] == nil)
    cluster.run(for: .milliseconds(1))
    #expect(cluster.failure(1)?.code == .deadlineExceeded)
    #expect(cluster.failure(1)?.outcome == .unknown)

    let lonely = FakeCluster(seed: 1)
    lonely.stop(1)
    lonely.put(1, timeout: .milliseconds(700))
    lonely.run(for: .milliseconds(700))
    #expect(lonely.failure(1)?.code == .deadlineExceeded)
    #expect(lonely.failure(1)?.outcome == .notApplied)
    #expect(lonely.failure(1)?.message.contains("refused") == true)
  }

  @Test("A cancelled call ends at once with what is known")
  func cancellation() {
    let cluster = warm()
    cluster.put(1)
    cluster.cancel(1)
    #expect(cluster.failure(1)?.code == .cancelled)
    #expect(cluster.failure(1)?.outcome == .unknown)
    let lonely = FakeCluster(seed: 1)
    lonely.put(1)
    lonely.cancel(1)
    #expect(lonely.failure(1)?.outcome == .notApplied)
  }

  @Test("Writes to a leader that hangs are answered by the next one within a second of its going silent")
  func hungLeader() {
    let cluster = warm()
    cluster.hang(0)
    cluster.put(1)
    cluster.after(.milliseconds(500)) { $0.elect(1) }
    cluster.run(for: .seconds(1))
    #expect(cluster.reply(1)?.header.node == "node-1")
    #expect(cluster.executions(1) == 1)
  }

  @Test("A leader cut off from its peers is left for the next one, though it still answers clients")
  func isolatedLeader() {
    let cluster = warm()
    cluster.servers[0].isCutOff = true
    for id in UInt64(1)...20 { cluster.put(id) }
    cluster.after(.milliseconds(500)) { $0.elect(1) }
    cluster.run(for: .seconds(1))
    #expect((UInt64(1)...20).allSatisfy { cluster.reply($0)?.header.node == "node-1" && cluster.executions($0) == 1 })
  }

  @Test("A read at a node that hangs is answered by another within a second")
  func hedgedRead() {
    let cluster = warm { $0.nation = "scotland" }
    cluster.get(1, of: 9_000)
    cluster.run(for: .seconds(1))
    #expect(cluster.reply(1)?.header.node == "node-1")
    cluster.hang(1)
    cluster.get(2, of: 9_000)
    cluster.run(for: .seconds(1))
    #expect(cluster.reply(2) != nil)
    #expect(cluster.reply(2)?.header.node != "node-1")
    // Known to be silent, it is not tried first again.
    cluster.get(3, of: 9_000)
    cluster.run(for: .milliseconds(20))
    #expect(cluster.reply(3) != nil)
  }

  @Test("A read whose copy went to a node that hangs as well goes to a third", arguments: 1...6 as ClosedRange<UInt64>)
  func hedgedTwice(seed: UInt64) {
    let cluster = warm(seed: seed) { $0.nation = "scotland" }
    cluster.hang(1)
    cluster.hang(2)
    // Its own nation's node first, then either of the others, as the seed has it.
    cluster.get(2, of: 9_000, .stale(maxAge: .seconds(60), notBefore: .zero))
    cluster.run(for: .milliseconds(1_300))
    #expect(cluster.reply(2)?.header.node == "node-0")
  }

  @Test("Reads prefer the configured nation, and without one the leader")
  func preference() {
    let welsh = warm { $0.nation = "wales" }
    welsh.get(1, of: 9_000)
    welsh.get(2, of: 9_000, .stale(maxAge: .seconds(1), notBefore: .zero))
    welsh.run(for: .seconds(1))
    #expect(welsh.reply(1)?.header.nation == "wales")
    #expect(welsh.reply(2)?.header.nation == "wales")
    let anywhere = warm()
    anywhere.get(1, of: 9_000)
    anywhere.run(for: .seconds(1))
    #expect(anywhere.reply(1)?.header.node == "node-0")
  }

  @Test("A linearizable read at a node without a majority behind it goes to another")
  func readInMinority() {
    let cluster = warm { $0.nation = "scotland" }
    cluster.servers[1].isCutOff = true
    cluster.get(1, of: 9_000)
    cluster.run(for: .seconds(2))
    #expect(cluster.reply(1) != nil)
    #expect(cluster.reply(1)?.header.node != "node-1")
  }

  @Test("No more writes are out than a session's window, the rest waits, and what is beyond the queue is refused")
  func window() {
    let cluster = warm { $0.queueMax = 2_000 }
    cluster.hang(0)
    for id in UInt64(1)...3_100 { cluster.put(id, timeout: .seconds(60)) }
    let refused = (UInt64(1)...3_100).filter { cluster.failure($0)?.code == .overloaded }
    #expect(refused == Array(3_025...3_100))
    #expect(cluster.failure(3_100)?.outcome == .notApplied)
    cluster.run(for: .milliseconds(300))
    #expect(
      cluster.servers[0].held.count { if case .toServer(_, let r) = $0, case .propose = r.body { true } else { false } }
        == 1_024)
    cluster.heal(0)
    cluster.run(for: .seconds(5))
    let others = (UInt64(1)...3_024).filter { cluster.reply($0) == nil || cluster.executions($0) != 1 }
    #expect(others.isEmpty, "\(others.count), the first: \(others.first.flatMap(cluster.failure) as Any)")
  }

  @Test("A leader that is overloaded is tried a few times, and then the refusal is the caller's")
  func overload() {
    let cluster = warm()
    cluster.overload = 1
    cluster.put(1)
    cluster.run(for: .seconds(3))
    #expect(cluster.failure(1)?.code == .overloaded)
    #expect(cluster.failure(1)?.outcome == .notApplied)
  }

  @Test("Closing ends every call and gives the session back")
  func closing() {
    let cluster = warm()
    cluster.put(1)
    cluster.close()
    #expect(cluster.failure(1)?.code == .cancelled)
    cluster.put(2)
    #expect(cluster.failure(2)?.outcome == .notApplied)
    #expect(cluster.machine.deadline == .never)
  }

  @Test("A node of another cluster is sent neither reads nor writes")
  func stranger() {
    let cluster = FakeCluster(seed: 1) { $0.nation = "wales" }
    cluster.stranger = 2
    cluster.put(9_000)
    cluster.run(for: .seconds(1))
    for id in UInt64(1)...20 { cluster.get(id, of: 9_000, .stale(maxAge: .seconds(1), notBefore: .zero)) }
    cluster.elect(2)
    cluster.put(21, timeout: .seconds(1))
    cluster.run(for: .seconds(2))
    #expect((UInt64(1)...20).allSatisfy { cluster.reply($0).map { $0.header.node != "node-2" } ?? false })
    #expect(cluster.executions(21) == 0)
  }

  @Test("A read pinned to a node that no map names is refused, not kept waiting")
  func unknownNode() {
    let cluster = warm()
    cluster.call(
      1, .read(keyspace: "england", ReadRequest(consistency: .linearizable, query: .outcome(.zero)), node: "nobody"))
    #expect(cluster.failure(1)?.code == .invalidArgument)
  }
}
