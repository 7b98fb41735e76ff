import Base
import Model
import Testing

@Suite("Transactions")
struct TransactionTests {
  @Test("A put creates a key at version 1, a second one keeps the create revision and raises the version")
  func putVersions() throws {
    var log = Log()
    try log.run([put("a", "1")])
    let second = try log.run([put("a", "2", wantsPrevious: true)])
    #expect(second.responses == [.put(previous: item("a", "1", create: 2, mod: 2, version: 1))])
    #expect(log.state.row(Key("a")) == item("a", "2", create: 2, mod: 3, version: 2))
  }

  @Test("A key put again after its deletion is a new key: version 1 and a new create revision")
  func versionRestarts() throws {
    var log = Log()
    try log.run([put("a", "1")])
    try log.run([put("a", "2")])
    let deleted = try log.run([delete("a", wantsPrevious: true)])
    #expect(deleted.responses == [.delete(count: 1, previous: [item("a", "2", create: 2, mod: 3, version: 2)])])
    #expect(log.state.row(Key("a")) == nil)
    try log.run([put("a", "3")])
    #expect(log.state.row(Key("a")) == item("a", "3", create: 5, mod: 5, version: 1))
  }

  @Test("Deleting what is not there counts nothing and changes nothing")
  func deleteAbsent() throws {
    var log = Log()
    let evaluation = try log.run([delete("a"), deletePrefix("b")])
    #expect(evaluation.responses == [.delete(count: 0, previous: []), .delete(count: 0, previous: [])])
    #expect(evaluation.effects.isEmpty)
  }

  @Test("A range sees the puts and deletes before it in its own list, in key order, with limit, order and count")
  func inListVisibility() throws {
    var log = Log()
    try log.run([put("k1", "1"), put("k3", "3"), put("k5", "5"), put("x", "x")])
    let evaluation = try log.run([
      range("k", keysOnly: true),
      put("k2", "2"), put("k4", "4"), delete("k3"), put("k0", "0"), put("k1", "one"),
      range("k"), range("k", limit: 2), range("k", limit: 2, reverse: true), range("k", countOnly: true),
      get("k1"), get("k3"), range("k", limit: 5),
    ])
    let responses = evaluation.responses
    try #require(responses.count == 13)
    #expect(responses[0].keys == ["k1", "k3", "k5"])
    #expect(responses[0].items.allSatisfy { $0.value == nil })
    #expect(responses[6].keys == ["k0", "k1", "k2", "k4", "k5"])
    #expect(responses[6].items[1] == item("k1", "one", create: 2, mod: 3, version: 2))
    #expect(responses[6].items[2] == item("k2", "2", create: 3, mod: 3, version: 1))
    #expect(responses[7] == .range(RangeResult(items: Array(responses[6].items.prefix(2)), more: true, count: 5)))
    #expect(responses[8].keys == ["k5", "k4"])
    #expect(responses[9] == .range(RangeResult(items: [], more: false, count: 5)))
    #expect(responses[10].items == [responses[6].items[1]])
    #expect(responses[11] == .range(RangeResult(items: [], more: false, count: 0)))
    #expect(responses[12] == .range(RangeResult(items: responses[6].items, more: false, count: 5)))
  }

  @Test("Ordinals number the changes of a command from 0 in their order")
  func ordinals() throws {
    var log = Log()
    try log.run([put("b", "1"), put("a", "1"), put("c", "1")])
    let evaluation = try log.run([put("z", "1"), range(""), deletePrefix(""), put("a", "2")])
    #expect(evaluation.ordinals == [0, 1, 2, 3, 4, 5])
    #expect(evaluation.responses[2] == .delete(count: 4, previous: []))
    #expect(log.state.history(Key("a")).map(\.ordinal) == [5, 1, 1])
    #expect(log.state.row(Key("a")) == item("a", "2", create: 3, mod: 3, version: 1))
  }

  static let compareCases: [(Compare.Target, Compare.Relation, String, Bool)] = [
    (.version(2), .equal, "a", true), (.version(2), .notEqual, "a", false), (.version(1), .greater, "a", true),
    (.version(2), .greater, "a", false), (.version(3), .less, "a", true), (.version(2), .less, "a", false),
    (.version(0), .equal, "absent", true), (.version(0), .greater, "absent", false),
    (.createRevision(Revision(2)), .equal, "a", true), (.createRevision(.zero), .equal, "absent", true),
    (.createRevision(.zero), .greater, "a", true), (.modRevision(Revision(3)), .equal, "a", true),
    (.modRevision(Revision(3)), .less, "a", false), (.modRevision(.zero), .equal, "absent", true),
    (.value(Digest(of: Array("2".utf8))), .equal, "a", true),
    (.value(Digest(of: Array("1".utf8))), .equal, "a", false),
    (.value(Digest(of: Array("1".utf8))), .notEqual, "a", true),
    (.value(Digest(of: [])), .equal, "absent", false), (.value(Digest(of: [])), .notEqual, "absent", false),
    (.value(.zero), .greater, "a", false), (.value(.zero), .less, "a", false),
  ]

  @Test("Compares hold as the table says", arguments: compareCases.indices)
  func compares(_ index: Int) throws {
    let (target, relation, key, holds) = Self.compareCases[index]
    var log = Log()
    try log.run([put("a", "1")])
    try log.run([put("a", "2")])
    let transaction = Transaction(
      compares: [Compare(key: Key(key), relation: relation, target: target)], success: [put("yes", "")],
      failure: [put("no", ""), put("no2", "")])
    let evaluation = try log.run(Command(envelope: Envelope(), body: .transaction(transaction)))
    guard case .transaction(let result) = evaluation.result else { throw Unexpected() }
    #expect(result.succeeded == holds)
    #expect(result.responses.count == (holds ? 1 : 2))
    #expect((log.state.row(Key("yes")) != nil) == holds)
  }

  @Test("All compares must hold for the first list to run")
  func allCompares() throws {
    var log = Log()
    let absent = Compare(key: Key("a"), relation: .equal, target: .version(0))
    let present = Compare(key: Key("a"), relation: .greater, target: .version(0))
    let both = Transaction(compares: [absent, present], success: [put("a", "1")])
    let evaluation = try log.run(Command(envelope: Envelope(), body: .transaction(both)))
    #expect(evaluation.result == .transaction(TransactionResult(succeeded: false, responses: [])))
    #expect(log.state.row(Key("a")) == nil)
  }

  @Test("A range as of an older revision sees that revision, not the list's own changes")
  func asOf() throws {
    var log = Log()
    try log.run([put("a", "1")])
    try log.run([put("a", "2"), put("b", "1")])
    let evaluation = try log.run([
      delete("a"), range("", revision: Revision(2)), range("", revision: Revision(3), limit: 1, reverse: true),
    ])
    #expect(evaluation.responses[1].items == [item("a", "1", create: 2, mod: 2, version: 1)])
    #expect(
      evaluation.responses[2]
        == .range(RangeResult(items: [item("b", "1", create: 3, mod: 3, version: 1)], more: true, count: 2)))
  }

  @Test("A range at a compacted or future revision refuses the whole transaction without effect")
  func compactedAndFuture() throws {
    var log = Log()
    for value in 1...4 { try log.run([put("a", "\(value)")]) }
    try log.run(Command(envelope: Envelope(), body: .compact(Revision(4))))
    let compacted = try log.run([put("b", ""), range("", revision: Revision(3))])
    #expect(compacted.result == .refused(.compacted(Revision(4))))
    #expect(compacted.effects.isEmpty)
    let oldest = try log.run([range("", revision: Revision(4))])
    #expect(oldest.responses[0].items == [item("a", "3", create: 2, mod: 4, version: 3)])
    let future = try log.run([put("b", ""), range("", revision: Revision(9))])
    #expect(future.revision == Revision(9))
    #expect(future.result == .refused(.futureRevision(Revision(8))))
    #expect(future.effects.isEmpty)
    #expect(log.state.row(Key("b")) == nil)
  }

  @Test("Deleting more keys than one entry may touch is refused without effect; as many as it may are deleted")
  func tooManyKeys() throws {
    var log = Log()
    var next = 0
    while next < Limits.rangeDeleteKeysMax {
      let keys = next..<min(next + 128, Limits.rangeDeleteKeysMax)
      try log.run(keys.map { put("k\(100_000 + $0)", "") })
      next = keys.upperBound
    }
    try log.run([put("x", "")])
    let before = log.state.header
    let refused = try log.run([put("y", ""), deletePrefix("k"), deletePrefix("x")])
    #expect(refused.result == .refused(.tooManyKeys))
    #expect(refused.effects.isEmpty)
    #expect(log.state.header.setHash == before.setHash)
    #expect(try log.run([deletePrefix("")]).result == .refused(.tooManyKeys))
    let allowed = try log.run([deletePrefix("k")])
    #expect(allowed.responses == [.delete(count: Limits.rangeDeleteKeysMax, previous: [])])
    #expect(log.state.count(.all, asOf: nil) == 1)
  }

  @Test("An answer larger than the limit refuses the transaction without effect, and one that just fits is given")
  func resultTooLarge() throws {
    var log = Log()
    let large = Value([UInt8](repeating: 7, count: Limits.valueBytesMax))
    for key in ["a", "b", "c", "d"] { try log.run([.put(key: Key(key), value: large, wantsPrevious: false)]) }
    for operations in [
      [put("x", ""), range("")], [put("x", ""), deletePrefix("", wantsPrevious: true)],
      [put("x", ""), get("a"), get("b"), put("c", "", wantsPrevious: true), get("d")],
    ] {
      let refused = try log.run(operations)
      #expect(refused.result == .refused(.resultTooLarge))
      #expect(refused.effects.isEmpty)
    }
    let fits = try log.run([range("", limit: 3), range("", keysOnly: true)])
    #expect(fits.responses.map(\.keys) == [["a", "b", "c"], ["a", "b", "c", "d"]])
    #expect(log.state.row(Key("x")) == nil)
  }

  @Test("A range without a limit gives as many keys as are published, and says that more are left")
  func rangeKeysMax() throws {
    var log = Log()
    for block in 0..<((Limits.rangeKeysMax / 128) + 1) {
      try log.run((0..<128).map { put("k\(100_000 + block * 128 + $0)", "") })
    }
    let total = ((Limits.rangeKeysMax / 128) + 1) * 128
    let evaluation = try log.run([put("k1", ""), range("k", keysOnly: true)])
    guard case .range(let result) = evaluation.responses.last else { throw Unexpected() }
    #expect(result.items.count == Limits.rangeKeysMax)
    #expect(result.items.first?.key == Key("k1"))
    #expect(result.more)
    #expect(result.count == total + 1)
    #expect(zip(result.items, result.items.dropFirst()).allSatisfy { $0.key < $1.key })
  }

  @Test("Compaction must name a revision above the last one and not above the newest")
  func compaction() throws {
    var log = Log()
    try log.run([put("a", "1"), put("b", "1")])
    try log.run([put("a", "2"), delete("b")])
    let future = try log.run(Command(envelope: Envelope(), body: .compact(Revision(4))))
    #expect(future.result == .refused(.futureRevision(Revision(3))))
    let setHash = log.state.header.setHash
    #expect(try log.run(Command(envelope: Envelope(), body: .compact(Revision(3)))).result == .compacted)
    #expect(log.state.header.compacted == Revision(3))
    #expect(log.state.header.setHash == setHash)
    #expect(log.state.history(Key("a")).map(\.version) == [2])
    #expect(log.state.history(Key("b")).isEmpty)
    let again = try log.run(Command(envelope: Envelope(), body: .compact(Revision(3))))
    #expect(again.result == .refused(.compacted(Revision(3))))
    #expect(!again.changesData)
  }
}
