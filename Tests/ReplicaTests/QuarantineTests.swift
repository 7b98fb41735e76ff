import Base
import Model
import Raft
import Storage
import Testing
import Wire

@testable import Replica

@Suite("Replicas that are out of service")
struct QuarantineTests {
  private let client = ClientToken(connection: 1, number: 1)
  private static let digestAt = LogIndex(Limits.digestInterval)

  private func failures(_ bench: Bench) -> [Failure] {
    bench.replies.compactMap { if case .failed(let failure) = $0.body { failure } else { nil } }
  }

  private func bodies(_ bench: Bench) -> [SnapshotFrame.Body] { bench.snapshotFrames.map(\.body) }

  private func read(_ bench: Bench) {
    let query = ReadRequest.Query.range(RangeQuery(range: .all))
    bench.feed(.client(client, .read(keyspace: "england", ReadRequest(consistency: .stale(maxAge: .seconds(60), notBefore: .zero), query: query))))
  }

  private func heartbeat(_ bench: Bench, round: UInt64 = 2) {
    bench.receive(from: 3, term: 3, .heartbeat(Heartbeat(commit: .genesis, round: Round(round), quorumAge: .zero)))
  }

  /// A follower of replica 3 with everything applied through `last`.
  private func follower(through last: UInt64 = Limits.digestInterval + 6) throws -> (bench: Bench, entries: [Entry]) {
    let bench = try Bench()
    let entries = bench.entries(through: last)
    for start in stride(from: 0, to: entries.count, by: Limits.appendEntriesMax) {
      let some = Array(entries[start..<min(start + Limits.appendEntriesMax, entries.count)])
      bench.receive(from: 3, term: 3, bench.append(some, commit: last))
    }
    try #require(bench.replicas.groups[0].applied == LogIndex(last))
    return (bench, entries)
  }

  private func report(_ bench: Bench, from number: UInt64, chain: Digest) {
    let report = DigestReport(group: Bench.group, index: Self.digestAt, chainHead: chain, setHash: .zero)
    bench.feed(.received(LinkID(number), .digests([report])))
  }

  private func give(_ bench: Bench, _ snapshot: (description: SnapshotDescription, bytes: [UInt8]), transfer: UInt64 = 7) {
    bench.receive(from: 3, transfer: transfer, .offer(snapshot.description))
    bench.receive(from: 3, transfer: transfer, .chunk(offset: 0, bytes: snapshot.bytes))
  }

  @Test("One that a majority contradicts leaves service, asks the leader for its state and is back in service with it")
  func rebuilt() throws {
    let (bench, entries) = try follower()
    let group = { bench.replicas.groups[0] }
    report(bench, from: 2, chain: Digest(9, 0, 0, 0))
    #expect(group().quarantine == nil)
    report(bench, from: 3, chain: Digest(9, 0, 0, 0))
    #expect(group().outOfService.contains("differs"))
    #expect(bench.replicas.groupStatus(at: bench.now)[0].role == "quarantined")
    read(bench)
    #expect(failures(bench).map(\.code) == [.notServing])

    bench.forgetFrames()
    bench.wait(.milliseconds(150))
    #expect(bodies(bench) == [.wanted(atLeast: LogIndex(1))])
    // It says that it may not lead, and does not try to.
    heartbeat(bench)
    #expect(
      bench.messages.contains { if case .heartbeatReply(let reply) = $0.body { reply.isSuspended } else { false } })
    bench.wait(.milliseconds(500))
    #expect(!bench.hasCampaigned)

    // Its log holds the snapshot's place and goes on: nothing of it that was acknowledged may go.
    give(bench, try bench.snapshot(of: Array(entries[..<1_025])))
    #expect(group().quarantine == nil)
    #expect(group().rebuilds.count == 1)
    #expect(group().applied == LogIndex(Limits.digestInterval + 6))
    #expect(bench.logged.contains { if case .rebuild = $0 { true } else { false } })
    #expect(!bench.logged.contains { if case .install = $0 { true } else { false } })
    #expect(bodies(bench).last == .installed(LogIndex(1_026)))
    heartbeat(bench, round: 3)
    #expect(
      bench.messages.last { if case .heartbeatReply = $0.body { true } else { false } }?.body
        == .heartbeatReply(HeartbeatReply(round: Round(3), fsyncAge: .zero, isSuspended: false)))

    try bench.restart()
    #expect(group().quarantine == nil)
    #expect(group().applied >= LogIndex(1_026))
    #expect(group().raft.lastIndex == LogIndex(Limits.digestInterval + 6))
    #expect(group().raft.firstIndex == LogIndex(1_027))
  }

  @Test("What it knows of its state it knows after a restart too, and a snapshot beyond its log cures it as well")
  func restartedBefore() throws {
    let (bench, entries) = try follower(through: 40)
    bench.call { replicas, now, effects in replicas.foundDamage(0, "a test", at: now, into: &effects) }
    try bench.restart()
    let group = { bench.replicas.groups[0] }
    #expect(!group().outOfService.isEmpty)
    #expect(group().raft.lastIndex == LogIndex(40))
    bench.wait(.seconds(3))
    #expect(!bench.hasCampaigned)
    read(bench)
    #expect(failures(bench).last?.code == .notServing)
    bench.receive(
      from: 2, term: 3, .vote(VoteRequest(last: EntryID(index: LogIndex(900), term: Term(2)), isTransfer: true)))
    #expect(
      bench.messages.contains { if case .voteReply(let reply) = $0.body { !reply.granted } else { false } })

    heartbeat(bench)
    bench.forgetFrames()
    bench.wait(.milliseconds(150))
    #expect(bodies(bench) == [.wanted(atLeast: LogIndex(1))])
    give(bench, try bench.snapshot(of: bench.entries(through: 60)))
    #expect(group().quarantine == nil)
    #expect(group().applied == LogIndex(60))
    #expect(group().raft.lastIndex == LogIndex(60))
    try bench.restart()
    #expect(group().quarantine == nil && group().applied == LogIndex(60))
    _ = entries
  }

  @Test("A snapshot that is not what was announced leaves it out of service, and it asks less and less often")
  func spoilt() throws {
    let (bench, entries) = try follower(through: 40)
    bench.call { replicas, now, effects in replicas.foundDamage(0, "a test", at: now, into: &effects) }
    heartbeat(bench)
    let good = try bench.snapshot(of: Array(entries[..<20]))
    var bad = good
    bad.bytes[bad.bytes.count / 2] ^= 1
    var waits: [Int64] = []
    for transfer in UInt64(1)...3 {
      bench.forgetFrames()
      var steps: Int64 = 0
      while !bodies(bench).contains(.wanted(atLeast: LogIndex(1))), steps < 1_000 {
        bench.wait(.milliseconds(500))
        heartbeat(bench, round: 3 + transfer)
        steps += 1
      }
      waits.append(steps)
      give(bench, bad, transfer: transfer)
      #expect(bodies(bench).last == .failed)
      #expect(bench.replicas.groups[0].quarantine != nil)
    }
    #expect(waits == [1, 20, 40])
    give(bench, good, transfer: 9)
    #expect(bench.replicas.groups[0].quarantine == nil)
  }

  @Test("Where no majority agrees nobody asks for anything, and nothing is taken")
  func noMajority() throws {
    let (bench, entries) = try follower()
    report(bench, from: 2, chain: Digest(8, 0, 0, 0))
    report(bench, from: 3, chain: Digest(9, 0, 0, 0))
    #expect(bench.replicas.groups[0].outOfService.contains("no majority"))
    bench.forgetFrames()
    bench.wait(.seconds(2))
    #expect(bodies(bench).isEmpty)
    bench.receive(from: 3, transfer: 7, .offer(try bench.snapshot(of: Array(entries[..<30])).description))
    #expect(bodies(bench) == [.failed])
    try bench.restart()
    #expect(bench.replicas.groups[0].quarantine != nil)
  }

  @Test("While replicas differ and the one that could decide is silent, nobody is served; its word ends that")
  func doubt() throws {
    let (bench, _) = try follower()
    let own = try #require(
      bench.frames.compactMap { frame -> DigestReport? in
        if case .digests(let reports) = frame.frame { reports.last } else { nil }
      }.last)
    report(bench, from: 3, chain: Digest(9, 0, 0, 0))
    bench.wait(.milliseconds(500))
    read(bench)
    #expect(failures(bench).isEmpty)
    bench.wait(.milliseconds(700))
    #expect(failures(bench).map(\.code) == [.notServing])
    read(bench)
    #expect(failures(bench).map(\.code) == [.notServing, .notServing])
    #expect(!bench.replicas.isReady(at: bench.now))
    #expect(bench.replicas.groups[0].quarantine == nil)
    bench.feed(
      .received(
        LinkID(2),
        .digests([
          DigestReport(group: Bench.group, index: own.index, chainHead: own.chainHead, setHash: own.setHash)
        ])))
    #expect(bench.replicas.groups[0].doubt == nil)
    read(bench)
    #expect(failures(bench).count == 2)
  }

  // MARK: Finding damage

  private func put(_ bench: Bench, _ key: UInt8, _ value: UInt8) {
    let command = Command(
      envelope: Envelope(),
      body: .transaction(Transaction(success: [.put(key: Key([key]), value: Value([value]), wantsPrevious: false)])))
    bench.feed(.client(client, .propose(keyspace: "england", command: command.bytes)))
    acknowledge(bench)
  }

  private func acknowledge(_ bench: Bench) {
    for number in UInt64(2)...3 {
      bench.receive(
        from: number, term: 2,
        .appendReply(
          AppendReply(round: Round(1), result: .matched(bench.replicas.groups[0].raft.lastIndex), fsyncAge: .zero)))
    }
  }

  /// Leads with two rows.
  private func leader() throws -> Bench {
    let bench = try Bench()
    bench.readsAtOnce = true
    bench.elect()
    acknowledge(bench)
    put(bench, 1, 1)
    put(bench, 2, 2)
    try #require(bench.replicas.groups[0].applied == LogIndex(4))
    return bench
  }

  private func rot(_ bench: Bench) throws {
    #expect(!bench.store.rot(Key([9]), in: GroupRecord.foundingFile(bench.genesis.groups[0])))
    #expect(bench.store.rot(Key([2]), in: GroupRecord.foundingFile(bench.genesis.groups[0])))
  }

  @Test("The background reading finds a row that rotted, and the leader hands over")
  func scrubbed() throws {
    let bench = try leader()
    bench.replicas.scrubs(every: .milliseconds(100))
    bench.wait(.milliseconds(150))
    #expect(bench.replicas.groups[0].scrub.passes == 1)
    #expect(bench.replicas.groups[0].quarantine == nil)
    try rot(bench)
    for _ in 0..<80 { bench.wait(.milliseconds(100)); acknowledge(bench) }
    #expect(bench.replicas.groups[0].outOfService.contains("damaged"))
    #expect(bench.messages.contains { if case .timeoutNow = $0.body { true } else { false } })
  }

  @Test("A client's read of a rotten row is refused, never answered, and the replica leaves service")
  func readOfRot() throws {
    let bench = try leader()
    try rot(bench)
    read(bench)
    #expect(failures(bench).map(\.code) == [.notServing])
    #expect(bench.replicas.groups[0].quarantine != nil)
    #expect(!bench.replies.contains { if case .read = $0.body { true } else { false } })
  }

  @Test("An administrator's verification that finds damage is answered, and takes the replica out of service")
  func verificationOfRot() throws {
    let bench = try leader()
    try rot(bench)
    bench.feed(
      .client(
        client, .digest(keyspace: "england", DigestQuery(revision: .zero, range: .all, limit: 0, perRow: false))))
    #expect(bench.replies.contains { if case .digest(let digest) = $0.body { !digest.damaged.isEmpty } else { false } })
    #expect(bench.replicas.groups[0].quarantine != nil)
  }

  @Test("Applying what reads a rotten row stops there, and the replica leaves service")
  func applyingOverRot() throws {
    let (bench, entries) = try follower(through: 10)
    _ = entries
    bench.feed(.stateDone(.failed(Bench.group, .storage(.corrupt(what: "a row")))))
    #expect(bench.replicas.groups[0].outOfService.contains("a row"))
    #expect(bench.replicas.cureFloor(0) == LogIndex(1))
  }

  @Test("Entries of its own log that are damaged are made good by a snapshot that holds them, and by no older one")
  func logDamaged() throws {
    let (bench, entries) = try follower(through: 40)
    let load = LogLoad(peer: ReplicaID(2), from: LogIndex(10), through: LogIndex(30), bytesMax: 1_000)
    bench.feed(.logDamaged(Bench.group, load))
    #expect(bench.replicas.groups[0].quarantine != nil)
    heartbeat(bench)
    bench.forgetFrames()
    bench.wait(.milliseconds(150))
    #expect(bodies(bench) == [.wanted(atLeast: LogIndex(30))])
    bench.receive(from: 3, transfer: 6, .offer(try bench.snapshot(of: Array(entries[..<20])).description))
    #expect(bodies(bench).last == .failed)
    give(bench, try bench.snapshot(of: Array(entries[..<30])))
    #expect(bench.replicas.groups[0].quarantine == nil)
    #expect(bench.replicas.groups[0].raft.firstIndex == LogIndex(32))
    #expect(bench.replicas.groups[0].raft.lastIndex == LogIndex(40))
  }

  // MARK: The leader's side

  @Test("A leader rebuilds one of two followers, and neither serves nor rebuilds when the other is sick as well")
  func majoritySick() throws {
    let bench = try leader()
    bench.receive(from: 2, transfer: 0, .wanted(atLeast: LogIndex(1)))
    #expect(bench.replicas.groups[0].sending?.peers.map(\.replica) == [ReplicaID(2)])
    // It is being served; to ask again changes nothing.
    let transfer = bench.replicas.groups[0].sending?.peers[0].transfer
    bench.receive(from: 2, transfer: 0, .wanted(atLeast: LogIndex(1)))
    #expect(bench.replicas.groups[0].sending?.peers.first?.transfer == transfer)
    read(bench)
    #expect(failures(bench).isEmpty)

    bench.receive(from: 3, transfer: 0, .wanted(atLeast: LogIndex(1)))
    #expect(bench.replicas.groups[0].sending?.peers.map(\.replica) == [ReplicaID(2)])
    read(bench)
    #expect(failures(bench).map(\.code) == [.notServing])
    #expect(bench.replicas.notServing(at: bench.now).contains("majority"))
    // The rebuild that was begun in time goes on, and its end is the end of the stop.
    bench.receive(from: 2, transfer: try #require(transfer), .installed(LogIndex(4)))
    read(bench)
    #expect(failures(bench).count == 1)
    bench.receive(from: 3, transfer: 0, .wanted(atLeast: LogIndex(1)))
    #expect(bench.replicas.groups[0].sending != nil)
  }

  @Test("A replica that is out of service gives its state to nobody")
  func nothingIsHandedOut() throws {
    let bench = try leader()
    bench.receive(from: 2, transfer: 0, .wanted(atLeast: LogIndex(1)))
    bench.call { replicas, now, effects in replicas.foundDamage(0, "a test", at: now, into: &effects) }
    #expect(bench.replicas.groups[0].sending == nil)
    bench.call { replicas, now, effects in replicas.snapshotNeeded(0, ReplicaID(3), at: now, into: &effects) }
    #expect(bench.replicas.groups[0].sending == nil)
  }

  @Test("A leader does not serve a request for a newer state than it has")
  func tooNew() throws {
    let bench = try leader()
    bench.receive(from: 2, transfer: 0, .wanted(atLeast: LogIndex(5)))
    #expect(bench.replicas.groups[0].sending == nil)
  }

  @Test("Rebuilds come ten seconds apart, twenty, forty, at most an hour; a calm day begins anew")
  func pace() {
    var pace = RebuildPace()
    var now = Moment(nanoseconds: 0)
    #expect(pace.mayAsk(at: now))
    pace.asked(at: now)
    #expect(!pace.mayAsk(at: now + .milliseconds(999)))
    #expect(pace.mayAsk(at: now + .seconds(1)))
    var pauses: [Int64] = []
    for _ in 0..<12 {
      pace.done(at: now)
      var pause = Interval.zero
      while !pace.mayAsk(at: now + pause) { pause = pause + .seconds(1) }
      pauses.append(pause.nanoseconds / 1_000_000_000)
      now = now + pause
    }
    #expect(pauses == [10, 20, 40, 80, 160, 320, 640, 1_280, 2_560, 3_600, 3_600, 3_600])
    now = now + .seconds(25 * 3_600)
    pace.done(at: now)
    #expect(pace.mayAsk(at: now + .seconds(10)))
    #expect(pace.count == 13)
  }
}
