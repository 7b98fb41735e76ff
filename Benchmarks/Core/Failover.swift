public import Base

/// One request of a load, as what happened to a cluster meanwhile is judged by it.
public struct FailoverSample: Hashable, Sendable {
  public var begun: Moment
  /// When it was answered, or given up.
  public var end: Moment
  public var isSuccess: Bool
  public init(begun: Moment, end: Moment, isSuccess: Bool) {
    self.begun = begun
    self.end = end
    self.isSuccess = isSuccess
  }
}

extension FailoverSample {
  /// The requests among the lines that a driver in another process leaves, see ``SampleFile``.
  ///
  /// - Parameter shift: from the driver's clock to ours.
  public static func requests(_ text: String, shift: Interval) throws(SampleFile.Unreadable) -> [FailoverSample] {
    var samples: [FailoverSample] = []
    for (number, line) in text.split(separator: "\n").enumerated() where line.hasPrefix("sample\t") {
      let words = line.split(separator: "\t", omittingEmptySubsequences: false)
      guard words.count == 7, let begun = Int64(words[3]), let end = Int64(words[4]) else {
        throw SampleFile.Unreadable(line: number + 1)
      }
      samples.append(
        FailoverSample(
          begun: Moment(nanoseconds: begun) + shift, end: Moment(nanoseconds: end) + shift,
          isSuccess: words[6].isEmpty))
    }
    return samples
  }
}

/// What was done to a cluster, and when.
public struct FailoverMark: Hashable, Sendable {
  public enum Kind: String, Hashable, Sendable, CaseIterable {
    /// Nothing: what the machine alone does to the load.
    case quiet
    /// The leader was killed with -9.
    case kill
    /// The node that had been killed came back, caught up, and leadership went where it belongs.
    case restart
    /// Leadership was handed over as planned.
    case transfer
  }
  public var kind: Kind
  public var node: String
  public var start: Moment
  /// Until then a request that begins counts as under way in the event: of a kill that is its start, else its end.
  public var through: Moment
  /// Until then a gap belongs to the event.
  public var end: Moment
  public init(kind: Kind, node: String, start: Moment, through: Moment, end: Moment) {
    precondition(start <= through && through <= end, "an event from \(start) through \(through) to \(end)")
    self.kind = kind
    self.node = node
    self.start = start
    self.through = through
    self.end = end
  }
}

/// How a load fared in an event.
public struct FailoverEvent: Hashable, Sendable {
  public var kind: FailoverMark.Kind
  public var node: String
  /// The longest time without a success that reaches into the event.
  public var gap: Interval
  /// Of requests under way in the event, from their beginning to their answer, whatever that was.
  public var longestWait: Interval
  public var underWay: Int
  /// Of these.
  public var failed: Int

  /// - Parameter samples: all requests from before the event whose answer came since, in any order. One that has none
  ///   yet must not be missing: wait for it.
  public init(_ mark: FailoverMark, _ samples: [FailoverSample]) {
    kind = mark.kind
    node = mark.node
    underWay = 0
    failed = 0
    longestWait = .zero
    // What was last done well before the event; without any the gap begins with the event.
    var last: Moment?
    var ends: [Moment] = []
    // What reaches beyond a quiet time belongs to what ended it.
    for sample in samples where mark.kind != .quiet || sample.end <= mark.end {
      if sample.begun <= mark.through, sample.end > mark.start {
        underWay += 1
        if !sample.isSuccess { failed += 1 }
        longestWait = max(longestWait, sample.end - sample.begun)
      }
      guard sample.isSuccess else { continue }
      if sample.end <= mark.start {
        last = max(last ?? sample.end, sample.end)
      } else {
        ends.append(sample.end)
      }
    }
    ends.sort()
    gap = .zero
    var since = last ?? mark.start
    for end in ends {
      gap = max(gap, end - since)
      since = end
      if end >= mark.end { return }
    }
    gap = max(gap, mark.end - since)
  }
}

/// A few lengths of time in order: what a table says of them.
public struct FewTimes: Hashable, Sendable {
  public var min: Interval
  public var median: Interval
  /// The least that at least nine of ten do not exceed.
  public var p90: Interval
  public var max: Interval

  /// nil of none.
  public init?(_ times: [Interval]) {
    let sorted = times.sorted()
    guard let first = sorted.first, let last = sorted.last else { return nil }
    min = first
    max = last
    let middle = sorted.count / 2
    median =
      sorted.count % 2 == 1
      ? sorted[middle] : Interval(nanoseconds: (sorted[middle - 1].nanoseconds + sorted[middle].nanoseconds) / 2)
    p90 = sorted[(sorted.count * 9 + 9) / 10 - 1]
  }
}
