import Base
import Glibc
import JSON
import Model
import Network
import QuartetClient

/// `quartet-bench`: how many puts a running cluster takes, how long each waits, and what processor time they cost.
///
///     quartet-bench [--cluster .quartet/cluster.json] [--clients 64] [--seconds 10] [--value-size 256] [--keys 10000]
///
/// Closed loop: each client sends its next put when the last one is answered. Processor time is of the nodes alone, as
/// the kernel accounts it, so it does not depend on how fast this program is.
@main
struct Main {
  static func main() async {
    do {
      let options = try Options(Array(CommandLine.arguments.dropFirst()))
      try await run(options)
    } catch {
      var text = "quartet-bench: \(error)\n"
      text.withUTF8 { _ = write(2, $0.baseAddress, $0.count) }
      exit(64)
    }
  }

  static func run(_ options: Options) async throws {
    let cluster = try ClusterFile(path: options.cluster)
    let client = try QuartetClient(
      nodes: cluster.clients, options: QuartetClient.Options(name: "quartet-bench", timeout: .seconds(30)))
    defer { client.close() }
    let keyspaces = ["england", "scotland", "wales", "northern-ireland"].prefix(options.keyspaces).map(client.keyspace)
    for keyspace in keyspaces { _ = try await keyspace.put(Key("bench/ready"), [1]) }
    let cpuBefore = cluster.pids.map(ProcessTime.microseconds)
    let start = Clock.now()
    let end = start + .seconds(Int64(options.seconds))
    let results = try await measure(options, Array(keyspaces), until: end)
    let length = Clock.now() - start
    let cpu = zip(cluster.pids.map(ProcessTime.microseconds), cpuBefore).reduce(0) { $0 + ($1.0 - $1.1) }
    report(options, results, length, cpu)
  }

  struct Samples: Sendable {
    var microseconds: [Int64] = []
    var failures = 0
  }

  static func measure(_ options: Options, _ keyspaces: [Keyspace], until end: Moment) async throws -> Samples {
    await withTaskGroup(of: Samples.self) { group in
      for number in 0..<options.clients {
        group.addTask { await loop(number, options, keyspaces[number % keyspaces.count], until: end) }
      }
      var all = Samples()
      for await part in group {
        all.microseconds += part.microseconds
        all.failures += part.failures
      }
      return all
    }
  }

  static func loop(_ number: Int, _ options: Options, _ keyspace: Keyspace, until end: Moment) async -> Samples {
    var random = SplitMix64(seed: UInt64(number + 1))
    var samples = Samples()
    var value = [UInt8](repeating: 0, count: options.valueSize)
    while true {
      let before = Clock.now()
      if before >= end { return samples }
      for position in stride(from: 0, to: value.count, by: 8) { value[position] = UInt8(truncatingIfNeeded: random.next()) }
      do {
        _ = try await keyspace.put(Key("bench/\(random.below(options.keys))"), value)
        samples.microseconds.append((Clock.now() - before).nanoseconds / 1_000)
      } catch {
        samples.failures += 1
      }
    }
  }

  static func report(_ options: Options, _ samples: Samples, _ length: Interval, _ cpu: Int64) {
    let sorted = samples.microseconds.sorted()
    func percentile(_ share: Double) -> Int64 {
      sorted.isEmpty ? 0 : sorted[min(sorted.count - 1, Int(Double(sorted.count) * share))]
    }
    let perSecond = Double(sorted.count) / length.seconds
    let line = JSONValue.object([
      JSONMember("clients", .integer(Int64(options.clients))), JSONMember("puts_per_second", .integer(Int64(perSecond))),
      JSONMember("p50_us", .integer(percentile(0.5))), JSONMember("p99_us", .integer(percentile(0.99))),
      JSONMember("p999_us", .integer(percentile(0.999))), JSONMember("max_us", .integer(sorted.last ?? 0)),
      JSONMember("node_cpu_us_per_put", .integer(sorted.isEmpty ? 0 : cpu / Int64(sorted.count))),
      JSONMember("failures", .integer(Int64(samples.failures))),
    ])
    print(line.text(.compact))
  }
}

/// What the command line says.
struct Options: Sendable {
  var cluster = ".quartet/cluster.json"
  var clients = 64
  var seconds = 10
  var valueSize = 256
  var keys = 10_000
  var keyspaces = 4

  init(_ words: [String]) throws {
    var rest = words[...]
    while let word = rest.popFirst() {
      guard let value = rest.popFirst() else { throw Problem("option \(word) needs a value") }
      if word == "--cluster" {
        cluster = value
        continue
      }
      guard let number = Int(value), number > 0 else { throw Problem("\(word) needs a positive number") }
      switch word {
      case "--clients": clients = number
      case "--seconds": seconds = number
      case "--value-size": valueSize = number
      case "--keys": keys = number
      case "--keyspaces": keyspaces = min(number, 4)
      default:
        throw Problem("no option \(word): --cluster --clients --seconds --value-size --keys --keyspaces")
      }
    }
  }
}

struct Problem: Error, CustomStringConvertible {
  let description: String
  init(_ description: String) { self.description = description }
}

/// The nodes of a running `quartet dev`.
struct ClusterFile {
  var clients: [String] = []
  var pids: [Int32] = []

  init(path: String) throws {
    guard let file = fopen(path, "r") else { throw Problem("cannot read \(path); is 'quartet dev' running?") }
    defer { fclose(file) }
    var bytes = [UInt8](repeating: 0, count: 1 << 16)
    let count = fread(&bytes, 1, bytes.count, file)
    let document = try JSONValue(parsing: Array(bytes.prefix(count)))
    for node in document["nodes"]?.array ?? [] {
      guard let client = node["client"]?.string, let pid = node["pid"]?.int64 else { throw Problem("\(path) is not a cluster file") }
      clients.append(client)
      pids.append(Int32(pid))
    }
  }
}

enum ProcessTime {
  /// User and system time of a process so far (proc(5), fields 14 and 15).
  static func microseconds(_ pid: Int32) -> Int64 {
    guard let file = fopen("/proc/\(pid)/stat", "r") else { return 0 }
    defer { fclose(file) }
    var line = [CChar](repeating: 0, count: 1_024)
    guard fgets(&line, 1_024, file) != nil else { return 0 }
    let text = String(decoding: line.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    let fields = text.split(separator: " ")
    guard fields.count > 15, let user = Int64(fields[13]), let system = Int64(fields[14]) else { return 0 }
    return (user + system) * 1_000_000 / Int64(sysconf(Int32(_SC_CLK_TCK)))
  }
}
