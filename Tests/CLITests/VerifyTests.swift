import Base
import JSON
import QuartetClient
import Testing
import Wire

@testable import QuartetCLI

/// A node that holds made-up rows and answers in slices.
struct FakeSource: DigestSource {
  var name: String
  /// Number of the key, content.
  var rows: [(Int, String)]
  var slice = 10
  var damaged: [Digest] = []
  var error = ""
  var isUnreachable = false
  /// Fails from this key on.
  var failsFrom = Int.max

  static func key(_ number: Int) -> Key { Key("k" + String(String(100_000 + number).dropFirst())) }

  func digest(of keyspace: String, _ query: DigestQuery) async throws(QuartetError) -> DigestResult {
    if isUnreachable || query.range.start >= Self.key(min(failsFrom, 99_999)) {
      throw QuartetError(code: .deadlineExceeded, outcome: .notApplied, message: "no answer")
    }
    let inside = rows.filter { query.range.contains(Self.key($0.0)) }
    let covered = inside.prefix(slice)
    var result = DigestResult(
      setHash: .zero, rows: UInt64(covered.count), next: inside.count > slice ? Self.key(inside[slice].0) : nil,
      members: [], damaged: damaged, error: error)
    for (number, content) in covered {
      let member = Digest(of: Array("\(number)\(content)".utf8))
      result.setHash.insert(member)
      if query.perRow { result.members.append(.init(key: Self.key(number).hash, member: member)) }
    }
    return result
  }
}

@Suite struct VerifyTests {
  private static let rows = (0..<45).map { ($0, "content") }

  private func sources() -> [FakeSource] {
    // Slices of different sizes: nodes may stop at different places.
    [10, 7, 45, 3, 100].enumerated().map { FakeSource(name: "node-\($0)", rows: Self.rows, slice: $1) }
  }

  private func compare(_ sources: [FakeSource]) async -> DigestComparison.Report {
    await DigestComparison(keyspace: "wales", revision: Revision(9), sources: sources).run()
  }

  @Test("Equal nodes are equal, however each slices its rows")
  func equal() async {
    let report = await compare(sources())
    #expect(report.rows == 45)
    #expect(report.nodes.map(\.verdict) == Array(repeating: .equal, count: 5))
    #expect(Set(report.nodes.map(\.setHash)).count == 1)
    #expect(VerifyReport(keyspaces: [report]).exit == .ok)
  }

  @Test("An empty keyspace is verified too")
  func empty() async {
    let report = await compare(sources().map { FakeSource(name: $0.name, rows: []) })
    #expect(VerifyReport(keyspaces: [report]).exit == .ok)
  }

  @Test("One row that differs names the node and the key, wherever the node stands in the list", arguments: 0..<5)
  func oneDiffers(position: Int) async {
    var sources = sources()
    sources[position].rows[23].1 = "changed"
    sources[position].rows[31].1 = "changed"
    let report = await compare(sources)
    let difference = DigestComparison.FirstDifference(key: FakeSource.key(23).hash, kind: .otherContent)
    var expected = Array(repeating: DigestComparison.Verdict.equal, count: 5)
    expected[position] = .differs(difference)
    #expect(report.nodes.map(\.verdict) == expected)
    let result = VerifyReport(keyspaces: [report])
    #expect(result.exit == .no)
    #expect(result.text.contains(FakeSource.key(23).hash.description))
    #expect(result.text.hasSuffix("not equal or damaged: node-\(position)\n"))
  }

  @Test("A missing row and one too many are told apart", arguments: [0, 2])
  func missingAndAdditional(position: Int) async {
    var sources = sources()
    sources[position].rows.remove(at: 11)
    let missing = await compare(sources).nodes[position].verdict
    #expect(missing == .differs(.init(key: FakeSource.key(11).hash, kind: .missing)))
    sources[position].rows = Self.rows + [(50, "extra")]
    let additional = await compare(sources).nodes[position].verdict
    #expect(additional == .differs(.init(key: FakeSource.key(50).hash, kind: .additional)))
    sources[position].rows = Self.rows.dropLast()
    let last = await compare(sources).nodes[position].verdict
    #expect(last == .differs(.init(key: FakeSource.key(44).hash, kind: .missing)))
  }

  @Test("A node that does not answer is not verified, the others are, and the exit code says so", arguments: 0..<5)
  func unreachable(position: Int) async {
    var sources = sources()
    sources[position].isUnreachable = true
    let report = await compare(sources)
    #expect(report.nodes.count { $0.verdict == .equal } == 4)
    #expect(report.rows == 45)
    let result = VerifyReport(keyspaces: [report])
    #expect(result.exit == .partly)
    #expect(result.text.hasSuffix("not verified: node-\(position)\n"))
  }

  @Test("A node that stops answering half-way is not called equal, also when it set the pace")
  func failsHalfWay() async {
    var sources = sources()
    sources[0].failsFrom = 20
    let report = await compare(sources)
    #expect(report.nodes.map { $0.verdict == .equal } == [false, true, true, true, true])
    #expect(report.rows == 45)
  }

  @Test("Damaged rows and storage errors are named though the digests are equal")
  func damaged() async {
    var sources = sources()
    sources[1].damaged = [FakeSource.key(5).hash]
    sources[3].error = "malformed page"
    let report = await compare(sources)
    let result = VerifyReport(keyspaces: [report])
    #expect(result.exit == .no)
    #expect(result.text.contains("damaged row"))
    #expect(result.text.contains("storage error: malformed page"))
    #expect(result.text.hasSuffix("not equal or damaged: node-1, node-3\n"))
  }

  @Test("Without a majority nobody is called right")
  func noMajority() async {
    var sources = sources()
    for position in sources.indices { sources[position].rows[0].1 = "version \(position / 2)" }
    let report = await compare(sources)
    #expect(report.nodes.allSatisfy { $0.verdict == .undecided })
    #expect(VerifyReport(keyspaces: [report]).exit == .no)
  }

  @Test("Two nodes that agree are no majority of five")
  func minorityOfAnswers() async {
    var sources = sources()
    for position in 2..<5 { sources[position].isUnreachable = true }
    sources[1].rows[0].1 = "changed"
    let report = await compare(sources)
    #expect(report.nodes.prefix(2).allSatisfy { $0.verdict == .undecided })
  }

  @Test("The JSON has its documented shape")
  func json() async throws {
    var sources = sources()
    sources[2].rows[23].1 = "changed"
    sources[3].isUnreachable = true
    sources[4].damaged = [FakeSource.key(5).hash]
    let report = await compare(sources)
    try expectGolden(VerifyReport(keyspaces: [report]).json.text(.pretty) + "\n", "verify.json")
  }
}
