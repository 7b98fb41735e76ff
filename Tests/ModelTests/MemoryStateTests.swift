import Base
import Model
import Testing

@Suite("MemoryState")
struct MemoryStateTests {
  @Test("Rows, counts and history are right with many keys that come and go in any order")
  func manyKeys() throws {
    var random = SplitMix64(seed: 5)
    var log = Log()
    var live: [Key: UInt64] = [:]
    for _ in 0..<6_000 {
      let key = Key("k\(random.below(3_000))")
      if random.oneIn(3) {
        try log.run([.delete(KeyRange(only: key), wantsPrevious: false)])
        live[key] = nil
      } else {
        try log.run([.put(key: key, value: Value([1]), wantsPrevious: false)])
        live[key, default: 0] += 1
      }
    }
    let sorted = live.keys.sorted()
    let rows = log.state.rows(.all, asOf: nil, limit: .max, keysOnly: true, reverse: false)
    #expect(rows.map(\.key) == sorted)
    #expect(rows.map(\.version) == sorted.map { live[$0] })
    let range = KeyRange(start: Key("k2"), end: Key("k25"))
    let inside = sorted.filter(range.contains)
    #expect(inside.count > 100)
    #expect(
      log.state.rows(range, asOf: nil, limit: 70, keysOnly: true, reverse: true).map(\.key)
        == Array(inside.reversed().prefix(70)))
    #expect(log.state.count(range, asOf: nil) == inside.count)
    #expect(log.state.header.setHash == log.state.recomputedSetHash())
  }

  @Test("A read gives pages that fit, from one revision, and refuses what is compacted or does not exist yet")
  func reads() throws {
    var log = Log()
    let large = Value([UInt8](repeating: 7, count: Limits.valueBytesMax))
    for key in ["a", "b", "c", "d", "e"] { try log.run([.put(key: Key(key), value: large, wantsPrevious: false)]) }
    func read(_ query: RangeQuery) throws -> RangeAnswer {
      try query.answer(newest: log.revision, compacted: log.state.header.compacted, view: log.state)
    }
    let whole = RangeQuery(range: .all)
    guard case .rows(let page) = try read(whole) else { throw Unexpected() }
    #expect(page.items.map(\.key) == [Key("a"), Key("b"), Key("c")])
    #expect(page.more)
    #expect(page.count == 5)
    try log.run([deletePrefix("")])
    let past = RangeQuery(range: .all, revision: Revision(6), limit: 3, keysOnly: true, reverse: true)
    guard case .rows(let back) = try read(past) else { throw Unexpected() }
    #expect(back.items.map(\.key) == [Key("e"), Key("d"), Key("c")])
    #expect(try read(whole) == .rows(RangeResult(items: [], more: false, count: 0)))
    #expect(try read(RangeQuery(range: .all, revision: Revision(8))) == .refused(.futureRevision(Revision(7))))
    try log.run(Command(envelope: Envelope(), body: .compact(Revision(7))))
    #expect(try read(past) == .refused(.compacted(Revision(7))))
  }

  @Test("A history is given newest first, below a revision, up to a limit")
  func history() throws {
    var log = Log()
    for value in 1...4 { try log.run([put("a", "\(value)")]) }
    try log.run([delete("a")])
    let key = Key("a")
    #expect(log.state.history(key).map(\.revision.rawValue) == [6, 5, 4, 3, 2])
    #expect(log.state.history(key, before: Revision(5), limit: 2).map(\.version) == [3, 2])
    #expect(log.state.history(key).first?.value == nil)
    #expect(log.state.history(Key("b")).isEmpty)
  }

  @Test("Changes are given in order, whole revisions at a time")
  func changes() throws {
    var log = Log()
    try log.run([put("b", ""), put("a", "")])
    try log.run([])
    try log.run([delete("b"), put("c", "")])
    let all = log.state.changes(after: .zero, limit: 10)
    #expect(all.map { "\($0.revision).\($0.ordinal)" } == ["2.0", "2.1", "4.0", "4.1"])
    #expect(log.state.changes(after: .zero, limit: 1) == Array(all.prefix(2)))
    #expect(log.state.changes(after: Revision(2), limit: 1) == Array(all.suffix(2)))
    #expect(log.state.changes(after: Revision(4), limit: 1).isEmpty)
  }

  @Test("What expires is given oldest first with ties by id; sessions by id")
  func expiry() throws {
    var log = Log()
    for (low, seconds) in [(5, 3), (4, 1), (3, 1), (2, 2)] as [(UInt64, Int64)] {
      try log.run([], Envelope(request: Identifier(high: 0, low: low), keepFor: .seconds(seconds)))
    }
    let ids = log.state.expiredRequests(before: LogTime(nanoseconds: 3_000_000_000), limit: 10).map(\.low)
    #expect(ids == [3, 4, 2])
    #expect(log.state.expiredRequests(before: LogTime(nanoseconds: 1_000_000_001), limit: 1).map(\.low) == [3])
    let first = try log.openSession(timeToLive: .seconds(9))
    let second = try log.openSession(timeToLive: .seconds(4))
    let late = LogTime(nanoseconds: 10_000_000_000)
    #expect(log.state.expiredSessions(before: late, limit: 10) == [first, second])
    #expect(log.state.expiredSessions(before: late, limit: 1) == [first])
    #expect(log.state.expiredSessions(before: LogTime(nanoseconds: 5_000_000_000), limit: 10) == [second])
  }

  @Test("A snapshot comes back whole; damaged ones are refused or differ, and never crash")
  func snapshots() throws {
    var log = Log()
    let session = try log.openSession()
    try log.run([put("a", "1"), put("b", "2")], Envelope(session: session, sequence: 1))
    try log.run([delete("a")], Envelope(request: Identifier(high: 1, low: 1), keepFor: .seconds(9)))
    let bytes = log.state.snapshotBytes
    let copy = try MemoryState(snapshot: bytes)
    #expect(copy.snapshotBytes == bytes)
    #expect(copy.history(Key("a")).count == 2)
    #expect(copy.session(session) == log.state.session(session))
    #expect(copy.expiredSessions(before: LogTime(nanoseconds: .max), limit: 9) == [session])

    var values = RandomValues(seed: 9)
    var otherForms = 0
    for _ in 0..<100_000 {
      let damaged = values.mutated(bytes)
      guard let state = try? MemoryState(snapshot: damaged) else { continue }
      if state.snapshotBytes != damaged { otherForms += 1 }
    }
    #expect(otherForms == 0)

    var wrongSums = log.state.header
    wrongSums.liveKeys += 1
    let forged = MemoryState(log.state.contents)
    forged.header = wrongSums
    #expect(throws: DecodeError.invalid(field: "live rows")) { try MemoryState(snapshot: forged.snapshotBytes) }
  }
}
