import Base

/// Makes a run that breaks a rule as short and as mild as it can be while it still breaks the same rule.
///
/// A fault is known by its number and draws from a generator of its own, so that it stays what it is when others are left
/// out. What follows from it does not: one message less, and everything after it comes at other moments. So every step
/// is a trial, and what it ends with has been tried.
public struct Minimiser {
  /// Runs options, all at once if it can; reports come in their order, fewer when somebody has asked to end.
  public typealias Attempt = ([SimulationOptions]) throws -> [SimulationReport]

  private let rule: String
  private let attempt: Attempt
  private let onStep: (String) -> Void
  private var best: SimulationOptions
  private var report: SimulationReport
  private var left: Int

  /// - Parameters:
  ///   - options: what was run, and gave `report`, which broke a rule.
  ///   - runsMax: how many runs it may take.
  public init(
    _ options: SimulationOptions, _ report: SimulationReport, runsMax: Int = 600, attempt: @escaping Attempt,
    onStep: @escaping (String) -> Void = { _ in }
  ) {
    precondition(report.violation != nil, "seed \(report.seed) breaks no rule")
    best = options
    self.report = report
    rule = report.rule ?? ""
    left = runsMax
    self.attempt = attempt
    self.onStep = onStep
  }

  /// The smallest options found, and what they give.
  public mutating func run() throws -> (options: SimulationOptions, report: SimulationReport) {
    try shorten()
    var size = Int.max
    // What was needed beside a fault may be needed no more without it.
    while report.injections.count + weather.count < size, left > 0 {
      size = report.injections.count + weather.count
      try reduceFaults()
      try calm()
    }
    try shorten()
    return (best, report)
  }

  /// Takes the first of `candidates` that still breaks the rule, in this variant or in one of a few others; false when
  /// none does.
  private mutating func take(_ candidates: [SimulationOptions], variants: UInt64 = 3) throws -> Bool {
    for variant in 0...variants {
      for first in stride(from: 0, to: candidates.count, by: Self.atOnce) {
        let some = candidates[first..<min(first + Self.atOnce, candidates.count)].map { candidate in
          var options = candidate
          if variant > 0 { options.variant = (options.variant + variant) % (variants + 1) }
          return options
        }
        if try takeFirst(some) { return true }
      }
    }
    return false
  }

  /// More would often be run for nothing, fewer would leave processors idle.
  private static let atOnce = 4

  private mutating func takeFirst(_ candidates: [SimulationOptions]) throws -> Bool {
    let tried = Array(candidates.prefix(max(left, 0)))
    left -= tried.count
    for (options, report) in zip(tried, tried.isEmpty ? [] : try attempt(tried)) where report.rule == rule {
      best = options
      self.report = report
      onStep(
        "\(rule): \(report.injections.count) faults, healed at \(best.faultyTime.milliseconds) ms, "
          + "\(weather.count) kinds of weather; \(left) runs left")
      return true
    }
    return false
  }

  // MARK: Time

  /// Finds how early everything may be healed. Until then a run is the same to the last event, so what breaks during the
  /// faults needs no search: nothing after it matters. What shows only at the end has broken at some moment before.
  private mutating func shorten() throws {
    if report.virtualTime < best.faultyTime {
      var cut = best
      cut.faultyTime = .milliseconds(report.virtualTime.milliseconds + 1)
      if try take([cut], variants: 0) { return }
    }
    var low = Interval.zero
    while best.faultyTime - low > .milliseconds(50), left > 0 {
      // Three at once: two processes find as much in half the time.
      let step = (best.faultyTime - low) / 4
      let moments = [low + step, low + step * 2, low + step * 3].map { Interval.milliseconds($0.milliseconds) }
      let found = try take(
        moments.map {
          var cut = best
          cut.faultyTime = $0
          return cut
        }, variants: 0)
      guard found else {
        low = moments[2]
        continue
      }
      if let place = moments.firstIndex(of: best.faultyTime), place > 0 { low = moments[place - 1] }
    }
  }

  // MARK: Faults

  /// Zeller's ddmin over the faults that took effect: leaves out ever smaller parts as long as the rule still breaks.
  private mutating func reduceFaults() throws {
    // All that a run drew but did not need to draw: faults after its end, and those that had no effect.
    if best.kept.map({ $0.count > report.injections.count }) ?? true {
      _ = try take([keeping(report.injections.map(\.number))])
    }
    var parts = 2
    while !report.injections.isEmpty, left > 0 {
      let numbers = report.injections.map(\.number)
      parts = min(parts, numbers.count)
      let chunks = (0..<parts).map { Array(numbers[(numbers.count * $0 / parts)..<(numbers.count * ($0 + 1) / parts)]) }
      // One part alone is the greater step; then all but one.
      var candidates = parts > 2 ? chunks.map { keeping($0) } : []
      candidates += chunks.map { chunk in keeping(numbers.filter { !chunk.contains($0) }) }
      if parts == 2 { candidates.insert(keeping([]), at: 0) }
      if try take(candidates) {
        parts = max(parts - 1, 2)
      } else if parts < numbers.count {
        parts = min(parts * 2, numbers.count)
      } else {
        return
      }
    }
  }

  private func keeping(_ numbers: [Int]) -> SimulationOptions {
    var options = best
    options.kept = Set(numbers)
    return options
  }

  // MARK: Weather

  /// The kinds that took effect.
  private var weather: [WeatherKind] {
    WeatherKind.allCases.filter { kind in
      !best.calmed.contains(kind) && report.faults.contains { $0.count > 0 && kind.faults.contains($0.kind) }
    }
  }

  private mutating func calm() throws {
    for kind in weather where left > 0 {
      var calmer = best
      calmer.calmed.insert(kind)
      _ = try take([calmer])
    }
  }
}
