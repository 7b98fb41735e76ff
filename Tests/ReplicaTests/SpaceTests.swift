import Base
import Model
import Testing
import Wire

@testable import Replica

@Suite("Room on the disks")
struct SpaceTests {
  private static let low: UInt64 = 1_000

  private func leader() throws -> Bench {
    let bench = try Bench(lowSpaceBytes: Self.low)
    bench.elect()
    return bench
  }

  private func report(_ bench: Bench, free: UInt64) {
    bench.feed(.disk(DiskReport(fsyncAge: .zero, isFull: false, free: free)))
  }

  private func hear(_ bench: Bench, from number: UInt64, isLow: Bool) {
    bench.feed(.received(LinkID(number), .space(SpaceReport(free: 5, isLow: isLow))))
  }

  /// The code of the refusal; nil when the command went into the log.
  private func propose(_ bench: Bench, _ body: CommandBody) -> FailureCode? {
    let before = bench.replies.count
    let command = Command(envelope: Envelope(), body: body)
    bench.feed(.client(ClientToken(connection: 1, number: 1), .propose(keyspace: "england", command: command.bytes)))
    guard bench.replies.count > before, case .failed(let failure) = bench.replies[before].body else { return nil }
    #expect(failure.outcome == .notApplied)
    return failure.code
  }

  private func propose(_ bench: Bench, _ operations: Model.Operation...) -> FailureCode? {
    propose(bench, .transaction(Transaction(success: operations)))
  }

  private let put = Model.Operation.put(key: Key("k"), value: Value([1]), wantsPrevious: false)
  private let delete = Model.Operation.delete(KeyRange(only: Key("k")), wantsPrevious: false)

  @Test("One node of three that is low refuses nothing, be it the leader or a follower")
  func minority() throws {
    for own in [true, false] {
      let bench = try leader()
      if own { report(bench, free: Self.low - 1) } else { hear(bench, from: 2, isLow: true) }
      #expect(propose(bench, put) == nil)
    }
  }

  @Test("When a majority is low new data is refused, and what makes room is not")
  func majority() throws {
    let bench = try leader()
    hear(bench, from: 2, isLow: true)
    hear(bench, from: 3, isLow: true)
    #expect(propose(bench, put) == .noSpace)
    // Also where the data would come only if a comparison fails.
    let maybe = Transaction(success: [delete], failure: [put])
    #expect(propose(bench, .transaction(maybe)) == .noSpace)
    #expect(propose(bench, delete) == nil)
    #expect(propose(bench, .compact(Revision(1))) == nil)
    #expect(propose(bench, .openSession(timeToLive: .seconds(60))) == nil)
    hear(bench, from: 3, isLow: false)
    #expect(propose(bench, put) == nil)
  }

  @Test("A node tells its peers at once when it becomes low, and comes back only an eighth above the mark")
  func hysteresis() throws {
    let bench = try leader()
    hear(bench, from: 2, isLow: true)
    func told() -> [Bool] {
      defer { bench.forgetFrames() }
      return bench.frames.compactMap { if case .space(let report) = $0.frame { report.isLow } else { nil } }
    }
    _ = told()
    report(bench, free: Self.low)
    #expect(propose(bench, put) == nil)
    report(bench, free: Self.low - 1)
    #expect(told().contains(true))
    #expect(propose(bench, put) == .noSpace)
    report(bench, free: Self.low + Self.low / 8 - 1)
    #expect(propose(bench, put) == .noSpace)
    report(bench, free: Self.low + Self.low / 8)
    #expect(propose(bench, put) == nil)
  }

  @Test("A node that has not measured its disk yet is not low")
  func unknown() throws {
    let bench = try leader()
    hear(bench, from: 2, isLow: true)
    bench.feed(.disk(DiskReport(fsyncAge: .zero, isFull: false)))
    #expect(propose(bench, put) == nil)
  }
}
