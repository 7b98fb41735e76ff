import Base
import Raft

/// The properties of Figure 3.2 of the thesis and some more, watched over a whole run.
struct Laws {
  /// What went wrong, in words; empty is good.
  var broken: [String] = []
  /// Commit durability is not asked of runs that destroy disks on purpose.
  var checksDurability = true

  private var leaders: [Term: ReplicaID] = [:]
  private var hashes: [EntryID: Digest] = [:]
  /// The one history: what any replica took for committed, by index.
  private(set) var committed: [LogMark?] = []
  private var terms: [ReplicaID: Term] = [:]
  private var commits: [ReplicaID: LogIndex] = [:]
  private var asked: [ReadNonce: LogIndex] = [:]
  private(set) var readsAnswered = 0
  /// How often each kind of thing happened: a run in which it never did proves nothing about it.
  private(set) var seen: [String: Int] = [:]

  var newestCommit: LogIndex { LogIndex(UInt64(max(committed.count, 1) - 1)) }

  static func configuration(of entry: Entry) -> Configuration {
    var reader = ByteReader(entry.payload)
    return (try? Configuration(from: &reader)) ?? Configuration(members: [])
  }

  mutating func found(_ snapshot: SnapshotMark) {
    committed = Array(repeating: nil, count: Int(snapshot.mark.index.rawValue))
    committed.append(snapshot.mark)
  }

  mutating func started(_ id: ReplicaID, _ group: RaftGroup) {
    if let term = terms[id], group.term < term { broken.append("\(id) forgot term \(term)") }
    terms[id] = group.term
    commits[id] = group.commit
  }

  /// A term that was not durable may be forgotten, as long as nothing was promised in it.
  mutating func stopped(_ id: ReplicaID) { terms[id] = nil }

  mutating func asked(_ nonce: ReadNonce) { asked[nonce] = newestCommit }

  mutating func stepped(_ id: ReplicaID, _ effects: Effects, _ world: World) {
    let group = world.group(id)
    for entry in effects.persist?.entries ?? [] { logMatching(id, entry) }
    monotone(id, group)
    if group.commit > commits[id]! {
      stateMachineSafety(id, group, from: commits[id]! + 1)
      if group.role == .leader && checksDurability { committedIsDurable(group, world) }
      commits[id] = group.commit
    }
    for note in effects.notes {
      if case .becameRole(.leader, let term) = note { electionSafety(id, term, group) }
    }
    applicable(id, effects, world)
    count(effects)
    for answer in effects.reads { answered(answer) }
    lease(id, group, world)
  }

  private mutating func count(_ effects: Effects) {
    for note in effects.notes { seen[note.kind, default: 0] += 1 }
    for refused in effects.refused { seen["refused \(refused.reason.kind)", default: 0] += 1 }
    for read in effects.reads { seen["read \(read.result.kind)", default: 0] += 1 }
    if !effects.loads.isEmpty { seen["load", default: 0] += 1 }
    if !effects.snapshotsNeeded.isEmpty { seen["snapshot", default: 0] += 1 }
    if let persist = effects.persist {
      for entry in persist.entries where entry.kind == .configuration {
        seen[Self.configuration(of: entry).isJoint ? "joint entry" : "simple entry", default: 0] += 1
      }
    }
  }

  /// Log Matching: an index and a term name one entry, and by its hash one whole history.
  private mutating func logMatching(_ id: ReplicaID, _ entry: Entry) {
    if let known = hashes[entry.id] {
      if known != entry.hash { broken.append("log matching: \(id) has another entry \(entry.id)") }
    } else {
      hashes[entry.id] = entry.hash
    }
  }

  private mutating func monotone(_ id: ReplicaID, _ group: RaftGroup) {
    if let term = terms[id], group.term < term { broken.append("term of \(id) fell to \(group.term)") }
    terms[id] = group.term
    if group.commit < commits[id]! { broken.append("commit of \(id) fell to \(group.commit)") }
  }

  /// State Machine Safety: no two replicas commit different entries at one index.
  private mutating func stateMachineSafety(_ id: ReplicaID, _ group: RaftGroup, from: LogIndex) {
    var index = from
    while index <= group.commit {
      let place = Int(index.rawValue)
      let mark = group.mark(at: index)
      while committed.count <= place { committed.append(nil) }
      if let known = committed[place] {
        if let term = group.term(at: index), term != known.term || (mark.map { $0.hash != known.hash } ?? false) {
          broken.append("state machine safety: \(id) committed \(term)/\(index), others \(known)")
        }
      } else {
        committed[place] = mark
      }
      index += 1
    }
  }

  /// Election Safety and Leader Completeness.
  private mutating func electionSafety(_ id: ReplicaID, _ term: Term, _ group: RaftGroup) {
    if let other = leaders[term], other != id { broken.append("election safety: \(other) and \(id) in term \(term)") }
    leaders[term] = id
    for mark in committed {
      guard let mark, mark.index >= group.firstIndex else { continue }
      if group.term(at: mark.index) != mark.term {
        broken.append("leader completeness: \(id) leads term \(term) without \(mark)")
        return
      }
    }
  }

  /// What a leader commits is on the disks of a majority of each half.
  private mutating func committedIsDurable(_ group: RaftGroup, _ world: World) {
    let index = group.commit
    guard let hash = group.mark(at: index)?.hash else { return }
    for half in [group.configuration.incoming, group.configuration.outgoing] where !half.isEmpty {
      let holders = half.filter { voter in
        guard let disk = world.nodes[voter]?.disk else { return false }
        return disk.snapshot.mark.index >= index || disk.entry(at: index)?.hash == hash
      }
      if holders.count * 2 <= half.count { broken.append("committed \(index) is durable on \(holders) only") }
    }
  }

  private mutating func applicable(_ id: ReplicaID, _ effects: Effects, _ world: World) {
    guard let index = effects.applicable else { return }
    let disk = world.nodes[id]!.disk
    if index > disk.last { broken.append("\(id) was told to apply \(index), its disk ends at \(disk.last)") }
    guard index > disk.snapshot.mark.index, let entry = disk.entry(at: index) else { return }
    if let known = committed[Int(index.rawValue)], known.hash != entry.hash {
      broken.append("\(id) was told to apply \(entry.id), committed is \(known)")
    }
  }

  /// A linearizable read sees everything that was committed when it was asked, and is answered once.
  private mutating func answered(_ answer: ReadAnswer) {
    guard let least = asked.removeValue(forKey: answer.nonce) else {
      broken.append("a read was answered that nobody asked, or twice")
      return
    }
    guard case .index(let index, _) = answer.result else { return }
    readsAnswered += 1
    if index < least { broken.append("stale read: index \(index), committed when asked was \(least)") }
  }

  /// While a lease holds nobody else leads a later term.
  private mutating func lease(_ id: ReplicaID, _ group: RaftGroup, _ world: World) {
    guard group.role == .leader else { return }
    for other in world.up where other != id {
      let peer = world.group(other)
      guard peer.role == .leader, peer.term != group.term else { continue }
      let older = peer.term < group.term ? other : id
      if world.group(older).leaseValid(at: world.localTime(older)) {
        broken.append("\(older) holds a lease in spite of the later leader \(older == id ? other : id)")
      }
    }
  }
}
