import Base

/// Says whether a history could have come from a store that does one thing at a time (linearizability), key by key.
///
/// Every write has a value of its own, which makes the question easy (Gibbons and Korach 1997): a value's *zone*
/// reaches from the first end of an operation that wrote or saw it to the last start of one. Where the first end comes
/// before the last start, the value must have been there in between (a forward zone), else its operations fit into one
/// instant somewhere in between (a backward zone). An order exists exactly when no two forward zones overlap and no
/// backward zone lies within a forward one. Of conditional puts it checks what follows from that and that no value was
/// replaced twice.
public struct HistoryCheck: Sendable {
  public struct Finding: Hashable, Sendable, CustomStringConvertible {
    public enum Rule: String, Hashable, Sendable {
      case lost = "an acknowledged write was lost"
      case doubled = "a write had its effect more than once"
      case invented = "a value was seen that nobody wrote"
      case refusedSeen = "a write that was refused had an effect"
      case future = "a value was seen before it was written"
      case order = "no order of the operations explains what was seen"
      case doubleSwap = "two conditional puts replaced the same value"
    }
    public var rule: Rule
    public var key: String
    public var detail: String
    public var description: String { "\(key): \(rule.rawValue): \(detail)" }
  }

  public private(set) var findings: [Finding] = []
  public private(set) var keys = 0
  public private(set) var operations = 0
  public private(set) var unknown = 0

  /// - Parameter final: what every key of the history holds afterwards, when nothing is under way; nil: not known.
  public init(_ events: [HistoryEvent], final: [String: FinalRow]? = nil) {
    operations = events.count
    var byKey: [String: [HistoryEvent]] = [:]
    for event in events { byKey[event.key, default: []].append(event) }
    let end = events.reduce(Int64(0)) { max($0, $1.start, $1.end) }
    keys = byKey.count
    for key in byKey.keys.sorted() {
      guard var list = byKey[key] else { continue }
      if let final {
        list.append(
          HistoryEvent(
            start: end + 1, end: end + 2, client: -2, kind: .get, key: key, value: final[key]?.value, result: .ok))
      }
      check(key, list)
      if let final { count(key, list, final[key]) }
    }
    for key in final?.keys.sorted() ?? [] where byKey[key] == nil {
      findings.append(Finding(rule: .invented, key: key, detail: "the key is in no history"))
    }
  }

  /// A value with everything that wrote or saw it.
  private struct Cluster {
    var writeStart: Int64 = .min
    /// Never, of a write whose fate is not known.
    var writeEnd: Int64 = .min
    var result = HistoryEvent.Result.ok
    var firstEnd: Int64 = .max
    var lastStart: Int64 = .min
    var reads = 0

    mutating func read(_ event: HistoryEvent) {
      firstEnd = min(firstEnd, event.end)
      lastStart = max(lastStart, event.start)
      reads += 1
    }
  }

  private mutating func check(_ key: String, _ events: [HistoryEvent]) {
    var clusters: [Digest?: Cluster] = [nil: Cluster()]
    for event in events where event.kind == .put || event.kind == .swap {
      guard let value = event.value, event.result != .refused else { continue }
      if event.result == .unknown { unknown += 1 }
      var cluster = Cluster()
      cluster.writeStart = event.start
      cluster.writeEnd = event.result == .unknown ? .max : event.end
      cluster.result = event.result
      precondition(clusters[value] == nil, "two writes of one value to \(key): the history cannot be judged")
      clusters[value] = cluster
    }
    var replaced: Set<Digest?> = []
    for event in events where event.result == .ok {
      let seen: Digest?
      switch event.kind {
      case .put: continue
      case .get, .getStale: seen = event.value
      case .swap:
        seen = event.expected
        if !replaced.insert(seen).inserted {
          findings.append(
            Finding(rule: .doubleSwap, key: key, detail: "by client \(event.client) at \(event.start) ns"))
        }
      }
      see(seen, by: event, &clusters)
    }
    judge(key, clusters)
  }

  private mutating func see(_ value: Digest?, by event: HistoryEvent, _ clusters: inout [Digest?: Cluster]) {
    let place = "by client \(event.client) from \(event.start) to \(event.end) ns"
    guard var cluster = clusters[value] else {
      findings.append(Finding(rule: .invented, key: event.key, detail: place))
      return
    }
    if cluster.result == .notApplied {
      findings.append(Finding(rule: .refusedSeen, key: event.key, detail: place))
      return
    }
    if event.end < cluster.writeStart {
      findings.append(Finding(rule: .future, key: event.key, detail: place))
      return
    }
    // An answer that may be stale says nothing of the moment at which it was given.
    if event.kind != .getStale { cluster.read(event) }
    clusters[value] = cluster
  }

  private mutating func judge(_ key: String, _ clusters: [Digest?: Cluster]) {
    var forward: [(first: Int64, last: Int64)] = []
    var backward: [(start: Int64, end: Int64)] = []
    for cluster in clusters.values {
      // A refused write had no effect; of an unknown one that nobody saw none need be assumed.
      if cluster.result == .notApplied || (cluster.result == .unknown && cluster.reads == 0) { continue }
      let first = min(cluster.writeEnd, cluster.firstEnd)
      let last = max(cluster.writeStart, cluster.lastStart)
      if first < last { forward.append((first, last)) } else { backward.append((last, first)) }
    }
    forward.sort { $0 < $1 }
    for (left, right) in zip(forward, forward.dropFirst()) where right.first < left.last {
      findings.append(
        Finding(
          rule: .order, key: key, detail: "one value was there until \(left.last) ns and another at \(right.first) ns"))
      return
    }
    for zone in backward {
      var low = 0
      var high = forward.count
      while low < high {
        let middle = (low + high) / 2
        if forward[middle].first < zone.start { low = middle + 1 } else { high = middle }
      }
      guard low > 0 else { continue }
      let around = forward[low - 1]
      if zone.end < around.last {
        findings.append(
          Finding(
            rule: .order, key: key,
            detail:
              "a value came and went between \(zone.start) and \(zone.end) ns, "
              + "while another was there until \(around.last) ns"
          ))
        return
      }
    }
  }

  /// A store that counts a key's writes gives away what the zones cannot see.
  private mutating func count(_ key: String, _ events: [HistoryEvent], _ row: FinalRow?) {
    var applied: UInt64 = 0
    var open: UInt64 = 0
    for event in events where event.kind == .put || event.kind == .swap {
      if event.result == .ok { applied += 1 }
      if event.result == .unknown { open += 1 }
    }
    let there: UInt64
    if let row {
      guard let version = row.version else { return }
      there = version
    } else {
      there = 0
    }
    let detail = "\(applied) acknowledged, \(open) unknown, \(there) counted"
    if there < applied { findings.append(Finding(rule: .lost, key: key, detail: detail)) }
    if there > applied + open { findings.append(Finding(rule: .doubled, key: key, detail: detail)) }
  }
}
