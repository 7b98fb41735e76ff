import Base
import JSON
import Model
import QuartetClient
import Testing

extension ClusterScenarios {
  @Suite("FHIR resources, byte for byte", .serialized)
  struct FHIR {
    private struct Resource: Sendable {
      var key: String
      var keyspace: String
      var body: [UInt8]
    }

    @Test("What is put over HTTP and by the command is read back from every node, byte for byte", .timeLimit(.minutes(3)))
    func bundles() async throws {
      let resources = Self.resources()
      try #require(resources.count >= 10)
      try await LabCluster.with { lab in
        try await put(resources, lab)
        try await lab.untilCaughtUp()
        let differing = try await withThrowingTaskGroup(of: [String].self) { group in
          for node in lab.nodes {
            group.addTask { try await Self.readBack(resources, lab, node) }
          }
          return try await group.reduce(into: [String]()) { $0 += $1 }
        }
        #expect(differing.isEmpty, "\(differing.count) of \(resources.count * lab.nodes.count): \(differing.prefix(5))")
        // The command, pinned to each node.
        for (position, resource) in resources.enumerated() where position % max(1, resources.count / 6) == 0 {
          for node in lab.nodes {
            let got = try await lab.quartet(
              "kv", "get", resource.key, "--keyspace", resource.keyspace, "--node", node.name)
            #expect(got.code == 0 && got.output == resource.body, "\(resource.key) at \(node.name): \(got.errors)")
          }
        }
        print("FHIR: \(resources.count) resources, read back from \(lab.nodes.count) nodes")
      }
    }

    /// Over HTTP to one node after the other, every fifth by the command.
    private func put(_ resources: [Resource], _ lab: LabCluster) async throws {
      for (position, resource) in resources.enumerated() {
        if position % 5 == 4 {
          let file = "\(lab.directory)/resource.json"
          try LabFiles.write(resource.body, to: file)
          let put = try await lab.quartet("kv", "put", resource.key, "--file", file, "--keyspace", resource.keyspace)
          #expect(put.code == 0, "\(put.errors)")
        } else {
          let address = lab.nodes[position % lab.nodes.count].http
          _ = try await onThread {
            try RawHTTP(address).put(resource.keyspace, Array(resource.key.utf8), resource.body)
          }
        }
      }
    }

    private static func readBack(
      _ resources: [Resource], _ lab: LabCluster, _ node: LabCluster.Node
    ) async throws -> [String] {
      var differing = try await onThread { () -> [String] in
        let link = RawHTTP(node.http)
        return try resources.filter {
          try link.get($0.keyspace, Array($0.key.utf8)).value != $0.body
        }.map { "\($0.key) over HTTP of \(node.name)" }
      }
      for resource in resources {
        let reply = try await lab.client.keyspace(resource.keyspace)
          .get(Key(resource.key), options: ReadOptions(node: node.name))
        if reply.value?.value?.bytes != resource.body || reply.origin.node != node.name {
          differing.append("\(resource.key) natively of \(node.name)")
        }
      }
      return differing
    }

    /// The resources of the bundles at hand, spread over the nations; else some made here.
    private static func resources() -> [Resource] {
      let folder = Lab.environment("QUARTET_FHIR_SAMPLES") ?? Lab.package + "/../shared/fhir-samples"
      var found: [Resource] = []
      for name in ["synthea-r4-transaction-1.json", "eps-prescription-order-acute.json"] {
        guard let bundle = try? JSONValue(parsing: LabFiles.bytes(of: "\(folder)/\(name)")) else { continue }
        for (position, entry) in (bundle["entry"]?.array ?? []).enumerated() {
          guard let resource = entry["resource"], let type = resource["resourceType"]?.string else { continue }
          found.append(
            Resource(
              key: "r/\(type)/\(resource["id"]?.string ?? "\(name)-\(position)")",
              keyspace: LabCluster.keyspaces[found.count % 4], body: resource.serialized()))
        }
      }
      guard found.isEmpty else { return found }
      print("FHIR: no samples in \(folder); some are made here")
      return (0..<40).map { number in
        let resource: JSONValue = [
          "resourceType": "Observation", "id": .string("made-\(number)"), "status": "final",
          "valueQuantity": ["value": .number(JSONNumber("1.00") ?? JSONNumber(1)), "unit": "µmol/L"],
          "note": .string(String(repeating: "Grüße, 好, \"quoted\" \\ and \n", count: number + 1)),
        ]
        return Resource(
          key: "r/Observation/made-\(number)", keyspace: LabCluster.keyspaces[number % 4], body: resource.serialized())
      }
    }
  }
}
