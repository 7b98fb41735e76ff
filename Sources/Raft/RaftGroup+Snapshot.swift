import Base

/// Where the log in memory meets the disk and snapshots (TH 5).
extension RaftGroup {
  /// The state file was replaced by a snapshot. What the log holds beyond it stays only when the log contains the
  /// snapshot's place; nothing that is committed here is ever undone (trap 21).
  mutating func installed(_ snapshot: SnapshotMark, into effects: inout Effects) {
    let mark = snapshot.mark
    guard mark.index >= log.start else { return }
    if mark.term > hardState.term { enter(mark.term, into: &effects) }
    let isKnown = log.term(at: mark.index) == mark.term && (log.hash(at: mark.index) ?? mark.hash) == mark.hash
    if isKnown {
      log.settle(through: mark.index)
      configurations.forget(before: mark.index)
      // A state that was rebuilt below what had been applied is applied again from there.
      handedOut = mark.index
    } else {
      guard mark.index > commit else { return effects.notes.append(.hashDiffers(replica, at: mark.index)) }
      if role != .follower { become(.follower, into: &effects) }
      if log.lastIndex > mark.index { effects.notes.append(.truncated(from: mark.index + 1)) }
      // Also when only a write under way could still bring back what goes here.
      if log.lastIndex > mark.index || !writes.isIdle { unwritten.truncateFrom = mark.index + 1 }
      log.restart(after: mark)
      writes.truncate(from: mark.index + 1)
      handedOut = mark.index
      let known = configurations.latest.configuration
      configurations = ConfigurationLog(
        index: snapshot.configurationIndex,
        configuration: defect == .losesSnapshotConfiguration ? known : snapshot.configuration)
      configurationChanged(into: &effects)
    }
    commit = max(commit, mark.index)
    if role == .follower, let leader {
      reply(.matched(mark.index), round: leaderRound, to: leader, into: &effects)
    }
  }

  /// The log on disk was cut; memory may still hold some of it, for laggards.
  mutating func cut(through index: LogIndex) {
    markApplied(index)
    log.cut(through: index)
    configurations.forget(before: index)
  }

  mutating func loaded(_ load: LogLoad, _ entries: [Entry]) {
    guard role == .leader, let place = lead.place(of: load.peer), lead.peers[place].loading == load else { return }
    lead.peers[place].loading = nil
    guard entries.first?.index == load.from else { return }
    lead.peers[place].loaded = entries
  }

  mutating func loadCompacted(_ load: LogLoad, into effects: inout Effects) {
    guard role == .leader, let place = lead.place(of: load.peer), lead.peers[place].loading == load else { return }
    lead.peers[place].awaitSnapshot()
    effects.snapshotsNeeded.append(load.peer)
  }

  /// A snapshot reached the peer, or did not: then it is asked for again when the peer next gives a sign of life.
  mutating func snapshotSent(to peer: ReplicaID, _ index: LogIndex?) {
    guard role == .leader, let place = lead.place(of: peer), lead.peers[place].state == .snapshot else { return }
    let next = min(index ?? lead.peers[place].match, log.lastIndex) + 1
    lead.peers[place].probe(from: next)
    if index == nil { lead.peers[place].probed = lead.rounds.newest }
  }
}
