public import Base
import JSON
package import Model

/// What a decision sees, and what it has decided so far.
///
/// Rows of the operation's own keyspace are pinned: the transaction holds only if each is still as it was read. Rows
/// elsewhere are evidence: they were true when they were read, and a decision rests on them only where that cannot
/// change, as that a resource exists.
public struct DecisionView: Sendable {
  public let request: Request
  /// The keyspace that is changed.
  public let home: Nation
  let secrets: IndexKeys
  /// On the first try, rows that only an earlier try of the same request can have written are taken as absent without
  /// being read; should one be there, the transaction fails and the next try reads.
  let isFirstTry: Bool

  /// Set by ``expectNothing()``.
  private var expectsNothing = false
  private var rows: [Key: PinnedRow] = [:]
  private var evidence: [RowAddress: Evidence] = [:]
  /// Rows that the decision lacked, in the order in which it asked.
  private(set) var wanted: [RowQuestion] = []
  /// What it writes; nil for a deletion.
  private var written: [Key: [UInt8]?] = [:]
  private(set) var staged: [Staged] = []
  private(set) var claims: [Claim] = []
  /// For the audit.
  var patient: ResourceID?
  var encounter: ResourceID?

  init(_ request: Request, home: Nation, secrets: IndexKeys, isFirstTry: Bool) {
    self.request = request
    self.home = home
    self.secrets = secrets
    self.isFirstTry = isFirstTry
  }

  var at: Instant { request.at }

  // MARK: Pinned rows

  /// The value of a row of the own keyspace as it will stand after what was decided so far; nil when there is none.
  mutating func row(_ key: Key) throws(DecisionStop) -> [UInt8]? {
    if let written = written[key] { return written }
    if expectsNothing, rows[key] == nil { rows[key] = .absent }
    return try readRow(key)
  }

  /// The same, never taken as absent: what is done before the transaction rests on it.
  mutating func readRow(_ key: Key) throws(DecisionStop) -> [UInt8]? {
    if let written = written[key] { return written }
    guard let row = rows[key] else {
      want(RowQuestion(RowAddress(home, key), .pinned))
      throw .incomplete
    }
    return row.bytes
  }

  /// Asks for all of `keys` that are missing at once.
  mutating func need(_ keys: [Key]) throws(DecisionStop) {
    if expectsNothing { return }
    for key in keys where rows[key] == nil && written[key] == nil {
      want(RowQuestion(RowAddress(home, key), .pinned))
    }
    guard wanted.isEmpty else { throw .incomplete }
  }

  /// A row that is there only if an earlier try of this request put it there.
  mutating func fresh(_ key: Key) throws(DecisionStop) -> [UInt8]? {
    if isFirstTry, rows[key] == nil { rows[key] = .absent }
    return try row(key)
  }

  /// On the first try, from here on every row is taken as absent without being read: for an operation that brings what is
  /// most likely new, and would otherwise wait to hear of each row that it is. Should one be there, the transaction fails and
  /// the next try reads.
  mutating func expectNothing() { expectsNothing = isFirstTry }

  /// Writes a row; nil deletes it.
  mutating func put(_ key: Key, _ bytes: [UInt8]?) { written.updateValue(bytes, forKey: key) }

  private mutating func want(_ question: RowQuestion) {
    if !wanted.contains(question) { wanted.append(question) }
  }

  // MARK: Evidence

  /// A row of any keyspace. Of the own it is pinned.
  ///
  /// - Parameter mustAnswer: whether the operation cannot be decided without it. Otherwise, when no node of that
  ///   keyspace answers, the evidence is `silent`.
  mutating func elsewhere(_ nation: Nation, _ key: Key, mustAnswer: Bool) throws(DecisionStop) -> Evidence {
    guard nation != home else { return .row(try row(key)) }
    let address = RowAddress(nation, key)
    guard let evidence = evidence[address] else {
      want(RowQuestion(address, mustAnswer ? .needed : .wished))
      throw .incomplete
    }
    return evidence
  }

  /// Asks for rows of several keyspaces at once.
  mutating func needEvidence(_ addresses: [RowAddress], mustAnswer: Bool) throws(DecisionStop) {
    for address in addresses {
      if address.nation == home {
        guard rows[address.key] == nil, written[address.key] == nil else { continue }
        want(RowQuestion(address, .pinned))
      } else if evidence[address] == nil {
        want(RowQuestion(address, mustAnswer ? .needed : .wished))
      }
    }
    guard wanted.isEmpty else { throw .incomplete }
  }

  // MARK: For the driver

  mutating func learn(_ address: RowAddress, _ answer: RowAnswer) {
    switch answer {
    case .row(let row, _):
      if address.nation == home {
        rows[address.key] = PinnedRow(bytes: row?.value?.bytes, revision: row?.modRevision ?? .zero)
      } else {
        evidence[address] = .row(row?.value?.bytes)
      }
    case .silent:
      evidence[address] = .silent
    }
  }

  /// What was learnt, for the next run of the decision; what was decided is dropped.
  func again(isFirstTry: Bool, keepingRows: Bool) -> DecisionView {
    var view = DecisionView(request, home: home, secrets: secrets, isFirstTry: isFirstTry)
    if keepingRows { view.rows = rows }
    view.evidence = evidence
    return view
  }

  /// Keys of the own keyspace that were read, in key order.
  var pinned: [Key] { rows.keys.sorted() }

  func isKnown(_ key: Key) -> Bool { rows[key] != nil }

  /// One condition for each row that was read: that it is as it was.
  var compares: [Compare] {
    pinned.map { Compare(key: $0, relation: .equal, target: .modRevision(rows[$0]?.revision ?? .zero)) }
  }

  /// What was written, in key order.
  var operations: [Operation] {
    written.keys.sorted().map { key in
      if let bytes = written[key] ?? nil {
        .put(key: key, value: Value(bytes), wantsPrevious: false)
      } else {
        .delete(KeyRange(only: key), wantsPrevious: false)
      }
    }
  }

  mutating func stage(_ staged: Staged) {
    if let place = self.staged.firstIndex(where: { $0.type == staged.type && $0.id == staged.id }) {
      self.staged[place].body = staged.body
    } else {
      self.staged.append(staged)
    }
  }

  mutating func claim(_ claim: Claim) {
    if !claims.contains(claim) { claims.append(claim) }
  }
}

/// A row of some keyspace.
package struct RowAddress: Hashable, Sendable {
  package var nation: Nation
  package var key: Key
  package init(_ nation: Nation, _ key: Key) {
    self.nation = nation
    self.key = key
  }
}

/// A row that a decision lacks.
package struct RowQuestion: Hashable, Sendable {
  package enum Need: Hashable, Sendable {
    /// Its revision becomes a condition of the transaction.
    case pinned
    /// Evidence without which nothing can be decided. Where no majority answers, an older answer of any node does.
    case needed
    /// Evidence that is done without when nobody answers.
    case wished
  }

  package var address: RowAddress
  package var need: Need
  init(_ address: RowAddress, _ need: Need) {
    self.address = address
    self.need = need
  }
}

package enum RowAnswer: Hashable, Sendable {
  /// The row, or that there is none, as of a revision of its keyspace.
  case row(KeyValue?, at: Revision)
  /// Nobody answered.
  case silent
}

enum Evidence: Hashable, Sendable {
  case row([UInt8]?)
  /// Nobody answered.
  case silent
}

struct PinnedRow: Hashable, Sendable {
  var bytes: [UInt8]?
  var revision: Revision

  static let absent = PinnedRow(bytes: nil, revision: .zero)
}

/// A number registered in another keyspace: claimed there before the transaction, by whoever will own the resource.
struct Claim: Hashable, Sendable {
  var nation: Nation
  var key: Key
  var owner: String
  var rule: Int
}

/// A resource that the decision creates or changes.
struct Staged: Hashable, Sendable {
  var type: String
  var id: ResourceID
  /// As it stands; nil for a new one.
  var before: StoredResource?
  var body: JSONValue
  var isHidden: Bool
  var isImported: Bool
}

/// A resource as it stands in the store.
struct StoredResource: Hashable, Sendable {
  var head: ResourceHead
  var bytes: [UInt8]
  var body: JSONValue
}
