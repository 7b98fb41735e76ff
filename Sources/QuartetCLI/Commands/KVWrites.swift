import Base
import JSON
import Model
import QuartetClient

/// `quartet kv put`, `delete`, `txn` and `compact`.
struct KVWrites {
  let invocation: Invocation
  private var console: Console { invocation.console }

  private func options() throws(CommandFailure) -> WriteOptions {
    var options = WriteOptions(timeout: try invocation.timeout())
    let keepFor = try invocation.interval("--keep-for")
    if let text = invocation.text("--request-id") {
      options.request = try invocation.requestID(text)
      options.keepFor = keepFor ?? .seconds(3_600)
    } else if keepFor != nil {
      throw .usage("--keep-for goes with --request-id")
    }
    guard options.keepFor <= Limits.keepForMax else { throw .usage("--keep-for is at most 7d") }
    return options
  }

  private func header(_ origin: Origin) -> JSONMember { JSONMember("header", RowOutput.json(origin)) }

  /// What is said of a write that returned nothing else; on standard error, as results alone go to standard output.
  private func confirm(_ what: String, _ origin: Origin) {
    console.say("\(what) in \(origin.keyspace) at revision \(origin.revision)")
  }

  func put() async throws -> ExitCode {
    let output = try invocation.rowOutput()
    let key = try invocation.key(invocation.required(0))
    let value = try value()
    let options = try options()
    let reply = try await invocation.withKeyspace { store in
      try await store.put(key, value, wantsPrevious: invocation.has("--prev"), options: options)
    }
    if invocation.isJSON {
      console.json(.object([header(reply.origin), JSONMember("previous", output.json(reply.value.previous))]))
    } else {
      if let previous = reply.value.previous?.value { console.write(output.bytes(previous)) }
      confirm("put", reply.origin)
    }
    return .ok
  }

  private func value() throws -> [UInt8] {
    // One byte more than is allowed is enough to see that it is too much; the store names the limit.
    let limit = 2 * Limits.valueBytesMax
    switch (invocation.argument(1), invocation.text("--file")) {
    case (nil, let path?): return try LocalFiles.contents(of: path, limit: limit)
    case ("-", nil): return try LocalFiles.standardInput(limit: limit)
    case (let word?, nil): return Array(word.utf8)
    case (nil, nil): throw CommandFailure.usage("give the value as a word, with --file PATH, or '-' for standard input")
    case (.some, .some): throw CommandFailure.usage("give the value once: as a word or with --file")
    }
  }

  func delete() async throws -> ExitCode {
    let start = try invocation.key(invocation.required(0))
    let range: KeyRange
    if invocation.has("--prefix") {
      guard invocation.argument(1) == nil else { throw CommandFailure.usage("--prefix goes without END") }
      guard !start.bytes.isEmpty || invocation.has("--all") else {
        throw CommandFailure.usage(
          "an empty prefix means every key of \(invocation.keyspaceName): add --all if you mean it")
      }
      range = KeyRange(prefix: start)
    } else if let end = invocation.argument(1) {
      range = KeyRange(start: start, end: try invocation.key(end))
    } else {
      range = KeyRange(only: start)
    }
    let options = try options()
    let reply = try await invocation.withKeyspace { store in
      try await store.delete(range, wantsPrevious: invocation.has("--prev"), options: options)
    }
    if invocation.isJSON {
      let output = RowOutput(form: .automatic)
      console.json(
        .object([
          header(reply.origin), JSONMember("deleted", .integer(reply.value.count)),
          JSONMember("previous", .array(reply.value.previous.map { output.json($0) })),
        ]))
    } else {
      confirm("deleted \(reply.value.count) key\(reply.value.count == 1 ? "" : "s")", reply.origin)
    }
    return .ok
  }

  func transaction() async throws -> ExitCode {
    let output = try invocation.rowOutput()
    let path = invocation.required(0)
    let bytes = try path == "-" ? LocalFiles.standardInput() : LocalFiles.contents(of: path)
    let transaction = try TransactionFile.parse(bytes)
    let options = try options()
    let reply = try await invocation.withKeyspace { store in
      try await store.transaction(transaction, options: options)
    }
    let result = reply.value
    if invocation.isJSON {
      console.json(
        .object([
          header(reply.origin), JSONMember("succeeded", .bool(result.succeeded)),
          JSONMember("responses", .array(result.responses.map { output.json($0) })),
        ]))
    } else {
      for response in result.responses { show(response, output) }
      let branch = result.succeeded ? "compares held, success ran" : "compares did not hold, failure ran"
      confirm("\(branch): \(result.responses.count) operations", reply.origin)
    }
    return result.succeeded ? .ok : .no
  }

  private func show(_ response: OperationResult, _ output: RowOutput) {
    switch response {
    case .put(let previous):
      console.line(previous == nil ? "put" : "put, in the place of:")
      if let previous { console.line(output.line(previous)) }
    case .delete(let count, let previous):
      console.line("deleted \(count)")
      for row in previous { console.line(output.line(row)) }
    case .range(let range):
      console.line("range \(range.items.count) of \(range.count)")
      for row in range.items { console.line(output.line(row)) }
    }
  }

  func compact() async throws -> ExitCode {
    guard let number = UInt64(invocation.required(0)), number > 0 else {
      throw CommandFailure.usage("REVISION is a whole number above 0")
    }
    let options = try options()
    let reply = try await invocation.withKeyspace { store in
      try await store.compact(Revision(number), options: options)
    }
    if invocation.isJSON {
      console.json(.object([header(reply.origin), JSONMember("compacted", .integer(number))]))
    } else {
      confirm("forgot what was superseded at or below \(number)", reply.origin)
    }
    return .ok
  }
}

extension Invocation {
  func requestID(_ text: String) throws(CommandFailure) -> Identifier {
    guard let id = Identifier(text), !id.isZero else {
      throw .usage("a request id is 32 hexadecimal digits, not all 0, hyphens allowed")
    }
    return id
  }
}
