import Testing

@Suite("Tables of traps and of the thesis")
struct EvidenceTests {
  /// What a table names and nobody finds.
  private func missing(in claims: [Claim]) -> [String] {
    let scenarios = Scenario.all
    let sources = TextFiles.names(in: TextFiles.folder, ending: "Tests.swift")
      .compactMap { TextFiles.read("\(TextFiles.folder)/\($0)") }
    var missing: [String] = []
    for claim in claims {
      if claim.evidence.isEmpty { missing.append("\(claim.name): no evidence") }
      for evidence in claim.evidence {
        switch evidence {
        case .scenario(let name): if !scenarios.contains(name) { missing.append("\(claim.name): \(name)") }
        case .test(let title):
          if !sources.contains(where: { $0.contains("\"\(title)") }) { missing.append("\(claim.name): \(title)") }
        case .planted: break
        case .impossible(let why), .elsewhere(let why): if why.isEmpty { missing.append("\(claim.name): no reason") }
        }
      }
    }
    return missing
  }

  @Test("Each of the 38 traps names what keeps it from happening, and that exists")
  func traps() {
    #expect(Traps.all.map(\.name) == (1...38).map { "\($0)" })
    let missing = missing(in: Traps.all)
    #expect(missing.isEmpty, "\(missing)")
  }

  @Test("Each sentence of the thesis names what shows it, and that exists")
  func thesis() {
    let missing = missing(in: Thesis.all)
    #expect(missing.isEmpty, "\(missing)")
  }

  @Test("Every scenario stands for a trap or a sentence of the thesis, or for a rule that is listed here")
  func scenarios() {
    let rules = [
      "broken_appends_are_ignored", "hash_differs", "peer_lost_what_it_had", "suspended_leader_hands_over",
      "transfer_chooses_the_best", "snapshot_ends_by_acknowledgement", "read_is_retried_when_leadership_goes",
      "hung_leader_hands_over", "hung_leader_asks_each_once", "hung_leader_stays_without_a_better_one",
      "hung_disk_does_not_campaign", "leadership_comes_home", "fresh_leadership_comes_home_at_once",
      "preference_waits_for_health", "preference_backs_off", "old_appends_arrive_before_the_snapshot",
    ]
    var named = Set(rules)
    for claim in Traps.all + Thesis.all {
      for case .scenario(let name) in claim.evidence { named.insert(name) }
    }
    let unnamed = Scenario.all.filter { !named.contains($0) }
    #expect(unnamed.isEmpty, "\(unnamed)")
  }
}
