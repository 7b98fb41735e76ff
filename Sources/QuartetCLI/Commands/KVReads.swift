import Base
import JSON
import Model
import QuartetClient
import Wire

/// `quartet kv get`, `range`, `history` and `outcome`.
struct KVReads {
  let invocation: Invocation
  private var console: Console { invocation.console }

  /// How the command line asks for freshness.
  private struct Freshness {
    var bound: StaleBound?
    var options: ReadOptions
  }

  /// An answer of either kind.
  private struct Answer<Value: Sendable> {
    var value: Value
    var origin: Origin
    var age: Interval?

    /// The members that every answer begins with.
    var members: [JSONMember] {
      var members = [JSONMember("header", RowOutput.json(origin))]
      if let age { members.append(JSONMember("age_ms", .integer(age.milliseconds))) }
      return members
    }
  }

  private func freshness() throws(CommandFailure) -> Freshness {
    let how = try invocation.choice("--consistency", of: ["linearizable", "stale"], default: "linearizable")
    let maxAge = try invocation.interval("--max-age")
    if how == "linearizable", maxAge != nil { throw .usage("--max-age goes with --consistency stale") }
    return Freshness(
      bound: how == "stale" ? StaleBound(maxAge: maxAge ?? .seconds(10)) : nil,
      options: ReadOptions(timeout: try invocation.timeout(), node: invocation.text("--node")))
  }

  private func ask(
    _ query: ReadRequest.Query, _ freshness: Freshness, of store: some KeyValueStore
  ) async throws(QuartetError) -> Answer<ReadResult.Value> {
    if let bound = freshness.bound {
      let reply = try await store.readStale(query, within: bound, options: freshness.options)
      return Answer(value: reply.staleValue, origin: reply.origin, age: reply.age)
    }
    let reply = try await store.read(query, options: freshness.options)
    return Answer(value: reply.value, origin: reply.origin)
  }

  private func range(
    _ query: RangeQuery, _ freshness: Freshness, of store: some KeyValueStore
  ) async throws -> Answer<RangeResult> {
    let answer = try await ask(.range(query), freshness, of: store)
    guard case .range(let result) = answer.value else { throw Self.mismatch }
    return Answer(value: result, origin: answer.origin, age: answer.age)
  }

  private static var mismatch: CommandFailure {
    .internal("a node answered with another kind of result than was asked for")
  }

  private func revision() throws(CommandFailure) -> Revision {
    Revision(try invocation.integer("--revision", in: 0...UInt64.max) ?? 0)
  }

  // MARK: get

  func get() async throws -> ExitCode {
    let output = try invocation.rowOutput()
    let key = try invocation.key(invocation.required(0))
    let query = RangeQuery(range: KeyRange(only: key), revision: try revision(), limit: 1)
    let freshness = try freshness()
    let answer = try await invocation.withKeyspace { store in
      try await range(query, freshness, of: store)
    }
    let row = answer.value.items.first
    if invocation.isJSON {
      console.json(
        .object(answer.members + [JSONMember("found", .bool(row != nil)), JSONMember("row", output.json(row))]))
    } else if let value = row?.value {
      console.write(output.bytes(value))
    } else {
      console.say("no such key in \(answer.origin.keyspace) at revision \(answer.origin.revision)")
    }
    return row == nil ? .no : .ok
  }

  // MARK: range

  func range() async throws -> ExitCode {
    let output = try invocation.rowOutput()
    let query = try rangeQuery()
    let limit = try invocation.integer("--limit", in: 1...Int.max) ?? Int.max
    let freshness = try freshness()
    return try await invocation.withKeyspace { store in
      if query.countOnly {
        let answer = try await range(query, freshness, of: store)
        if invocation.isJSON {
          printRange(answer, rows: [], more: false)
        } else {
          console.line("\(answer.value.count)")
        }
      } else {
        try await printPages(query, limit, freshness, output, of: store)
      }
      return .ok
    }
  }

  private func rangeQuery() throws(CommandFailure) -> RangeQuery {
    let start = try invocation.argument(0).map { (word) throws(CommandFailure) in try invocation.key(word) }
    let end = try invocation.argument(1).map { (word) throws(CommandFailure) in try invocation.key(word) }
    let range: KeyRange
    if invocation.has("--prefix") {
      guard let start, end == nil else { throw .usage("--prefix goes with START and without END") }
      range = KeyRange(prefix: start)
    } else {
      range = KeyRange(start: start ?? Key([]), end: end)
    }
    return RangeQuery(
      range: range, revision: try revision(), keysOnly: invocation.has("--keys-only"),
      countOnly: invocation.has("--count"), reverse: invocation.has("--reverse"))
  }

  /// Reads page by page as of the first page's revision. Text is printed as it comes; JSON is one document.
  private func printPages(
    _ query: RangeQuery, _ limit: Int, _ freshness: Freshness, _ output: RowOutput, of store: some KeyValueStore
  ) async throws {
    var query = query
    var rows: [JSONValue] = []
    var left = limit
    while true {
      query.limit = min(left, 1_000)
      let answer = try await range(query, freshness, of: store)
      if query.revision == .zero { query.revision = answer.origin.revision }
      for row in answer.value.items {
        if invocation.isJSON { rows.append(output.json(row)) } else { console.line(output.line(row)) }
      }
      left -= answer.value.items.count
      guard answer.value.more, left > 0, let last = answer.value.items.last else {
        if invocation.isJSON { printRange(answer, rows: rows, more: answer.value.more) }
        return
      }
      if query.reverse { query.range.end = last.key } else { query.range.start = last.key.successor }
    }
  }

  private func printRange(_ answer: Answer<RangeResult>, rows: [JSONValue], more: Bool) {
    console.json(
      .object(
        answer.members + [
          JSONMember("count", .integer(max(answer.value.count, rows.count))), JSONMember("more", .bool(more)),
          JSONMember("rows", .array(rows)),
        ]))
  }

  // MARK: history

  func history() async throws -> ExitCode {
    let output = try invocation.rowOutput()
    let key = try invocation.key(invocation.required(0))
    let limit = try invocation.integer("--limit", in: 1...Limits.rangeKeysMax) ?? 100
    let before = Revision(try invocation.integer("--before", in: 0...UInt64.max) ?? 0)
    let freshness = try freshness()
    let answer = try await invocation.withKeyspace { store in
      try await ask(
        .history(key, before: before, limit: limit), freshness, of: store)
    }
    guard case .history(let items, let more) = answer.value else { throw Self.mismatch }
    if invocation.isJSON {
      console.json(
        .object(
          answer.members + [
            JSONMember("more", .bool(more)), JSONMember("rows", .array(items.map { output.json($0) })),
          ]))
    } else {
      var table = TextTable([">REVISION", ">VERSION", ">CREATED AT", ">BYTES", "VALUE"])
      for item in items {
        let value = item.item.value
        table.add([
          "\(item.item.modRevision)", "\(item.item.version)", "\(item.item.createRevision)",
          value.map { "\($0.bytes.count)" } ?? "", item.isDeletion ? "(deleted)" : Self.glimpse(value, output),
        ])
      }
      console.write(table.text)
      if more { console.say("older changes are left: --before \(items.last?.item.modRevision ?? .zero)") }
    }
    return items.isEmpty ? .no : .ok
  }

  /// What of a value fits in a table.
  private static func glimpse(_ value: Value?, _ output: RowOutput) -> String {
    guard let value else { return "" }
    let text = output.form == .automatic ? ByteText.oneLine(Array(value.bytes.prefix(256))) : ByteText.hex(value.bytes)
    return text.count > 60 ? text.prefix(59) + "…" : text
  }

  // MARK: outcome

  func outcome() async throws -> ExitCode {
    let request = try invocation.requestID(invocation.required(0))
    let freshness = try freshness()
    let answer = try await invocation.withKeyspace { store in
      try await ask(.outcome(request), freshness, of: store)
    }
    guard case .outcome(let outcome) = answer.value else { throw Self.mismatch }
    switch outcome {
    case .applied(let revision, let succeeded, let logTime, _):
      if invocation.isJSON {
        console.json(
          .object(
            answer.members + [
              JSONMember("remembered", true), JSONMember("revision", .integer(revision.rawValue)),
              JSONMember("succeeded", .bool(succeeded)),
              JSONMember("log_time_ms", .integer(logTime.nanoseconds / 1_000_000)),
            ]))
      } else {
        console.line("applied at revision \(revision)" + (succeeded ? "" : ", its compares did not hold"))
      }
      return .ok
    case .notRemembered:
      if invocation.isJSON {
        console.json(.object(answer.members + [JSONMember("remembered", false)]))
      } else {
        console.line("not remembered: it was not applied up to now, or its time to be remembered is over")
      }
      return .no
    }
  }
}
