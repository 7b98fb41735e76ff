import Base
import Raft

/// Carries out the commands of scenario files on a ``World``. Words after the verb are either plain or `name=value`.
///
/// - `cluster 1 2 3h 4l 5w`: replicas with a common genesis (l learner, w witness, d departing, h at home). `boots=1`: they
///   restarted. `prefer 10000`: leadership belongs home, to a replica that has been well for so long (ms).
/// - `node 4`: an empty replica. `crash 1`, `start 1`, `lose 1 7` (while down: durable entries from 7 on, known to the
///   store; `unknown` hides it from the store; `term=2` is what is left of the terms that were entered).
///   `history 1 1 1 4`: its log now holds entries of these terms from index 2 on (while down).
/// - `advance 50` (ms, nobody ticks), `tick 1`, `timeout 1` (to the deadline, then tick), `run 200` (everything happens).
/// - `elect 1`: `timeout` and `stabilize` until 1 leads.
/// - `propose 1 a b`, `size=1000` for their bytes; `read 1`, `change 1 1 2 3d 4 & 1 2 3`, `transfer 1 [2]`,
///   `suspend 1`, `resume 1`, `fsync 1 20`.
/// - `persist 1 [2]` (as many writes), `deliver/drop/repeat [append] [from=1] [to=2] [count=1]`, `stabilize [1 2]`,
///   `load 1`, `snapshot 1 [fails]`, `compact 1 8`, `install 3 from=1`.
/// - `hang 1`, `answer 1`: the disk of 1 makes nothing durable, or does so again; while time runs its age is reported.
/// - `sever 1 2`, `sever 1 to=2`, `isolate 1`, `heal`. `network`: what is under way. `log 1`: its log.
/// - `forge append from=1 to=2 term=3 …`: a message that nobody sent; see `forge`.
/// - `trusting`: acknowledgements will be forged, so do not look for what they say on the disks.
/// - `quiet`, `loud`: leave the trace out, or not. `expect 1 role=leader term=2 commit=5 …`.
final class Stage {
  var world = World()
  var isQuiet = false
  var token: UInt64 = 0

  /// Performs one command; returns what went wrong.
  func perform(_ line: String) -> [String] {
    let words = line.split(separator: " ").map(String.init)
    let command = Command(words)
    switch command.verb {
    case "quiet": isQuiet = true
    case "loud":
      isQuiet = false
      world.trace = []
    case "prefer":
      world.preference = LeaderPreference(nation: World.home, patience: .milliseconds(Int64(command.numbers[0])))
      for id in world.up { world.nodes[id]!.group!.prefer(world.preference) }
    case "trusting": world.laws.checksDurability = false
    case "expect": return expect(command)
    case "cluster", "node", "crash", "start", "lose", "history": return life(command)
    case "advance", "tick", "timeout", "run", "elect": return time(command)
    case "propose", "read", "change", "transfer", "suspend", "resume", "fsync": request(command)
    case "persist", "deliver", "drop", "repeat", "stabilize", "sever", "isolate", "heal", "network", "log", "hang",
      "answer":
      return disksAndLinks(command)
    case "load", "snapshot", "compact", "install", "forge": return snapshots(command)
    default: return ["unknown command"]
    }
    return []
  }

  private func life(_ command: Command) -> [String] {
    switch command.verb {
    case "cluster":
      let preference = world.preference
      world = World()
      world.preference = preference
      world.trace = []
      world.found(command.configuration(), boots: UInt64(command["boots"] ?? "0")!)
    case "node": world.addEmptyNode(command.id)
    case "crash": world.crash(command.id)
    case "start": world.start(command.id)
    case "history": world.rewrite(command.id, terms: command.numbers.dropFirst().map { Term($0) })
    default:
      guard !world.isUp(command.id) else { return ["is up"] }
      let from = LogIndex(command.numbers[1])
      // What the state file holds is not lost with the log.
      guard from > world.nodes[command.id]!.disk.applied else { return ["is applied"] }
      world.laws.checksDurability = false
      world.nodes[command.id]!.disk.entries.removeAll { $0.index >= from }
      if !command.has("unknown") { world.nodes[command.id]!.disk.hardState.suspended = true }
      if let term = command["term"] {
        world.nodes[command.id]!.disk.hardState.term = Term(UInt64(term)!)
        world.nodes[command.id]!.disk.hardState.votedFor = nil
      }
    }
    return []
  }

  private func time(_ command: Command) -> [String] {
    let number = command.numbers[0]
    let id = World.id(number)
    switch command.verb {
    case "advance": world.now = world.now + .milliseconds(Int64(number))
    case "run": world.run(.milliseconds(Int64(number)))
    case "tick": world.step(id, .tick)
    case "timeout":
      let deadline = world.group(id).deadline
      guard deadline != .never else { return ["has no deadline"] }
      world.now = max(world.now, deadline)
      world.step(id, .tick)
    default:
      for _ in 0..<5 where world.leader != id {
        // Nobody protects a leader any more.
        world.now = world.now + world.timing.electionMax
        world.step(id, .tick)
        world.stabilize()
      }
      if world.leader != id { return ["was not elected"] }
    }
    return []
  }

  private func request(_ command: Command) {
    let id = command.id
    switch command.verb {
    case "propose":
      let size = Int(command["size"] ?? "8")!
      let proposals = command.plain.dropFirst().map { text in
        token += 1
        let bytes = Array(text.utf8)
        return Proposal(
          payload: bytes + [UInt8](repeating: 0, count: max(0, size - bytes.count)), wallTime: .zero, token: token)
      }
      world.step(id, .propose(proposals))
    case "read": _ = world.read(id)
    case "change": world.step(id, .change(command.configuration(after: 1)))
    case "transfer": world.step(id, .transfer(to: command.numbers.count > 1 ? World.id(command.numbers[1]) : nil))
    case "suspend": world.step(id, .suspend(true))
    case "resume": world.step(id, .suspend(false))
    default: world.step(id, .fsyncAge(.milliseconds(Int64(command.numbers[1]))))
    }
  }

  private func disksAndLinks(_ command: Command) -> [String] {
    switch command.verb {
    case "persist":
      let count = command.numbers.count > 1 ? command.numbers[1] : 100
      for _ in 0..<count where !world.persist(command.id) { break }
    case "deliver", "drop", "repeat": return move(command)
    case "stabilize": world.stabilize(command.numbers.isEmpty ? nil : command.numbers.map(World.id))
    case "sever":
      if let to = command["to"] {
        world.severed.insert([command.id, World.id(UInt64(to)!)])
      } else {
        let other = World.id(command.numbers[1])
        world.severed.formUnion([[command.id, other], [other, command.id]])
      }
    case "isolate":
      for other in world.ids where other != command.id {
        world.severed.formUnion([[command.id, other], [other, command.id]])
      }
    case "heal": world.severed = []
    case "hang", "answer": world.setHangs(command.id, command.verb == "hang")
    case "network": for message in world.network { world.say("\(message.from) to \(message.to): \(message.line)") }
    default:
      let group = world.group(command.id)
      let entries = group.entries(from: group.firstIndex, through: group.lastIndex, bytesMax: .max)
      world.say("\(command.id): \(entries.line) commit=\(group.commit) durable=\(group.durableIndex)")
    }
    return []
  }

  /// Delivers, loses or repeats the first messages that fit.
  private func move(_ command: Command) -> [String] {
    var count = Int(command["count"] ?? "1000")!
    var place = Int(command["skip"] ?? "0")!
    // Only what is under way now: answers wait for the next command.
    let waiting = world.network
    var seen = 0
    for message in waiting where count > 0 {
      guard command.selects(message) else { continue }
      if place > 0 {
        place -= 1
        continue
      }
      guard let now = world.network.firstIndex(of: message) else { continue }
      seen += 1
      count -= 1
      switch command.verb {
      case "deliver": world.deliver(now)
      case "repeat": world.deliver(now, keeping: true)
      default:
        world.say("lost: \(message.from) to \(message.to) \(message.line)")
        world.network.remove(at: now)
      }
    }
    return seen == 0 ? ["no such message"] : []
  }

  private func snapshots(_ command: Command) -> [String] {
    switch command.verb {
    case "load": if !world.serveLoad(command.id) { return ["nothing to load"] }
    case "snapshot": if !world.sendSnapshot(command.id, arrives: !command.has("fails")) { return ["nobody waits"] }
    case "compact": world.compact(command.id, through: LogIndex(command.numbers[1]))
    case "install":
      guard let from = command["from"].flatMap({ UInt64($0) }), let snapshot = world.snapshot(of: World.id(from)) else {
        return ["no snapshot"]
      }
      world.install(snapshot, at: command.id)
    default: return forge(command)
    }
    return []
  }

  /// Delivers a message that no replica sent: `forge <kind> from= to= term=` with `commit= round= last=t/i granted for=
  /// transfer after=t/i match= previous= hint=t/i` as the kind needs. `entries=n` copies that many from the log of `from`
  /// (or of `log`), or makes them up when `damaged`.
  private func forge(_ command: Command) -> [String] {
    guard let from = command.number("from"), let to = command.number("to"), let term = command.number("term"),
      let body = forgedBody(command, from: World.id(from), term: Term(term))
    else { return ["cannot be forged"] }
    let message = Message(from: World.id(from), to: World.id(to), term: Term(term), body: body)
    world.say("\(to) < \(from) \(message.line) (forged)")
    world.step(World.id(to), .received(message))
    return []
  }

  private func forgedBody(_ command: Command, from: ReplicaID, term: Term) -> Message.Body? {
    let round = Round(command.number("round") ?? 0)
    switch command.plain[0] {
    case "preVote", "vote":
      let request = VoteRequest(last: command.entry("last"), isTransfer: command.has("transfer"))
      return command.plain[0] == "vote" ? .vote(request) : .preVote(request)
    case "voteReply", "preVoteReply":
      let reply = VoteReply(granted: command.has("granted"), requestTerm: Term(command.number("for") ?? 0))
      return command.plain[0] == "voteReply" ? .voteReply(reply) : .preVoteReply(reply)
    case "heartbeat":
      return .heartbeat(Heartbeat(commit: LogIndex(command.number("commit") ?? 0), round: round, quorumAge: .zero))
    case "heartbeatReply":
      return .heartbeatReply(
        HeartbeatReply(
          round: round, fsyncAge: .milliseconds(Int64(command.number("fsync") ?? 0)), isSuspended: command.has("suspended")))
    case "matched":
      return .appendReply(
        AppendReply(round: round, result: .matched(LogIndex(command.number("match") ?? 0)), fsyncAge: .zero))
    case "rejected":
      let result = AppendReply.Result.rejected(
        previous: LogIndex(command.number("previous") ?? 0), hint: command.entry("hint"),
        last: LogIndex(command.number("last") ?? 0))
      return .appendReply(AppendReply(round: round, result: result, fsyncAge: .zero))
    case "readIndexReply":
      let nonce = ReadNonce(
        replica: command.number("to").map(World.id)!, bootCount: 1, counter: command.number("counter") ?? 1)
      return .readIndexReply(
        ReadIndexReply(nonce: nonce, index: command.number("index").map(LogIndex.init), quorumAge: .zero))
    case "timeoutNow": return .timeoutNow
    case "append": return forgedAppend(command, from: from, term: term, round: round)
    default: return nil
    }
  }

  private func forgedAppend(_ command: Command, from: ReplicaID, term: Term, round: Round) -> Message.Body? {
    let previous = command.entry("after")
    let disk = world.nodes[command.number("log").map(World.id) ?? from]!.disk
    var hash = disk.entry(at: previous.index)?.hash ?? Digest.zero
    if command.has("otherHash") { hash = Digest(1, 2, 3, 4) }
    let previousHash = hash
    var entries: [Entry] = []
    for offset in 0..<(command.number("entries") ?? 0) {
      let index = previous.index + 1 + offset
      if !command.has("made"), let entry = disk.entry(at: index) {
        entries.append(entry)
        continue
      }
      let header = EntryHeader(
        epoch: World.epoch, group: World.group, term: Term(command.number("entryTerm") ?? term.rawValue),
        index: command.has("gap") ? index + 1 : index, kind: command.has("configuration") ? .configuration : .command,
        logTime: LogTime(nanoseconds: command.has("backwards") ? 1_000 - Int64(offset) : 1 << 50), wallTime: .zero,
        previousHash: command.has("unchained") ? .zero : hash)
      entries.append(Entry(header: header, payload: [1, 2, 3]))
      hash = entries[entries.count - 1].hash
    }
    return .append(
      AppendRequest(
        previous: previous, previousHash: previousHash, entries: entries,
        commit: LogIndex(command.number("commit") ?? 0), round: round))
  }
}
