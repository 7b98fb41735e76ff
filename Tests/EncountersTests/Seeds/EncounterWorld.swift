import Base
@testable import Encounters
import JSON
import Model
import QuartetClient
import QuartetTesting
@testable import Simulator

/// Services of four nations at work on a few patients, units, slots and numbers, in an order that a seed decides: one step
/// of one machine at a time, as ``Performance`` asks for it. Transactions are refused, lost, answered in vain or carried
/// out long after their sender gave up; reads fail or are old; machines die, and others send their requests again.
///
/// The keyspaces are linearizable, as those of the simulated clusters are shown to be. What is at stake here is what
/// the operations make of them.
final class EncounterWorld {
  /// Known mistakes, each of which the judgement has to find.
  enum Defect: CaseIterable {
    /// The absence of a request's record is no condition of its transaction.
    case forgetsRequests
    /// Nor is it one that resources are as they were read.
    case forgetsVersions
    /// A number is registered over whoever has it.
    case forgetsClaims
  }

  var random: SplitMix64
  let ward = Ward()
  let wishes: EncounterWishes
  /// By wish: its results as they would be recorded, one, however many were answered; and the last refusal.
  private(set) var results: [Set<[UInt8]>] = []
  private var refusals: [EncounterError?] = []
  var violations: [String] = []
  private let defect: Defect?
  private var machines: [(wish: Int, request: any RequestOnItsWay)] = []
  /// On their way, their senders know nothing of them.
  private var late: [(nation: Nation, transaction: Transaction)] = []
  private var isFaulty = true
  private(set) var steps = 0
  private(set) var faults = 0
  private static let wishesMax = 70

  init(seed: UInt64, defect: Defect? = nil) {
    random = SplitMix64(seed: seed)
    wishes = EncounterWishes(seed: random.next())
    self.defect = defect
  }

  func run() async throws {
    while wishes.count < Self.wishesMax || !machines.isEmpty {
      if random.oneIn(8), let wish = wishes.draw() {
        results.append([])
        refusals.append(nil)
        begin(wish)
      }
      if wishes.count > 0, random.oneIn(24) { begin(random.below(wishes.count)) }
      if !machines.isEmpty, random.oneIn(40) {
        machines.remove(at: random.below(machines.count))
        faults += 1
      }
      if !late.isEmpty, random.oneIn(12) { await deliver() }
      await stepOne()
    }
    isFaulty = false
    while !late.isEmpty { await deliver() }
    try await settle()
  }

  /// Nothing goes wrong any more: whatever was wished is sent once more, and everything is judged.
  private func settle() async throws {
    for wish in 0..<wishes.count {
      let before = results[wish]
      begin(wish)
      while !machines.isEmpty { await stepOne() }
      if !before.isEmpty, results[wish] != before || refusals[wish] != nil {
        violations.append("\(wishes.name(of: wish)) was carried out, and then it was not")
      }
    }
    for wish in 0..<wishes.count where results[wish].count > 1 {
      violations.append("\(wishes.name(of: wish)) has \(results[wish].count) results")
    }
    if let contradiction = wishes.contradiction { violations.append(contradiction) }
    let records = ward.keyspaces.reduce(0) { count, keyspace in
      count + keyspace.rows.count { $0.key.bytes.starts(with: Array("rq/".utf8)) }
    }
    let done = results.count { !$0.isEmpty }
    if records != done { violations.append("\(records) requests are on record, \(done) were carried out") }
    let report = try await ward.store.check()
    violations += report.faults.filter { !$0.isNote }.map(\.description)
  }

  private func begin(_ wish: Int) {
    machines.append((wish, wishes.send(wish)))
    // Somebody else has the same request.
    if isFaulty, random.oneIn(6) { machines.append((wish, wishes.send(wish))) }
  }

  private func stepOne() async {
    guard !machines.isEmpty else { return }
    steps += 1
    let place = random.below(machines.count)
    let wish = machines[place].wish
    // Only the last answer counts for what a wish has come to.
    refusals[wish] = nil
    await step(&machines[place].request)
    guard case .done(let end) = machines[place].request.demand else { return }
    machines.remove(at: place)
    switch end {
    case .success(let result): results[wish].insert(result)
    case .failure(let error):
      refusals[wish] = error
      let name = wishes.name(of: wish)
      if error.code == .damaged || error.code == .requestReused { violations.append("\(name): \(error)") }
      let mayPass = error.code == .unavailable || error.outcome == .unknown
      if !isFaulty, mayPass { violations.append("\(name), with nothing wrong: \(error)") }
    }
  }

  private func step(_ request: inout any RequestOnItsWay) async {
    switch request.demand {
    case .done: break
    case .read(let questions, let revision):
      var answers: [RowAnswer] = []
      for question in questions {
        if let answer = await answer(question, asOf: revision) { answers.append(answer) }
      }
      if answers.count == questions.count { request.received(answers) } else { request.readFailed() }
    case .commit(let nation, let transaction):
      switch await commit(transaction, in: nation) {
      case .done(let result, let revision): request.committed(result, at: revision)
      case .failed(let outcome): request.commitFailed(outcome)
      }
    case .pause: request.paused()
    }
  }

  // MARK: What becomes of what machines ask

  private func isStruck(_ count: Int) -> Bool {
    guard isFaulty, random.oneIn(count) else { return false }
    faults += 1
    return true
  }

  /// Nil: nobody answered.
  func answer(_ question: RowQuestion, asOf revision: Revision) async -> RowAnswer? {
    let keyspace = ward.keyspace(question.address.nation)
    if question.need == .wished, isStruck(10) { return .silent }
    if isStruck(60) { return nil }
    if question.need != .pinned, isStruck(8) {
      let newest = await keyspace.newest
      let old = await keyspace.row(question.address.key, asOf: Revision(1 + random.next(upperBound: newest)))
      // That a row is missing proves nothing when the answer is old.
      if old.row != nil || question.need == .wished { return .row(old.row, at: old.revision) }
    }
    // The revision is one of the request's own keyspace.
    let row = await keyspace.row(question.address.key, asOf: question.need == .pinned ? revision : .zero)
    return .row(row.row, at: row.revision)
  }

  enum Commit {
    case done(TransactionResult, at: Revision)
    case failed(Outcome)
  }

  func commit(_ transaction: Transaction, in nation: Nation) async -> Commit {
    let transaction = weakened(transaction)
    guard !isStruck(14) else { return .failed(.notApplied) }
    guard !isStruck(14) else { return .failed(.unknown) }
    if isStruck(14) {
      late.append((nation, transaction))
      return .failed(.unknown)
    }
    let isAnswered = !isStruck(7)
    let (result, revision) = await ward.keyspace(nation).carriedOut(transaction)
    return isAnswered ? .done(result, at: revision) : .failed(.unknown)
  }

  private func deliver() async {
    let (nation, transaction) = late.remove(at: random.below(late.count))
    _ = await ward.keyspace(nation).carriedOut(transaction)
  }

  private func weakened(_ transaction: Transaction) -> Transaction {
    let prefixes: [String]
    switch defect {
    case nil: return transaction
    case .forgetsRequests: prefixes = ["rq/"]
    case .forgetsVersions: prefixes = ["r/", "v/"]
    case .forgetsClaims: prefixes = ["un/"]
    }
    var weak = transaction
    weak.compares.removeAll { compare in prefixes.contains { compare.key.bytes.starts(with: Array($0.utf8)) } }
    return weak
  }
}

extension MemoryKeyspace {
  fileprivate var newest: UInt64 {
    get async { await row(Key("?"), asOf: .zero).revision.rawValue }
  }

  fileprivate func row(_ key: Key, asOf revision: Revision) async -> (row: KeyValue?, revision: Revision) {
    guard let reply = try? await get(key, asOf: revision) else { preconditionFailure("nothing is compacted here") }
    return (reply.value, reply.revision)
  }

  fileprivate func carriedOut(_ transaction: Transaction) async -> (TransactionResult, Revision) {
    guard let reply = try? await self.transaction(transaction) else { preconditionFailure("it is a valid transaction") }
    return (reply.value, reply.revision)
  }
}
