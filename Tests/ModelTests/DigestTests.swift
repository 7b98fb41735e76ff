import Base
import Model
import Testing

@Suite("Digests")
struct DigestTests {
  private func run(_ build: (inout Log) throws -> Void) rethrows -> StateHeader {
    var log = Log()
    try build(&log)
    return log.state.header
  }

  @Test("The set hash depends on every part of a row, and not on what was superseded")
  func parts() throws {
    let key = Key("a")
    let digest = Digest(of: [1])
    let member = SetHash.member(
      key: key, create: Revision(2), mod: Revision(3), ordinal: 4, version: 5, valueDigest: digest)
    let others = [
      SetHash.member(
        key: Key("b"), create: Revision(2), mod: Revision(3), ordinal: 4, version: 5, valueDigest: digest),
      SetHash.member(key: key, create: Revision(1), mod: Revision(3), ordinal: 4, version: 5, valueDigest: digest),
      SetHash.member(key: key, create: Revision(2), mod: Revision(4), ordinal: 4, version: 5, valueDigest: digest),
      SetHash.member(key: key, create: Revision(2), mod: Revision(3), ordinal: 3, version: 5, valueDigest: digest),
      SetHash.member(key: key, create: Revision(2), mod: Revision(3), ordinal: 4, version: 6, valueDigest: digest),
      SetHash.member(key: key, create: Revision(2), mod: Revision(3), ordinal: 4, version: 5, valueDigest: .zero),
    ]
    #expect(!others.contains(member))

    let emptied = try run { log in
      try log.run([put("a", "1"), put("b", "2")])
      try log.run([deletePrefix("")])
    }
    #expect(emptied.setHash == .zero)
    #expect(emptied.liveKeys == 0)
    #expect(emptied.liveBytes == 0)
  }

  @Test("The chain depends on the head before, the entry, the effects and the answer")
  func chain() throws {
    var log = Log()
    let evaluation = try log.run([put("a", "1"), get("a")])
    let hash = Digest(of: [1])
    let next = Chain.next(head: .zero, entryHash: hash, evaluation: evaluation)
    var others = [
      Chain.next(head: hash, entryHash: hash, evaluation: evaluation),
      Chain.next(head: .zero, entryHash: .zero, evaluation: evaluation),
      Chain.next(head: .zero, entryHash: hash, evaluation: nil),
    ]
    var changed = evaluation
    changed.effects = []
    others.append(Chain.next(head: .zero, entryHash: hash, evaluation: changed))
    changed = evaluation
    changed.result = .refused(.tooManyKeys)
    others.append(Chain.next(head: .zero, entryHash: hash, evaluation: changed))
    #expect(!others.contains(next))
    #expect(Set(others).count == others.count)
    #expect(Chain.next(head: .zero, entryHash: hash, evaluation: evaluation) == next)
  }
}
