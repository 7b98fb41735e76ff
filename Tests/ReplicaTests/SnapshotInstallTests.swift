import Base
import Raft
import Testing
import Wire

@testable import Replica

@Suite("Snapshots and what goes on beside them")
struct SnapshotInstallTests {
  @Test("A snapshot that the log has overtaken is not installed: entries behind it were acknowledged and stay on disk")
  func overtakenByTheLog() throws {
    let bench = try Bench()
    let entries = bench.entries(through: 30)
    let (description, bytes) = try bench.snapshot(of: Array(entries[..<19]))
    bench.receive(from: 2, transfer: 7, .offer(description))
    // Meanwhile another leader feeds the log past the snapshot, of which little is known to be committed.
    bench.receive(from: 3, term: 3, bench.append(entries, commit: 5))
    let acknowledged = bench.messages.compactMap { message -> LogIndex? in
      guard case .appendReply(let reply) = message.body, case .matched(let index) = reply.result else { return nil }
      return index
    }
    #expect(acknowledged.last == LogIndex(30))
    bench.receive(from: 2, transfer: 7, .chunk(offset: 0, bytes: bytes))

    #expect(try bench.storedIndexes(from: 2, through: 30) == Array(2...30))
    #expect(bench.snapshotFrames.last?.body == .installed(LogIndex(20)))
    try bench.restart()
    #expect(bench.replicas.groups[0].raft.lastIndex == LogIndex(30))
    #expect(bench.replicas.groups[0].outOfService == "")
  }

  @Test("A snapshot that the log already holds is not even fetched")
  func heldBefore() throws {
    let bench = try Bench()
    let entries = bench.entries(through: 30)
    bench.receive(from: 3, term: 3, bench.append(entries, commit: 5))
    bench.receive(from: 2, transfer: 7, .offer(try bench.snapshot(of: Array(entries[..<19])).description))
    #expect(bench.snapshotFrames.map(\.body) == [.installed(LogIndex(20))])
    #expect(bench.replicas.groups[0].receiving == nil)
  }

  @Test("A snapshot that brings something new is installed and survives a loss of power")
  func installed() throws {
    let bench = try Bench()
    let (description, bytes) = try bench.snapshot(of: bench.entries(through: 20))
    bench.receive(from: 2, transfer: 7, .offer(description))
    bench.receive(from: 2, transfer: 7, .chunk(offset: 0, bytes: bytes))
    #expect(bench.replicas.groups[0].applied == LogIndex(20))
    #expect(bench.snapshotFrames.last?.body == .installed(LogIndex(20)))
    try bench.restart()
    #expect(bench.replicas.groups[0].applied == LogIndex(20))
    #expect(bench.replicas.groups[0].outOfService == "")
  }

  @Test("While a snapshot is being put in force a full disk that has room again does not let the replica campaign")
  func fullDiskWhileInstalling() throws {
    let bench = try Bench()
    let (description, bytes) = try bench.snapshot(of: bench.entries(through: 20))
    bench.tellsLog = false
    bench.receive(from: 2, transfer: 7, .offer(description))
    bench.receive(from: 2, transfer: 7, .chunk(offset: 0, bytes: bytes))
    try #require(bench.replicas.groups[0].isInstalling)
    bench.feed(.disk(DiskReport(fsyncAge: .zero, isFull: true)))
    bench.feed(.disk(DiskReport(fsyncAge: .zero, isFull: false)))
    bench.wait(.seconds(5))
    #expect(!bench.hasCampaigned)
    bench.tellLog()
    bench.wait(.seconds(5))
    #expect(bench.hasCampaigned)
  }

  @Test("A replica that leaves service while it installs a snapshot is cured by it, if that is what cures it", arguments: [true, false])
  func outOfServiceWhileInstalling(isCurable: Bool) throws {
    let bench = try Bench()
    let (description, bytes) = try bench.snapshot(of: bench.entries(through: 20))
    bench.tellsLog = false
    bench.receive(from: 2, transfer: 7, .offer(description))
    bench.receive(from: 2, transfer: 7, .chunk(offset: 0, bytes: bytes))
    try #require(bench.replicas.groups[0].isInstalling)
    bench.call { replicas, now, effects in
      replicas.leaveService(0, "a test", isCurable ? .snapshot(floor: .zero) : .none, at: now, into: &effects)
    }
    bench.tellLog()
    bench.wait(.seconds(5))
    #expect(!bench.replicas.groups[0].isInstalling)
    #expect(bench.hasCampaigned == isCurable)
    #expect((bench.replicas.groups[0].quarantine == nil) == isCurable)
    try bench.restart()
    #expect((bench.replicas.groups[0].quarantine == nil) == isCurable)
  }

  @Test("A snapshot whose writing took longer than a peer's patience is still sent")
  func slowExport() throws {
    let bench = try Bench()
    bench.call { replicas, now, effects in replicas.snapshotNeeded(0, ReplicaID(2), at: now, into: &effects) }
    bench.wait(.seconds(60))
    for _ in 0..<1_000 where bench.replicas.groups[0].sending?.description == nil { bench.housekeep() }
    bench.wait(.seconds(1))
    #expect(bench.replicas.groups[0].sending?.peers.count == 1)
  }

  @Test("A snapshot that was being written goes with the state that another one replaced")
  func exportOfReplacedState() throws {
    let bench = try Bench()
    let (description, bytes) = try bench.snapshot(of: bench.entries(through: 20))
    bench.call { replicas, now, effects in replicas.snapshotNeeded(0, ReplicaID(3), at: now, into: &effects) }
    bench.receive(from: 2, transfer: 7, .offer(description))
    bench.receive(from: 2, transfer: 7, .chunk(offset: 0, bytes: bytes))
    try #require(bench.replicas.groups[0].applied == LogIndex(20))
    #expect(bench.replicas.groups[0].sending == nil)
  }
}
