import Base
import Testing

@testable import Raft

@Suite("A log as it is restored")
struct RestoredLogTests {
  private let group = GroupID(1)

  private var member: Member {
    Member(
      replica: ReplicaID(1), node: NodeID("node-1")!, store: Identifier(high: 1, low: 1), role: .voter,
      nation: .england, supplier: "A")
  }

  /// Entries 2 through `last`, the first `inTerm2` of term 2 and the rest of term 3.
  private func entries(inTerm2: UInt64, last: UInt64) -> [Entry] {
    var entries: [Entry] = []
    var previous = Digest.zero
    for index in 2...last {
      let term = index < 2 + inTerm2 ? Term(2) : Term(3)
      let header = EntryHeader(
        epoch: 1, group: group, term: term, index: LogIndex(index), kind: .command, logTime: .zero, wallTime: .zero,
        previousHash: previous)
      entries.append(Entry(header: header, payload: [1]))
      previous = entries[entries.count - 1].hash
    }
    return entries
  }

  private func restored(_ all: [Entry], tailFrom: Int, trail: [EntryID], applied: UInt64) -> RaftGroup {
    RaftGroup(
      RestoredState(
        group: group, epoch: 1, replica: ReplicaID(1),
        hardState: HardState(term: Term(3), votedFor: nil, suspended: false),
        snapshot: SnapshotMark(
          mark: LogMark(index: .genesis, term: Term(1), hash: .zero, logTime: .zero),
          configuration: Configuration(members: [member]), configurationIndex: .genesis),
        tail: Array(all[tailFrom...]), trail: trail, configurations: [], applied: LogIndex(applied), bootCount: 2, seed: 1),
      timing: Timing(), at: .zero)
  }

  @Test("A term that begins within the tail does not date the entries before it")
  func termWithinTheTail() {
    let all = entries(inTerm2: 10, last: 20)
    let trail = [all[0].id, all[10].id]
    let raft = restored(all, tailFrom: 5, trail: trail, applied: 12)
    #expect(raft.term(at: LogIndex(3)) == Term(2))
    #expect(raft.term(at: LogIndex(6)) == Term(2))
    #expect(raft.term(at: LogIndex(11)) == Term(2))
    #expect(raft.term(at: LogIndex(12)) == Term(3))
    #expect(raft.lastIndex == LogIndex(20))
  }
}
