import Base
import Raft
import Testing
import Wire

@testable import Replica

@Suite("Identity of peers")
struct PeerLedgerTests {
  private let own = NodeID("england-1")!
  private let store = Identifier(high: 7, low: 7)
  private let cluster = Identifier(high: 1, low: 2)
  private let group = GroupID(2)

  private var genesis: Genesis {
    Genesis(
      cluster: cluster, epoch: 1, createdAt: .zero, featureLevel: 1, nodes: [],
      groups: [Genesis.Group(keyspace: "england", group: group, configuration: Configuration(members: [member]))])
  }

  private var member: Member {
    Member(
      replica: ReplicaID(2), node: NodeID("wales-1")!, store: store, role: .voter, nation: .wales, supplier: "B")
  }

  private func hello(
    store: Identifier? = nil, cluster: Identifier? = nil, boot: UInt64 = 3, nonce: UInt64 = 1, last: UInt64 = 100
  ) -> PeerHello {
    PeerHello(
      versions: 1...1, featureLevel: 1, cluster: cluster ?? self.cluster, epoch: 1, node: NodeID("wales-1")!,
      store: store ?? self.store, bootCount: boot, nonce: Identifier(high: nonce, low: 0), callee: own,
      logs: [PeerHello.LogEnd(group: group, last: EntryID(index: LogIndex(last), term: Term(2)))])
  }

  private func judge(_ ledger: PeerLedger, _ hello: PeerHello) -> PeerRefusal? {
    ledger.judge(hello, genesis: genesis, member: member, own: own)
  }

  @Test("A member with its own store is accepted, again and again in one boot")
  func accepted() {
    var ledger = PeerLedger([])
    #expect(judge(ledger, hello()) == nil)
    ledger.accept(hello())
    #expect(judge(ledger, hello()) == nil)
    #expect(judge(ledger, hello(boot: 4, nonce: 9)) == nil)
  }

  @Test("A wiped node is refused with the store that its name is bound to")
  func wiped() {
    let stranger = hello(store: Identifier(high: 8, low: 8), cluster: .zero, boot: 1)
    #expect(judge(PeerLedger([]), stranger) == .otherStore(bound: store))
  }

  @Test("A copy from before a later start is refused")
  func olderBoot() {
    var ledger = PeerLedger([])
    ledger.accept(hello(boot: 5))
    #expect(judge(ledger, hello(boot: 4, nonce: 2)) == .olderBoot(seen: 5))
  }

  @Test("Two processes with one boot count are told apart by their nonce")
  func doubled() {
    var ledger = PeerLedger([])
    ledger.accept(hello(boot: 5, nonce: 1))
    #expect(judge(ledger, hello(boot: 5, nonce: 2)) == .doubled)
  }

  @Test("A copy started later is refused when it holds less than the store acknowledged, whatever its boot count")
  func shrank() {
    var ledger = PeerLedger([])
    ledger.accept(hello(boot: 5))
    ledger.acknowledged(store, group, LogIndex(100))
    #expect(
      judge(ledger, hello(boot: 6, nonce: 2, last: 99))
        == .logShrank(group: group, acknowledged: LogIndex(100), last: LogIndex(99)))
    #expect(judge(ledger, hello(boot: 6, nonce: 2, last: 100)) == nil)
  }

  @Test("A store that knows of its damage is let in to be caught up, though it holds less than it acknowledged")
  func damaged() {
    var ledger = PeerLedger([])
    ledger.accept(hello(boot: 5))
    ledger.acknowledged(store, group, LogIndex(100))
    var damaged = hello(boot: 6, nonce: 2, last: 40)
    damaged.logs[0].isSuspended = true
    #expect(judge(ledger, damaged) == nil)
  }

  @Test("What was acknowledged never goes back, and survives in the records that are stored")
  func acknowledgementsRise() {
    var ledger = PeerLedger([])
    ledger.acknowledged(store, group, LogIndex(100))
    ledger.acknowledged(store, group, LogIndex(90))
    let stored = ledger.takeChanges()
    #expect(stored?.first?.acknowledged == [GroupIndex(group: group, index: LogIndex(100))])
    #expect(ledger.takeChanges() == nil)
    let reopened = PeerLedger(stored ?? [])
    #expect(
      judge(reopened, hello(boot: 6, last: 10))
        == .logShrank(group: group, acknowledged: LogIndex(100), last: LogIndex(10)))
  }

  @Test("Another cluster, another epoch, a stranger, a wrong call and a missing genesis each have their reason")
  func others() {
    let ledger = PeerLedger([])
    let other = Identifier(high: 9, low: 9)
    #expect(judge(ledger, hello(cluster: other)) == .otherCluster(cluster))
    #expect(ledger.judge(hello(), genesis: nil, member: member, own: own) == .noGenesis)
    #expect(ledger.judge(hello(), genesis: genesis, member: nil, own: own) == .notAMember)
    let elsewhere = NodeID("scotland-1")!
    #expect(ledger.judge(hello(), genesis: genesis, member: member, own: elsewhere) == .wrongCallee(elsewhere))
    var late = hello()
    late.epoch = 2
    #expect(judge(ledger, late) == .otherEpoch(1))
  }
}
