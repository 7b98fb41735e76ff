import Base
import Model
import Network
import QuartetClient
import Simulator
import Wire

/// What a run's histories, and what the cluster holds at their end, say together.
struct HistoryJudgement: Sendable {
  /// Acknowledged and not in the key's history.
  var missing: [String] = []
  /// In the key's history more than once.
  var twice: [String] = []
  /// There, though its client was told that it had no effect.
  var denied: [String] = []
  /// Keys that no order of their operations explains.
  var disordered: [String] = []
  /// Keys whose operations the checker gave up on.
  var undecided = 0

  var acknowledged = 0
  var reads = 0
  var unknown = 0
  var keys = 0

  var isGood: Bool { missing.isEmpty && twice.isEmpty && denied.isEmpty && disordered.isEmpty }
  var summary: String {
    "\(acknowledged) acknowledged writes, \(reads) reads, \(unknown) unknown outcomes, \(keys) keys; "
      + "missing \(missing.count), twice \(twice.count), denied \(denied.count), disordered \(disordered.count), "
      + "undecided \(undecided)"
      + (isGood ? "" : ": " + (missing + twice + denied + disordered).prefix(8).joined(separator: "; "))
  }

  private struct KeyName: Hashable {
    var keyspace: String
    var key: Int
  }

  /// Reads every key and its whole history through `client`, and judges.
  static func of(_ records: [HistoryRecord], through client: QuartetClient) async throws -> HistoryJudgement {
    var judgement = HistoryJudgement()
    var names: [KeyName] = []
    var operations: [KeyName: [HistoryOperation]] = [:]
    for record in records {
      let name = KeyName(keyspace: record.keyspace, key: record.operation.key)
      if operations[name] == nil { names.append(name) }
      operations[name, default: []].append(record.operation)
    }
    judgement.keys = names.count
    for name in names {
      try await judgement.judge(name, operations[name] ?? [], client.keyspace(name.keyspace))
    }
    return judgement
  }

  private mutating func judge(_ name: KeyName, _ history: [HistoryOperation], _ store: Keyspace) async throws {
    let key = Histories.key(name.key)
    let invoked = Clock.now()
    let last = try await store.get(key).value?.value.flatMap { Histories.value($0.bytes) }
    let final = HistoryOperation(
      client: -1, key: name.key, kind: .read, invoked: invoked, returned: Clock.now(), answer: .value(last))
    let times = try await Self.times(of: key, in: store)
    let words = "\(name.keyspace) key \(name.key)"
    var relevant: [HistoryOperation] = [final]
    for operation in history {
      guard case .write(let value) = operation.kind else {
        if operation.answer != .unknown { reads += 1 }
        relevant.append(operation)
        continue
      }
      let count = times[value] ?? 0
      if count > 1 { twice.append("\(words) value \(value): \(count) times") }
      switch operation.answer {
      case .written:
        acknowledged += 1
        if count == 0 { missing.append("\(words) value \(value)") }
      case .notApplied:
        if count > 0 { denied.append("\(words) value \(value)") }
      default:
        unknown += 1
        // One that is in no history had no effect: nobody can have seen it.
        if count == 0 { continue }
      }
      relevant.append(operation)
    }
    switch Linearizability.check(relevant) {
    case .linearizable: break
    case .undecided: undecided += 1
    case .violated(let prefix): disordered.append("\(words): \(prefix.suffix(6))")
    }
  }

  /// How often each value was put, by the key's kept history.
  private static func times(of key: Key, in store: Keyspace) async throws -> [UInt64: Int] {
    var times: [UInt64: Int] = [:]
    var before = Revision.zero
    while true {
      let page = try await store.history(key, before: before, limit: 1_000).value
      for item in page.items {
        if let value = item.item.value.flatMap({ Histories.value($0.bytes) }) { times[value, default: 0] += 1 }
      }
      guard page.more, let last = page.items.last else { return times }
      before = last.item.modRevision
    }
  }
}
