import Base
import Model
import Raft
import Testing
import Wire

@testable import Replica

/// A follower that nobody waits for lets entries gather before it applies them.
@Suite("A follower's rest")
struct FollowerRestTests {
  private let rest = Interval.milliseconds(250)
  private let client = ClientToken(connection: 1, number: 1)

  private func follower(entries count: UInt64) throws -> Bench {
    let bench = try Bench(followerRest: rest)
    bench.receive(from: 3, term: 3, bench.append(bench.entries(through: count), commit: count))
    return bench
  }

  @Test("Entries gather until the rest ends, and the deadline says when that is")
  func endsInTime() throws {
    let bench = try follower(entries: 30)
    let began = bench.now
    #expect(bench.replicas.groups[0].applied == LogIndex(1))
    #expect(bench.replicas.groups[0].restEnds == began + rest)
    bench.wait(.milliseconds(249))
    #expect(bench.replicas.groups[0].applied == LogIndex(1))
    #expect(bench.replicas.deadline <= began + rest)
    bench.wait(.milliseconds(1))
    #expect(bench.replicas.groups[0].applied == LogIndex(30))
    #expect(bench.replicas.groups[0].restEnds == .never)
    #expect(bench.replicas.deadline > bench.now)
  }

  @Test("What arrives meanwhile does not put the end off")
  func isNotPutOff() throws {
    let bench = try follower(entries: 30)
    let began = bench.now
    bench.wait(.milliseconds(200))
    let more = Array(bench.entries(through: 40)[29...])
    bench.receive(from: 3, term: 3, bench.append(more, commit: 40))
    #expect(bench.replicas.groups[0].restEnds == began + rest)
    bench.wait(.milliseconds(50))
    #expect(bench.replicas.groups[0].applied == LogIndex(40))
  }

  @Test("Enough entries end it at once")
  func endsWhenFull() throws {
    let most = try Bench().replicas.configuration.followerRestEntries
    let few = try follower(entries: most)
    #expect(few.replicas.groups[0].applied == LogIndex(1))
    let many = try follower(entries: most + 2)
    #expect(many.replicas.groups[0].applied == LogIndex(most + 2))
  }

  @Test("A read that waits for an entry ends it at once")
  func endsForAReader() throws {
    let bench = try follower(entries: 30)
    bench.readsAtOnce = true
    let query = RangeQuery(range: KeyRange(only: Key([1])), limit: 1)
    bench.feed(.client(client, .read(keyspace: "england", ReadRequest(consistency: .linearizable, query: .range(query)))))
    // It asks the leader, and has applied what it will answer from.
    #expect(bench.replicas.groups[0].applied == LogIndex(30))
  }

  @Test("A replica that knows no leader may be the next one: it has applied what it can")
  func endsWithoutALeader() throws {
    let bench = try follower(entries: 30)
    // A candidate of a later term asks for its vote, long after it last heard the leader of this one.
    bench.receive(
      from: 2, term: 4, .appendReply(AppendReply(round: Round(1), result: .matched(LogIndex(2)), fsyncAge: .zero)))
    #expect(bench.replicas.groups[0].raft.leader == nil)
    #expect(bench.replicas.groups[0].applied == LogIndex(30))
  }
}
