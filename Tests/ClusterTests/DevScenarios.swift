import Base
import Glibc
import Network
import QuartetClient
import Testing
import Wire

extension ClusterScenarios {
  @Suite("quartet dev", .serialized)
  struct Dev {
    @Test("A killed node is reported, restarted from another shell and serves; cluster.json stays true; Ctrl-C leaves no process", .timeLimit(.minutes(2)))
    func killRestartInterrupt() async throws {
      let dev = try await DevProcess.start("--encounters", "20")
      defer { dev.destroy() }
      #expect(dev.nodes.count == 5)
      let victim = dev.nodes[3]
      kill(victim.pid, SIGKILL)
      _ = try await eventually("cluster.json knows") { try await dev.current(victim.name).pid == 0 ? true : nil }
      #expect(dev.output.contains("node \(victim.name) was killed by signal 9"))
      let restarted = try await dev.run("dev", "restart", victim.name)
      #expect(restarted.code == 0, "\(restarted.errors)")
      let now = try await dev.current(victim.name)
      #expect(now.pid != 0 && now.pid != victim.pid)
      #expect(kill(now.pid, 0) == 0)
      let client = try QuartetClient(nodes: dev.nodes.map(\.client))
      defer { client.close() }
      _ = try await eventually("it serves") { () -> Bool? in
        guard let status = try? await client.status(of: victim.name, timeout: .seconds(1)) else { return nil }
        return status.notServing.isEmpty && status.pid == UInt32(now.pid) ? true : nil
      }
      // A node that runs is stopped gracefully and started again as well.
      let again = try await dev.run("dev", "restart", victim.name)
      #expect(again.code == 0, "\(again.errors)")
      let unknown = try await dev.run("dev", "restart", "atlantis-1")
      #expect(unknown.code != 0)

      let last = try DevProcess.read(dev.clusterFile)
      #expect(last.allSatisfy { $0.pid != 0 })
      dev.process.signal(SIGINT)
      let code = try await dev.process.end()
      #expect(code == 0, "\(dev.output.suffix(1_000))")
      for node in last { #expect(kill(node.pid, 0) != 0, "\(node.name) still runs") }
      #expect(try DevProcess.read(dev.clusterFile).allSatisfy { $0.pid == 0 })
    }

    @Test("When quartet dev itself is killed, its nodes end too", .timeLimit(.minutes(2)))
    func killedItself() async throws {
      let dev = try await DevProcess.start("--encounters", "0")
      defer { dev.destroy() }
      dev.process.signal(SIGKILL)
      _ = try await dev.process.end()
      for node in dev.nodes {
        _ = try await eventually("\(node.name) ends", within: .seconds(15)) { () -> Bool? in
          // Nobody reaps an orphan here at once: one that has ended and only stands in the table has no command line.
          LabFiles.bytes(of: "/proc/\(node.pid)/cmdline").isEmpty ? true : nil
        }
      }
    }
  }
}
