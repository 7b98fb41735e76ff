public import Base

/// What is kept of every operation of a run: latencies by kind and over time, and when there was a success.
///
/// The window is what is measured, after warming up. Latencies are of operations that were *meant to begin* in it,
/// whenever they ended, so that one that hangs beyond the end is not left out. Throughput is of those that *ended* in
/// it, whenever they began.
public struct Recorder: Sendable {
  /// A window is at most this many slices of a second or more for the curve over time.
  private static let slicesMax = 120

  public struct Slice: Hashable, Sendable {
    public var latency = Histogram()
    public var successes = 0
    public var failures = 0
  }

  public let window: Window
  public private(set) var latency: [OperationKind: Histogram] = [:]
  public private(set) var failures: [OperationKind: [String: Int]] = [:]
  public private(set) var slices: [Slice]
  public let sliceLength: Interval
  /// Successes that ended in each millisecond of the window.
  private var pulse: [UInt32]
  /// Successes that ended in the window, by kind.
  public private(set) var completed: [OperationKind: Int] = [:]
  /// Bytes of values that were written by them.
  public private(set) var payload = 0
  /// How late the driver itself was when it began an operation of an open loop.
  public private(set) var lateness = Histogram()

  public struct Window: Hashable, Sendable {
    public var start: Moment
    public var end: Moment
    public init(start: Moment, end: Moment) {
      precondition(start < end, "a window from \(start) to \(end)")
      self.start = start
      self.end = end
    }
    public var length: Interval { end - start }
    public func contains(_ moment: Moment) -> Bool { moment >= start && moment < end }
  }

  public init(_ window: Window) {
    self.window = window
    let seconds = (window.length.nanoseconds + 999_999_999) / 1_000_000_000
    let each = (seconds + Int64(Self.slicesMax) - 1) / Int64(Self.slicesMax)
    sliceLength = .seconds(max(1, each))
    let count = (window.length.nanoseconds + sliceLength.nanoseconds - 1) / sliceLength.nanoseconds
    slices = [Slice](repeating: Slice(), count: Int(count))
    pulse = [UInt32](repeating: 0, count: Int((window.length.nanoseconds + 999_999) / 1_000_000))
  }

  /// - Parameters:
  ///   - intended: when it was to begin; in a closed loop when it did.
  ///   - begun: when it was sent.
  ///   - failure: nil of a success, else the reason's name.
  ///   - payload: bytes of values that it wrote.
  public mutating func record(
    _ kind: OperationKind, intended: Moment, begun: Moment, end: Moment, failure: String?, payload: Int
  ) {
    if window.contains(intended) {
      lateness.record((begun - intended).nanoseconds)
      let slice = slice(at: intended)
      if let failure {
        failures[kind, default: [:]][failure, default: 0] += 1
        slices[slice].failures += 1
      } else {
        latency[kind, default: Histogram()].record((end - intended).nanoseconds)
        slices[slice].latency.record((end - intended).nanoseconds)
      }
    }
    if failure == nil, window.contains(end) {
      completed[kind, default: 0] += 1
      slices[slice(at: end)].successes += 1
      pulse[Int((end - window.start).milliseconds)] += 1
      self.payload += payload
    }
  }

  private func slice(at moment: Moment) -> Int {
    Int((moment - window.start).nanoseconds / sliceLength.nanoseconds)
  }

  public mutating func add(_ other: Recorder) {
    precondition(window == other.window, "recorders of two windows")
    for (kind, histogram) in other.latency { latency[kind, default: Histogram()].add(histogram) }
    for (kind, reasons) in other.failures { failures[kind, default: [:]].merge(reasons, uniquingKeysWith: +) }
    for (position, slice) in other.slices.enumerated() {
      slices[position].latency.add(slice.latency)
      slices[position].successes += slice.successes
      slices[position].failures += slice.failures
    }
    for (position, count) in other.pulse.enumerated() where count > 0 { pulse[position] += count }
    completed.merge(other.completed, uniquingKeysWith: +)
    payload += other.payload
    lateness.add(other.lateness)
  }

  public var total: Int { completed.values.reduce(0, +) }

  public var perSecond: Double { Double(total) / window.length.seconds }

  public var allLatencies: Histogram { latency.values.reduce(into: Histogram()) { $0.add($1) } }

  /// The longest time in the window, to the millisecond, in which no operation succeeded.
  public var longestGap: (start: Interval, length: Interval) {
    var best = (start: 0, length: 0)
    var since = 0
    for (position, count) in pulse.enumerated() where count > 0 {
      if position - since > best.length { best = (since, position - since) }
      since = position
    }
    if pulse.count - since > best.length { best = (since, pulse.count - since) }
    return (.milliseconds(Int64(best.start)), .milliseconds(Int64(best.length)))
  }
}
