import Base
import Model
import Raft
import Wire

extension Replicas {
  /// Chunks under way to one peer: enough to fill a 15 ms round trip, little enough to leave room for heartbeats.
  private var window: UInt64 { UInt64(4 * configuration.snapshotChunkBytes) }

  // MARK: Sending

  mutating func snapshotNeeded(
    _ slot: Int, _ peer: ReplicaID, at now: Moment, into effects: inout [ReplicaEffect]
  ) {
    // A state that is not to be trusted is given to nobody.
    guard groups[slot].quarantine == nil else {
      return step(slot, .snapshotSent(to: peer, nil), at: now, into: &effects)
    }
    let transfer = nextTransfer
    nextTransfer += 1
    let entry = SnapshotSending.Peer(replica: peer, transfer: transfer, lastProgress: now)
    if groups[slot].sending == nil {
      let name = "snapshot-\(groups[slot].keyspace)-\(transfer).db"
      groups[slot].sending = SnapshotSending(name: name, description: nil, peers: [entry])
      effects.append(.state(.export(groups[slot].group, name: name)))
      return
    }
    groups[slot].sending?.peers.removeAll { $0.replica == peer }
    groups[slot].sending?.peers.append(entry)
    offer(slot, into: &effects)
  }

  mutating func exported(
    _ group: GroupID, _ snapshot: StateSnapshot, at now: Moment, into effects: inout [ReplicaEffect]
  ) {
    guard let slot = slot(group), groups[slot].sending?.name == snapshot.name else {
      effects.append(.state(.remove(name: snapshot.name)))
      return
    }
    let header = snapshot.header
    guard let configuration = try? Configuration(bytes: header.configuration) else {
      leaveService(slot, "the configuration in its state file cannot be read", at: now, into: &effects)
      return
    }
    let mark = LogMark(
      index: LogIndex(header.applied), term: Term(header.appliedTerm), hash: header.entryHash, logTime: header.logTime)
    // The peers' patience begins when there is something to wait for: writing the file may have taken longer than that.
    for position in groups[slot].sending!.peers.indices { groups[slot].sending!.peers[position].lastProgress = now }
    groups[slot].sending?.description = SnapshotDescription(
      mark: SnapshotMark(
        mark: mark, configuration: configuration, configurationIndex: LogIndex(header.configurationIndex)),
      base: header.base, chainHead: header.chainHead, setHash: header.setHash, featureLevel: header.featureLevel,
      kind: .file, bytes: snapshot.bytes, fileDigest: snapshot.fileDigest)
    offer(slot, into: &effects)
  }

  mutating func exportFailed(
    _ group: GroupID, _ error: StorageError, at now: Moment, into effects: inout [ReplicaEffect]
  ) {
    guard let slot = slot(group) else { return }
    abandonSending(slot, at: now, into: &effects)
  }

  /// A snapshot that was being written went with the state that it was written from: nobody will say that it is done.
  private mutating func abandonExport(_ slot: Int, at now: Moment, into effects: inout [ReplicaEffect]) {
    guard let sending = groups[slot].sending, sending.description == nil else { return }
    abandonSending(slot, at: now, into: &effects)
  }

  mutating func abandonSending(_ slot: Int, at now: Moment, into effects: inout [ReplicaEffect]) {
    guard let sending = groups[slot].sending else { return }
    groups[slot].sending = nil
    effects.append(.state(.remove(name: sending.name)))
    for peer in sending.peers {
      if peer.isOffered { send(slot, to: peer.replica, transfer: peer.transfer, .failed, into: &effects) }
      step(slot, .snapshotSent(to: peer.replica, nil), at: now, into: &effects)
    }
  }

  private mutating func offer(_ slot: Int, into effects: inout [ReplicaEffect]) {
    guard let description = groups[slot].sending?.description else { return }
    for position in groups[slot].sending!.peers.indices where !groups[slot].sending!.peers[position].isOffered {
      groups[slot].sending!.peers[position].isOffered = true
      let peer = groups[slot].sending!.peers[position]
      send(slot, to: peer.replica, transfer: peer.transfer, .offer(description), into: &effects)
    }
  }

  func send(
    _ slot: Int, to replica: ReplicaID, transfer: UInt64, _ body: SnapshotFrame.Body,
    into effects: inout [ReplicaEffect]
  ) {
    guard !isForsworn, let node = node(slot, replica) else { return }
    let frame = SnapshotFrame(
      group: groups[slot].group, from: groups[slot].replica, to: replica, transfer: transfer, body: body)
    effects.append(.send(node, .snapshot(frame)))
  }

  mutating func chunkRead(
    _ group: GroupID, _ transfer: UInt64, _ offset: UInt64, _ bytes: [UInt8], into effects: inout [ReplicaEffect]
  ) {
    guard let slot = slot(group), let position = groups[slot].sending?.peer(transfer),
      let peer = groups[slot].sending?.peers[position]
    else { return }
    send(slot, to: peer.replica, transfer: transfer, .chunk(offset: offset, bytes: bytes), into: &effects)
  }

  private mutating func readMoreChunks(_ slot: Int, _ position: Int, into effects: inout [ReplicaEffect]) {
    guard let sending = groups[slot].sending, let description = sending.description else { return }
    var peer = sending.peers[position]
    while peer.next < description.bytes, peer.next < peer.received + window {
      let count = min(UInt64(configuration.snapshotChunkBytes), description.bytes - peer.next)
      effects.append(
        .state(
          .readChunk(
            groups[slot].group, transfer: peer.transfer, name: sending.name, offset: peer.next, count: Int(count))))
      peer.next += count
    }
    groups[slot].sending?.peers[position] = peer
  }

  private mutating func endSending(
    _ slot: Int, _ position: Int, installed: LogIndex?, at now: Moment, into effects: inout [ReplicaEffect]
  ) {
    guard let peer = groups[slot].sending?.peers.remove(at: position) else { return }
    if groups[slot].sending?.peers.isEmpty ?? false, let sending = groups[slot].sending, sending.description != nil {
      groups[slot].sending = nil
      effects.append(.state(.remove(name: sending.name)))
    }
    if let installed, let node = node(slot, peer.replica) {
      effects.append(.note(.snapshotSent(groups[slot].group, to: node, installed)))
    }
    step(slot, .snapshotSent(to: peer.replica, installed), at: now, into: &effects)
  }

  // MARK: Both sides

  mutating func snapshotFrame(
    _ frame: SnapshotFrame, from peer: NodeID, at now: Moment, into effects: inout [ReplicaEffect]
  ) {
    guard let slot = slot(frame.group), frame.to == groups[slot].replica, node(slot, frame.from) == peer else { return }
    groups[slot].sick.refresh(frame.from, at: now)
    switch frame.body {
    case .offer(let description): offered(slot, frame, description, at: now, into: &effects)
    case .chunk(let offset, let bytes): chunk(slot, frame.transfer, offset, bytes, at: now, into: &effects)
    case .received(let offset):
      guard let position = groups[slot].sending?.peer(frame.transfer) else { return }
      let bytes = groups[slot].sending?.description?.bytes ?? 0
      guard offset <= bytes, var peer = groups[slot].sending?.peers[position] else { return }
      peer.received = offset
      peer.next = max(peer.next, offset)
      peer.lastProgress = now
      groups[slot].sending?.peers[position] = peer
      readMoreChunks(slot, position, into: &effects)
    case .wanted(let floor): wanted(slot, by: frame.from, atLeast: floor, at: now, into: &effects)
    case .installed(let index):
      groups[slot].sick.recovered(frame.from)
      guard let position = groups[slot].sending?.peer(frame.transfer) else { return }
      endSending(slot, position, installed: index, at: now, into: &effects)
    case .failed:
      if let position = groups[slot].sending?.peer(frame.transfer) {
        // Perhaps because of what is in it: this state is looked at before the next one is made of it.
        groups[slot].scrub.hurry()
        endSending(slot, position, installed: nil, at: now, into: &effects)
      } else if let receiving = groups[slot].receiving, receiving.transfer == frame.transfer, receiving.phase == .chunks {
        groups[slot].receiving = nil
        effects.append(.state(.remove(name: receiving.name)))
      }
    }
  }

  /// Ends transfers that have stood still: the peer is gone, or lost a chunk.
  mutating func pressSnapshots(_ slot: Int, at now: Moment, into effects: inout [ReplicaEffect]) {
    if let sending = groups[slot].sending, sending.description != nil {
      if let position = sending.peers.firstIndex(where: { now - $0.lastProgress > configuration.snapshotPatience }) {
        endSending(slot, position, installed: nil, at: now, into: &effects)
      } else if sending.peers.isEmpty {
        groups[slot].sending = nil
        effects.append(.state(.remove(name: sending.name)))
      }
    }
    if let receiving = groups[slot].receiving {
      if receiving.phase == .chunks, now - receiving.lastProgress > configuration.snapshotPatience {
        giveUpReceiving(slot, into: &effects)
      } else if receiving.phase == .waiting {
        install(slot, at: now, into: &effects)
      }
    }
  }

  // MARK: Receiving

  private mutating func offered(
    _ slot: Int, _ frame: SnapshotFrame, _ description: SnapshotDescription, at now: Moment,
    into effects: inout [ReplicaEffect]
  ) {
    switch use(slot, of: description.mark.mark) {
    case .needless:
      send(
        slot, to: frame.from, transfer: frame.transfer,
        .installed(max(groups[slot].applied, description.mark.mark.index)), into: &effects)
      return
    case .useless:
      send(slot, to: frame.from, transfer: frame.transfer, .failed, into: &effects)
      return
    case .replacesAll, .replacesState: break
    }
    if let receiving = groups[slot].receiving {
      guard receiving.phase == .chunks, receiving.transfer != frame.transfer else { return }
      giveUpReceiving(slot, into: &effects)
    }
    groups[slot].receiving = SnapshotReceiving(
      transfer: frame.transfer, from: frame.from, name: "state-\(groups[slot].keyspace)-\(frame.transfer).db",
      description: description, lastProgress: now)
    send(slot, to: frame.from, transfer: frame.transfer, .received(offset: 0), into: &effects)
  }

  /// What a snapshot would be to the replica.
  private enum SnapshotUse {
    /// It holds everything that the snapshot could bring, in its state or in its log. Installing it would throw away
    /// entries behind the mark that were acknowledged, and that a commitment may rest on.
    case needless
    /// It takes the place of the state and of the log.
    case replacesAll
    /// The log is good and goes on: it takes the place of the state alone.
    case replacesState
    /// It would not mend what is wrong here.
    case useless
  }

  private func use(_ slot: Int, of mark: LogMark) -> SnapshotUse {
    let raft = groups[slot].raft
    let isHeld = raft.holds(mark)
    guard groups[slot].quarantine != nil else {
      return mark.index <= groups[slot].applied || isHeld ? .needless : .replacesAll
    }
    guard let floor = cureFloor(slot), mark.index >= floor, mark.index >= raft.firstIndex - 1 else { return .useless }
    if isHeld { return .replacesState }
    return mark.index > raft.commit ? .replacesAll : .useless
  }

  /// The log came by another way while the file did.
  private mutating func dropReceived(_ slot: Int, into effects: inout [ReplicaEffect]) {
    guard let receiving = groups[slot].receiving else { return }
    effects.append(.note(.snapshotNotNeeded(groups[slot].group)))
    groups[slot].receiving = nil
    let index = max(groups[slot].applied, receiving.description.mark.mark.index)
    send(slot, to: receiving.from, transfer: receiving.transfer, .installed(index), into: &effects)
    effects.append(.state(.remove(name: receiving.name)))
  }

  private mutating func giveUpReceiving(_ slot: Int, into effects: inout [ReplicaEffect]) {
    guard let receiving = groups[slot].receiving else { return }
    groups[slot].receiving = nil
    send(slot, to: receiving.from, transfer: receiving.transfer, .failed, into: &effects)
    effects.append(.state(.remove(name: receiving.name)))
  }

  private mutating func chunk(
    _ slot: Int, _ transfer: UInt64, _ offset: UInt64, _ bytes: [UInt8], at now: Moment,
    into effects: inout [ReplicaEffect]
  ) {
    guard var receiving = groups[slot].receiving, receiving.transfer == transfer, receiving.phase == .chunks,
      offset == receiving.written, offset + UInt64(bytes.count) <= receiving.description.bytes, !bytes.isEmpty
    else { return }
    receiving.written += UInt64(bytes.count)
    receiving.lastProgress = now
    groups[slot].receiving = receiving
    effects.append(
      .state(
        .writeChunk(
          groups[slot].group, transfer: transfer, name: receiving.name, offset: offset, bytes: bytes)))
  }

  mutating func chunkWritten(
    _ group: GroupID, _ transfer: UInt64, _ end: UInt64, at now: Moment, into effects: inout [ReplicaEffect]
  ) {
    guard let slot = slot(group), let receiving = groups[slot].receiving, receiving.transfer == transfer,
      receiving.phase == .chunks
    else { return }
    groups[slot].receiving?.lastProgress = now
    send(slot, to: receiving.from, transfer: transfer, .received(offset: end), into: &effects)
    guard end == receiving.description.bytes else { return }
    groups[slot].receiving?.phase = .verifying
    effects.append(
      .state(.verify(group, transfer: transfer, name: receiving.name, receiving.description)))
  }

  mutating func verified(
    _ group: GroupID, _ transfer: UInt64, _ isGood: Bool, at now: Moment, into effects: inout [ReplicaEffect]
  ) {
    guard let slot = slot(group), let receiving = groups[slot].receiving, receiving.transfer == transfer else { return }
    guard isGood else {
      groups[slot].rebuilds.spoilt(at: now)
      giveUpReceiving(slot, into: &effects)
      return
    }
    groups[slot].receiving?.phase = .waiting
    install(slot, at: now, into: &effects)
  }

  /// The one transaction that puts the file in force, once nothing is being applied to the old one.
  private mutating func install(_ slot: Int, at now: Moment, into effects: inout [ReplicaEffect]) {
    guard let receiving = groups[slot].receiving, receiving.phase == .waiting, !groups[slot].isApplying,
      !groups[slot].isLoadingToApply
    else { return }
    // Asked last of all: a new leader may have fed the log while chunks were on their way.
    let (group, description, file) = (groups[slot].group, receiving.description, receiving.name)
    let operation: LogOperation
    switch use(slot, of: description.mark.mark) {
    case .needless: return dropReceived(slot, into: &effects)
    case .useless: return giveUpReceiving(slot, into: &effects)
    case .replacesAll: operation = .install(group, description, stateFile: file)
    case .replacesState: operation = .rebuild(group, description, stateFile: file)
    }
    groups[slot].receiving?.phase = .installing
    // Until the file is adopted nothing may enter the old log, not even an entry of its own as a leader.
    updateSuspension(slot, at: now, into: &effects)
    operations.append(operation)
  }

  mutating func installedInLog(_ slot: Int, into effects: inout [ReplicaEffect]) {
    guard let receiving = groups[slot].receiving, receiving.phase == .installing else { return }
    groups[slot].receiving?.phase = .adopting
    effects.append(.state(.adopt(groups[slot].group, name: receiving.name)))
  }

  mutating func adopted(
    _ group: GroupID, _ header: StateHeader, at now: Moment, into effects: inout [ReplicaEffect]
  ) {
    guard let slot = slot(group), let receiving = groups[slot].receiving, receiving.phase == .adopting else { return }
    groups[slot].receiving = nil
    groups[slot].stateFile = receiving.name
    groups[slot].header = header
    groups[slot].stateDurable = LogIndex(header.applied)
    groups[slot].applicable = max(groups[slot].applicable, LogIndex(header.applied))
    effects.append(.note(.snapshotInstalled(group, LogIndex(header.applied))))
    abandonExport(slot, at: now, into: &effects)
    step(slot, .installed(receiving.description.mark), at: now, into: &effects)
    rebuilt(slot, at: now, into: &effects)
    updateSuspension(slot, at: now, into: &effects)
    groups[slot].raft.markApplied(groups[slot].applied)
    for (client, fate) in groups[slot].proposals.settle(through: groups[slot].applied, results: []) {
      settle(slot, client, fate, into: &effects)
    }
    runReady(slot, into: &effects)
    send(slot, to: receiving.from, transfer: receiving.transfer, .installed(groups[slot].applied), into: &effects)
  }
}
