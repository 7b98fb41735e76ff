import Base
import Benchmarking
import JSON
import Testing

@Suite("Failovers")
struct FailoverTests {
  private func moment(_ milliseconds: Int64) -> Moment { Moment(nanoseconds: milliseconds * 1_000_000) }
  private func sample(_ begun: Int64, _ end: Int64, _ isSuccess: Bool = true) -> FailoverSample {
    FailoverSample(begun: moment(begun), end: moment(end), isSuccess: isSuccess)
  }
  private func mark(_ start: Int64, _ end: Int64) -> FailoverMark { mark(.kill, start, end) }
  private func mark(_ kind: FailoverMark.Kind, _ start: Int64, through: Int64? = nil, _ end: Int64) -> FailoverMark {
    FailoverMark(
      kind: kind, node: "england-1", start: moment(start), through: moment(through ?? start), end: moment(end))
  }

  @Test("A gap begins with the last success before the event, and the longest that reaches into it counts")
  func gap() {
    let samples = [
      sample(0, 300), sample(310, 900), sample(905, 990), sample(995, 1_400), sample(1_000, 1_410),
      sample(1_500, 1_990),
      sample(2_000, 9_000),
    ]
    // From 990 to 1,400; what came before the event (300 to 900) is none of its own.
    #expect(FailoverEvent(mark(1_000, 1_410), samples).gap == .milliseconds(410))
    // The order in which samples come means nothing.
    #expect(FailoverEvent(mark(1_000, 1_450), samples.reversed()).gap == .milliseconds(580))
    // A second standstill within the event is longer; it may reach beyond its end.
    #expect(FailoverEvent(mark(1_000, 1_700), samples).gap == .milliseconds(580))
    #expect(FailoverEvent(mark(1_000, 2_500), samples).gap == .milliseconds(7_010))
    // But a quiet time ends with what ends it.
    #expect(FailoverEvent(mark(.quiet, 1_000, through: 2_500, 2_500), samples).gap == .milliseconds(580))
    #expect(FailoverEvent(mark(.quiet, 1_000, through: 2_500, 2_500), samples).longestWait == .milliseconds(490))
    // Without a success there is nothing but the event itself.
    #expect(FailoverEvent(mark(1_000, 2_500), []).gap == .milliseconds(1_500))
    #expect(FailoverEvent(mark(1_000, 2_500), [sample(900, 1_200, false)]).gap == .milliseconds(1_500))
    #expect(FailoverEvent(mark(1_000, 2_500), [sample(900, 1_200)]).gap == .milliseconds(1_300))
  }

  @Test("Only requests under way in the event have waited for it; failures count, and are counted")
  func waits() {
    let samples = [
      // Answered before, begun after, and three across.
      sample(0, 1_000), sample(1_001, 5_000), sample(990, 1_300), sample(400, 1_100, false), sample(1_000, 1_450),
    ]
    let kill = FailoverEvent(mark(1_000, 2_000), samples)
    #expect(kill.underWay == 3 && kill.failed == 1 && kill.longestWait == .milliseconds(700))
    // In a transfer those count that began while it went on.
    let transfer = FailoverEvent(mark(.transfer, 1_000, through: 1_010, 2_000), samples)
    #expect(transfer.underWay == 4 && transfer.longestWait == .milliseconds(3_999))
    #expect(FailoverEvent(mark(1_000, 2_000), []).underWay == 0)
  }

  @Test("Another process's requests are read, in our time")
  func driver() throws {
    let text = "event\tput\t1\nsample\tput\t100\t200\t5200\t256\t\nsample\tput\t0\t10\t30\t0\tUnavailable\n"
    let samples = try FailoverSample.requests(text, shift: .microseconds(1))
    #expect(
      samples == [
        FailoverSample(begun: Moment(nanoseconds: 1_200), end: Moment(nanoseconds: 6_200), isSuccess: true),
        FailoverSample(begun: Moment(nanoseconds: 1_010), end: Moment(nanoseconds: 1_030), isSuccess: false),
      ])
    #expect(throws: SampleFile.Unreadable(line: 4)) {
      try FailoverSample.requests(text + "sample\tput\t1\t2", shift: .zero)
    }
  }

  @Test("Few times have a median and a nine-in-ten")
  func few() throws {
    func times(_ list: [Int64]) -> FewTimes? { FewTimes(list.map { .milliseconds($0) }) }
    let ten = try #require(times([10, 1, 9, 2, 8, 3, 7, 4, 6, 5]))
    #expect(ten.min == .milliseconds(1) && ten.max == .milliseconds(10) && ten.p90 == .milliseconds(9))
    #expect(ten.median == .microseconds(5_500))
    let one = try #require(times([4]))
    #expect(one.p90 == .milliseconds(4) && one.median == .milliseconds(4))
    #expect(times(Array(1...30))?.p90 == .milliseconds(27))
    #expect(times([]) == nil)
  }

  private func report(_ events: [FailoverEvent]) -> FailoverReport {
    var report = FailoverReport(options: RunOptions())
    report.events = events
    report.machine.cores = 2
    return report
  }

  @Test("Goals are judged on the worst, each kind by its own, and only where there was one")
  func goals() {
    let quick = FailoverEvent(mark(1_000, 1_900), [sample(900, 995), sample(998, 1_700), sample(1_650, 1_850)])
    let slow = FailoverEvent(mark(1_000, 3_000), [sample(900, 995), sample(998, 1_900), sample(1_901, 2_990)])
    let smooth = FailoverEvent(
      mark(.transfer, 1_000, through: 1_020, 1_060), [sample(900, 999), sample(1_001, 1_030), sample(1_030, 1_060)])
    #expect(report([quick, smooth]).goals.map(\.holds) == [true, true, true])
    #expect(report([quick, smooth]).holds)
    #expect(report([quick, slow, smooth]).goals.map(\.holds) == [false, true, true])
    #expect(!report([quick, slow]).holds && report([quick, slow]).goals.count == 2)
    // A node's return is told and not judged.
    let quiet = FailoverEvent(mark(.quiet, 1_000, 9_000), [])
    #expect(report([quiet]).goals.isEmpty && report([quiet]).json["quiet"]?["count"]?.int64 == 1)
    let back = FailoverEvent(mark(.restart, 1_000, 9_000), [])
    #expect(report([back]).goals.isEmpty && report([back]).lines.contains { $0.hasPrefix("it came back") })
  }

  @Test("The report has the figures, in text and in JSON")
  func written() {
    let kills = (1...10).map { number in
      FailoverEvent(
        mark(1_000, 3_000), [sample(900, 1_000), sample(990, 1_000 + 50 * number, number < 9), sample(1, 3_000)])
    }
    let json = report(kills).json
    #expect(json["kills"]?["count"]?.int64 == 10 && json["kills"]?["failed"]?.int64 == 2)
    #expect(json["kills"]?["under_way"]?.int64 == 20)
    #expect(json["kills"]?["gap_ms"]?["max"]?.double == 2_000)
    #expect(json["transfers"]?["gap_ms"]?.isNull == true)
    #expect(json["goals"]?.array?.first?["holds"]?.bool == false)
    #expect(json["events"]?.array?.count == 10)
    let lines = report(kills).lines
    #expect(lines.contains { $0.hasPrefix("leader killed with -9     10   longest gap") })
    #expect(lines.contains { $0.hasPrefix("FAILS: longest gap of a kill 2000 ms, at most 800 ms") })
  }

  @Test("What failover does not do is refused by name")
  func options() throws {
    let options = try RunOptions(["--kills", "3", "--transfers", "2", "--rate", "500", "--clients", "8"])
    try options.checkFailover()
    #expect(options.kills == 3 && options.transfers == 2)
    #expect(try RunOptions([]).kills == 30)
    try RunOptions(["--target", "etcd"]).checkFailover()
    for words in [
      ["--target", "postgres"], ["--protocol", "http"], ["--workload", "get"], ["--kill", "leader"],
      ["--cluster", "f"],
      ["--keyspaces", "2"], ["england"], ["--kills", "0", "--transfers", "0"],
      ["--target", "etcd", "--transfers", "1"],
    ] {
      let options = try RunOptions(words)
      #expect(throws: UsageError.self, "\(words)") { try options.checkFailover() }
    }
    #expect(throws: UsageError.self) { try RunOptions(["--kills", "-1"]) }
  }
}
