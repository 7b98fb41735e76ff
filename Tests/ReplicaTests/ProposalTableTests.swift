import Base
import Model
import Raft
import Testing

@testable import Replica

@Suite("Fates of proposals")
struct ProposalTableTests {
  private func id(_ index: UInt64, _ term: UInt64) -> EntryID { EntryID(index: LogIndex(index), term: Term(term)) }
  private func client(_ number: UInt64) -> ClientToken { ClientToken(connection: 1, number: number) }
  private func result(_ index: UInt64, _ term: UInt64) -> ApplyReport.Applied {
    ApplyReport.Applied(id: id(index, term), revision: Revision(index), logTime: .zero, result: .compacted)
  }

  private func names(_ settled: [(client: ClientToken, fate: ProposalTable.Fate)]) -> [String] {
    settled.map { client, fate in
      switch fate {
      case .applied(let applied): "\(client.number) applied \(applied.id)"
      case .replaced: "\(client.number) replaced"
      case .unseen: "\(client.number) unseen"
      }
    }
  }

  @Test("An entry that is applied under its own term tells its caller the result")
  func applied() {
    var table = ProposalTable()
    table.insert(id(5, 2), client(1))
    table.insert(id(6, 2), client(2))
    #expect(names(table.settle(through: LogIndex(5), results: [result(5, 2)])) == ["1 applied 2/5"])
    #expect(table.count == 1)
    #expect(table.first == LogIndex(6))
  }

  @Test("Another term's entry at the index proves that the proposal had no effect")
  func replaced() {
    var table = ProposalTable()
    table.insert(id(5, 2), client(1))
    #expect(names(table.settle(through: LogIndex(6), results: [result(5, 3), result(6, 3)])) == ["1 replaced"])
  }

  @Test("Two proposals at one index, of two terms of this node, each get their own fate")
  func sameIndexTwice() {
    var table = ProposalTable()
    table.insert(id(5, 2), client(1))
    table.insert(id(7, 2), client(2))
    table.insert(id(5, 4), client(3))
    let settled = names(table.settle(through: LogIndex(7), results: [result(5, 4), result(6, 4), result(7, 4)]))
    #expect(settled == ["1 replaced", "3 applied 4/5", "2 replaced"])
  }

  @Test("What lies within an installed snapshot has an unknown fate")
  func unseen() {
    var table = ProposalTable()
    table.insert(id(5, 2), client(1))
    #expect(names(table.settle(through: LogIndex(9), results: [])) == ["1 unseen"])
  }

  @Test("A client that went is forgotten, its neighbours are not")
  func dropped() {
    var table = ProposalTable()
    table.insert(id(5, 2), ClientToken(connection: 1, number: 1))
    table.insert(id(6, 2), ClientToken(connection: 2, number: 1))
    table.drop(connection: 1)
    #expect(table.count == 1)
    #expect(table.first == LogIndex(6))
  }
}
