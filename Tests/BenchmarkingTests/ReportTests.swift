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
    let options = try RunOptions(["--nodes", "7", "--clients", "256", "--rate", "1000.5", "--json", "--kill", "supplier"])
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
