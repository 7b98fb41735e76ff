import Base
import Model
import Raft
import Storage
import Testing
import Wire

@testable import Replica

@Suite("A node's replicas")
struct ReplicasTests {
  private let client = ClientToken(connection: 1, number: 1)

  private func failures(_ bench: Bench) -> [Failure] {
    bench.replies.compactMap { if case .failed(let failure) = $0.body { failure } else { nil } }
  }

  @Test("A transfer that the leader refuses is refused to the one who asked for it")
  func refusedTransfer() throws {
    let bench = try Bench()
    bench.elect()
    try #require(bench.replicas.groups[0].raft.role == .leader)
    // Nobody has answered an append of this leader yet.
    bench.feed(.client(client, .transfer(keyspace: "england", to: "wales-1")))
    #expect(failures(bench).first?.code == .invalidArgument)
    #expect(bench.replies.count == 1)
  }

  /// Leads, with everything acknowledged by both peers, whose disks are as slow as told.
  private func leader(peersDisk: Interval) throws -> Bench {
    let bench = try Bench()
    bench.elect()
    for number in UInt64(2)...3 {
      bench.receive(
        from: number, term: 2,
        .appendReply(AppendReply(round: Round(1), result: .matched(LogIndex(2)), fsyncAge: peersDisk)))
    }
    try #require(bench.replicas.groups[0].raft.commit == LogIndex(2))
    return bench
  }

  @Test("A leader whose disk hangs hands over to a peer with a much quicker one; to each once, and not soon again")
  func abdication() throws {
    let bench = try leader(peersDisk: .milliseconds(10))
    bench.feed(.disk(DiskReport(fsyncAge: .milliseconds(200), isFull: false)))
    #expect(told(bench) == [])
    bench.feed(.disk(DiskReport(fsyncAge: .milliseconds(400), isFull: false)))
    #expect(told(bench) == [ReplicaID(2)])
    nobodyTakesOver(bench)
    bench.feed(.disk(DiskReport(fsyncAge: .milliseconds(750), isFull: false)))
    #expect(told(bench) == [ReplicaID(3)])
    nobodyTakesOver(bench)
    bench.feed(.disk(DiskReport(fsyncAge: .milliseconds(1_100), isFull: false)))
    #expect(bench.replicas.groups[0].raft.role == .leader)
    #expect(told(bench) == [])
  }

  private func told(_ bench: Bench) -> [ReplicaID] {
    bench.messages.compactMap { if case .timeoutNow = $0.body { $0.to } else { nil } }
  }

  /// The transfer's time passes; the others go on following.
  private func nobodyTakesOver(_ bench: Bench) {
    bench.wait(.milliseconds(350))
    for number in UInt64(2)...3 {
      bench.receive(from: number, term: 2, .heartbeatReply(HeartbeatReply(round: Round(2), fsyncAge: .zero)))
    }
    bench.forgetFrames()
  }

  @Test("A write that another leader replaced is answered as soon as the log tells, though the disk hangs")
  func replacedWhileTheDiskHangs() throws {
    let bench = try leader(peersDisk: .zero)
    bench.tellsLog = false
    let command = Command(
      envelope: Envelope(), body: .transaction(Transaction(success: [.put(key: Key([1]), value: Value([2]), wantsPrevious: false)])))
    bench.feed(.client(client, .propose(keyspace: "england", command: command.bytes)))
    try #require(bench.replicas.groups[0].proposals.count == 1)
    let index = bench.replicas.groups[0].raft.lastIndex
    let previous = try #require(bench.replicas.groups[0].raft.mark(at: index - 1))
    let other = Entry(
      header: EntryHeader(
        epoch: 1, group: Bench.group, term: Term(3), index: index, kind: .noop, logTime: previous.logTime,
        wallTime: .zero, previousHash: previous.hash), payload: [])
    bench.receive(
      from: 2, term: 3,
      .append(
        AppendRequest(
          previous: previous.id, previousHash: previous.hash, entries: [other], commit: index - 1, round: Round(1))))
    bench.wait(.milliseconds(100))
    // Replaced, but that is not committed: the old entry could still come back with another leader.
    #expect(failures(bench).isEmpty)
    bench.receive(
      from: 2, term: 3,
      .append(AppendRequest(previous: other.id, previousHash: other.hash, entries: [], commit: index, round: Round(2))))
    bench.wait(.milliseconds(100))
    #expect(failures(bench).map(\.outcome) == [.notApplied])
    #expect(bench.replicas.groups[0].applied < index)
    #expect(bench.replicas.groups[0].proposals.count == 0)
  }

  /// Found by the simulator: a removed leader that nobody told waited for ever, and told its clients to be patient.
  @Test("A deposed leader that can take no more sends clients on, however much it still waits for")
  func busyAndDeposed() throws {
    let bench = try leader(peersDisk: .zero)
    bench.replicas.configuration.proposalsWaiting = 1
    bench.tellsLog = false
    let command = Command(
      envelope: Envelope(), body: .transaction(Transaction(success: [.put(key: Key([1]), value: Value([2]), wantsPrevious: false)])))
    bench.feed(.client(client, .propose(keyspace: "england", command: command.bytes)))
    try #require(bench.replicas.groups[0].proposals.count == 1)
    bench.receive(from: 2, term: 3, .heartbeat(Heartbeat(commit: .genesis, round: Round(1), quorumAge: .zero)))
    try #require(bench.replicas.groups[0].proposals.count == 1)
    bench.feed(.client(client, .propose(keyspace: "england", command: command.bytes)))
    #expect(failures(bench).map(\.code) == [.notLeader])
  }

  @Test("A follower whose disk hangs does not gather acknowledgements that say the same")
  func acknowledgementsOfAHangingDisk() throws {
    let bench = try Bench()
    bench.tellsLog = false
    let entries = bench.entries(through: 4)
    for round in 1...50 {
      bench.receive(
        from: 2, term: 2,
        .append(
          AppendRequest(
            previous: EntryID(index: .genesis, term: Term(1)), previousHash: bench.genesis.digest, entries: entries,
            commit: .genesis, round: Round(UInt64(round)))))
    }
    #expect(bench.replicas.groups[0].held.count == 1)
    bench.tellLog()
    let rounds = bench.messages.compactMap { message -> Round? in
      if case .appendReply(let reply) = message.body { reply.round } else { nil }
    }
    #expect(rounds == [Round(50)])
  }

  @Test("A leader whose disk hangs stays when the others' are hardly better")
  func noAbdicationToTheSlow() throws {
    let bench = try leader(peersDisk: .milliseconds(101))
    bench.feed(.disk(DiskReport(fsyncAge: .milliseconds(400), isFull: false)))
    #expect(told(bench) == [])
  }

  @Test("What peers acknowledged is written with a later write, whatever came first in its turn")
  func ledgerIsWritten() throws {
    let bench = try Bench()
    bench.elect()
    try #require(bench.replicas.groups[0].raft.role == .leader)
    for number in UInt64(2)...3 {
      bench.receive(
        from: number, term: 2,
        .appendReply(AppendReply(round: Round(1), result: .matched(LogIndex(2)), fsyncAge: .zero)))
    }
    try #require(bench.replicas.groups[0].raft.commit == LogIndex(2))
    bench.wait(.milliseconds(150))
    let command = Command(
      envelope: Envelope(), body: .transaction(Transaction(success: [.put(key: Key([1]), value: Value([2]), wantsPrevious: false)])))
    bench.feed(.client(client, .propose(keyspace: "england", command: command.bytes)))
    let records = bench.logged.compactMap { if case .peers(let records) = $0 { records } else { nil } }.last
    let known = records?.first { $0.store == Bench.storeID(2) }
    let wanted = [GroupIndex(group: Bench.group, index: LogIndex(2))]
    #expect(known?.acknowledged == wanted)
  }

  @Test("Of a log that ends before what its state took from it nothing is known to be committed (profile disk, seed 194)")
  func logWithoutItsEnd() throws {
    let bench = try Bench()
    let entries = bench.entries(through: 30)
    bench.receive(from: 3, term: 3, bench.append(entries, commit: 30))
    try #require(bench.replicas.groups[0].applied == LogIndex(30))
    let record = GroupRecord(founding: bench.genesis.groups[0], of: bench.genesis)
    let opened = HostedGroup(
      GroupRecord(
        group: record.group, hardState: record.hardState, snapshot: record.snapshot, base: 0,
        stateFile: record.stateFile, tail: Array(entries[..<19]), trail: [], configurations: [], last: entries[18].mark),
      header: bench.replicas.groups[0].header, genesis: bench.genesis, node: Bench.nodes[0], bootCount: 2, seed: 1,
      timing: Timing(), capacity: Capacity(), at: bench.now)
    #expect(opened.quarantine != nil)
    #expect(opened.raft.hardState.suspended)
    // Entry 20 may be one that was replaced.
    #expect(opened.raft.lastIndex == LogIndex(20))
    #expect(opened.raft.commit == .genesis)
  }

  @Test("The log may be cut only through what the state store has called durable, also after a start")
  func durabilityAtStart() throws {
    let bench = try Bench()
    let entries = bench.entries(through: 30)
    bench.receive(from: 3, term: 3, bench.append(entries, commit: 30))
    try #require(bench.replicas.groups[0].applied == LogIndex(30))
    let record = GroupRecord(founding: bench.genesis.groups[0], of: bench.genesis)
    let opened = HostedGroup(
      GroupRecord(
        group: record.group, hardState: record.hardState, snapshot: record.snapshot, base: 0,
        stateFile: record.stateFile, tail: entries, trail: [], configurations: [], last: entries[28].mark),
      header: bench.replicas.groups[0].header, genesis: bench.genesis, node: Bench.nodes[0], bootCount: 2, seed: 1,
      timing: Timing(), capacity: Capacity(), at: bench.now)
    #expect(opened.applied == LogIndex(30))
    #expect(opened.stateDurable == .genesis)
  }

  @Test("A state store tells at its first upkeep what is durable")
  func durabilityIsTold() throws {
    let bench = try Bench()
    let (done, _) = try bench.worker.housekeep()
    #expect(done == [.durable(Bench.group, .genesis)])
  }

  @Test("Reads that a reader thread has count until it has done them, though their client is gone")
  func readsOfAGoneClient() {
    var table = ReadTable()
    let read = ReadTable.Pending(
      client: client, request: ReadRequest(consistency: .linearizable, query: .outcome(.zero)), arrived: .zero)
    table.running.append((1, read))
    table.waiting.append((LogIndex(5), read))
    table.drop(connection: 1)
    #expect(table.count == 1)
    #expect(table.takeRunning(1) != nil)
    #expect(table.count == 0)
  }

  @Test("Digests beyond a bound are refused, not queued without end")
  func digestsAreBounded() throws {
    let bench = try Bench()
    let query = DigestQuery(revision: .zero, range: .all, limit: 0, perRow: false)
    for number in 0..<200 {
      bench.feed(.client(ClientToken(connection: UInt64(number), number: 1), .digest(keyspace: "england", query)))
      bench.feed(.clientGone(connection: UInt64(number)))
    }
    let refused = failures(bench).filter { $0.code == .overloaded }
    #expect(refused.count == 200 - 64)
  }

  @Test("A stopping node takes no more writes, and says that they were not applied")
  func stoppingRefuses() throws {
    let bench = try Bench()
    bench.elect()
    bench.feed(.stopping)
    bench.feed(.client(client, .propose(keyspace: "england", command: [])))
    let refused = failures(bench)
    #expect(refused.count == 1)
    #expect(refused.first?.outcome == .notApplied)
    #expect(refused.first?.code == .unavailable)
  }

  @Test("A state file from before the log's start takes its replica out of service, also when the log is long")
  func stateBeforeTheLog() throws {
    let bench = try Bench()
    let entries = bench.entries(through: 40)
    let mark = entries[18].mark
    var record = GroupRecord(founding: bench.genesis.groups[0], of: bench.genesis)
    record.snapshot = SnapshotMark(
      mark: mark, configuration: record.snapshot.configuration, configurationIndex: .genesis)
    record.tail = Array(entries[29...])
    record.last = entries[38].mark
    try record.extendTail(from: .genesis, Reader(entries: entries))
    let opened = HostedGroup(
      record, header: StateHeader(founding: bench.genesis.groups[0], of: bench.genesis), genesis: bench.genesis,
      node: Bench.nodes[0], bootCount: 2, seed: 1, timing: Timing(), capacity: Capacity(), at: bench.now)
    #expect(!opened.outOfService.isEmpty)
    #expect(opened.raft.lastIndex == LogIndex(40))
  }

  private final class Reader: LogReader {
    let all: [Entry]
    init(entries: [Entry]) { all = entries }
    func entries(
      _ group: GroupID, from: LogIndex, through: LogIndex, bytesMax: Int
    ) throws(StorageError) -> [Entry] {
      all.filter { $0.index >= from && $0.index <= through }
    }
  }

  @Test("A state that could not be adopted is left alone from then on")
  func failedAdoption() throws {
    var random = SplitMix64(seed: 5)
    let genesis = try Bench().genesis
    let (_, store) = try SQLiteNodeStore.open(
      directory: "/d", files: MemoryFiles(), random: &random, options: SQLiteNodeStore.Options(reserveBytes: 0))
    let file = GroupRecord.foundingFile(genesis.groups[0])
    try store.createState(Bench.group, file: file, genesis: genesis)
    let worker = StateWorker(store, states: [(Bench.group, file, try store.openState(Bench.group, file: file))])
    let done = try worker.run(.adopt(Bench.group, name: "state-england-99.db"))
    guard case .failed = done else { return #expect(Bool(false), "a file that is not there was adopted") }
    #expect(try worker.housekeep().done == [])
    try worker.close()
  }
}
