import Base
import Model
import Network
import QuartetClient
import Testing
import Wire

extension ClusterScenarios {
  @Suite("A disk that fails", .serialized)
  struct FailingDisk {
    private static var options: LabCluster.Options {
      var options = LabCluster.Options()
      options.usesFaultFiles = true
      return options
    }

    /// What a node leads, with the terms, the keyspace of no clients apart.
    private func led(_ lab: LabCluster, by node: String) async -> [(keyspace: String, term: UInt64)] {
      (await lab.status(node)?.groups ?? []).filter { $0.role == "leader" && $0.keyspace != "system" }
        .map { ($0.keyspace, $0.term) }
    }

    /// Waits until writes to all of `led` are acknowledged by later leaders; the longest wait.
    private func resumed(
      _ lab: LabCluster, _ histories: Histories, _ led: [(keyspace: String, term: UInt64)], since moment: Moment
    ) async throws -> Interval {
      var longest = Interval.zero
      for (keyspace, term) in led {
        let resumed = try await eventually("writes to \(keyspace) resume", within: .seconds(20), every: .milliseconds(5)) {
          histories.firstAcknowledgement(in: keyspace, after: term, since: moment)
        }
        longest = max(longest, resumed - moment)
      }
      return longest
    }

    private func judge(_ lab: LabCluster, _ clients: HistoryClients) async throws {
      try await lab.untilCaughtUp()
      let records = try await clients.stop()
      let judgement = try await HistoryJudgement.of(records, through: lab.client)
      #expect(judgement.isGood, "\(judgement.summary)")
      #expect(judgement.acknowledged > 300)
      let verified = try await lab.quartet("cluster", "verify", "--deep")
      #expect(verified.code == 0, "\(verified.text)")
    }

    @Test(
      "A leader's disk hangs under load: writes resume within two seconds, nothing is lost or done twice, and the node is well again when its disk is",
      .timeLimit(.minutes(5)))
    func hangs() async throws {
      try await LabCluster.with(Self.options) { lab in
        let clients = try HistoryClients(lab, native: 3, http: 2)
        _ = try await eventually("load") { clients.histories.count > 400 ? true : nil }
        let victim = try await lab.someLeader(of: "england").node
        let led = await led(lab, by: victim)
        try #require(!led.isEmpty)
        let hung = Clock.now()
        try lab.setFaults(victim, "hang\n")
        let longest = try await resumed(lab, clients.histories, led, since: hung)
        print("measured: writes resume \(longest.milliseconds) ms after the disk of \(victim) hung, which led \(led.count)")
        #expect(longest <= .seconds(2))
        // It leads nothing for as long as the disk hangs, though it is at home and heard.
        let count = clients.histories.records.count { $0.isAcknowledgedWrite }
        _ = try await eventually("load goes on", within: .seconds(60)) {
          clients.histories.records.count { $0.isAcknowledgedWrite } > count + 300 && Clock.now() - hung > .seconds(12) ? true : nil
        }
        #expect(await self.led(lab, by: victim).isEmpty)
        #expect(await (lab.status(victim)?.fsyncAge ?? .zero) > .seconds(5))

        try lab.setFaults(victim, "clear\n")
        _ = try await eventually("its disk answers") { () -> Bool? in
          await lab.status(victim)?.fsyncAge ?? .seconds(9) < .seconds(1) ? true : nil
        }
        try await judge(lab, clients)
      }
    }

    @Test(
      "A failed fsync ends the process with its reason, whoever leads then, and nothing is lost; started again it takes part",
      .timeLimit(.minutes(5)))
    func failedSync() async throws {
      try await LabCluster.with(Self.options) { lab in
        let clients = try HistoryClients(lab, native: 3, http: 1)
        _ = try await eventually("load") { clients.histories.count > 400 ? true : nil }
        let victim = try await lab.someLeader(of: "wales").node
        let led = await led(lab, by: victim)
        let failed = Clock.now()
        try lab.setFaults(victim, "fail-sync once\n")
        let code = try await lab.end(of: victim)
        #expect(code == 74)
        #expect(lab.log(victim).contains("stopping: raft.db: input or output failed"), "\(lab.log(victim).suffix(400))")
        let longest = try await resumed(lab, clients.histories, led, since: failed)
        print("measured: writes resume \(longest.milliseconds) ms after the fsync of \(victim) failed")
        try lab.setFaults(victim, "clear\n")
        try lab.start(victim)
        try await judge(lab, clients)
      }
    }

    @Test("A read that the disk refuses on a reader's thread ends the process with its reason", .timeLimit(.minutes(3)))
    func failedRead() async throws {
      try await LabCluster.with(Self.options) { lab in
        let victim = "scotland-1"
        for number in 0..<3_000 {
          // More than a reader's cache holds.
          _ = try await lab.client.keyspace("wales").put(Key("k/\(number)"), [UInt8](repeating: 0x61, count: 3_000))
        }
        try await lab.untilCaughtUp()
        try lab.setFaults(victim, "eio-read once in state-wales\n")
        let stale = lab.client.keyspace("wales").stale(maxAge: .seconds(600))
        // Other rows each time: those of the time before are in the readers' caches, and the node may not have seen the file yet.
        var first = 0
        _ = try await eventually("it stops", within: .seconds(30)) { () -> Bool? in
          first = (first + 1) % 100
          for number in stride(from: first, to: 3_000, by: 100) {
            // Each read of a node that is gone takes its whole second.
            if !lab.isRunning(victim) { return true }
            _ = try? await stale.get(Key("k/\(number)"), options: ReadOptions(timeout: .seconds(1), node: victim))
          }
          return nil
        }
        #expect(lab.log(victim).contains("stopping: state file: input or output failed"), "\(lab.log(victim).suffix(400))")
        try lab.setFaults(victim, "")
        try lab.start(victim)
        try await lab.untilCaughtUp()
      }
    }
  }
}
