import Base
import Model
import Raft
import Replica
import Wire

/// An installed snapshot holds what the committed entries through its index make, one by one, from nothing: rows, history,
/// sessions and remembered requests (TH 5.1; design §6, "Snapshots"; `peers.md` trap 38). So does every replica at the
/// end, however it came by its state.
struct SnapshotEqualsReplay: Rule {
  static let name = "snapshot equals replay"

  mutating func judge(_ observation: Observation, _ facts: Facts) -> String? {
    guard case .adopted(let node, let group, let header, let reader) = observation else { return nil }
    return Self.problem(node, group, header, reader, facts)
  }

  /// - Returns: how the state that `reader` reads differs from the replay at its own index; nil when it does not.
  static func problem(
    _ node: Int, _ group: GroupID, _ header: StateHeader, _ reader: any StateReader, _ facts: Facts
  ) -> String? {
    let log = facts.committed(group)
    let index = LogIndex(header.applied)
    guard let expected = log.header(at: index) else {
      return "node \(node + 1) has a state of \(group) at \(index), where nothing is committed"
    }
    guard expected == header else {
      return "node \(node + 1) differs at \(index) of \(group): \(expected.difference(header))"
    }
    do throws(ReadError) {
      let different = try StateContents(log.state(at: index)).difference(reader)
      return different.map { "node \(node + 1) holds \($0) of \(group) at \(index) than its entries make" }
    } catch {
      return "node \(node + 1) cannot read its state of \(group): \(error)"
    }
  }
}

/// Everything that a state can be asked for.
struct StateContents {
  private let live: [KeyValue]
  private var histories: [(key: Key, items: [HistoryItem])] = []
  private var sessions: [(session: UInt64, sequence: UInt64, outcome: RequestOutcome)] = []
  private var requests: [(request: Identifier, outcome: RequestOutcome)] = []

  init(_ state: MemoryState) {
    let end = LogTime(nanoseconds: .max)
    live = state.rows(.all, asOf: nil, limit: .max, keysOnly: false, reverse: false)
    var places: [Key: Int] = [:]
    for row in state.changes(after: .zero, limit: .max) where places[row.key] == nil {
      places[row.key] = histories.count
      let items = state.history(row.key).map { HistoryItem(item: $0.item(), isDeletion: $0.value == nil) }
      histories.append((row.key, items))
    }
    for id in state.expiredSessions(before: end, limit: .max) {
      guard let head = state.session(id), head.highest >= head.lowestUnacknowledged else { continue }
      for sequence in head.lowestUnacknowledged...head.highest {
        sessions.append((id, sequence, RequestOutcome(of: state.sessionResult(id, sequence: sequence))))
      }
    }
    for request in state.expiredRequests(before: end, limit: .max) {
      requests.append((request, RequestOutcome(of: state.remembered(request))))
    }
  }

  /// What `reader` answers otherwise; nil when it is nothing.
  func difference(_ reader: any StateReader) throws(ReadError) -> String? {
    guard case .range(let rows) = try reader.answer(.range(RangeQuery(range: .all))).value, rows.items == live else {
      return "other rows"
    }
    for (key, items) in histories {
      guard try reader.answer(.history(key, before: .zero, limit: 0)).value == .history(items, more: false) else {
        return "another history"
      }
    }
    for (session, sequence, outcome) in sessions {
      let query = ReadRequest.Query.sessionOutcome(session: session, sequence: sequence)
      guard try reader.answer(query).value == .outcome(outcome) else { return "another memory of session \(session)" }
    }
    for (request, outcome) in requests where try reader.answer(.outcome(request)).value != .outcome(outcome) {
      return "another memory of requests"
    }
    return nil
  }
}

extension RequestOutcome {
  fileprivate init(of remembered: Remembered?) {
    self =
      remembered.map {
        .applied(revision: $0.revision, succeeded: $0.succeeded, logTime: $0.logTime, result: $0.result)
      } ?? .notRemembered
  }
}
