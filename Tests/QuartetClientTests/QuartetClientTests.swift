import Base
import Model
import QuartetClient
import Synchronization
import Testing
import Wire

/// The client over real sockets against a made-up node.
@Suite(.timeLimit(.minutes(1)))
struct QuartetClientTests {
  private func withNode(
    _ options: QuartetClient.Options = .init(), _ body: (FakeNode, QuartetClient) async throws -> Void
  ) async throws {
    let node = try FakeNode()
    let client = try QuartetClient(nodes: [node.address], options: options)
    defer {
      client.close()
      node.stop()
    }
    try await body(node, client)
  }

  @Test("What was put is read back, with where the answer comes from")
  func putAndGet() async throws {
    try await withNode { node, client in
      let england = client.keyspace("england")
      let first = try await england.put(Key("a"), [1], wantsPrevious: true)
      #expect(first.value.previous == nil)
      #expect(first.origin.node == "node-0")
      #expect(first.logTime != nil)
      let second = try await england.put(Key("a"), [2], wantsPrevious: true)
      #expect(second.value.previous?.value?.bytes == [1])
      let read = try await england.get(Key("a"))
      #expect(read.value?.value?.bytes == [2])
      let stale = try await england.stale(maxAge: .seconds(1)).get(Key("a"))
      #expect(stale.staleValue?.value?.bytes == [2])
      #expect(stale.age == .milliseconds(3))
      #expect(try await england.delete(Key("a")).value.count == 1)
      #expect(try await england.get(Key("a")).value == nil)
      #expect(try await england.outcome(of: .random()).value == .notRemembered)
    }
  }

  @Test("A thousand calls at once share one connection and all are answered")
  func pipelining() async throws {
    try await withNode { node, client in
      let england = client.keyspace("england")
      let revisions = try await withThrowingTaskGroup(of: Revision.self) { group in
        for number in 0..<1_000 {
          group.addTask { try await england.put(Key("key-\(number)"), [UInt8(number % 256)]).revision }
        }
        return try await group.reduce(into: []) { $0.append($1) }
      }
      #expect(revisions.count == 1_000)
      let seen = node.settings.withLock { ($0.rows.count, $0.executions, $0.connections) }
      #expect(seen == (1_000, 1_000, 1))
    }
  }

  @Test("A range is paged to its end, each key once")
  func pages() async throws {
    try await withNode { node, client in
      let england = client.keyspace("england")
      node.settings.withLock { for number in 0..<25 { $0.rows[Key("key-\(number + 100)")] = [1] } }
      var keys: [Key] = []
      var pages = 0
      for try await page in england.pages(RangeQuery(range: .all), size: 10) {
        keys += page.value.items.map(\.key)
        pages += 1
      }
      #expect(pages == 3)
      #expect(keys == (100..<125).map { Key("key-\($0)") })
    }
  }

  @Test("When an answer is lost with its connection the write is asked for again and was executed once")
  func reconnects() async throws {
    try await withNode { node, client in
      let england = client.keyspace("england")
      _ = try await england.put(Key("a"), [1])
      node.settings.withLock { $0.answersToLose = 2 }
      _ = try await england.put(Key("b"), [2])
      let seen = node.settings.withLock { ($0.executions, $0.connections) }
      #expect(seen == (2, 3))
    }
  }

  @Test("A write sent once whose connection breaks is unknown")
  func sentOnce() async throws {
    try await withNode { node, client in
      node.settings.withLock { $0.answersToLose = 1 }
      let error = await #expect(throws: QuartetError.self) {
        _ = try await client.keyspace("england").put(Key("a"), [1], options: WriteOptions(resending: .once))
      }
      #expect(error?.code == .connectionLost)
      #expect(error?.outcome == .unknown)
    }
  }

  @Test("Cancelling the task that waits ends the call, and its outcome is unknown once it was sent")
  func cancellation() async throws {
    try await withNode { node, client in
      let england = client.keyspace("england")
      _ = try await england.put(Key("a"), [1])
      node.settings.withLock { $0.holdsAnswers = true }
      let task = Task { try await england.put(Key("b"), [2]) }
      while node.settings.withLock({ $0.executions }) < 2 { await Task.yield() }
      task.cancel()
      let error = await #expect(throws: QuartetError.self) { _ = try await task.value }
      #expect(error?.code == .cancelled)
      #expect(error?.outcome == .unknown)
      let early = Task {
        withUnsafeCurrentTask { $0?.cancel() }
        return try await england.put(Key("c"), [3])
      }
      let refusal = await #expect(throws: QuartetError.self) { _ = try await early.value }
      #expect(refusal?.code == .cancelled)
      #expect(refusal?.outcome == .notApplied)
    }
  }

  @Test("Closing ends calls under way, and later ones are refused")
  func closing() async throws {
    try await withNode { node, client in
      let england = client.keyspace("england")
      _ = try await england.put(Key("a"), [1])
      node.settings.withLock { $0.holdsAnswers = true }
      let task = Task { try await england.put(Key("b"), [2]) }
      while node.settings.withLock({ $0.executions }) < 2 { await Task.yield() }
      client.close()
      let error = await #expect(throws: QuartetError.self) { _ = try await task.value }
      #expect(error?.code == .cancelled)
      #expect(error?.outcome == .unknown)
      let later = await #expect(throws: QuartetError.self) { _ = try await england.get(Key("a")) }
      #expect(later?.code == .cancelled)
    }
  }

  @Test("Limits are named before anything is sent")
  func limits() async throws {
    try await withNode { node, client in
      let england = client.keyspace("england")
      let long = await #expect(throws: QuartetError.self) {
        _ = try await england.put(Key([UInt8](repeating: 1, count: Limits.keyBytesMax + 1)), [])
      }
      #expect(long?.code == .tooLarge)
      #expect(long?.outcome == .notApplied)
      let empty = await #expect(throws: QuartetError.self) { _ = try await england.put(Key([]), []) }
      #expect(empty?.code == .invalidArgument)
      #expect(node.settings.withLock { $0.proposals } == 0)
    }
  }

  @Test("With nobody at the address a call ends at its time-out, not applied, and says why")
  func nobodyThere() async throws {
    let node = try FakeNode()
    let address = node.address
    node.stop()
    let client = try QuartetClient(nodes: [address], options: .init(timeout: .milliseconds(200)))
    defer { client.close() }
    let error = await #expect(throws: QuartetError.self) {
      _ = try await client.keyspace("england").put(Key("a"), [1])
    }
    #expect(error?.code == .deadlineExceeded)
    #expect(error?.outcome == .notApplied)
    #expect(error?.message.contains("could not connect") == true)
  }

  @Test("An address that cannot be read is refused at once")
  func badAddress() {
    #expect(throws: QuartetError.self) { _ = try QuartetClient(nodes: ["somewhere"]) }
    #expect(throws: QuartetError.self) { _ = try QuartetClient(nodes: []) }
  }
}
