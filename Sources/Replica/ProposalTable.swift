import Base
import Model
import Raft

/// Commands that entered this node's log and whose callers wait. The node remembers each (index, term), also after it has
/// stepped down: the entry that is applied at the index tells the fate (TH 6.3; trap 37).
struct ProposalTable {
  /// Ascending by index; two of one index differ in term.
  private(set) var pending: [(id: EntryID, client: ClientToken)] = []
  var defect: PlantedDefect?

  var count: Int { pending.count }
  /// From where results are wanted.
  var first: LogIndex? { pending.first?.id.index }

  mutating func insert(_ id: EntryID, _ client: ClientToken) {
    if let last = pending.last, last.id.index > id.index {
      let position = pending.firstIndex { $0.id.index > id.index } ?? pending.count
      pending.insert((id, client), at: position)
    } else {
      pending.append((id, client))
    }
  }

  enum Fate {
    case applied(ApplyReport.Applied)
    /// Another entry was committed at its index.
    case replaced
    /// Its index lies within an installed snapshot: nobody here saw what stood there.
    case unseen
  }

  /// Takes out everything through `applied`, with its fate.
  mutating func settle(through applied: LogIndex, results: [ApplyReport.Applied]) -> [(client: ClientToken, fate: Fate)] {
    var settled: [(client: ClientToken, fate: Fate)] = []
    var position = 0
    var result = results.startIndex
    while position < pending.count, pending[position].id.index <= applied {
      let (id, client) = pending[position]
      while result < results.endIndex, results[result].id.index < id.index { result += 1 }
      if result < results.endIndex, results[result].id.index == id.index {
        let isOwn = results[result].id == id || defect == .answersReplaced
        settled.append((client, isOwn ? .applied(results[result]) : .replaced))
      } else {
        settled.append((client, .unseen))
      }
      position += 1
    }
    pending.removeFirst(position)
    return settled
  }

  /// Takes out those at whose index something else is committed, as `term` tells for indexes through `commit`.
  mutating func takeReplaced(through commit: LogIndex, term: (LogIndex) -> Term?) -> [ClientToken] {
    var replaced: [ClientToken] = []
    pending.removeAll { proposal in
      guard proposal.id.index <= commit, let term = term(proposal.id.index), term != proposal.id.term else { return false }
      replaced.append(proposal.client)
      return true
    }
    return replaced
  }

  /// Takes out all: the replica will never learn their fate.
  mutating func abandon() -> [ClientToken] {
    defer { pending = [] }
    return pending.map(\.client)
  }

  mutating func drop(connection: UInt64) {
    pending.removeAll { $0.client.connection == connection }
  }
}
