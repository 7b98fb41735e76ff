import Base
import Benchmarking
import Glibc
import JSON

/// `quartet-bench`: what a cluster carries, and whether it keeps its promises meanwhile.
@main
struct Main {
  static let help = """
    quartet-bench measures Quartet, and its peers on the same machine in the same way.

      quartet-bench run [OPTION …]                  one run; starts a cluster of its own unless told --cluster FILE
      quartet-bench versus etcd|postgres [OPTION …] pairs of runs that take turns, and their ratios
      quartet-bench failover [OPTION …]             kills the leader under a load of puts again and again, then hands
                                                    leadership over as planned: gaps and waits
      quartet-bench floor [OPTION …]                what the machine can do at best: fsync, SQLite, loopback
      quartet-bench micro [--thresholds FILE] [--keep]
                                                    the parts: codec, Raft, log, apply, snapshot, digest
      quartet-bench compare BEFORE AFTER [--json]   two reports of --json, side by side
      quartet-bench report FILE … --report PAGE     an HTML page with curves from reports of --json

    Latencies are of every operation meant to begin in the measured time; throughput is of those that ended in it.
    Server CPU is what the kernel accounts to all nodes, so it does not depend on how fast this program is. Exit code
    1: the history of the run shows a broken promise, a part costs more than its threshold, or a failover misses its
    goals (a kill: gap 800 ms, wait of requests under way 1 s; a planned transfer: gap 50 ms).

    """

  /// Not async: signals must be blocked before there is another thread, or that one would take them and end the program
  /// with the clusters still running.
  static func main() {
    let words = Array(CommandLine.arguments.dropFirst())
    if words.isEmpty || words.contains("--help") || words.contains("-h") || words.first == "help" {
      print(help + optionHelp)
      return
    }
    do {
      try Children.all.stopOnSignal()
    } catch {
      System.say("quartet-bench: \(error)")
      exit(69)
    }
    Task.detached {
      let code = await result(of: words)
      // A signal's own thread ends the program, once all is stopped.
      if !Children.all.isEnding { exit(code) }
    }
    while true { pause() }
  }

  private static func result(of words: [String]) async -> Int32 {
    do {
      return try await perform(words[0], Array(words.dropFirst()))
    } catch let error as UsageError {
      System.say("quartet-bench: \(error)")
      return 64
    } catch {
      System.say("quartet-bench: \(error)")
      return 69
    }
  }

  private static func perform(_ command: String, _ words: [String]) async throws -> Int32 {
    switch command {
    case "run": return try await run(try RunOptions(words))
    case "failover": return try await failover(try RunOptions(words))
    case "versus": return try await versus(try RunOptions(words))
    case "floor": return try floor(try RunOptions(words))
    case "micro": return try micro(try RunOptions(words))
    case "compare": return try compare(try RunOptions(words))
    case "report":
      let options = try RunOptions(words)
      guard let page = options.report else { throw UsageError("where to? 'report FILE … --report PAGE'") }
      try System.write(try ReportPage(try options.words.map(document)).html, to: page)
      return 0
    default: throw UsageError("there is no command '\(command)'; see quartet-bench --help")
    }
  }

  private static func run(_ options: RunOptions) async throws -> Int32 {
    guard options.words.isEmpty else { throw UsageError("'run' takes options only, not '\(options.words[0])'") }
    Meter.warnUnlessQuiet()
    let report = try await Run.measure(options)
    if let page = options.report { try System.write(try ReportPage([report.json]).html, to: page) }
    print(options.isJSON ? report.json.text(.pretty) : report.lines.joined(separator: "\n"))
    return report.check?.findings.isEmpty ?? true ? 0 : 1
  }

  private static func failover(_ options: RunOptions) async throws -> Int32 {
    try options.checkFailover()
    Meter.warnUnlessQuiet()
    let report = try await FailoverRun.measure(options)
    print(options.isJSON ? report.json.text(.pretty) : report.lines.joined(separator: "\n"))
    return report.options.target != .quartet || report.holds ? 0 : 1
  }

  private static func versus(_ options: RunOptions) async throws -> Int32 {
    let versus = try Versus(options)
    Meter.warnUnlessQuiet()
    let result = try await versus.run()
    if let page = options.report {
      try System.write(try ReportPage((result.ours + result.theirs).map(\.json)).html, to: page)
    }
    print(options.isJSON ? try Versus.json(result).text(.pretty) : try versus.lines(result).joined(separator: "\n"))
    return 0
  }

  private static func floor(_ options: RunOptions) throws -> Int32 {
    Meter.warnUnlessQuiet()
    let root = try Run.dataRoot(options)
    let lines = try Floor(
      directory: root.path, length: .seconds(Int64(max(1, options.seconds / 5))), valueSize: options.valueSize
    ).run()
    print(
      options.isJSON
        ? Floor.json(lines, fileSystem: root.fileSystem).text(.pretty) : Floor.table(lines).joined(separator: "\n"))
    return 0
  }

  /// What was kept stands beside the sources, so that it changes by commits.
  private static func micro(_ options: RunOptions) throws -> Int32 {
    let path = try options.thresholds ?? Peers.script("../thresholds.json", mode: R_OK)
    let root = try Run.dataRoot(options)
    let parts = try Micro(directory: root.path, valueSize: options.valueSize).run()
    if options.keepsThresholds {
      guard let kept = Thresholds(parts) else { throw Problem("nothing was measured") }
      try System.write(kept.json.text(.pretty) + "\n", to: path)
    }
    let complaints = try Thresholds(try document(path)).complaints(about: parts)
    if options.isJSON {
      print(Micro.json(parts, complaints: complaints).text(.pretty))
    } else {
      print((Micro.lines(parts) + complaints.map { "WORSE: \($0)" }).joined(separator: "\n"))
    }
    return complaints.isEmpty ? 0 : 1
  }

  private static func compare(_ options: RunOptions) throws -> Int32 {
    guard options.words.count == 2 else { throw UsageError("'compare' takes two files: BEFORE AFTER") }
    let comparison = try Comparison(try document(options.words[0]), try document(options.words[1]))
    print(options.isJSON ? comparison.json.text(.pretty) : comparison.lines.joined(separator: "\n"))
    return 0
  }

  private static func document(_ path: String) throws -> JSONValue {
    guard let text = System.text(path) else { throw Problem("cannot read \(path)") }
    do {
      return try JSONValue(parsing: Array(text.utf8))
    } catch {
      throw Problem("\(path) is no JSON: \(error)")
    }
  }

  private static var optionHelp: String {
    RunOptions.table.map { row in
      let name = row.value.map { "\(row.name) \($0)" } ?? row.name
      return "  " + name
        + (name.count < 26 ? String(repeating: " ", count: 26 - name.count) : "\n" + String(repeating: " ", count: 28))
        + row.meaning
    }.joined(separator: "\n")
  }
}
