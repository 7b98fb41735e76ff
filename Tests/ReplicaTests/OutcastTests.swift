import Base
import Model
import Raft
import Testing
import Wire

@testable import Replica

/// Who is heard and answered though something speaks against it, and who is not.
@Suite("Those who are removed or disowned")
struct OutcastTests {
  private let beat = Message.Body.heartbeat(Heartbeat(commit: .zero, round: Round(1), quorumAge: .zero))

  private func answers(_ bench: Bench, to node: NodeID) -> Int {
    bench.frames.count { frame in
      guard frame.node == node, case .messages(let list) = frame.frame else { return false }
      return list.contains { if case .heartbeatReply = $0.message.body { true } else { false } }
    }
  }

  @Test("A leader whom an uncommitted change removes is answered")
  func answersTheRemoved() throws {
    let bench = try Bench()
    let without3 = Configuration(members: [
      Bench.member(1, bench.replicas.store), Bench.member(2, Bench.storeID(2)),
    ])
    bench.receive(from: 2, term: 2, bench.append([bench.change(to: without3)], commit: 1))
    #expect(bench.replicas.groups[0].node(of: ReplicaID(3)) == nil)
    bench.receive(from: 3, term: 3, beat)
    #expect(answers(bench, to: Bench.nodes[2]) == 1)
    #expect(bench.replicas.groups[0].raft.leader == ReplicaID(3))
  }

  @Test("A store that forgot what it acknowledged hears nobody and says nothing, also when it is taken back")
  func disownedIsSilent() throws {
    let bench = try Bench()
    bench.receive(from: 2, term: 2, beat)
    #expect(answers(bench, to: Bench.nodes[1]) == 1)
    let shrank = PeerRefusal.logShrank(group: Bench.group, acknowledged: LogIndex(9), last: LogIndex(1))
    bench.feed(.refused(node: Bench.nodes[2], shrank))
    bench.forgetFrames()
    bench.receive(from: 2, term: 2, beat)
    bench.call { replicas, now, effects in
      let hello = replicas.links.links[0].hello
      replicas.handle(.welcomed(LinkID(9), hello), at: now, into: &effects)
    }
    bench.receive(from: 3, term: 3, .vote(VoteRequest(last: EntryID(index: LogIndex(9), term: Term(2)), isTransfer: true)))
    bench.wait(.seconds(5))
    #expect(bench.frames.filter { if case .space = $0.frame { false } else { true } }.isEmpty)
    #expect(bench.replicas.groups[0].raft.term == Term(2))
    bench.feed(
      .client(
        ClientToken(connection: 1, number: 1),
        .read(
          keyspace: "england",
          ReadRequest(consistency: .linearizable, query: .range(RangeQuery(range: .all, limit: 1))))))
    guard case .failed(let failure)? = bench.replies.last?.body else {
      Issue.record("it was answered")
      return
    }
    #expect(failure.code == .notServing && failure.message.contains("refused by wales-1"))
  }

  @Test("Another store under a member's name may be one that replaced it: it hears, and does not campaign")
  func replacedHears() throws {
    let bench = try Bench()
    bench.feed(.refused(node: Bench.nodes[1], .otherStore(bound: Bench.storeID(7))))
    bench.wait(.seconds(5))
    #expect(!bench.hasCampaigned)
    bench.receive(from: 2, term: 2, beat)
    #expect(answers(bench, to: Bench.nodes[1]) == 1)
  }
}
