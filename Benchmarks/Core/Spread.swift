public import JSON

/// Median, least and greatest of a few numbers.
public struct Spread: Hashable, Sendable {
  public var median: Double
  public var min: Double
  public var max: Double

  /// nil of no numbers.
  public init?(_ numbers: [Double]) {
    let sorted = numbers.sorted()
    guard let first = sorted.first, let last = sorted.last else { return nil }
    let middle = sorted.count / 2
    median = sorted.count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
    min = first
    max = last
  }

  public var json: JSONValue {
    ["median": .decimal(median), "min": .decimal(min), "max": .decimal(max)]
  }
}

/// What two kinds of runs that took turns say of each other: each pair gives one ratio, ours over theirs, so that what
/// the machine did to both in those seconds cancels out.
public struct Ratios: Hashable, Sendable {
  public struct Measures: Hashable, Sendable {
    public var throughput: Double
    public var p50: Double
    public var p99: Double
    public var serverCPUPerOperation: Double
    public init(throughput: Double, p50: Double, p99: Double, serverCPUPerOperation: Double) {
      self.throughput = throughput
      self.p50 = p50
      self.p99 = p99
      self.serverCPUPerOperation = serverCPUPerOperation
    }
  }

  public var throughput: Spread
  public var p50: Spread
  public var p99: Spread
  public var serverCPUPerOperation: Spread

  /// nil without a pair, or when theirs is nothing that can be divided by.
  public init?(ours: [Measures], theirs: [Measures]) {
    func spread(_ measure: (Measures) -> Double) -> Spread? {
      let pairs = zip(ours, theirs)
      guard pairs.allSatisfy({ measure($1) > 0 }) else { return nil }
      return Spread(pairs.map { measure($0) / measure($1) })
    }
    guard ours.count == theirs.count, let throughput = spread(\.throughput), let p50 = spread(\.p50),
      let p99 = spread(\.p99), let cpu = spread(\.serverCPUPerOperation)
    else { return nil }
    self.throughput = throughput
    self.p50 = p50
    self.p99 = p99
    serverCPUPerOperation = cpu
  }

  public var json: JSONValue {
    [
      "throughput": throughput.json, "p50": p50.json, "p99": p99.json,
      "server_cpu_per_op": serverCPUPerOperation.json,
    ]
  }
}
