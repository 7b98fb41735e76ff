import Base
import Benchmarking
import Testing

@Suite("Latencies and schedules")
struct LatencyTests {
  @Test("Every percentile is within 1/128 of the exact one")
  func percentiles() {
    var random = SplitMix64(seed: 7)
    var histogram = Histogram()
    var values: [Int64] = []
    for _ in 0..<20_000 {
      // Over nine decades, so that every bucket width is met.
      let value = Int64(random.next() >> (UInt64(random.below(30)) + 34))
      values.append(value)
      histogram.record(value)
    }
    values.sort()
    for percent in [0.0, 1, 25, 50, 90, 99, 99.9, 99.99, 100] {
      let rank = max(1, Int((Double(values.count) * percent / 100 - 1e-6).rounded(.up)))
      let exact = values[rank - 1]
      let measured = histogram.percentile(percent)
      #expect(measured >= exact)
      #expect(Double(measured) <= Double(exact) * (1 + 1.0 / 128) + 1)
    }
    #expect(histogram.max == values.last)
    #expect(histogram.count == 20_000)
  }

  @Test("Histograms that were added are the histogram of all")
  func addition() {
    var parts = [Histogram(), Histogram()]
    var whole = Histogram()
    for value in stride(from: Int64(0), to: 3_000_000, by: 997) {
      parts[Int(value % 2)].record(value)
      whole.record(value)
    }
    parts[0].add(parts[1])
    #expect(parts[0] == whole)
    #expect(Histogram().percentile(99) == 0)
    var extreme = Histogram()
    extreme.record(.max)
    extreme.record(-5)
    #expect(extreme.percentile(50) == 0 && extreme.percentile(100) == .max)
  }

  private static let window = Recorder.Window(
    start: Moment(nanoseconds: 1_000_000_000), end: Moment(nanoseconds: 11_000_000_000))

  private func at(_ milliseconds: Int64) -> Moment { Moment(nanoseconds: milliseconds * 1_000_000) }

  @Test("An operation that hangs beyond the window keeps its latency; one that ends in it counts for throughput")
  func window() {
    var recorder = Recorder(Self.window)
    func put(_ begun: Int64, _ end: Int64, _ failure: String? = nil) {
      recorder.record(
        .put, intended: at(begun), begun: at(begun), end: at(end), failure: failure, payload: 100)
    }
    put(500, 900)
    put(900, 1_100)
    put(2_000, 2_010)
    put(10_900, 20_000)
    put(3_000, 3_500, "overloaded")
    #expect(recorder.total == 2)
    #expect(recorder.payload == 200)
    #expect(recorder.latency[.put]?.count == 2)
    #expect(recorder.latency[.put]?.max == 9_100_000_000)
    #expect(recorder.failures[.put] == ["overloaded": 1])
    #expect(recorder.slices.count == 10 && recorder.slices[2].failures == 1)
  }

  @Test("The longest gap counts from the window's start and to its end")
  func gap() {
    func gap(_ ends: [Int64]) -> (Interval, Interval) {
      var recorder = Recorder(Self.window)
      for end in ends {
        recorder.record(.get, intended: at(end), begun: at(end), end: at(end), failure: nil, payload: 0)
      }
      return recorder.longestGap
    }
    #expect(gap([]) == (.zero, .seconds(10)))
    #expect(gap([2_000, 3_000, 6_500, 10_900]) == (.milliseconds(5_500), .milliseconds(4_400)))
    #expect(gap([1_001, 2_000]) == (.milliseconds(1_000), .milliseconds(9_000)))
  }

  @Test("An open loop's n-th operation is due at n / rate, whatever the rate, and none is skipped")
  func schedule() {
    for rate in [0.5, 3, 999.5, 40_000] {
      let schedule = ArrivalSchedule(start: at(77), rate: rate)
      #expect(schedule.due(at: at(76)) == 0)
      #expect(schedule.due(at: at(77)) == 1)
      var seen = 0
      for millisecond in stride(from: Int64(77), to: 10_077, by: 13) {
        let due = schedule.due(at: at(millisecond))
        #expect(due >= seen)
        #expect(schedule.moment(due) > at(millisecond) && (due == 0 || schedule.moment(due - 1) <= at(millisecond)))
        seen = due
      }
    }
    let late = ArrivalSchedule(start: .zero, rate: 3)
    #expect(late.moment(3_000_000).nanoseconds == 1_000_000_000_000_000)
  }

  @Test("What is slow to begin in an open loop has the wait in its latency")
  func intendedStart() {
    var recorder = Recorder(Self.window)
    recorder.record(.put, intended: at(2_000), begun: at(2_400), end: at(2_405), failure: nil, payload: 0)
    #expect(recorder.latency[.put]?.max == 405_000_000)
    #expect(recorder.lateness.max == 400_000_000)
  }
}
