import Testing

@testable import QuartetCLI

@Suite struct ArgumentTests {
  private func parse(_ line: String) throws -> ParsedCommand {
    let words = line.split(separator: " ").map(String.init)
    guard case .run(let command) = try ArgumentParser(root: CommandTree.root).parse(words) else { throw NotHere() }
    return command
  }

  @Test(
    "Options may stand anywhere, also before the command, as two words or with an equals sign",
    arguments: [
      "kv get a --keyspace wales --json", "--json kv --keyspace wales get a", "kv get --keyspace=wales a --json",
      "--keyspace=wales --json kv get a",
    ])
  func optionsAnywhere(line: String) throws {
    let command = try parse(line)
    #expect(command.path == ["kv", "get"])
    #expect(command.arguments == ["a"])
    #expect(command.options == ["--keyspace": "wales", "--json": ""])
  }

  @Test("After two hyphens every word is an argument, and one hyphen alone is one anywhere")
  func endOfOptions() throws {
    #expect(try parse("kv get -- --key").arguments == ["--key"])
    #expect(try parse("kv put now -").arguments == ["now", "-"])
  }

  @Test("A value may be empty or hold an equals sign")
  func values() throws {
    #expect(try parse("kv get a --keyspace=").options["--keyspace"] == "")
    #expect(try parse("kv put a b --file=x=y").options["--file"] == "x=y")
  }

  @Test(
    "What cannot be understood is refused with what was probably meant",
    arguments: [
      ("kv get a --keyspce wales", "did you mean --keyspace?"), ("kv gte a", "did you mean 'get'?"),
      ("clutser status", "did you mean 'cluster'?"), ("kv get a --jsn", "did you mean --json?"),
      ("dev --encounter 5", "did you mean --encounters?"),
    ])
  func suggestions(line: String, hint: String) {
    #expect {
      try parse(line)
    } throws: {
      ($0 as? UsageError)?.hint == hint
    }
  }

  @Test(
    "Refused: a missing word, one too many, an option twice, without its value, with one too many, of another command",
    arguments: [
      ("kv get", "KEY is missing"), ("kv get a b", "there are 2 words where at most 1 is taken"),
      ("kv get a --keyspace x --keyspace y", "--keyspace is given twice"),
      ("kv get a --keyspace", "--keyspace needs a value"), ("kv get a --hex=yes", "--hex takes no value"),
      ("kv get a --encounters 5", "'quartet kv get' has no option --encounters"),
      ("kv", "which command? There are get, put, delete, range, txn, history, outcome, compact"),
    ])
  func refusals(line: String, message: String) {
    #expect {
      try parse(line)
    } throws: {
      ($0 as? UsageError)?.message == message
    }
  }

  @Test("An option takes a value with all commands or with none, so that it can stand before them")
  func consistentOptions() {
    var arity: [String: Bool] = [:]
    var contradictions: [String] = []
    func visit(_ spec: CommandSpec) {
      for option in spec.allOptions {
        if let known = arity[option.name], known != (option.value != nil) { contradictions.append(option.name) }
        arity[option.name] = option.value != nil
      }
      for child in spec.children { visit(child) }
    }
    visit(CommandTree.root)
    #expect(contradictions.isEmpty)
  }

  @Test("Every command teaches: a summary, an example that begins with its own words, and a doc for every word")
  func everyCommandTeaches() {
    var lacking: [String] = []
    func visit(_ spec: CommandSpec, _ path: [String]) {
      let name = (["quartet"] + path).joined(separator: " ")
      if spec.summary.isEmpty || spec.summary.hasSuffix(".") { lacking.append("\(name): summary") }
      if spec.examples.isEmpty { lacking.append("\(name): examples") }
      let isShown = path.isEmpty || spec.examples.contains { $0.command.contains(name) }
      if !isShown { lacking.append("\(name): own example") }
      if spec.allOptions.contains(where: { $0.doc.isEmpty }) { lacking.append("\(name): option") }
      for child in spec.children { visit(child, path + [child.name]) }
    }
    visit(CommandTree.root, [])
    #expect(lacking == [])
  }

  @Test("The page of every command is the one that was reviewed")
  func helpPages() throws {
    var pages = ""
    func visit(_ spec: CommandSpec, _ path: [String]) {
      pages += "=== " + (["quartet"] + path + ["--help"]).joined(separator: " ") + "\n"
      pages += HelpPage(path: path, spec: spec).text + "\n"
      for child in spec.children { visit(child, path + [child.name]) }
    }
    visit(CommandTree.root, [])
    for topic in HelpCommand.topics { pages += "=== quartet help \(topic.name)\n\(topic.text)\n" }
    try expectGolden(pages, "help.txt")
  }

  @Test("No line of help is wider than 120 columns")
  func helpFits() {
    var wide: [Substring] = []
    func visit(_ spec: CommandSpec, _ path: [String]) {
      wide += HelpPage(path: path, spec: spec).text.split(separator: "\n").filter { $0.count > 120 }
      for child in spec.children { visit(child, path + [child.name]) }
    }
    visit(CommandTree.root, [])
    #expect(wide == [])
  }
}

@Suite struct ToolTests {
  @Test("Help is the same by option and by command, and goes to standard output with exit code 0")
  func help() async throws {
    let byOption = try await run("kv", "put", "--help")
    let byCommand = try await run("help", "kv", "put")
    #expect(byOption.output == byCommand.output)
    #expect(byOption.exit == .ok)
    #expect(byOption.errors.isEmpty)
    #expect(byOption.output.contains("Usage: quartet kv put KEY [VALUE] [options]"))
  }

  @Test("A mistyped line ends with 64 and tells on standard error what is right")
  func usage() async throws {
    let result = try await run("kv", "put")
    #expect(result.exit.number == 64)
    #expect(result.output.isEmpty)
    #expect(result.errors.contains("KEY is missing"))
    #expect(result.errors.contains("Usage: quartet kv put KEY [VALUE] [options]"))
  }

  @Test("With --json an error is one line of JSON on standard error")
  func jsonErrors() async throws {
    let result = try await run("kv", "get", "--json")
    #expect(
      result.errors
        == #"{"error":"usage","code":64,"outcome":"notApplied","message":"KEY is missing; The key, as text; write '--' "#
        + "before one that begins with '-'.\"}\n")
  }

  @Test("A value of an option that is wrong is told with what it takes")
  func wrongValues() async throws {
    #expect(try await run("kv", "get", "a", "--timeout", "5").errors.contains("takes a duration such as"))
    #expect(try await run("kv", "get", "a", "--consistency", "weak").errors.contains("linearizable or stale"))
    #expect(try await run("kv", "get", "a", "--max-age", "1s").errors.contains("goes with --consistency stale"))
    #expect(try await run("kv", "put", "a").errors.contains("give the value"))
    #expect(try await run("kv", "delete", "", "--prefix").errors.contains("--all"))
    #expect(try await run("dev", "restart").errors.contains("which node?"))
    #expect(try await run("cluster", "verify").errors.contains("add --deep"))
  }

  @Test("A cluster file that is named and not there is an error of its own, whatever else could be found")
  func missingCluster() async throws {
    let result = try await run("kv", "get", "a", "--cluster", "/nonexistent/cluster.json")
    #expect(result.exit == .unreachable)
    #expect(result.errors.contains("/nonexistent/cluster.json"))
  }

  @Test("Each exit code stands on the page, once")
  func exitCodes() async throws {
    let page = try await run("help", "exit-codes").output
    let numbers = page.split(separator: "\n").compactMap { line in
      line.split(separator: " ").first.flatMap { Int32($0) }
    }
    let missing = ExitCode.all.filter { code in numbers.count { $0 == code.number } != 1 }
    #expect(missing.isEmpty)
    #expect(Set(ExitCode.all.map(\.number)).count == ExitCode.all.count)
  }

  @Test("A settings file with mistakes is refused with every line to mend")
  func nodeSettings() async throws {
    let directory = try TemporaryDirectory()
    let path = directory.path + "/node.conf"
    try LocalFiles.replace(path, with: Array("name = \"England\"\nnation = \"france\"\n".utf8))
    let result = try await run("node", "--config", path)
    #expect(result.exit.number == 65)
    #expect(result.errors.contains("line 1"))
    #expect(result.errors.contains("line 2"))
    #expect(result.errors.contains("supplier"))
  }

  @Test("The settings file that is printed needs nothing but what it shows")
  func printedSettings() async throws {
    let result = try await run("node", "--print-config")
    #expect(result.exit == .ok)
    #expect(result.output.contains("[listen]"))
    #expect(result.output.contains("power-loss-vfs"))
  }
}
