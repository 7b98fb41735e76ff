import Base
import Model
import Network
import QuartetClient
import Simulator
import Synchronization

/// What the checker judges; `Model` has an operation too.
typealias HistoryOperation = Simulator.Operation

/// One call of a client, with what is needed to judge it.
struct HistoryRecord: Sendable {
  var keyspace: String
  var operation: HistoryOperation
  var isHTTP: Bool
  /// By HTTP the node that was asked, else the one that answered.
  var node: String
  var term: UInt64
  var failure = ""

  var isAcknowledgedWrite: Bool { operation.answer == .written }
  var latency: Interval { operation.returned - operation.invoked }
}

/// Everything that clients asked and were told.
final class Histories: Sendable {
  private let list = Mutex<[HistoryRecord]>([])
  private let values = Atomic<UInt64>(0)

  /// A value that nobody else writes.
  func nextValue() -> UInt64 { values.add(1, ordering: .relaxed).newValue }
  func add(_ record: HistoryRecord) { list.withLock { $0.append(record) } }
  var records: [HistoryRecord] { list.withLock { $0 } }
  var count: Int { list.withLock { $0.count } }

  /// The first acknowledgement of a write in a keyspace by a leader of a later term than `term`.
  func firstAcknowledgement(in keyspace: String, after term: UInt64, since moment: Moment) -> Moment? {
    list.withLock { list in
      var first: Moment?
      for record in list.reversed() {
        if record.operation.returned < moment - .seconds(60) { break }
        guard record.keyspace == keyspace, record.isAcknowledgedWrite, record.term > term else { continue }
        first = min(first ?? .never, record.operation.returned)
      }
      return first
    }
  }

  static func key(_ number: Int) -> Key { Key("lab/\(number)") }
  static func bytes(_ value: UInt64) -> [UInt8] { Array("value \(value)".utf8) }
  static func value(_ bytes: [UInt8]) -> UInt64? { UInt64(String(decoding: bytes.dropFirst(6), as: UTF8.self)) }
}

/// Clients that write and read in all four nations as fast as they are answered, half natively, half over HTTP.
final class HistoryClients: Sendable {
  /// Operations on one key: enough to meet, few enough to judge.
  private static let operationsPerKey = 250
  private static let keysAtOnce = 6

  let histories = Histories()
  private let lab: LabCluster
  private let isStopping = Atomic<Bool>(false)
  private let counters: [Atomic2]
  private let tasks = Mutex<[Task<Void, Never>]>([])
  private let threads = Mutex<[WorkerThread]>([])

  /// A counter that can stand in a list.
  private final class Atomic2: Sendable {
    let value = Atomic<Int>(0)
  }

  init(_ lab: LabCluster, native: Int, http: Int) throws {
    self.lab = lab
    counters = LabCluster.keyspaces.map { _ in Atomic2() }
    for number in 0..<native {
      let client = try QuartetClient(
        nodes: lab.nodes.map(\.client), options: QuartetClient.Options(name: "history \(number)"))
      tasks.withLock {
        $0.append(
          Task.detached { [self] in
            await runNative(number, client)
            client.close()
          })
      }
    }
    for number in 0..<http {
      let thread = try WorkerThread(name: "http-\(number)") { [self] in runHTTP(native + number) }
      threads.withLock { $0.append(thread) }
    }
  }

  /// Ends the clients once their calls are answered.
  func stop() async throws -> [HistoryRecord] {
    isStopping.store(true, ordering: .relaxed)
    for task in tasks.withLock({ $0 }) { await task.value }
    let threads = threads.withLock { $0 }
    try await onThread { for thread in threads { thread.join() } }
    return histories.records
  }

  private var goesOn: Bool { !isStopping.load(ordering: .relaxed) }

  private func next(_ random: inout SplitMix64) -> (keyspace: String, key: Int, isWrite: Bool) {
    let nation = random.below(LabCluster.keyspaces.count)
    let number = counters[nation].value.add(1, ordering: .relaxed).newValue
    let epoch = number / (Self.operationsPerKey * Self.keysAtOnce)
    let key = epoch * Self.keysAtOnce + random.below(Self.keysAtOnce)
    return (LabCluster.keyspaces[nation], key, random.below(10) < 6)
  }

  // MARK: Native

  private func runNative(_ number: Int, _ client: QuartetClient) async {
    var random = SplitMix64(seed: UInt64(number) &* 7_919 &+ 1)
    while goesOn {
      let (keyspace, key, isWrite) = next(&random)
      let store = client.keyspace(keyspace)
      var operation = HistoryOperation(
        client: number, key: key, kind: isWrite ? .write(histories.nextValue()) : .read, invoked: Clock.now(),
        returned: .zero, answer: .unknown)
      var record = HistoryRecord(keyspace: keyspace, operation: operation, isHTTP: false, node: "", term: 0)
      do throws(QuartetError) {
        let origin: Origin
        if case .write(let value) = operation.kind {
          origin = try await store.put(Histories.key(key), Histories.bytes(value)).origin
          operation.answer = .written
        } else {
          let reply = try await store.get(Histories.key(key))
          origin = reply.origin
          operation.answer = .value(reply.value?.value.flatMap { Histories.value($0.bytes) })
        }
        record.node = origin.node
        record.term = origin.term
      } catch {
        record.failure = "\(error)"
        switch error.outcome {
        case .notApplied: operation.answer = .notApplied
        case .applied: operation.answer = isWrite ? .written : .unknown
        case .unknown: operation.answer = .unknown
        }
        operation.returned = Clock.now()
        record.operation = operation
        histories.add(record)
        try? await Task.sleep(nanoseconds: 5_000_000)
        continue
      }
      operation.returned = Clock.now()
      record.operation = operation
      histories.add(record)
    }
  }

  // MARK: HTTP

  private func runHTTP(_ number: Int) {
    var random = SplitMix64(seed: UInt64(number) &* 7_919 &+ 1)
    var position = number % lab.nodes.count
    var link = RawHTTP(lab.nodes[position].http)
    while goesOn {
      let (keyspace, key, isWrite) = next(&random)
      var operation = HistoryOperation(
        client: number, key: key, kind: isWrite ? .write(histories.nextValue()) : .read, invoked: Clock.now(),
        returned: .zero, answer: .unknown)
      var record = HistoryRecord(
        keyspace: keyspace, operation: operation, isHTTP: true, node: lab.nodes[position].name, term: 0)
      do throws(RawHTTP.Refusal) {
        let row: RawHTTP.Row
        if case .write(let value) = operation.kind {
          row = try link.put(keyspace, Histories.key(key).bytes, Histories.bytes(value))
          operation.answer = .written
        } else {
          row = try link.get(keyspace, Histories.key(key).bytes)
          operation.answer = .value(row.value.flatMap(Histories.value))
        }
        record.term = row.term
      } catch {
        var movesOn = true
        switch error {
        case .failed(.notSent(let reason)):
          operation.answer = .notApplied
          record.failure = reason
        case .failed(.lost(let reason)): record.failure = reason
        case .refused(let outcome, let reason, _):
          operation.answer = outcome == "notApplied" ? .notApplied : outcome == "applied" ? .written : .unknown
          record.failure = "\(reason) (\(outcome))"
          movesOn = false
        }
        if !isWrite { operation.answer = .unknown }
        if movesOn {
          position = (position + 1) % lab.nodes.count
          link = RawHTTP(lab.nodes[position].http)
        }
      }
      operation.returned = Clock.now()
      record.operation = operation
      histories.add(record)
    }
  }
}
