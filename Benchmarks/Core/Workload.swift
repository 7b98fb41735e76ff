public import Base
import Glibc

/// What the clients do: kinds with their shares, over keys that are chosen one way.
public struct Workload: Hashable, Sendable {
  public enum Distribution: String, Hashable, Sendable {
    case uniform
    /// A few keys get most of it (exponent 0.99, ranks scattered over the keys), as YCSB has it.
    case zipfian
    /// The newest keys get most of it.
    case latest
  }

  public struct Share: Hashable, Sendable {
    public var kind: OperationKind
    public var percent: Int
  }

  public var name: String
  public var mix: [Share]
  public var distribution: Distribution
  /// Whether every key is there before the run begins.
  public var needsKeys: Bool

  public static let names = [
    "put", "get", "get-stale", "range", "transaction", "cas", "mixed-50", "mixed-95", "ycsb-a", "ycsb-b", "ycsb-c",
    "ycsb-d", "ycsb-e", "ycsb-f",
  ]

  /// nil for a name that is not in ``names``.
  public init?(_ name: String) {
    func shares(_ list: [(OperationKind, Int)]) -> [Share] { list.map { Share(kind: $0.0, percent: $0.1) } }
    self.name = name
    distribution = name.hasPrefix("ycsb") ? .zipfian : .uniform
    needsKeys = true
    switch name {
    case "put":
      mix = shares([(.put, 100)])
      needsKeys = false
    case "get": mix = shares([(.get, 100)])
    case "get-stale": mix = shares([(.getStale, 100)])
    case "range": mix = shares([(.range, 100)])
    case "transaction": mix = shares([(.transaction, 100)])
    case "cas": mix = shares([(.swap, 100)])
    case "mixed-50", "ycsb-a": mix = shares([(.put, 50), (.get, 50)])
    case "mixed-95", "ycsb-b": mix = shares([(.put, 5), (.get, 95)])
    case "ycsb-c": mix = shares([(.get, 100)])
    case "ycsb-d":
      mix = shares([(.insert, 5), (.get, 95)])
      distribution = .latest
    case "ycsb-e": mix = shares([(.insert, 5), (.range, 95)])
    case "ycsb-f": mix = shares([(.readModifyWrite, 50), (.get, 50)])
    default: return nil
    }
  }

  public var writes: Bool { mix.contains { ![.get, .getStale, .range].contains($0.kind) } }
}

/// One thing to do.
public struct PlannedOperation: Hashable, Sendable {
  public var kind: OperationKind
  /// Which key, by its number.
  public var key: Int
  /// A second key, for a transaction's get.
  public var other: Int
}

/// The operations of one client, one after another, as the seed decides.
public struct OperationStream: Sendable {
  private var random: SplitMix64
  private let mix: [Workload.Share]
  private let distribution: Workload.Distribution
  private let zipf: Zipf
  private let keys: Int
  private let client: Int
  private let clients: Int
  private var inserted = 0

  public init(_ workload: Workload, keys: Int, client: Int, clients: Int, seed: UInt64) {
    precondition(keys > 0 && client < clients, "client \(client) of \(clients) on \(keys) keys")
    random = SplitMix64(seed: seed, stream: UInt64(client))
    mix = workload.mix
    distribution = workload.distribution
    zipf = Zipf(keys)
    self.keys = keys
    self.client = client
    self.clients = clients
  }

  public mutating func next() -> PlannedOperation {
    var dice = random.below(100)
    var kind = mix[mix.count - 1].kind
    for share in mix {
      if dice < share.percent {
        kind = share.kind
        break
      }
      dice -= share.percent
    }
    if kind == .insert {
      inserted += 1
      return PlannedOperation(kind: kind, key: keys + (inserted - 1) * clients + client, other: 0)
    }
    return PlannedOperation(kind: kind, key: key(), other: kind == .transaction ? key() : 0)
  }

  private mutating func key() -> Int {
    switch distribution {
    case .uniform: return random.below(keys)
    case .zipfian:
      // Ranks are scattered over the keys, or the hot ones would be neighbours.
      var mixer = SplitMix64(seed: UInt64(zipf.rank(&random)))
      return Int(mixer.next() % UInt64(keys))
    case .latest:
      // What this client inserted, then what was there before, newest first.
      let back = zipf.rank(&random)
      return back < inserted ? keys + (inserted - 1 - back) * clients + client : keys - 1 - (back - inserted) % keys
    }
  }
}

/// Ranks from 0 with probability as 1/(rank+1)^0.99 (Gray et al. 1994, as YCSB draws them).
public struct Zipf: Hashable, Sendable {
  private static let exponent = 0.99
  private let count: Int
  private let zeta: Double
  private let eta: Double

  public init(_ count: Int) {
    precondition(count > 0, "no ranks below \(count)")
    self.count = count
    zeta = Self.zeta(count)
    eta = (1 - pow(2 / Double(count), 1 - Self.exponent)) / (1 - Self.zeta(2) / zeta)
  }

  /// The sum of the first weights; beyond 10,000 by the integral, which is within a millionth there.
  private static func zeta(_ count: Int) -> Double {
    let exact = min(count, 10_000)
    var sum = 0.0
    for rank in 1...exact { sum += 1 / pow(Double(rank), exponent) }
    guard count > exact else { return sum }
    let low = Double(exact) + 0.5
    let high = Double(count) + 0.5
    return sum + (pow(high, 1 - exponent) - pow(low, 1 - exponent)) / (1 - exponent)
  }

  public func rank(_ random: inout SplitMix64) -> Int {
    let uniform = Double(random.next() >> 11) / 9_007_199_254_740_992
    let scaled = uniform * zeta
    if scaled < 1 { return 0 }
    if scaled < 1 + pow(0.5, Self.exponent) { return min(1, count - 1) }
    return min(count - 1, Int(Double(count) * pow(eta * uniform - eta + 1, 1 / (1 - Self.exponent))))
  }
}
