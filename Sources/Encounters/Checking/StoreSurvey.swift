import Base

/// Four keyspaces together: rules that reach from one into another.
///
/// Keyspaces have no common order: each was looked at as of a moment of its own. What seems wrong between two may only
/// be younger in one of them; so it comes out as a suspicion first, to be looked at as it is now.
struct StoreSurvey {
  private(set) var keyspaces: [KeyspaceSurvey]
  let expected: [ExpectedRows]

  enum Suspicion {
    /// A resource that is referred to was not seen in the keyspace of its home.
    case missing(RowAddress, CheckFault)
    /// A number of a resource was not seen to be registered for it.
    case unclaimed(RowAddress, owner: String, CheckFault)
  }

  init(_ keyspaces: [KeyspaceSurvey]) {
    self.keyspaces = keyspaces
    expected = keyspaces.map { ExpectedRows($0) }
  }

  private func keyspace(_ nation: Nation) -> KeyspaceSurvey? { keyspaces.first { $0.nation == nation } }

  /// Everything that can be said of what was seen, and what has to be looked at once more.
  ///
  /// - Parameter patience: claims whose resource is not there are noted when they are older than this, against the
  ///   latest time that any record tells.
  func check(orphansAfter patience: Int64 = 3_600) -> (CheckReport, [Suspicion]) {
    var report = CheckReport()
    var suspicions: [Suspicion] = []
    for (keyspace, expected) in zip(keyspaces, expected) {
      keyspace.check(into: &report)
      keyspace.checkIndexes(expected, into: &report)
      checkReferences(of: keyspace, &report, &suspicions)
      checkClaims(of: keyspace, expected, &report, &suspicions)
    }
    checkRegistries(orphansAfter: patience, &report)
    return (report, suspicions)
  }

  // MARK: 11, references

  private func checkReferences(
    of survey: KeyspaceSurvey, _ report: inout CheckReport, _ suspicions: inout [Suspicion]
  ) {
    for name in survey.names {
      guard let sighting = survey.resources[name] else { continue }
      for reference in sighting.references {
        let target = KeyspaceSurvey.Name(type: reference.type, id: reference.id)
        if survey.resources[target] != nil { continue }
        if reference.id.home == nil, keyspaces.contains(where: { $0.resources[target] != nil }) { continue }
        let fault = CheckFault(
          rule: 11, nation: survey.nation, "it refers to a resource that is not there", about: ["\(name)", "\(target)"],
          isNote: sighting.head?.isImported ?? false)
        guard let home = reference.id.home, home != survey.nation else {
          report.add(fault)
          continue
        }
        if keyspace(home)?.resources[target] != nil { continue }
        suspicions.append(.missing(RowAddress(home, Keys.head(target.type, target.id)), fault))
      }
    }
  }

  // MARK: 3 and 10, registries

  private func checkClaims(
    of survey: KeyspaceSurvey, _ expected: ExpectedRows, _ report: inout CheckReport, _ suspicions: inout [Suspicion]
  ) {
    for claim in expected.claims {
      let found = keyspace(claim.nation)?.claims[claim.key]
      if found?.owner == claim.owner { continue }
      let message =
        found == nil ? "a number that it has is registered for nobody" : "a number that it has is registered for another"
      let fault = CheckFault(
        rule: claim.rule, nation: survey.nation, message, about: [claim.owner] + (found.map { [$0.owner] } ?? []))
      if claim.nation == survey.nation || found != nil {
        report.add(fault)
      } else {
        suspicions.append(.unclaimed(RowAddress(claim.nation, claim.key), owner: claim.owner, fault))
      }
    }
  }

  /// Claims without a resource: of a process that died between the claim and its transaction. A retry completes them, or
  /// a command releases them.
  private func checkRegistries(orphansAfter patience: Int64, _ report: inout CheckReport) {
    let latest = keyspaces.flatMap { $0.requests.values.map(\.at) }.max() ?? SharedRow.epoch
    for survey in keyspaces {
      for key in survey.claims.keys.sorted() {
        guard let claim = survey.claims[key], let owner = LocalReference(claim.owner) else { continue }
        let name = KeyspaceSurvey.Name(type: owner.type, id: owner.id)
        guard keyspace(claim.home)?.resources[name] == nil, latest.seconds(since: claim.at) > patience else { continue }
        report.add(
          CheckFault(
            rule: owner.type == R4.Patient.type ? 10 : 3, nation: survey.nation,
            "a number is registered for a resource that never came to be", about: [claim.owner], isNote: true))
      }
    }
  }
}
