import Base
import Glibc
import Model
import Network
import QuartetClient
import Testing
import Wire

extension ClusterScenarios {
  @Suite("A full disk", .serialized)
  struct FullDisk {
    /// A small file system of its own; nil where that is not allowed.
    private static func mount(_ path: String, megabytes: Int = 48) -> Bool {
      (try? LabFiles.run("mount", "-t", "tmpfs", "-o", "size=\(megabytes)m", "quartet-lab", path)) != nil
    }

    @Test(
      "Before the disks of a majority are full, new data is refused by name; deletes and compaction go on, and so does everything when there is room again",
      .timeLimit(.minutes(5)))
    func lowMajority() async throws {
      let volume = try LabFiles.temporaryDirectory()
      defer { try? LabFiles.remove(volume) }
      guard Self.mount(volume, megabytes: 160) else { return print("skipped: mounting a tmpfs needs root") }
      defer { try? LabFiles.run("umount", "-l", volume) }
      let crowded = ["england-1", "scotland-1", "wales-1"]
      let options = LabCluster.Options(
        settings: "\n[storage]\nreserve = 4MiB\nlow-space = 32MiB\n",
        data: Dictionary(uniqueKeysWithValues: crowded.map { ($0, "\(volume)/\($0)") }))
      try await LabCluster.with(options) { lab in
        let england = lab.client.keyspace("england")
        let first = try await england.put(Key("a"), [1])
        let free = try #require(await lab.status(crowded[0])?.diskFree)
        try #require(free > 64 << 20, "\(free) bytes are free")
        let filler = volume + "/filler"
        try LabFiles.run("fallocate", "-l", "\(free - 16 << 20)", filler)
        _ = try await eventually("new data is refused") { () -> Bool? in
          do throws(QuartetError) {
            _ = try await england.put(Key("b"), [2])
            return nil
          } catch {
            #expect(error.outcome == .notApplied)
            return error.code == .noSpace ? true : nil
          }
        }
        #expect(try await england.get(Key("a")).value != nil)
        let status = try await lab.quartet("cluster", "status")
        #expect(status.text.contains("wales-1 is low on disk space"), "\(status.text)")
        let deleted = try await england.delete(KeyRange(only: Key("a")))
        #expect(deleted.revision > first.revision)
        _ = try await england.compact(first.revision)

        try LabFiles.remove(filler)
        _ = try await eventually("new data is accepted") { try? await england.put(Key("b"), [2]) }
      }
    }

    @Test(
      "A node without space stops leading and acknowledging, goes on reading, and recovers when there is space",
      .timeLimit(.minutes(5)))
    func oneNode() async throws {
      let volume = try LabFiles.temporaryDirectory()
      defer { try? LabFiles.remove(volume) }
      guard Self.mount(volume) else { return print("skipped: mounting a tmpfs needs root") }
      defer { try? LabFiles.run("umount", "-l", volume) }
      let victim = "england-1"
      let options = LabCluster.Options(
        settings: "\n[storage]\nreserve = 4MiB\n", data: [victim: volume + "/data"])
      try await LabCluster.with(options) { lab in
        // It leads, so that leadership has to move.
        let keyspace = "england"
        _ = try await eventually("\(victim) leads") { () -> Bool? in
          if await lab.leader(of: keyspace)?.node == victim { return true }
          try? await lab.client.transferLeadership(of: keyspace, to: victim, timeout: .seconds(2))
          return nil
        }
        let clients = try HistoryClients(lab, native: 2, http: 1)
        _ = try await eventually("load") { clients.histories.count > 200 ? true : nil }
        // Somebody else's file takes what is left.
        let filler = volume + "/filler"
        _ = try? LabFiles.run("dd", "if=/dev/zero", "of=\(filler)", "bs=64k")
        let filled = Clock.now()
        _ = try await eventually("it says that it has no space") { () -> Bool? in
          await lab.status(victim)?.notServing.contains("space") == true ? true : nil
        }
        let moved = try await eventually("another leads") { () -> (node: String, term: UInt64)? in
          guard let leader = await lab.leader(of: keyspace), leader.node != victim else { return nil }
          return leader
        }
        print("measured: leadership moved \((Clock.now() - filled).milliseconds) ms after the disk was full, to \(moved.node)")
        let count = clients.histories.records.count { $0.isAcknowledgedWrite }
        _ = try await eventually("writes go on") {
          clients.histories.records.count { $0.isAcknowledgedWrite } > count + 200 ? true : nil
        }
        // Reads of the full node go on.
        let stale = try await eventually("the full node reads") {
          try? await lab.client.keyspace(keyspace).stale(maxAge: .seconds(600))
            .get(Histories.key(0), options: ReadOptions(timeout: .seconds(5), node: victim))
        }
        #expect(stale.origin.node == victim)

        try LabFiles.remove(filler)
        _ = try await eventually("it serves again", within: .seconds(30)) { () -> Bool? in
          await lab.status(victim)?.notServing == "" ? true : nil
        }
        let records = try await clients.stop()
        try await lab.untilCaughtUp()
        let judgement = try await HistoryJudgement.of(records, through: lab.client)
        #expect(judgement.isGood, "\(judgement.summary)")
        let verified = try await lab.quartet("cluster", "verify", "--deep")
        #expect(verified.code == 0, "\(verified.text)")
      }
    }
  }
}
