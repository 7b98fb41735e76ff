import Base
import Raft
import Testing
import Wire

@Suite struct GenesisTests {
  private func refusal(_ change: (inout Genesis) -> Void) -> DecodeError? {
    var genesis = Golden.genesis
    change(&genesis)
    do {
      try genesis.validate()
      return nil
    } catch {
      // What makes a record invalid also keeps its bytes from being read.
      #expect((try? Genesis(decoding: genesis.encoded)) == nil)
      return error
    }
  }

  @Test("a record that holds together is accepted, and its digest is that of its bytes")
  func accepted() {
    #expect(refusal { _ in } == nil)
    #expect(Golden.genesis.digest == Digest(of: Golden.genesis.encoded))
    var other = Golden.genesis
    other.createdAt.milliseconds += 1
    #expect(other.digest != Golden.genesis.digest)
  }

  @Test("nodes are sorted and unique, with a known nation, a supplier and a well-formed name")
  func nodes() {
    #expect(refusal { $0.nodes.reverse() } == .invalid(field: "genesis nodes' order"))
    #expect(refusal { $0.nodes[1] = $0.nodes[0] } == .invalid(field: "genesis nodes' order"))
    #expect(refusal { $0.nodes[0].name = "England" } == .invalid(field: "genesis node's name"))
    #expect(refusal { $0.nodes[0].nation = "france" } == .invalid(field: "genesis node's nation"))
    #expect(refusal { $0.nodes[0].supplier = "" } == .invalid(field: "genesis node's supplier"))
    #expect(refusal { $0.nodes = [] } == .invalid(field: "genesis nodes"))
    #expect(
      refusal { $0.nodes[0].http = String(repeating: "h", count: 301) } == .tooLong(field: "genesis node's address"))
  }

  @Test("groups are sorted and unique, and so are the names of keyspaces")
  func groups() {
    #expect(refusal { $0.groups.reverse() } == .invalid(field: "genesis groups' order"))
    #expect(refusal { $0.groups[1].group = GroupID(1) } == .invalid(field: "genesis groups' order"))
    #expect(refusal { $0.groups[1].keyspace = "system" } == .invalid(field: "genesis keyspaces"))
    #expect(refusal { $0.groups[1].keyspace = "a b" } == .invalid(field: "genesis keyspace's name"))
    #expect(refusal { $0.groups = [] } == .invalid(field: "genesis groups"))
    #expect(refusal { $0.cluster = .zero } == .invalid(field: "genesis cluster"))
    #expect(refusal { $0.formatVersion = 2 } == .unknownVersion(2))
  }

  @Test("configurations refer to nodes of the record, as they stand there, each with one store in all groups")
  func members() {
    func member(_ change: @escaping (inout Member) -> Void) -> DecodeError? {
      refusal { change(&$0.groups[1].configuration.members[0]) }
    }
    #expect(member { $0.node = NodeID("wales-2")! } == .invalid(field: "genesis member's node"))
    #expect(member { $0.nation = .scotland } == .invalid(field: "genesis member's nation"))
    #expect(member { $0.supplier = "arden" } == .invalid(field: "genesis member's supplier"))
    #expect(member { $0.store = .zero } == .invalid(field: "genesis member's store"))
    #expect(member { $0.store = Golden.id } == .invalid(field: "genesis member's store"))
    #expect(member { $0.role = .learner } == .invalid(field: "voters"))
    #expect(member { $0.replica = ReplicaID(0) } == .invalid(field: "genesis member's replica"))
    #expect(
      member { $0.labels = [Member.Label(name: "rack", value: String(repeating: "r", count: 64))] }
        == .tooLong(field: "label's value"))
    let twice = refusal {
      $0.groups[0].configuration.members[1].node = Golden.england
      $0.groups[0].configuration.members[1].store = Golden.id
      $0.groups[0].configuration.members[1].nation = .england
      $0.groups[0].configuration.members[1].supplier = "arden"
    }
    #expect(twice == .invalid(field: "genesis member's node"))
    #expect(
      refusal { $0.groups[0].configuration.outgoing = [ReplicaID(1)] } == .invalid(field: "genesis configuration"))
  }
}
