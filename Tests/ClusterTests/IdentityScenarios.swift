import Base
import JSON
import Model
import QuartetClient
import Testing
import Wire

extension ClusterScenarios {
  @Suite("Nodes that are not who they were", .serialized)
  struct Identity {
    private static let victim = "wales-1"

    @Test("A wiped node with its old configuration is refused, says why, and the cluster goes on", .timeLimit(.minutes(2)))
    func wiped() async throws {
      try await LabCluster.with { lab in
        try await write(lab, 20)
        try await lab.stop(Self.victim)
        try LabFiles.remove(lab.data(Self.victim))
        try lab.start(Self.victim)
        try await expectRefusal(lab, containing: ["not with the one in its data directory"])
        try await write(lab, 20)
      }
    }

    @Test("A node restored from an earlier copy of its directory is refused, says why, and the cluster goes on", .timeLimit(.minutes(2)))
    func restored() async throws {
      try await LabCluster.with { lab in
        try await write(lab, 20)
        let copy = "\(lab.directory)/copy"
        try LabFiles.copy(lab.data(Self.victim), to: copy)
        try await write(lab, 50)
        try await lab.untilCaughtUp()
        try await lab.stop(Self.victim)
        try LabFiles.remove(lab.data(Self.victim))
        try LabFiles.copy(copy, to: lab.data(Self.victim))
        try lab.start(Self.victim)
        try await expectRefusal(lab, containing: ["acknowledged", "copy", "restored"])
        // Only leaders know what it acknowledged; the others would count its votes.
        let status = try await eventually("it says that it does not serve") { () -> NodeStatus? in
          guard let status = await lab.status(Self.victim), !status.notServing.isEmpty else { return nil }
          return status
        }
        #expect(status.groups.allSatisfy { $0.role == "suspended" }, "\(status.groups.map(\.role))")
        try await write(lab, 20)
      }
    }

    @Test("Of two processes on copies of one directory the second is refused and says why; the first serves", .timeLimit(.minutes(2)))
    func doubled() async throws {
      try await LabCluster.with { lab in
        try await write(lab, 20)
        try await lab.stop(Self.victim)
        let copy = "\(lab.directory)/twin"
        try LabFiles.copy(lab.data(Self.victim), to: copy)
        try lab.start(Self.victim)
        try await lab.untilCaughtUp()
        let node = lab.node(Self.victim)
        let port = try LabCluster.freeBasePort(nodes: 1)
        // Other ports of its own; in the list of nodes it stays where the others are told it is.
        var text = LabFiles.text(of: lab.settings(Self.victim))
          .replacing("data = \"\(lab.data(Self.victim))\"", with: "data = \"\(copy)\"")
        let parts = text.split(separator: "[[node]]", maxSplits: 1, omittingEmptySubsequences: false)
        text =
          parts[0].replacing(node.client, with: "127.0.0.1:\(port)")
          .replacing(node.peer, with: "127.0.0.1:\(port + 1)").replacing(node.http, with: "127.0.0.1:\(port + 2)")
          + "[[node]]" + parts[1]
        let settings = "\(lab.directory)/twin.conf"
        let log = "\(lab.directory)/twin.log"
        try LabFiles.write(text, to: settings)
        let twin = try lab.startStranger(settings: settings, log: log)
        try await expectRefusal(lab, containing: ["same", "alive", "twice", "copy", "another process"], log: log)
        #expect(twin.exitCode == nil, "it waits for an administrator and does not vanish: \(LabFiles.text(of: log))")
        // The first one goes on as before.
        try await write(lab, 20)
        try await lab.untilCaughtUp()
        #expect(await lab.status(Self.victim)?.notServing == "")
      }
    }

    private func write(_ lab: LabCluster, _ count: Int) async throws {
      for keyspace in LabCluster.keyspaces {
        for number in 0..<count {
          _ = try await lab.client.keyspace(keyspace).put(Key("k/\(number)"), Array("v".utf8))
        }
      }
    }

    /// That the reason stands in the status of the cluster, as a program reads it, and in the node's own log.
    private func expectRefusal(_ lab: LabCluster, containing words: [String], log: String? = nil) async throws {
      func tells(_ text: String) -> Bool { words.contains { text.contains($0) } }
      var last = ""
      let refusals = try? await eventually("a refusal in the status") { () -> [String: String]? in
        let result = try await lab.quartet("cluster", "status", "--json")
        last = result.text
        guard let nodes = (try? JSONValue(parsing: result.output))?["nodes"]?.array else { return nil }
        var found: [String: String] = [:]
        for node in nodes {
          for peer in node["peers"]?.array ?? [] where peer["node"]?.string == Self.victim {
            if let refusal = peer["refusal"]?.string, tells(refusal) { found[node["name"]?.string ?? ""] = refusal }
          }
        }
        return found.isEmpty ? nil : found
      }
      print("refused: \(refusals?.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value)" } ?? [])")
      #expect(refusals != nil, "nothing in the status: \(last.suffix(300))")
      let path = log ?? "\(lab.directory)/\(Self.victim).log"
      let told = try? await eventually("the reason in its own log") { tells(LabFiles.text(of: path)) ? true : nil }
      #expect(told == true, "nothing in its log: \(LabFiles.text(of: path).suffix(2_000))")
      // A linearizable answer needs a majority of the others.
      try await lab.untilServing()
    }
  }
}
