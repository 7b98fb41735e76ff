import Base
import QuartetClient
import Wire

/// One node's digests of one keyspace.
protocol DigestSource: Sendable {
  /// The node's name.
  var name: String { get }
  func digest(of keyspace: String, _ query: DigestQuery) async throws(QuartetError) -> DigestResult
}

/// A node of a running cluster.
struct ClientDigestSource: DigestSource {
  let client: QuartetClient
  let name: String
  let timeout: Interval

  /// A follower may not have applied the revision yet; it is asked again until the time is over.
  func digest(of keyspace: String, _ query: DigestQuery) async throws(QuartetError) -> DigestResult {
    for _ in 0..<50 {
      do throws(QuartetError) {
        return try await client.digest(of: keyspace, at: name, query, timeout: timeout).value
      } catch {
        guard error.code == .futureRevision else { throw error }
        do { try await Task.sleep(nanoseconds: 100_000_000) } catch { break }
      }
    }
    return try await client.digest(of: keyspace, at: name, query, timeout: timeout).value
  }
}

/// Compares the digests of one keyspace, as of one revision, on all nodes: the same ranges everywhere, the majority's
/// digest is right.
struct DigestComparison: Sendable {
  let keyspace: String
  let revision: Revision
  let sources: [any DigestSource]

  struct Report: Hashable, Sendable {
    var keyspace: String
    var revision: Revision
    /// Of the majority.
    var rows: UInt64
    var nodes: [NodeReport]
  }

  struct NodeReport: Hashable, Sendable {
    var name: String
    var rows: UInt64 = 0
    var setHash = Digest.zero
    var verdict = Verdict.equal
    /// Rows that contradict their own digests, by key hash; at most ``damagedMax``.
    var damaged: [Digest] = []
    /// In the node's words.
    var error = ""
  }

  enum Verdict: Hashable, Sendable {
    case equal
    /// At the first differing key; nil when the rows could not be listed.
    case differs(FirstDifference?)
    /// No majority holds the same, so that nobody can be called right.
    case undecided
    case notVerified(reason: String)
  }

  /// Where a node's rows first part from the majority's.
  struct FirstDifference: Hashable, Sendable {
    enum Kind: Hashable, Sendable {
      case missing
      case additional
      case otherContent
    }
    /// SHA-256 of the key.
    var key: Digest
    var kind: Kind
  }

  static let damagedMax = 100

  /// What one node said of one range.
  private struct Sum: Hashable, Sendable {
    var setHash = Digest.zero
    var rows: UInt64 = 0
    var damaged: [Digest] = []
    var error = ""
    var end: Key?

    var compared: Compared { Compared(setHash: setHash, rows: rows) }
    mutating func add(_ result: DigestResult) {
      setHash.insert(result.setHash)
      rows += result.rows
      damaged += result.damaged
      if error.isEmpty { error = result.error }
    }
  }

  private struct Compared: Hashable {
    var setHash: Digest
    var rows: UInt64
  }

  private struct Progress {
    var reports: [NodeReport]
    var rows: UInt64 = 0

    func isAsked(_ position: Int) -> Bool {
      reports[position].isVerified
    }
  }

  func run() async -> Report {
    var progress = Progress(reports: sources.map { NodeReport(name: $0.name) })
    var start = Key([])
    while true {
      guard let (pacer, first) = await pace(from: start, &progress) else { break }
      let range = KeyRange(start: start, end: first.end)
      let sums = await askOthers(range, except: pacer, progress)
      var slice: [(position: Int, sum: Sum)] = [(pacer, first)]
      for (position, result) in sums {
        switch result {
        case .success(let sum): slice.append((position, sum))
        case .failure(let error): progress.reports[position].verdict = .notVerified(reason: "\(error)")
        }
      }
      await judge(slice, range, &progress)
      guard let end = first.end else { break }
      start = end
    }
    return Report(keyspace: keyspace, revision: revision, rows: progress.rows, nodes: progress.reports)
  }

  /// The first node that answers for the next range decides where it ends.
  private func pace(from start: Key, _ progress: inout Progress) async -> (position: Int, sum: Sum)? {
    for position in sources.indices where progress.isAsked(position) {
      do throws(QuartetError) {
        let query = DigestQuery(revision: revision, range: KeyRange(start: start, end: nil), limit: 0, perRow: false)
        let result = try await sources[position].digest(of: keyspace, query)
        if let next = result.next, next <= start { throw Self.standsStill }
        var sum = Sum()
        sum.add(result)
        sum.end = result.next
        return (position, sum)
      } catch {
        progress.reports[position].verdict = .notVerified(reason: "\(error)")
      }
    }
    return nil
  }

  private static var standsStill: QuartetError {
    QuartetError(code: .malformedAnswer, outcome: .notApplied, message: "a slice of digests ends where it began")
  }

  private func askOthers(
    _ range: KeyRange, except pacer: Int, _ progress: Progress
  ) async -> [(position: Int, result: Result<Sum, QuartetError>)] {
    await withTaskGroup(of: (Int, Result<Sum, QuartetError>).self) { group in
      for position in sources.indices where position != pacer && progress.isAsked(position) {
        group.addTask { (position, await sum(range, at: sources[position])) }
      }
      var sums: [(position: Int, result: Result<Sum, QuartetError>)] = []
      for await (position, result) in group { sums.append((position, result)) }
      return sums.sorted { $0.position < $1.position }
    }
  }

  /// The whole of a range, in as many slices as the node makes of it.
  private func sum(_ range: KeyRange, at source: any DigestSource) async -> Result<Sum, QuartetError> {
    var sum = Sum()
    var left = range
    do throws(QuartetError) {
      while true {
        let query = DigestQuery(revision: revision, range: left, limit: 0, perRow: false)
        let result = try await source.digest(of: keyspace, query)
        sum.add(result)
        guard let next = result.next else { return .success(sum) }
        if next <= left.start { throw Self.standsStill }
        left.start = next
        if left.isEmpty { return .success(sum) }
      }
    } catch {
      // A node that was found damaged by the last slice leaves service and answers no further one.
      return sum.damaged.isEmpty && sum.error.isEmpty ? .failure(error) : .success(sum)
    }
  }

  // MARK: Judging

  private func judge(_ slice: [(position: Int, sum: Sum)], _ range: KeyRange, _ progress: inout Progress) async {
    for (position, sum) in slice { note(sum, &progress.reports[position]) }
    let right = slice.map(\.sum.compared).first { candidate in
      2 * slice.count { $0.sum.compared == candidate } > sources.count
    }
    guard let right, let witness = slice.first(where: { $0.sum.compared == right })?.position else {
      // With nodes missing, those that answered may still all agree: that is said by the missing ones' verdicts.
      if slice.allSatisfy({ $0.sum.compared == slice[0].sum.compared }) {
        progress.rows += slice[0].sum.rows
      } else {
        for (position, _) in slice { progress.reports[position].verdict = .undecided }
      }
      return
    }
    progress.rows += right.rows
    for (position, sum) in slice where sum.compared != right {
      guard progress.reports[position].verdict == .equal else { continue }
      let difference = await firstDifference(range, of: sources[position], from: sources[witness])
      progress.reports[position].verdict = .differs(difference)
    }
  }

  private func note(_ sum: Sum, _ report: inout NodeReport) {
    report.setHash.insert(sum.setHash)
    report.rows += sum.rows
    // A node may tell of the same damage with every slice.
    for key in sum.damaged where report.damaged.count < Self.damagedMax && !report.damaged.contains(key) {
      report.damaged.append(key)
    }
    if report.error.isEmpty { report.error = sum.error }
  }

  private func firstDifference(
    _ range: KeyRange, of odd: any DigestSource, from right: any DigestSource
  ) async -> FirstDifference? {
    do throws(QuartetError) {
      let odd = try await members(range, at: odd)
      let right = try await members(range, at: right)
      return Self.firstDifference(of: odd, from: right)
    } catch {
      return nil
    }
  }

  /// Both lists are in the order of the keys themselves, which hashes do not have.
  static func firstDifference(
    of odd: [DigestResult.Member], from right: [DigestResult.Member]
  ) -> FirstDifference? {
    let places = 0..<max(odd.count, right.count)
    let differing = places.first { $0 >= odd.count || $0 >= right.count || odd[$0] != right[$0] }
    guard let place = differing else { return nil }
    guard place < right.count else { return FirstDifference(key: odd[place].key, kind: .additional) }
    guard place < odd.count else { return FirstDifference(key: right[place].key, kind: .missing) }
    if odd[place].key == right[place].key { return FirstDifference(key: odd[place].key, kind: .otherContent) }
    let isLater = right[place...].contains { $0.key == odd[place].key }
    return isLater
      ? FirstDifference(key: right[place].key, kind: .missing)
      : FirstDifference(key: odd[place].key, kind: .additional)
  }

  private func members(
    _ range: KeyRange, at source: any DigestSource
  ) async throws(QuartetError) -> [DigestResult.Member] {
    var members: [DigestResult.Member] = []
    var left = range
    while true {
      let query = DigestQuery(revision: revision, range: left, limit: 0, perRow: true)
      let result = try await source.digest(of: keyspace, query)
      members += result.members
      guard let next = result.next else { return members }
      if next <= left.start { throw Self.standsStill }
      left.start = next
      if left.isEmpty { return members }
    }
  }
}
