import Base
import Benchmarking
import JSON
import Testing

@Suite("Workloads, ratios and reports")
struct ReportTests {
  @Test("One seed gives one stream; shares are what the mix says")
  func streams() throws {
    let workload = try #require(Workload("mixed-95"))
    func take(_ seed: UInt64, _ client: Int) -> [PlannedOperation] {
      var stream = OperationStream(workload, keys: 1_000, client: client, clients: 4, seed: seed)
      return (0..<10_000).map { _ in stream.next() }
    }
    #expect(take(1, 2) == take(1, 2))
    #expect(take(1, 2) != take(1, 3) && take(1, 2) != take(2, 2))
    let gets = take(1, 0).count { $0.kind == .get }
    #expect((9_400...9_600).contains(gets))
    #expect(take(1, 0).allSatisfy { (0..<1_000).contains($0.key) })
  }

  @Test("Every name is a workload, its shares make a hundred, and clients never insert the same key")
  func names() throws {
    for name in Workload.names {
      let workload = try #require(Workload(name))
      #expect(workload.mix.reduce(0) { $0 + $1.percent } == 100)
      var inserted: Set<Int> = []
      for client in 0..<3 {
        var stream = OperationStream(workload, keys: 50, client: client, clients: 3, seed: 9)
        for _ in 0..<500 {
          let operation = stream.next()
          if operation.kind == .insert { #expect(operation.key >= 50 && inserted.insert(operation.key).inserted) }
        }
      }
    }
    #expect(Workload("puts") == nil)
  }

  @Test("Zipf's first rank gets what the law says, and no rank is out of range")
  func zipf() {
    var random = SplitMix64(seed: 3)
    for count in [1, 2, 3, 1_000, 2_000_000] {
      let zipf = Zipf(count)
      let ranks = (0..<20_000).map { _ in zipf.rank(&random) }
      #expect(ranks.allSatisfy { (0..<count).contains($0) })
      // 1 / (1 + 1/2^0.99 + … ) of a thousand ranks is 13.0 %.
      if count == 1_000 { #expect((2_300...2_900).contains(ranks.count { $0 == 0 })) }
    }
  }

  @Test("Ratios are of pairs, not of medians")
  func ratios() throws {
    func run(_ throughput: Double) -> Ratios.Measures {
      Ratios.Measures(throughput: throughput, p50: 2, p99: 4, serverCPUPerOperation: 10)
    }
    let ratios = try #require(Ratios(ours: [run(100), run(300), run(50)], theirs: [run(10), run(100), run(10)]))
    #expect(ratios.throughput == Spread([10, 3, 5]))
    #expect(ratios.throughput.median == 5 && ratios.throughput.min == 3 && ratios.throughput.max == 10)
    #expect(
      ratios.json.text()
        == """
        {"throughput":{"median":5.000,"min":3.000,"max":10.000},"p50":{"median":1.000,"min":1.000,"max":1.000},\
        "p99":{"median":1.000,"min":1.000,"max":1.000},"server_cpu_per_op":{"median":1.000,"min":1.000,"max":1.000}}
        """)
    #expect(Ratios(ours: [], theirs: []) == nil)
    #expect(Ratios(ours: [run(1)], theirs: [run(0)]) == nil)
    #expect(Spread([1, 4])?.median == 2.5)
  }

  @Test("Numbers are written for people and for JSON")
  func numbers() {
    #expect(fixed(1.005e3, 2) == "1005.00" && fixed(-0.0004, 3) == "0.000" && fixed(-1.5, 1) == "-1.5")
    #expect(fixed(.infinity, 1) == "-" && JSONValue.decimal(.nan) == .null)
    #expect(grouped(1_234_567) == "1,234,567" && grouped(999) == "999" && grouped(-1_000) == "-1,000")
    #expect(duration(850_000) == "850 µs" && duration(2_060_000) == "2.06 ms" && duration(12_500_000_000) == "12.5 s")
    #expect(bytes(828_000_000) == "828.0 MB")
  }

  @Test("Options say what is wrong with them")
  func options() throws {
    let options = try RunOptions([
      "--nodes", "7", "--clients", "256", "--rate", "1000.5", "--json", "--kill", "supplier",
    ])
    #expect(options.nodes == 7 && options.clients == 256 && options.rate == 1_000.5 && options.isJSON)
    #expect(options.kill == .supplier)
    #expect(options.connectionCount(of: .etcd) == 25 && options.connectionCount(of: .quartet) == 1)
    for words in [
      ["--nodes", "4"], ["--nodes"], ["--frob", "1"], ["--rate", "0"], ["--rate", "nan"], ["--workload", "puts"],
      ["--target", "redis"], ["--target", "etcd", "--cluster", "x"], ["--target", "postgres", "--kill", "leader"],
    ] {
      #expect(throws: UsageError.self, "\(words)") { try RunOptions(words) }
    }
  }

  @Test("A report that the machine disturbed says so, in text and in JSON")
  func disturbed() throws {
    let window = Recorder.Window(start: .zero, end: Moment(nanoseconds: 2_000_000_000))
    var recorder = Recorder(window)
    for number in 0..<1_000 {
      let begun = Moment(nanoseconds: Int64(number) * 1_000_000)
      recorder.record(
        .put, intended: begun, begun: begun, end: begun + .milliseconds(2), failure: nil, payload: 256)
    }
    var report = RunReport(options: RunOptions(), connections: 1, recorder: recorder)
    report.server.cpuMicroseconds = 50_000
    report.server.written = 1_024_000
    report.machine.cores = 2
    #expect(report.warnings.isEmpty)
    report.machine.others = 0.5
    let json = report.json
    #expect(json["throughput"]?.double == 500)
    #expect(json["server"]?["cpu_us_per_op"]?.double == 50)
    #expect(json["server"]?["written_per_payload_byte"]?.double == 4)
    #expect(json["machine"]?["quiet"]?.bool == false)
    #expect(json["warnings"]?.array?.count == 1)
    #expect(report.lines.contains { $0.hasPrefix("warning: the machine was not quiet") })
  }
}

@Suite("What drivers in other processes leave, and what is made of reports")
struct DriverFileTests {
  private static let window = Recorder.Window(start: .zero, end: Moment(nanoseconds: 1_000_000_000))

  @Test("Samples, events and final rows of a driver are read; anything else is refused with its line")
  func samples() throws {
    let digest = String(repeating: "0", count: 63) + "7"
    let text = [
      "sample\tput\t100\t200\t5200\t256\t", "sample\tcas\t0\t0\t900\t0\tsomebody else was faster",
      "event\tput\t100\t5200\t3\tbench/1\t\(digest)\t\tok", "event\tget\t6000\t7000\t4\tbench/1\t\t\tok",
      "final\tbench/1\t\(digest)\t2",
    ].joined(separator: "\n")
    let file = try SampleFile(text, window: Self.window)
    #expect(file.recorder.latency[.put]?.max == 5_100)
    #expect(file.recorder.lateness.max == 100)
    #expect(file.recorder.failures == [.swap: ["somebody else was faster": 1]])
    #expect(file.events.map(\.value) == [Digest(0, 0, 0, 7), nil])
    #expect(file.final == ["bench/1": FinalRow(value: Digest(0, 0, 0, 7), version: 2)])
    for broken in ["sample\tput\t1", "sample\tfly\t1\t1\t1\t1\t", "event\tget\t6\t7\t4\tk\t12\t\tok", "\u{0}"] {
      #expect(throws: SampleFile.Unreadable(line: 2)) {
        try SampleFile("\(text.prefix(34))\n\(broken)", window: Self.window)
      }
    }
  }

  @Test("pgbench's log counts from the end back, and by script")
  func pgbench() throws {
    let start = Moment(nanoseconds: 1_700_000_000_000_000_000)
    let window = Recorder.Window(start: start, end: start + .seconds(10))
    let log = "0 1 2500 1 1700000003 250000\n3 1 900 0 1700000003 350000\n0 2 4000 0 1700000000 1000\n"
    let recorder = try PgbenchLog(log, window: window, kinds: [.get, .put], payload: 256).recorder
    #expect(recorder.latency[.put]?.max == 2_500_000 && recorder.latency[.get]?.count == 1)
    // Begun before the window: no latency of it, but it ended within.
    #expect(recorder.total == 3 && recorder.payload == 256)
    #expect(throws: SampleFile.Unreadable(line: 1)) {
      try PgbenchLog("0 1 2500 7 1700000003 250000", window: window, kinds: [.get], payload: 0)
    }
  }

  private func report(_ milliseconds: Int64, clients: Int = 64) -> JSONValue {
    var recorder = Recorder(Self.window)
    for number in 0..<100 {
      let begun = Moment(nanoseconds: Int64(number) * 5_000_000)
      recorder.record(
        .put, intended: begun, begun: begun, end: begun + .milliseconds(milliseconds), failure: nil, payload: 1)
    }
    var options = RunOptions()
    options.clients = clients
    var report = RunReport(options: options, connections: 1, recorder: recorder)
    report.server.cpuMicroseconds = milliseconds * 1_000
    return report.json
  }

  @Test("A comparison names what got better and worse, and settings that differ")
  func comparison() throws {
    let comparison = try Comparison(report(2), report(4, clients: 128))
    let p50 = try #require(comparison.rows.first { $0.name == "p50, µs" })
    #expect((p50.ratio ?? 0) > 1.97 && (p50.ratio ?? 0) < 2.03)
    #expect(comparison.lines.contains { $0.hasPrefix("p50") && $0.hasSuffix("worse") })
    #expect(comparison.differences == ["clients: 64 and 128"])
    #expect(try Comparison(report(2), report(2)).differences.isEmpty)
    #expect(throws: UsageError.self) { try Comparison([:], report(2)) }
  }

  @Test("A page draws every run, and what stands in a report cannot break out of it")
  func page() throws {
    var hostile = report(2)
    hostile.setMember("workload", to: .string("<script>alert(1)</script>"))
    let html = try ReportPage([report(3), hostile]).html
    // Two runs: throughput, p50, p99, by percentile.
    #expect(html.split(separator: "<polyline").count - 1 == 8)
    #expect(!html.contains("<script") && html.contains("&lt;script&gt;"))
    // What is no number is written as a dash, which must not come to stand in a place on the plane.
    #expect(!html.contains("-,") && !html.contains(",-") && !html.contains("=\"-\""))
    #expect(throws: UsageError.self) { try ReportPage([]) }
  }
}

@Suite("The winter weekend")
struct WinterWeekendTests {
  @Test("At the peak hour there are 35 writes, 27 reads and 287 listings a second, in the nations' shares")
  func shares() {
    let model = WinterWeekend(hour: 10, scale: 1, open: 10_000, seed: 5)
    #expect((346...352).contains(model.rate))
    var writes = 0
    var reads = 0
    var listings = 0
    var england = 0
    let count = 100_000
    for number in 0..<count {
      let action = model.action(number)
      if action.list != nil { listings += 1 } else if action.get != nil { reads += 1 } else { writes += 1 }
      if action.nation == 0 { england += 1 }
      #expect(action.writes.isEmpty == (action.get != nil || action.list != nil))
    }
    let second = model.rate / Double(count)
    #expect((33.5...37).contains(Double(writes) * second))
    #expect((25.5...29).contains(Double(reads) * second))
    #expect((280...294).contains(Double(listings) * second))
    #expect((81_000...83_000).contains(england))
  }

  @Test("An operation depends on seed and number alone, a night is quieter, and ten times is ten times")
  func deterministic() {
    let model = WinterWeekend(hour: 10, scale: 1, open: 100, seed: 5)
    #expect((0..<500).map(model.action) == (0..<500).map(WinterWeekend(hour: 10, scale: 1, open: 100, seed: 5).action))
    #expect((0..<500).map(model.action) != (0..<500).map(WinterWeekend(hour: 10, scale: 1, open: 100, seed: 6).action))
    #expect(WinterWeekend(hour: 4, scale: 1, open: 100, seed: 5).rate < model.rate - 40)
    #expect(abs(WinterWeekend(hour: 10, scale: 10, open: 100, seed: 5).rate - 10 * model.rate) < 1e-6)
  }

  @Test("A transaction never puts one key twice, and no opened encounter is one that was there")
  func keys() {
    let model = WinterWeekend(hour: 18, scale: 3, open: 50, seed: 1)
    var opened: Set<String> = []
    for number in 0..<20_000 {
      let action = model.action(number)
      let keys = action.writes.map(\.key)
      #expect(Set(keys).count == keys.count)
      if action.kind == .open { #expect(opened.insert(keys[0]).inserted && keys[0] != "encounter/49/head") }
    }
    #expect(!opened.isEmpty)
  }

  @Test("Pass lines are judged on writes, on everything that hangs, and on failures")
  func passLines() {
    let window = Recorder.Window(start: .zero, end: Moment(nanoseconds: 1_000_000_000))
    func judge(_ kind: OperationKind, _ milliseconds: Int64, failure: String? = nil) -> [Bool] {
      var recorder = Recorder(window)
      recorder.record(
        kind, intended: .zero, begun: .zero, end: Moment(nanoseconds: milliseconds * 1_000_000), failure: failure,
        payload: 0)
      return WinterWeekend.passLines(recorder).map(\.passed)
    }
    #expect(judge(.triage, 100) == [true, true, true])
    #expect(judge(.triage, 300) == [false, true, true])
    #expect(judge(.pollDesk, 300) == [true, true, true])
    #expect(judge(.pollDesk, 6_000) == [true, false, true])
    #expect(judge(.open, 1, failure: "unavailable") == [true, true, false])
  }
}

@Suite("Thresholds of the parts")
struct ThresholdTests {
  private func run(_ yard: Double, _ speed: Double, _ allocations: Double?) -> [Thresholds.Part] {
    [
      Thresholds.Part(name: Thresholds.yardstick, perSecond: yard, allocations: nil),
      Thresholds.Part(name: "apply", perSecond: speed, allocations: allocations),
    ]
  }

  @Test("A slower machine is no complaint; a slower part, more allocations and a part that is gone are")
  func complaints() throws {
    let kept = try #require(Thresholds(run(1_000, 500, 10)))
    let read = try Thresholds(try JSONValue(parsing: Array(kept.json.text(.pretty).utf8)))
    #expect(read == kept)
    #expect(read.complaints(about: run(500, 250, 10)).isEmpty)
    #expect(read.complaints(about: run(1_000, 360, 11.4)).isEmpty)
    #expect(read.complaints(about: run(1_000, 340, 10)) == ["apply: 0.68 × the speed that was kept"])
    #expect(read.complaints(about: run(1_000, 500, 12)) == ["apply: 12.0 allocations where 10.0 were kept"])
    #expect(read.complaints(about: [run(1_000, 1, 1)[0]]) == ["apply: is not measured any more"])
    #expect(read.complaints(about: [run(1_000, 1, 1)[1]]) == ["the run has no yardstick"])
    #expect(throws: UsageError.self) { try Thresholds(["parts": ["apply": [:]]]) }
  }
}
