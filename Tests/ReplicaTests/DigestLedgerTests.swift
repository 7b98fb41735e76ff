import Base
import Raft
import Testing

@testable import Replica

@Suite("Comparison of digests")
struct DigestLedgerTests {
  private let voters = [ReplicaID(1), ReplicaID(2), ReplicaID(3)]
  private let index = LogIndex(1_024)

  private func digest(_ number: UInt64) -> Digest { Digest(number, 0, 0, 0) }

  private func ledger(_ values: [(replica: UInt64, chain: UInt64)]) -> DigestLedger {
    var ledger = DigestLedger()
    for (replica, chain) in values {
      ledger.record(index, from: ReplicaID(replica), chain: digest(chain), set: digest(0))
    }
    return ledger
  }

  @Test("Equal digests agree, and one report alone accuses nobody")
  func agreed() {
    #expect(ledger([(1, 5), (2, 5), (3, 5)]).verdict(for: ReplicaID(1), voters: voters) == .agreed)
    #expect(ledger([(1, 5)]).verdict(for: ReplicaID(1), voters: voters) == .agreed)
    #expect(ledger([(2, 6), (3, 6)]).verdict(for: ReplicaID(1), voters: voters) == .agreed)
  }

  @Test("The replica that a majority contradicts is the wrong one, and no other")
  func outvoted() {
    let seen = ledger([(1, 5), (2, 6), (3, 6)])
    #expect(seen.verdict(for: ReplicaID(1), voters: voters) == .outvoted)
    #expect(seen.verdict(for: ReplicaID(2), voters: voters) == .agreed)
  }

  @Test("The set hash counts as much as the chain")
  func setHash() {
    var seen = DigestLedger()
    seen.record(index, from: ReplicaID(1), chain: digest(5), set: digest(1))
    seen.record(index, from: ReplicaID(2), chain: digest(5), set: digest(2))
    seen.record(index, from: ReplicaID(3), chain: digest(5), set: digest(2))
    #expect(seen.verdict(for: ReplicaID(1), voters: voters) == .outvoted)
  }

  @Test("Without a majority for any value the group must stop")
  func noMajority() {
    #expect(ledger([(1, 5), (2, 6), (3, 7)]).verdict(for: ReplicaID(1), voters: voters) == .noMajority)
  }

  @Test("A difference is undecided until those tell who have not yet, and a verdict at an older point stands")
  func undecided() {
    var seen = ledger([(1, 5), (2, 6)])
    #expect(seen.verdict(for: ReplicaID(1), voters: voters) == .undecided)
    #expect(seen.verdict(for: ReplicaID(2), voters: voters) == .undecided)
    seen.record(index, from: ReplicaID(3), chain: digest(6), set: digest(0))
    #expect(seen.verdict(for: ReplicaID(1), voters: voters) == .outvoted)
    seen.record(index + 1_024, from: ReplicaID(1), chain: digest(7), set: digest(0))
    seen.record(index + 1_024, from: ReplicaID(2), chain: digest(8), set: digest(0))
    #expect(seen.verdict(for: ReplicaID(1), voters: voters) == .outvoted)
    #expect(seen.verdict(for: ReplicaID(2), voters: voters) == .undecided)
    seen.forget(ReplicaID(1))
    #expect(seen.verdict(for: ReplicaID(1), voters: voters) == .agreed)
  }

  @Test("A learner's report weighs nothing")
  func learner() {
    #expect(ledger([(1, 5), (2, 5), (4, 6)]).verdict(for: ReplicaID(1), voters: voters) == .agreed)
    #expect(ledger([(1, 5), (4, 6), (5, 6)]).verdict(for: ReplicaID(1), voters: voters) == .agreed)
  }

  @Test("A repeated report does not vote twice")
  func repeated() {
    var seen = ledger([(1, 5), (2, 6)])
    seen.record(index, from: ReplicaID(2), chain: digest(6), set: digest(0))
    #expect(seen.verdict(for: ReplicaID(1), voters: voters) == .undecided)
  }
}
