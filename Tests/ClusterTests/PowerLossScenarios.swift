import Base
import Network
import Testing

extension ClusterScenarios {
  @Suite("Power losses of all nodes at once", .serialized)
  struct PowerLosses {
    @Test("Nothing acknowledged is missing after all five nodes lost power under load, again and again", .timeLimit(.minutes(20)))
    func synced() async throws {
      try await LabCluster.with(LabCluster.Options(usesPowerLoss: true)) { lab in
        let clients = try HistoryClients(lab, native: 3, http: 2)
        var restarts: [Interval] = []
        for _ in 0..<(Lab.isLong ? 50 : 3) {
          try await loadForAWhile(clients)
          try await lab.kill(lab.nodes.map(\.name))
          let begun = Clock.now()
          try lab.startAll()
          try await lab.untilServing()
          restarts.append(Clock.now() - begun)
        }
        let records = try await clients.stop()
        Lab.report("all nodes from power loss to serving", restarts)
        try await lab.untilCaughtUp()
        let judgement = try await HistoryJudgement.of(records, through: lab.client)
        print("power losses: \(judgement.summary)")
        #expect(judgement.isGood, "\(judgement.summary)")
        #expect(judgement.acknowledged > 100)
        let verified = try await lab.quartet("cluster", "verify", "--deep")
        #expect(verified.code == 0, "\(verified.text)")
      }
    }

    @Test("With disks that only say that they have synced, the same checks find losses", .timeLimit(.minutes(5)))
    func lyingDisks() async throws {
      try await LabCluster.with(LabCluster.Options(usesPowerLoss: true)) { lab in
        // Founded on honest disks: else nothing at all would be left to ask.
        for node in lab.nodes { try await lab.stop(node.name) }
        lab.setEnvironment(["QUARTET_SYNC_IS_NOOP": "1"])
        try lab.startAll()
        try await lab.untilServing()
        let clients = try HistoryClients(lab, native: 2, http: 1)
        try await loadForAWhile(clients)
        let records = try await clients.stop()
        try await lab.kill(lab.nodes.map(\.name))
        lab.setEnvironment([:])
        try lab.startAll()
        try await lab.untilServing()
        let judgement = try await HistoryJudgement.of(records, through: lab.client)
        #expect(judgement.acknowledged > 100)
        #expect(!judgement.missing.isEmpty, "the checks are blind: \(judgement.summary)")
      }
    }

    /// Until so many more calls were answered.
    private func loadForAWhile(_ clients: HistoryClients) async throws {
      let begun = clients.histories.count
      let wanted = Lab.isLong ? 1_000 : 800
      _ = try await eventually("load", within: .seconds(60)) { clients.histories.count >= begun + wanted ? true : nil }
    }
  }
}
