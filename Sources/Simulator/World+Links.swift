import Base
import Raft
import Replica
import Wire

/// Links between processes: dialling, handshakes, frames.
extension World {
  func start(_ position: Int) throws(StorageError) {
    let node = nodes[position]
    var configuration = ReplicaConfiguration(
      node: node.id, nation: node.nation, supplier: node.supplier, timing: plan.timing,
      retainedEntries: plan.retainedEntries, nodes: genesis.nodes)
    plan.knobs.apply(to: &configuration)
    // States with encounters in them are a hundred times those of other worlds: in the smallest pieces one would be under way
    // for longer than a world has to come right.
    if shift != nil { configuration.snapshotChunkBytes = max(configuration.snapshotChunkBytes, 5_000) }
    configuration.scrubPause = World.scrubPause
    configuration.lowSpaceBytes = World.lowSpaceBytes
    configuration.preferences.patience = .seconds(3)
    try node.start(configuration, random: &random, at: reading(position))
    node.replicas?.plant(options.defect)
    node.worker?.digestInterval = plan.knobs.digestInterval
    node.worker?.plant(options.defect)
    queue.schedule(.diskReport(node: position, incarnation: node.incarnation), at: now + .milliseconds(100))
    note("\(node.id) starts")
    scheduleTick(position)
    dialSoon(position)
  }

  func dialSoon(_ position: Int) {
    nodes[position].nextDial = now + .milliseconds(1)
    queue.schedule(.dial(from: position, due: nodes[position].nextDial), at: nodes[position].nextDial)
  }

  /// Dials every peer that there is no link to, and comes back.
  func dial(_ from: Int, _ due: Moment) {
    guard nodes[from].isUp, nodes[from].nextDial == due else { return }
    nodes[from].nextDial = now + .milliseconds(100)
    queue.schedule(.dial(from: from, due: nodes[from].nextDial), at: nodes[from].nextDial)
    guard nodes[from].pausedUntil == nil, let replicas = nodes[from].replicas else { return }
    for place in everyone where nodes[place].id != nodes[from].id && nodes[from].outbound[nodes[place].id] == nil {
      let to = whoAnswers(for: place)
      guard nodes[to].isUp else { continue }
      let link = LinkID(nextLink)
      let peerLink = LinkID(nextLink + 1)
      nextLink += 2
      // A dial without an answer is given up when the next one goes out: its hello, arriving late, is from a closed
      // connection.
      pendingDials = pendingDials.filter { $0.value.from != from || $0.value.to != to }
      let hello = PeerFrame.hello(replicas.hello(to: nodes[to].id))
      nodes[to].inbound[peerLink] = from
      pendingDials[peerLink] = (from, nodes[from].incarnation, link, to, nodes[to].incarnation)
      transmit(hello, from: from, to: to, toIncarnation: nodes[to].incarnation, link: peerLink)
    }
  }

  /// A name may stand for two machines.
  private func whoAnswers(for place: Int) -> Int {
    guard nodes.count > everyone.count, let twin = nodes.indices.last, nodes[twin].id == nodes[place].id, nodes[twin].isUp
    else { return place }
    return !nodes[place].isUp || random.oneIn(2) ? twin : place
  }

  func transmit(_ frame: PeerFrame, from: Int, to: Int, toIncarnation: Int, link: LinkID) {
    let delivery = network.deliver(from: from, to: to, at: now, random: &random)
    for fault in delivery.faults {
      count(fault)
      traceFault(fault, frame, from: from, to: to)
    }
    guard let arrival = delivery.arrival else { return }
    let frame = Happening.frame(
      from: from, fromIncarnation: nodes[from].incarnation, to: to, toIncarnation: toIncarnation, link: link, frame)
    queue.schedule(frame, at: arrival)
    if let again = delivery.again { queue.schedule(frame, at: again) }
  }

  func arrived(
    _ from: Int, _ fromIncarnation: Int, _ to: Int, _ toIncarnation: Int, _ link: LinkID, _ frame: PeerFrame
  ) {
    guard isCurrent(to, toIncarnation) else { return }
    guard !network.isCut(from: from, to: to) else {
      for kind in network.bite(from: from, to: to) { count(kind) }
      return
    }
    // Every sixteenth frame goes through its bytes, so that the formats carry what the replicas say.
    var frame = frame
    if eventCount % 16 == 0 {
      guard let copy = try? PeerFrame(decoding: frame.encoded), copy == frame else {
        violation = violation ?? "formats: a frame did not survive its encoding"
        return
      }
      frame = copy
    }
    switch frame {
    case .hello(let hello): if pendingDials[link] != nil { arrive(to, .greeted(link, hello)) }
    case .welcome(let hello): welcomed(to, link, hello)
    case .refused(let refusal):
      guard pendingDials.contains(where: { $0.value.link == link }) else { return }
      if !isExpected(refusal, of: to, by: from) {
        violation = violation ?? "identity: \(nodes[from].id) refused \(nodes[to].id): \(words.text(refusal))"
      }
      arrive(to, .refused(node: nodes[from].id, refusal))
    case .messages, .snapshot, .digests, .space:
      guard nodes[from].incarnation == fromIncarnation else { return }
      if case .digests = frame { meet(.digestsCompared) }
      arrive(to, .received(link, frame))
      if nodes[to].sendsSnapshot { watchProgress(to, frame) }
    }
  }

  /// A leader awaits a snapshot for a peer that acknowledges something after all.
  private func watchProgress(_ node: Int, _ frame: PeerFrame) {
    guard case .messages(let messages) = frame else { return }
    for message in messages {
      guard case .appendReply = message.message.body,
        nodes[node].replicas?.sendsWhatIsHeld(in: message.group) ?? false
      else { continue }
      violation = violation ?? "progress: \(nodes[node].id) means to send in \(message.group) what was acknowledged"
    }
  }

  /// The dialler's end: from now on its messages go out on the link.
  private func welcomed(_ node: Int, _ link: LinkID, _ hello: PeerHello) {
    guard let dial = pendingDials.first(where: { $0.value.link == link })?.value, dial.from == node,
      isCurrent(dial.from, dial.fromIncarnation), isCurrent(dial.to, dial.toIncarnation),
      let peerLink = pendingDials.first(where: { $0.value.link == link })?.key
    else { return }
    pendingDials[peerLink] = nil
    nodes[node].outbound[nodes[dial.to].id] = (link, peerLink, dial.to, dial.toIncarnation)
    arrive(node, .welcomed(link, hello))
  }

  func answer(_ node: Int, _ link: LinkID, _ frame: PeerFrame) {
    guard let dial = pendingDials[link], isCurrent(dial.from, dial.fromIncarnation) else { return }
    transmit(frame, from: node, to: dial.from, toIncarnation: dial.fromIncarnation, link: dial.link)
  }

  /// One end closes: the other end hears of it.
  func close(_ node: Int, _ link: LinkID) {
    for (peer, out) in nodes[node].outbound.sorted(by: { $0.key < $1.key }) where out.link == link {
      nodes[node].outbound[peer] = nil
      guard isCurrent(out.peer, out.peerIncarnation) else { continue }
      nodes[out.peer].inbound[out.peerLink] = nil
      queue.schedule(
        .event(node: out.peer, incarnation: out.peerIncarnation, .linkClosed(out.peerLink)), at: now + .milliseconds(1))
    }
    guard let dialler = nodes[node].inbound.removeValue(forKey: link) else { return }
    for (peer, out) in nodes[dialler].outbound.sorted(by: { $0.key < $1.key })
    where out.peer == node && out.peerLink == link {
      nodes[dialler].outbound[peer] = nil
      queue.schedule(
        .event(node: dialler, incarnation: nodes[dialler].incarnation, .linkClosed(out.link)), at: now + .milliseconds(1))
    }
  }

  /// A process went: its peers see their links break.
  func breakLinks(of position: Int) {
    for other in nodes.indices where other != position && nodes[other].isUp {
      if let out = nodes[other].outbound[nodes[position].id], out.peer == position {
        nodes[other].outbound[nodes[position].id] = nil
        queue.schedule(
          .event(node: other, incarnation: nodes[other].incarnation, .linkClosed(out.link)), at: now + .milliseconds(1))
      }
      for (link, peer) in nodes[other].inbound.sorted(by: { $0.key.rawValue < $1.key.rawValue }) where peer == position {
        nodes[other].inbound[link] = nil
        queue.schedule(
          .event(node: other, incarnation: nodes[other].incarnation, .linkClosed(link)), at: now + .milliseconds(1))
      }
    }
    pendingDials = pendingDials.filter { $0.value.from != position && $0.value.to != position }
  }
}
