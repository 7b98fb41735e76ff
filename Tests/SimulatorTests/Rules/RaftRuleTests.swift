import Base
import Raft
import Replica
import Testing
import Wire

@testable import Simulator

/// Each rule about consensus is shown a history that breaks it and nothing else, and one that does not.
@Suite struct RaftRuleTests {
  private let cluster = SmallCluster()
  private static let group = SmallCluster.group

  @Test("two leaders in one term break election safety; one who is elected again does not")
  func elections() {
    var trial = Trial(ElectionSafety(), cluster)
    #expect(trial.see(cluster.elected(0, 2), cluster.elected(1, 3), cluster.elected(0, 2)) == nil)
    #expect(trial.see(cluster.elected(2, 3)) == "election safety: nodes 2 and 3 both lead g1 in term 3")
  }

  @Test("a leader without what an earlier leader committed breaks leader completeness")
  func completeness() {
    let log = cluster.log(.noop(2), .noop(2))
    var trial = Trial(LeaderCompleteness(), cluster)
    #expect(trial.see(cluster.leads(0, 2, commit: nil), cluster.leads(0, 2, commit: log[1])) == nil)
    #expect(trial.see(cluster.elected(1, 3, log: log, held: log[1])) == nil)
    #expect(trial.see(cluster.elected(1, 4, log: [log[0]])) == "leader completeness: node 2 leads g1 in term 4 without entry 2/3")
    // The same index, another entry.
    let other = cluster.log(.noop(2), .noop(3))
    #expect(trial.see(cluster.elected(1, 5, log: other, held: other[1])) != nil)
    // What was committed in a later term is nothing that a candidate of an earlier one could have.
    #expect(trial.see(cluster.elected(2, 1)) == nil)
  }

  @Test("two entries committed at one index break leader completeness")
  func committedTwice() {
    let log = cluster.log(.noop(2), .noop(2))
    let other = cluster.log(.noop(2), .noop(3))
    var trial = Trial(LeaderCompleteness(), cluster)
    #expect(trial.see(cluster.follows(0, 2, commit: log[1]), cluster.follows(1, 2, commit: log[1])) == nil)
    #expect(trial.see(cluster.follows(2, 3, commit: other[1])) == "leader completeness: two entries were committed at 3 of g1")
  }

  @Test("two entries of one name, or two logs before one entry, break log matching")
  func matching() {
    let log = cluster.log(.noop(2), .noop(2))
    let other = cluster.log(.noop(1), .noop(2))
    var trial = Trial(LogMatching(), cluster)
    #expect(trial.see(cluster.persisted(0, log), cluster.persisted(1, log), cluster.persisted(2, [other[0]])) == nil)
    #expect(trial.see(cluster.persisted(2, [other[1]])) == "log matching: two entries 2/3 of g1, or two logs before them")
  }

  @Test("a gap in a log, or a restart with another log than was durable, breaks log order")
  func order() {
    let log = cluster.log(.noop(2), .noop(2), .noop(2))
    var trial = Trial(LogOrder(), cluster)
    #expect(trial.see(cluster.persisted(0, [log[0], log[1]]), cluster.persisted(0, [log[1]], truncateFrom: LogIndex(3))) == nil)
    #expect(trial.see(.crashed(node: 0), cluster.restarted(0, log: [log[0], log[1]])) == nil)
    #expect(trial.see(cluster.persisted(1, [log[0]]), cluster.persisted(1, [log[2]])) == "log order: node 2 writes entry 4 of g1 after 2")

    var lost = Trial(LogOrder(), cluster)
    #expect(lost.see(cluster.persisted(0, log), .crashed(node: 0)) == nil)
    #expect(lost.see(cluster.restarted(0, log: [log[0]])) == "log order: node 1 comes back with g1 through 2, durable was 4")

    var changed = Trial(LogOrder(), cluster)
    let other = cluster.log(.noop(2), .noop(2), .noop(3))
    #expect(changed.see(cluster.persisted(0, log), .crashed(node: 0), cluster.restarted(0, log: other)) != nil)

    // A disk that is known to be damaged, or another one, owes nothing.
    var harmed = Trial(LogOrder(), cluster)
    #expect(harmed.see(cluster.persisted(0, log), .harmed(node: 0, group: nil), cluster.restarted(0, log: [log[0]])) == nil)
    #expect(harmed.see(cluster.persisted(0, [log[1]])) == nil)
  }

  @Test("a leader that commits what a minority's disks hold breaks commitment")
  func minority() {
    let log = cluster.log(.noop(2), .noop(2))
    var trial = Trial(Commitment(), cluster)
    #expect(trial.see(cluster.leads(0, 2, commit: nil), cluster.persisted(0, log), cluster.persisted(1, [log[0]])) == nil)
    #expect(trial.see(cluster.leads(0, 2, commit: log[0])) == nil)
    #expect(
      trial.see(cluster.leads(0, 2, commit: log[1]))
        == "commitment: node 1 commits 2/3 of g1, which is on the disks of nodes [1] alone, of [1, 2, 3] and []")
  }

  @Test("a leader that commits an entry of an older term by its copies breaks commitment")
  func olderTerm() {
    let log = cluster.log(.noop(2), .noop(3))
    var trial = Trial(Commitment(), cluster)
    #expect(trial.see(cluster.persisted(0, log), cluster.persisted(1, log), cluster.leads(0, 3, commit: nil)) == nil)
    #expect(trial.see(cluster.leads(0, 3, commit: log[0])) == "commitment: node 1 commits 2/2 of g1 by its copies, in term 3")
    var rightly = Trial(Commitment(), cluster)
    #expect(rightly.see(cluster.persisted(0, log), cluster.persisted(1, log), cluster.leads(0, 3, commit: nil)) == nil)
    #expect(rightly.see(cluster.leads(0, 3, commit: log[1])) == nil)
  }

  @Test("in a joint configuration both halves must hold what is committed")
  func joint() {
    let cluster = SmallCluster(nodes: 5)
    let members = (0..<5).map { SmallCluster.member($0) }
    // From {1, 2, 3, 4, 5} to {1}.
    var leaving = members
    for place in 1..<5 { leaving[place].role = .departing }
    let log = cluster.log(
      .noop(2), .configuration(2, Configuration(members: leaving, outgoing: members.map(\.replica))), .noop(2))
    func trial(_ holders: [Int]) -> String? {
      var trial = Trial(Commitment(), cluster)
      for node in [0, 1, 2, 3, 4] { #expect(trial.see(cluster.persisted(node, [log[0], log[1]])) == nil) }
      for node in holders { #expect(trial.see(cluster.persisted(node, [log[2]])) == nil) }
      #expect(trial.see(cluster.submitted(0, log), cluster.leads(0, 2, commit: log[1])) == nil)
      return trial.see(cluster.leads(0, 2, commit: log[2]))
    }
    #expect(trial([0, 1, 2]) == nil)
    #expect(trial([0, 1]) != nil)
    #expect(trial([1, 2, 3]) != nil)
  }

  @Test("a second change before the first is committed, or one before an own entry is, breaks one configuration")
  func oneAtATime() {
    let members = (0..<5).map { SmallCluster.member($0) }
    let four = Configuration(members: Array(members[..<4]))
    let five = Configuration(members: members)
    let log = cluster.log(.noop(2), .configuration(2, four), .configuration(2, five))
    var trial = Trial(OneConfiguration(), cluster)
    #expect(trial.see(cluster.submitted(0, log[..<2]), cluster.leads(0, 2, commit: log[0])) == nil)
    #expect(trial.see(cluster.submitted(0, log[2...]), cluster.leads(0, 2, commit: log[1])) == nil)
    var early = Trial(OneConfiguration(), cluster)
    #expect(early.see(cluster.submitted(0, log), cluster.leads(0, 2, commit: log[0])) != nil)
    var uncommitted = Trial(OneConfiguration(), cluster)
    #expect(
      uncommitted.see(cluster.submitted(0, log[..<2]), cluster.leads(0, 2, commit: nil))
        == "one configuration: node 1 changes g1 at 2/3 and has committed nothing of its term")
  }

  @Test("two voters at once outside a joint configuration, or a wrong outgoing half, break one configuration")
  func steps() {
    let members = (0..<5).map { SmallCluster.member($0) }
    let five = Configuration(members: members)
    func trial(_ parts: SmallCluster.Part...) -> String? {
      var trial = Trial(OneConfiguration(), cluster)
      var log: [Entry] = []
      for part in parts { log.append(cluster.entry(part, after: log.last)) }
      return trial.see(cluster.submitted(0, log))
    }
    #expect(trial(.configuration(2, five)) == "one configuration: entry 2/2 of g1 changes 2 voters at once")
    let joint = Configuration(members: members, outgoing: members[..<3].map(\.replica))
    #expect(trial(.configuration(2, joint), .configuration(2, five)) == nil)
    #expect(trial(.configuration(2, Configuration(members: members, outgoing: members[..<2].map(\.replica)))) != nil)
    #expect(trial(.configuration(2, joint), .configuration(2, Configuration(members: Array(members[..<4])))) != nil)
    #expect(trial(.configuration(2, joint), .configuration(2, joint)) != nil)
  }

  @Test("a term or vote that goes back, or a second vote in a term, breaks term and vote")
  func votes() {
    var trial = Trial(TermAndVote(), cluster)
    #expect(trial.see(cluster.voted(0, 2, nil), cluster.voted(0, 2, 1), cluster.voted(0, 3, nil), cluster.voted(0, 3, 2)) == nil)
    #expect(trial.see(.crashed(node: 0), cluster.restarted(0, term: 3, vote: 2), cluster.restarted(0, term: 4)) == nil)
    #expect(trial.see(cluster.restarted(0, term: 3, vote: 2)) == "term and vote: node 1 went back from term 4 to 3 in g1")
    #expect(trial.see(cluster.voted(1, 3, 2), cluster.voted(1, 3, 1)) == "term and vote: node 2 changed its vote of term 3 in g1")
    #expect(trial.see(cluster.voted(2, 3, 2), cluster.restarted(2, term: 3)) != nil)
    // Another disk knows nothing of what was promised on the one before.
    #expect(trial.see(cluster.voted(2, 7, 2), .replaced(node: 2), cluster.restarted(2, term: 1)) == nil)
  }

  @Test("a commit index or term that falls breaks monotone commit; after a restart less may be known")
  func commits() {
    let log = cluster.log(.noop(2), .noop(2))
    var trial = Trial(MonotoneCommit(), cluster)
    #expect(trial.see(cluster.follows(0, 2, commit: log[0]), cluster.follows(0, 3, commit: log[1])) == nil)
    #expect(trial.see(cluster.follows(0, 3, commit: log[0])) == "monotone commit: node 1 went back from 3 to 2 in g1")
    #expect(trial.see(cluster.follows(1, 3, commit: log[0]), cluster.follows(1, 2, commit: log[0])) != nil)
    let applied = log[0].index
    #expect(trial.see(.crashed(node: 0), cluster.restarted(0, applied: applied), cluster.follows(0, 3, commit: log[0])) == nil)
    #expect(trial.see(.crashed(node: 0), cluster.restarted(0, applied: applied), cluster.follows(0, 3, commit: nil)) != nil)
  }

  @Test("a lease while another leads in a later term breaks leases disjoint")
  func leases() {
    func leader(_ node: Int, _ term: UInt64, _ hasLease: Bool) -> Observation.Leader {
      Observation.Leader(node: node, term: Term(term), hasLease: hasLease)
    }
    var trial = Trial(LeasesDisjoint(), cluster)
    #expect(trial.see(.contested(group: Self.group, [leader(0, 2, false), leader(1, 3, true)])) == nil)
    #expect(
      trial.see(.contested(group: Self.group, [leader(0, 2, true), leader(1, 3, false)]))
        == "leases disjoint: node 1 has a lease of g1, node 2 leads it in a later term")
  }

  @Test("log time that goes back or runs ahead of the leader's time in office breaks the rule")
  func logTime() {
    let log = cluster.log(.noop(2, at: 0), .noop(2, at: 40), .noop(3, at: 40), .noop(3, at: 50))
    func reign(for milliseconds: Int64, fast: Int64 = 0, leap: Int64 = 0) -> String? {
      var trial = Trial(LogTimeNeverAhead(fastestClock: fast), cluster)
      #expect(trial.see(cluster.elected(0, 2), cluster.submitted(0, log[..<1])) == nil)
      trial.wait(100)
      #expect(trial.see(cluster.submitted(0, log[1..<2]), cluster.submitted(1, log[..<2])) == nil)
      // A new leader begins where the old one ended, however long that is ago.
      #expect(trial.see(cluster.elected(1, 3, since: 100), cluster.submitted(1, log[2..<3])) == nil)
      if leap > 0 { #expect(trial.see(.clockLeapt(node: 1, by: .milliseconds(leap))) == nil) }
      trial.wait(milliseconds)
      return trial.see(cluster.submitted(1, log[3...]))
    }
    #expect(reign(for: 10) == nil)
    #expect(
      reign(for: 9) == "log time: entry 3/5 of g1 is at 50ms, 10000 µs after its leader took over; 9000 µs have passed")
    #expect(reign(for: 9, fast: 120_000) == nil)
    #expect(reign(for: 9, fast: 100_000) != nil)
    #expect(reign(for: 8, leap: 2) == nil)
    #expect(reign(for: 7, leap: 2) != nil)
  }

  @Test("a leader's first entry that is later than the last, and entries that go back, break log time")
  func logTimeSteps() {
    var first = Trial(LogTimeNeverAhead(fastestClock: 0), cluster)
    let jump = cluster.log(.noop(2, at: 5), .noop(3, at: 6))
    first.wait(100)
    #expect(first.see(cluster.submitted(1, jump[..<1]), cluster.elected(1, 3, since: 0), cluster.submitted(1, jump[1...])) != nil)
    var back = Trial(LogTimeNeverAhead(fastestClock: 0), cluster)
    #expect(
      back.see(cluster.submitted(1, cluster.log(.noop(2, at: 5), .noop(2, at: 4))))
        == "log time: entry 2/3 of g1 goes back from 5ms to 4ms")
  }

  private func sent(_ node: Int, to other: Int, _ term: UInt64, _ body: Message.Body) -> Observation {
    .sent(
      node: node, group: Self.group,
      Message(from: ReplicaID(UInt64(node + 1)), to: ReplicaID(UInt64(other + 1)), term: Term(term), body: body))
  }

  @Test("a vote or an acknowledgement that leaves before it is durable breaks durable promises")
  func promises() {
    let log = cluster.log(.noop(2), .noop(2))
    func granted(_ term: UInt64) -> Message.Body { .voteReply(VoteReply(granted: true, requestTerm: Term(term))) }
    func matched(_ index: UInt64) -> Message.Body {
      .appendReply(AppendReply(round: Round(1), result: .matched(LogIndex(index)), fsyncAge: .zero))
    }
    var trial = Trial(DurablePromises(), cluster)
    #expect(trial.see(cluster.voted(0, 2, 2), sent(0, to: 1, 2, granted(2)), cluster.persisted(0, log)) == nil)
    #expect(trial.see(sent(0, to: 1, 2, matched(3))) == nil)
    #expect(trial.see(sent(0, to: 1, 2, matched(4))) == "durable promises: node 1 acknowledges 4 of g1, durable is 3")
    #expect(trial.see(sent(0, to: 2, 2, granted(2))) == "durable promises: node 1 tells a vote of term 2 of g1 that is not durable")
    // A later term ends what was promised in an earlier one.
    #expect(trial.see(cluster.voted(0, 3, nil), sent(0, to: 2, 2, granted(2)), sent(0, to: 1, 2, matched(4))) == nil)
    let request = Message.Body.vote(VoteRequest(last: EntryID(index: .genesis, term: .zero), isTransfer: false))
    #expect(trial.see(sent(1, to: 0, 4, request)) == "durable promises: node 2 campaigns in term 4 of g1 with a vote that is not durable")
    #expect(trial.see(cluster.voted(1, 4, 2), sent(1, to: 0, 4, request)) == nil)
    #expect(trial.see(.crashed(node: 1), cluster.restarted(1, term: 3), sent(1, to: 0, 4, request)) != nil)
  }

  @Test("who campaigns without a majority that said it would win breaks pre-vote; whom the leader tells to need not ask")
  func askedBefore() {
    func request(_ isTransfer: Bool) -> Message.Body {
      .vote(VoteRequest(last: EntryID(index: .genesis, term: .zero), isTransfer: isTransfer))
    }
    func granted(_ term: UInt64) -> Message.Body { .preVoteReply(VoteReply(granted: true, requestTerm: Term(term))) }
    var trial = Trial(AskedBefore(), cluster)
    #expect(trial.see(sent(1, to: 0, 1, granted(2)), sent(0, to: 1, 2, request(false))) == nil)
    #expect(trial.see(sent(0, to: 1, 3, request(true))) == nil)
    // A request that waited for a slow disk may leave after answers for a later term have come.
    #expect(trial.see(sent(1, to: 0, 2, granted(5)), sent(0, to: 2, 2, request(false))) == nil)
    // What was said of an earlier term says nothing of this one.
    #expect(
      trial.see(sent(0, to: 1, 3, request(false)))
        == "pre-vote: node 1 campaigns in term 3 of g1; 1 of 3 said that it would win")
  }
}
