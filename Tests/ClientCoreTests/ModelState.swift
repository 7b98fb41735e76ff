import Base
import Model

/// A group's state in memory, as `evaluate` sees it: live rows, sessions, remembered requests.
final class ModelState: StateView {
  var rows: [Key: (head: RowHead, value: Value)] = [:]
  var sessions: [UInt64: SessionHead] = [:]
  var results: [UInt64: [UInt64: Remembered]] = [:]
  var requests: [Identifier: Remembered] = [:]
  var applied: UInt64 = 1

  private var header: StateHeader {
    StateHeader(
      applied: applied, appliedTerm: 1, base: 0, logTime: .zero, compacted: .zero, chainHead: .zero, setHash: .zero,
      liveKeys: 0, liveBytes: 0, sessions: UInt64(sessions.count), remembered: UInt64(requests.count),
      featureLevel: 1, configuration: [], configurationIndex: 1, entryHash: .zero)
  }

  func apply(_ command: Command, at logTime: LogTime) throws -> Evaluation {
    let context = EvaluationContext(revision: Revision(applied + 1), logTime: logTime, header: header)
    let evaluation = try evaluate(command, in: context, view: self)
    applied += 1
    for effect in evaluation.effects { store(effect) }
    return evaluation
  }

  private func store(_ effect: StateEffect) {
    switch effect {
    case .put(let ordinal, let key, let value, let created, let version, _):
      let head = RowHead(
        createRevision: created, modRevision: Revision(applied), ordinal: ordinal, version: version,
        valueDigest: value.digest, valueBytes: UInt32(value.bytes.count))
      rows[key] = (head, value)
    case .delete(_, let key, _): rows[key] = nil
    case .putSession(let id, let head): sessions[id] = head
    case .removeSession(let id):
      sessions[id] = nil
      results[id] = nil
    case .rememberInSession(let id, let sequence, let remembered): results[id, default: [:]][sequence] = remembered
    case .forgetInSession(let id, let below): results[id] = results[id]?.filter { $0.key >= below }
    case .remember(let request, let remembered): requests[request] = remembered
    case .forget(let request): requests[request] = nil
    case .compact: break
    }
  }

  func head(_ key: Key) -> RowHead? { rows[key]?.head }

  func row(_ key: Key) -> KeyValue? {
    rows[key].map {
      KeyValue(
        key: key, value: $0.value, createRevision: $0.head.createRevision, modRevision: $0.head.modRevision,
        version: $0.head.version)
    }
  }

  func rows(_ range: KeyRange, asOf: Revision?, limit: Int, keysOnly: Bool, reverse: Bool) -> [KeyValue] {
    Array(rows.keys.filter { range.contains($0) }.sorted().prefix(limit).compactMap { row($0) })
  }

  func count(_ range: KeyRange, asOf: Revision?) -> Int { rows.keys.count { range.contains($0) } }
  func session(_ id: UInt64) -> SessionHead? { sessions[id] }
  func sessionResult(_ id: UInt64, sequence: UInt64) -> Remembered? { results[id]?[sequence] }
  func remembered(_ request: Identifier) -> Remembered? { requests[request] }

  func expiredRequests(before time: LogTime, limit: Int) -> [Identifier] {
    Array(
      requests.filter { $0.value.keepUntil < time }.sorted {
        ($0.value.keepUntil, $0.key) < ($1.value.keepUntil, $1.key)
      }
      .map(\.key).prefix(limit))
  }

  func expiredSessions(before time: LogTime, limit: Int) -> [UInt64] {
    Array(sessions.filter { $0.value.expires < time }.map(\.key).sorted().prefix(limit))
  }
}
