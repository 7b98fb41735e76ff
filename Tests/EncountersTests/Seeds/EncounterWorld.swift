import Base
@testable import Encounters
import JSON
import Model
import QuartetClient
import QuartetTesting

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

  /// Something that is to happen once, whoever asks for it and how often.
  final class Wish {
    let name: String
    let send: () -> any Machine
    /// As they would be recorded: one, however many were answered.
    var results: Set<String> = []
    var last: EncounterError?

    init(_ name: String, _ send: @escaping () -> any Machine) {
      self.name = name
      self.send = send
    }
  }

  var random: SplitMix64
  let ward = Ward()
  var wishes: [Wish] = []
  var violations: [String] = []
  var pools = Pools()
  private let defect: Defect?
  private var machines: [(wish: Wish, machine: any Machine)] = []
  /// On their way, their senders know nothing of them.
  private var late: [(nation: Nation, transaction: Transaction)] = []
  private var isFaulty = true
  private(set) var steps = 0
  private(set) var faults = 0
  private static let wishesMax = 70

  init(seed: UInt64, defect: Defect? = nil) {
    random = SplitMix64(seed: seed)
    self.defect = defect
  }

  func run() async throws {
    while wishes.count < Self.wishesMax || !machines.isEmpty {
      if random.oneIn(8), let wish = drawWish() { begin(wish) }
      if !wishes.isEmpty, random.oneIn(24) { begin(wishes[random.below(wishes.count)]) }
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
    for wish in wishes {
      let before = wish.results
      begin(wish)
      while !machines.isEmpty { await stepOne() }
      if !before.isEmpty, wish.results != before || wish.last != nil { violations.append("\(wish.name) was carried out, and then it was not") }
    }
    for wish in wishes where wish.results.count > 1 { violations.append("\(wish.name) has \(wish.results.count) results") }
    let records = ward.keyspaces.reduce(0) { count, keyspace in
      count + keyspace.rows.count { $0.key.bytes.starts(with: Array("rq/".utf8)) }
    }
    let done = wishes.count { !$0.results.isEmpty }
    if records != done { violations.append("\(records) requests are on record, \(done) were carried out") }
    let report = try await ward.store.check()
    violations += report.faults.filter { !$0.isNote }.map(\.description)
  }

  private func begin(_ wish: Wish) {
    machines.append((wish, wish.send()))
    // Somebody else has the same request.
    if isFaulty, random.oneIn(6) { machines.append((wish, wish.send())) }
  }

  private func stepOne() async {
    guard !machines.isEmpty else { return }
    steps += 1
    let place = random.below(machines.count)
    let (wish, machine) = machines[place]
    // Only the last answer counts for what a wish has come to.
    wish.last = nil
    guard let end = await machine.step(self) else { return }
    machines.remove(at: place)
    switch end {
    case .success(let result): wish.results.insert(result)
    case .failure(let error):
      wish.last = error
      if error.code == .damaged || error.code == .requestReused { violations.append("\(wish.name): \(error)") }
      let mayPass = error.code == .unavailable || error.outcome == .unknown
      if !isFaulty, mayPass { violations.append("\(wish.name), with nothing wrong: \(error)") }
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

/// Carries one request out, step by step.
protocol Machine: AnyObject {
  /// Nil while it goes on; then its result as it would be recorded.
  func step(_ world: EncounterWorld) async -> Result<String, EncounterError>?
}

final class PerformingMachine<Work: EncounterOperation>: Machine {
  private var performance: Performance<Work>
  private var demand: Performance<Work>.Demand
  private let then: (Work.Result) -> Void

  init(_ work: Work, home: Nation, as request: Request, then: @escaping (Work.Result) -> Void) {
    performance = Performance(work, as: request, home: home, secrets: .development)
    demand = performance.start()
    self.then = then
  }

  func step(_ world: EncounterWorld) async -> Result<String, EncounterError>? {
    switch demand {
    case .done: break
    case .read(let questions, let revision):
      var answers: [RowAnswer] = []
      for question in questions {
        if let answer = await world.answer(question, asOf: revision) { answers.append(answer) }
      }
      let isWhole = answers.count == questions.count
      demand = isWhole ? performance.received(answers) : performance.readFailed("nobody answers", isDeadline: false)
    case .commit(let nation, let transaction):
      switch await world.commit(transaction, in: nation) {
      case .done(let result, let revision): demand = performance.committed(result, at: revision)
      case .failed(let outcome): demand = performance.commitFailed(outcome, "no answer", isDeadline: false)
      }
    case .pause: demand = performance.paused()
    }
    guard case .done(let result) = demand else { return nil }
    return result.map { performed in
      then(performed.result)
      return String(decoding: performed.result.recorded.serialized(), as: UTF8.self)
    }
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
