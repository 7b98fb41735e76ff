import Base
import Model
import Network
import QuartetClient
import Testing
import Wire

extension ClusterScenarios {
  @Suite("Damage on a node's disk", .serialized)
  struct Damage {
    @Test(
      "One changed bit inside a value of a stopped node's state file: the node finds it by itself, leaves service, is rebuilt, and verify --deep is clean again",
      .timeLimit(.minutes(3)))
    func changedByte() async throws {
      let options = LabCluster.Options(settings: "\n[storage]\nscrub-pause = 100ms\n")
      try await LabCluster.with(options) { lab in
        let victim = "scotland-1"
        var random = SystemRandomNumberGenerator()
        let value = Array("known value \(random.next()) \(random.next()) \(random.next())".utf8)
        _ = try await lab.client.keyspace("wales").put(Key("known"), value)
        // More rows, so that the value is not in the last page written.
        for number in 0..<300 {
          _ = try await lab.client.keyspace("wales").put(Key("k/\(number)"), [UInt8](repeating: 0x61, count: 300))
        }
        try await lab.untilCaughtUp()
        try await lab.stop(victim)
        try flip(lab, victim, value)
        let started = Clock.now()
        try lab.start(victim)
        // A page of the write-ahead log may hold the value as well: then the file does not even open, or contradicts the log.
        _ = try await eventually("it finds the damage and leaves service", within: .seconds(60)) { () -> Bool? in
          Self.foundDamage(lab.log(victim)) ? true : nil
        }
        print("measured: found \((Clock.now() - started).milliseconds) ms after the start")
        try await rebuilt(lab, victim, since: started)
      }
    }

    @Test(
      "A client that reads the changed value never gets it: the replica leaves service, another answers, and the node is rebuilt",
      .timeLimit(.minutes(3)))
    func changedByteIsRead() async throws {
      // The background reading comes too late to help.
      let options = LabCluster.Options(settings: "\n[storage]\nscrub-pause = 3600s\n")
      try await LabCluster.with(options) { lab in
        let victim = "scotland-1"
        var random = SystemRandomNumberGenerator()
        let value = Array("known value \(random.next()) \(random.next()) \(random.next())".utf8)
        _ = try await lab.client.keyspace("wales").put(Key("known"), value)
        try await lab.untilCaughtUp()
        try await lab.stop(victim)
        try flip(lab, victim, value)
        try lab.start(victim)
        let started = Clock.now()
        _ = try await eventually("it serves or finds out") { () -> Bool? in await lab.status(victim) != nil ? true : nil }
        let stale = lab.client.keyspace("wales").stale(maxAge: .seconds(600))
        _ = try await eventually("the read finds the damage", within: .seconds(30)) { () -> Bool? in
          if let answer = try? await stale.get(Key("known"), options: ReadOptions(timeout: .seconds(1), node: victim)) {
            #expect(answer.staleValue?.value?.bytes == value)
          }
          return Self.foundDamage(lab.log(victim)) ? true : nil
        }
        let answer = try await stale.get(Key("known"), options: ReadOptions(timeout: .seconds(5)))
        #expect(answer.staleValue?.value?.bytes == value)
        try await rebuilt(lab, victim, since: started)
      }
    }

    @Test("A state file that does not open keeps nobody from starting: the node is rebuilt", .timeLimit(.minutes(3)))
    func damagedFile() async throws {
      try await LabCluster.with { lab in
        let victim = "wales-1"
        for number in 0..<50 { _ = try await lab.client.keyspace("scotland").put(Key("k/\(number)"), [0x61]) }
        try await lab.untilCaughtUp()
        try await lab.stop(victim)
        let name = try #require(
          LabFiles.names(in: lab.data(victim)).first { $0.hasPrefix("state-scotland") && $0.hasSuffix(".db") })
        for position in 0..<64 { try LabFiles.flip(lab.data(victim) + "/" + name, at: position) }
        let started = Clock.now()
        try lab.start(victim)
        try await rebuilt(lab, victim, since: started)
        #expect(lab.log(victim).contains("starts out of service"))
      }
    }

    @Test("Before a changed bit is found, verify --deep names the node that has it", .timeLimit(.minutes(2)))
    func verified() async throws {
      try await LabCluster.with { lab in
        let victim = "scotland-1"
        var random = SystemRandomNumberGenerator()
        let value = Array("known value \(random.next()) \(random.next()) \(random.next())".utf8)
        _ = try await lab.client.keyspace("wales").put(Key("known"), value)
        try await lab.untilCaughtUp()
        try await lab.stop(victim)
        let healthy = try await lab.quartet("cluster", "verify", "--deep", "--keyspace", "wales", "--timeout", "1s")
        #expect(healthy.code == 75, "\(healthy.text)")
        try flip(lab, victim, value)
        let started = Clock.now()
        try lab.start(victim)
        try await lab.untilServing()
        let result = try await eventually("the node is asked") { () -> LabCluster.CommandResult? in
          let result = try await lab.quartet("cluster", "verify", "--deep", "--timeout", "2s")
          return result.code == 75 ? nil : result
        }
        // It may have found the damage before it was asked, and been rebuilt: then it is named as that.
        #expect(result.code == 1 || result.text.contains("rebuilt from the others"), "\(result.text)")
        let conclusion = result.text.split(separator: "\n").last.map(String.init) ?? ""
        #expect(conclusion.contains(victim), "\(result.text)")
        for node in lab.nodes where node.name != victim { #expect(!conclusion.contains(node.name), "\(result.text)") }
        // The verification itself has taken it out of service.
        try await rebuilt(lab, victim, since: started)
      }
    }

    private static func foundDamage(_ log: String) -> Bool {
      log.contains("left service: its state file is damaged") || log.contains("starts out of service")
    }

    private func flip(_ lab: LabCluster, _ victim: String, _ value: [UInt8]) throws {
      var changed = 0
      for name in LabFiles.names(in: lab.data(victim)) where name.hasPrefix("state-") && !name.hasSuffix("-shm") {
        let path = lab.data(victim) + "/" + name
        for position in LabFiles.positions(of: value, in: LabFiles.bytes(of: path)) {
          try LabFiles.flip(path, at: position + value.count / 2)
          changed += 1
        }
      }
      try #require(changed > 0, "the value stands nowhere in \(LabFiles.names(in: lab.data(victim)))")
    }

    /// Waits until the node is back in service by a rebuild, and everything is as it should be everywhere.
    private func rebuilt(_ lab: LabCluster, _ victim: String, since moment: Moment) async throws {
      _ = try await eventually("it is rebuilt", within: .seconds(60)) { () -> Bool? in
        guard let status = await lab.status(victim), status.notServing.isEmpty else { return nil }
        return status.groups.contains { $0.rebuilds > 0 } ? true : nil
      }
      print("measured: rebuilt \((Clock.now() - moment).milliseconds) ms after the start")
      #expect(lab.log(victim).contains("was rebuilt at"))
      try await lab.untilCaughtUp()
      let result = try await lab.quartet("cluster", "verify", "--deep")
      #expect(result.code == 0, "\(result.text)")
      // It votes again, and knows nothing of its damage after another start.
      try await lab.stop(victim)
      try lab.start(victim)
      try await lab.untilCaughtUp()
      for group in await lab.status(victim)?.groups ?? [] {
        #expect(group.role == "follower" || group.role == "leader", "\(group.keyspace): \(group.role)")
      }
    }
  }
}
