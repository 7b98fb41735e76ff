import Base
import Encounters
import Model
import Wire

/// Services of four nations at work in a simulated cluster: each client carries out one request at a time, as `Performance`
/// asks for it, over the production client machine. Few patients, units, slots and numbers, so that they meet; the same
/// request from several clients, while others are given up half way.
///
/// What is judged: every request happens once, with one result, whoever sent it and how often; no claim, number or need is
/// given to two; and at the end, by the check of the whole store, every rule of the domain, in what the nodes hold.
struct EncounterShift {
  private struct Job {
    var wish: Int
    /// When it was begun, the wish had its result already: a refusal beside one that is being carried out may come first.
    var wasDone: Bool
    var request: any RequestOnItsWay
    /// To the questions that were asked so far.
    var answers: [RowAnswer] = []
  }

  private let wishes: EncounterWishes
  private var jobs: [Int: Job] = [:]
  private var outcomes: [Outcome] = []
  private var random: SplitMix64
  private let defect: PlantedDefect?
  /// At the end: those that are sent once more, the last first.
  private var unsettled: [Int]?
  private(set) var violation: String?
  static let name = "encounters"
  /// Of those that were carried out, so many of the latest are sent once more at the end; then those whose outcome is open or
  /// a refusal, as far as the time goes.
  private static let repeatsMax = 200

  private struct Outcome {
    var result: [UInt8]?
  }

  init(seed: UInt64, defect: PlantedDefect?) {
    self.defect = defect
    random = SplitMix64(seed: seed, stream: 1 << 41)
    wishes = EncounterWishes(seed: random.next())
  }

  /// How far a world has come.
  enum Stage {
    case faulty
    /// Healed: what was wished is sent once more.
    case settling
    /// What is under way is ended.
    case over
  }
  /// How long a healed world settles: a cluster whose limits are drawn very narrow may need the rest to come right.
  static let settlingTime = Interval.seconds(8)

  /// What a client asks next, and of which nation's keyspace; nil: nothing more.
  mutating func nextCall(_ client: Int, _ stage: Stage) -> (nation: Nation, body: ClientCall.Body)? {
    while violation == nil {
      if jobs[client] == nil {
        guard let wish = nextWish(stage) else { return nil }
        jobs[client] = Job(wish: wish, wasDone: outcomes[wish].result != nil, request: wishes.send(wish))
      }
      guard let job = jobs[client] else { return nil }
      switch job.request.demand {
      case .read(let questions, let revision):
        let question = questions[job.answers.count]
        let query = RangeQuery(
          range: KeyRange(only: question.address.key), revision: question.need == .pinned ? revision : .zero, limit: 1)
        return (question.address.nation, .read(ReadRequest(consistency: .linearizable, query: .range(query))))
      case .commit(let nation, let transaction): return (nation, .transaction(weakened(transaction)))
      case .pause: jobs[client]?.request.paused()
      case .done(let result):
        jobs[client] = nil
        end(job, result, stage)
      }
    }
    return nil
  }

  mutating func learn(_ client: Int, _ answer: ClientCall.Answer) {
    guard var job = jobs[client] else { return }
    switch (job.request.demand, answer) {
    case (.read(let questions, _), .read(.range(let page), let revision)):
      job.answers.append(.row(page.items.first, at: revision))
      proceed(&job, questions.count)
    case (.read(let questions, _), _):
      if questions[job.answers.count].need == .wished {
        job.answers.append(.silent)
        proceed(&job, questions.count)
      } else {
        job.answers = []
        job.request.readFailed()
      }
    case (.commit, .applied(.transaction(let result), let revision)): job.request.committed(result, at: revision)
    case (.commit, .notApplied): job.request.commitFailed(.notApplied)
    case (.commit, .applied), (.commit, .appliedUnseen): job.request.commitFailed(.applied)
    case (.commit, _): job.request.commitFailed(.unknown)
    case (.pause, _), (.done, _): return
    }
    jobs[client] = job
  }

  private func proceed(_ job: inout Job, _ count: Int) {
    guard job.answers.count == count else { return }
    let answers = job.answers
    job.answers = []
    job.request.received(answers)
  }

  /// The client's process is gone. What it had begun is open until somebody sends the same request.
  mutating func crash(_ client: Int) { jobs[client] = nil }

  private func weakened(_ transaction: Transaction) -> Transaction {
    let prefixes: [String]
    switch defect {
    case .forgetsRequestRecords: prefixes = ["rq/"]
    case .forgetsResourceVersions: prefixes = ["r/", "v/"]
    default: return transaction
    }
    var weak = transaction
    weak.compares.removeAll { compare in prefixes.contains { compare.key.bytes.starts(with: Array($0.utf8)) } }
    return weak
  }

  // MARK: Wishes

  private mutating func nextWish(_ stage: Stage) -> Int? {
    if stage == .over { return nil }
    if stage == .settling {
      if unsettled == nil {
        let done = outcomes.indices.filter { outcomes[$0].result != nil }
        unsettled = outcomes.indices.filter { outcomes[$0].result == nil } + done.suffix(Self.repeatsMax)
      }
      return unsettled?.popLast()
    }
    while wishes.count == 0 || !random.oneIn(6) {
      guard let wish = wishes.draw() else { continue }
      outcomes.append(Outcome())
      return wish
    }
    return random.below(wishes.count)
  }

  private mutating func end(_ job: Job, _ result: Result<[UInt8], EncounterError>, _ stage: Stage) {
    let wish = job.wish
    let name = wishes.name(of: wish)
    switch result {
    case .success(let bytes):
      if let before = outcomes[wish].result, before != bytes { violation = "\(name) was carried out twice" }
      outcomes[wish].result = bytes
      violation = violation ?? wishes.contradiction
    case .failure(let error):
      let isOpen = error.outcome == .unknown || error.code == .unavailable
      if error.code == .damaged || error.code == .requestReused { violation = "\(name): \(error)" }
      if !isOpen, job.wasDone { violation = "\(name) was carried out, and then it was not: \(error)" }
      // It is asked until it is known.
      if stage == .settling, isOpen { unsettled?.insert(wish, at: 0) }
    }
  }

  /// - Parameter rows: of a nation's keyspace, as some node holds it.
  func judge(_ rows: (Nation) -> [KeyValue]) -> String? {
    var store = SettledStore()
    for nation in Nation.allCases {
      // Beside the encounters stand the keys of the world's own last writes.
      for row in rows(nation) where !row.key.bytes.starts(with: Array("key-".utf8)) { store.take(row, of: nation) }
    }
    if let fault = store.faults().first { return fault }
    for (wish, outcome) in outcomes.enumerated() where outcome.result != nil {
      if !store.isOnRecord(wishes.request(of: wish)) { return "\(wishes.name(of: wish)) was carried out and is not on record" }
    }
    let known = outcomes.indices.count { store.isOnRecord(wishes.request(of: $0)) }
    return known == store.recordCount ? nil : "\(store.recordCount) requests are on record, of which \(known) were made"
  }
}
