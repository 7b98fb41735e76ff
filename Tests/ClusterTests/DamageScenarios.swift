import Base
import Model
import Network
import QuartetClient
import Testing

extension ClusterScenarios {
  @Suite("Damage on a node's disk", .serialized)
  struct Damage {
    @Test("One changed bit inside a value of a stopped node's state file: verify --deep names that node", .timeLimit(.minutes(2)))
    func changedByte() async throws {
      try await LabCluster.with { lab in
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
        let healthy = try await lab.quartet("cluster", "verify", "--deep", "--keyspace", "wales", "--timeout", "1s")
        #expect(healthy.code == 75, "\(healthy.text)")
        var changed = 0
        for name in LabFiles.names(in: lab.data(victim)) where name.hasPrefix("state-") && !name.hasSuffix("-shm") {
          let path = lab.data(victim) + "/" + name
          for position in LabFiles.positions(of: value, in: LabFiles.bytes(of: path)) {
            try LabFiles.flip(path, at: position + value.count / 2)
            changed += 1
          }
        }
        try #require(changed > 0, "the value stands nowhere in \(LabFiles.names(in: lab.data(victim)))")
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
      }
    }
  }
}
