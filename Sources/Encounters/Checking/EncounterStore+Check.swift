public import Base
import Model
import QuartetClient

extension EncounterStore {
  /// Verifies every rule over the whole store: all four keyspaces, each as of one revision, page by page.
  ///
  /// It changes nothing. It holds what the rules need of every resource in memory: about a kilobyte for each.
  ///
  /// - Parameter progress: told how many rows have been read.
  /// - Throws: `wrongIndexKeys`, instead of a fault for every row that they would make.
  public func check(
    timeout: Interval = .seconds(10), progress: (@Sendable (Int) -> Void)? = nil
  ) async throws(EncounterError) -> CheckReport {
    let (surveys, revisions) = try await survey(timeout: timeout, progress: progress)
    let (report, suspicions) = surveys.check()
    var checked = report
    checked.revisions = revisions
    for suspicion in suspicions { try await settle(suspicion, into: &checked, timeout) }
    checked.faults.sort {
      ($0.rule, $0.nation.rawValue, $0.message, $0.about.joined()) < ($1.rule, $1.nation.rawValue, $1.message, $1.about.joined())
    }
    return checked
  }

  private func survey(
    timeout: Interval, progress: (@Sendable (Int) -> Void)?
  ) async throws(EncounterError) -> (StoreSurvey, [PatientsFound.KeyspaceRevision]) {
    try await requireOwnKeys(timeout: timeout)
    var surveys: [KeyspaceSurvey] = []
    var revisions: [PatientsFound.KeyspaceRevision] = []
    var count = 0
    for nation in Nation.allCases {
      var survey = KeyspaceSurvey(nation, secrets: secrets)
      var revision = Revision.zero
      let pages = store(of: nation).pages(
        RangeQuery(range: .all), size: 1_000, options: ReadOptions(timeout: timeout))
      var iterator = pages.makeAsyncIterator()
      while let page = try await reading({ () async throws(QuartetError) in try await iterator.next() }) {
        if revision == .zero { revision = page.revision }
        for row in page.value.items { survey.take(row.key, row.value?.bytes ?? [], row.modRevision) }
        count += page.value.items.count
        progress?(count)
      }
      surveys.append(survey)
      revisions.append(PatientsFound.KeyspaceRevision(nation: nation, revision: revision))
    }
    return (StoreSurvey(surveys), revisions)
  }

  /// Looks at what seemed wrong between two keyspaces as it is now.
  private func settle(
    _ suspicion: StoreSurvey.Suspicion, into report: inout CheckReport, _ timeout: Interval
  ) async throws(EncounterError) {
    switch suspicion {
    case .missing(let address, let fault):
      if try await current(address, timeout) == nil { report.add(fault) }
    case .unclaimed(let address, let owner, let fault):
      let claim = try await current(address, timeout).flatMap { ClaimRow($0) }
      if claim?.owner != owner { report.add(fault) }
    }
  }

  private func current(_ address: RowAddress, _ timeout: Interval) async throws(EncounterError) -> [UInt8]? {
    try await reading { () async throws(QuartetError) in
      try await store(of: address.nation).get(address.key, options: ReadOptions(timeout: timeout))
    }.value?.value?.bytes
  }

  // MARK: Rebuilding

  /// What a rebuild did.
  public struct Rebuilt: Hashable, Sendable {
    /// Rows put right.
    public var mended = 0
    /// Rows that somebody changed meanwhile: nothing was done to them.
    public var passedOver = 0
    /// Rows that two resources claim: a human has to decide.
    public var left = 0
  }

  /// Makes every index row what the resources say. Services may go on meanwhile: a row is written only if neither it nor
  /// the resources that it is made from have changed since they were read.
  public func rebuildIndexes(timeout: Interval = .seconds(10)) async throws(EncounterError) -> Rebuilt {
    let (surveys, _) = try await survey(timeout: timeout, progress: nil)
    var rebuilt = Rebuilt()
    for (keyspace, expected) in zip(surveys.keyspaces, surveys.expected) {
      for difference in keyspace.differences(expected) {
        guard difference.isMendable else {
          rebuilt.left += 1
          continue
        }
        let isMended = try await mend(difference, keyspace, expected, timeout)
        if isMended { rebuilt.mended += 1 } else { rebuilt.passedOver += 1 }
      }
      try await claimMissing(keyspace, expected, surveys, &rebuilt, timeout)
    }
    return rebuilt
  }

  private func mend(
    _ difference: KeyspaceSurvey.Difference, _ survey: KeyspaceSurvey, _ expected: ExpectedRows, _ timeout: Interval
  ) async throws(EncounterError) -> Bool {
    let sources = Set(expected.sources[difference.key] ?? []).sorted()
    var compares = [
      Compare(
        key: difference.key, relation: .equal,
        target: .modRevision(survey.indexRows[difference.key]?.revision ?? .zero))
    ]
    // A row that is put rests on its resources as they were read. One that is taken out does not: whoever made it right
    // since has written it.
    if difference.bytes != nil {
      for name in sources {
        let key: Key
        let revision: Revision
        if let caller = survey.callers[name.id], name.type == R4.Encounter.type, difference.key.isOfCalls {
          (key, revision) = (Keys.caller(name.id), caller.revision)
        } else {
          (key, revision) = (Keys.head(name.type, name.id), survey.resources[name]?.headRevision ?? .zero)
        }
        compares.append(Compare(key: key, relation: .equal, target: .modRevision(revision)))
      }
    }
    guard compares.count <= Limits.transactionOperationsMax else { return false }
    let operation: Operation =
      if let bytes = difference.bytes {
        .put(key: difference.key, value: Value(bytes), wantsPrevious: false)
      } else {
        .delete(KeyRange(only: difference.key), wantsPrevious: false)
      }
    let pinned = compares
    return try await reading { () async throws(QuartetError) in
      try await store(of: survey.nation).transaction(
        Transaction(compares: pinned, success: [operation]), options: WriteOptions(timeout: timeout))
    }.value.succeeded
  }

  /// Registers numbers that resources have and nobody has claimed.
  private func claimMissing(
    _ survey: KeyspaceSurvey, _ expected: ExpectedRows, _ surveys: StoreSurvey, _ rebuilt: inout Rebuilt,
    _ timeout: Interval
  ) async throws(EncounterError) {
    for claim in expected.claims {
      guard let registry = surveys.keyspaces.first(where: { $0.nation == claim.nation }) else { continue }
      if registry.claims[claim.key]?.owner == claim.owner { continue }
      guard registry.claims[claim.key] == nil else {
        rebuilt.left += 1
        continue
      }
      let row = ClaimRow(owner: claim.owner, home: survey.nation, request: .zero, at: SharedRow.epoch)
      let isClaimed = try await reading { () async throws(QuartetError) in
        try await store(of: claim.nation).transaction(
          Transaction(
            compares: [Compare(key: claim.key, relation: .equal, target: .modRevision(.zero))],
            success: [.put(key: claim.key, value: Value(row.bytes), wantsPrevious: false)]),
          options: WriteOptions(timeout: timeout))
      }.value.succeeded
      if isClaimed { rebuilt.mended += 1 } else { rebuilt.passedOver += 1 }
    }
  }
}

extension Key {
  /// Whether it is of a row of recent calls, which rests on the records of calls and not on encounters.
  var isOfCalls: Bool {
    ["ix/rc/", "ix/rcd/"].contains { bytes.starts(with: Array($0.utf8)) }
  }
}
