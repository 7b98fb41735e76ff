public import Base

/// Where a group's leader should stand.
public struct LeaderPreference: Hashable, Sendable {
  /// Voters on nodes of this nation are preferred to others; among them none is.
  public var nation: Nation
  /// How long a preferred voter must have been well, without a break, before it is handed leadership; and how long it is
  /// left alone after leadership was lost there. The second doubles from loss to loss.
  public var patience: Interval
  public init(nation: Nation, patience: Interval = .seconds(10)) {
    self.nation = nation
    self.patience = patience
  }
}

/// How far a leader is from having brought leadership home.
public enum WayHome: Hashable, Sendable {
  /// Nobody is preferred, or this replica does not lead.
  case unasked
  case isHome
  /// No voter stands where one is preferred.
  case nobody
  /// The target is told to take over.
  case underWay(ReplicaID)
  /// All preferred voters are in no state to lead; the first of them and why.
  case unwell(ReplicaID, Ailment)
  /// Well for so long, of the preference's patience.
  case waiting(ReplicaID, since: Moment)
  /// Leadership was lost there, or not taken, a short while ago.
  case resting(until: Moment)
}

/// Why a peer should not be handed leadership.
public enum Ailment: Hashable, Sendable {
  case silent, suspended, behind, slowDisk
}

/// Bringing leadership home (design §5): by transfer alone, never in votes or time-outs, which a preference could cost an
/// election (trap 35).
extension RaftGroup {
  /// What a replica has seen of leadership where it is preferred. Each keeps it for itself: whoever leads elsewhere judges by
  /// what it saw as a follower.
  struct Homecoming: Hashable, Sendable {
    /// How long the next loss keeps leadership away.
    var pause: Interval
    /// Not before then.
    var notBefore = Moment.zero
    /// Since when a preferred replica leads.
    var homeSince: Moment?
    /// Leadership was home, or was on its way there.
    var wasTried = false

    static let pauseMax = Interval.seconds(640)
    /// A leadership that lasted so many patiences was none that is lost again and again.
    static let steadyPatiences: Int64 = 6
  }

  /// Entries by which a peer under load may seem to lag because its answers are on their way.
  private static let lagMax: UInt64 = 1_024
  /// A log so short, without a client's command in it, is that of a group which has served nobody yet.
  private static let untouchedMax = 64

  /// Whom to prefer from now on; nil: nobody.
  public mutating func prefer(_ preference: LeaderPreference?) {
    self.preference = preference
    homecoming = Homecoming(pause: preference?.patience ?? .zero)
  }

  private func isHome(_ replica: ReplicaID?) -> Bool {
    guard let preference, let replica, let member = configurations.latest.configuration.member(replica) else { return false }
    return member.nation == preference.nation
  }

  /// Voters that hold data where leadership is preferred; a witness could only hand on.
  private var preferredPeers: [Progress] {
    guard let preference else { return [] }
    let configuration = configurations.latest.configuration
    return lead.peers.filter { peer in
      guard let member = configuration.member(peer.replica) else { return false }
      return member.nation == preference.nation && member.role == .voter
    }
  }

  private func ailment(of peer: Progress) -> Ailment? {
    guard let contact = peer.lastContact, clock - contact < timing.electionMin else { return .silent }
    if peer.isSuspended { return .suspended }
    if peer.isLost || peer.state != .replicate || peer.match + Self.lagMax < log.lastIndex { return .behind }
    return peer.fsyncAge >= timing.electionMin / 4 ? .slowDisk : nil
  }

  /// With every heartbeat a leader looks how those are whom it would hand over to.
  mutating func watchPreferred() {
    for place in lead.peers.indices {
      guard ailment(of: lead.peers[place]) == nil else {
        lead.peers[place].wellSince = nil
        continue
      }
      lead.peers[place].wellSince = lead.peers[place].wellSince ?? clock
    }
    comeHome()
  }

  private mutating func comeHome() {
    guard let preference, lead.transfer == nil, !isHome(replica), !isSuspended, !diskHangs, commit >= lead.termStart,
      !configurations.latest.configuration.isJoint, quorum.contains(replica)
    else { return }
    let isUntouched = !homecoming.wasTried && isUntouched
    guard isUntouched || clock >= homecoming.notBefore else { return }
    var best: Progress?
    for peer in preferredPeers {
      guard let since = peer.wellSince, isUntouched ? peer.match == log.lastIndex : clock - since >= preference.patience
      else { continue }
      if best.map({ isBetter(peer, than: $0) }) ?? true { best = peer }
    }
    guard let best else { return }
    // If it comes to nothing, or does not last, the next time is later.
    rest()
    beginTransfer(to: best.replica)
  }

  /// Whether nobody was served yet: then a transfer costs nobody anything.
  private var isUntouched: Bool {
    log.start == .genesis && log.entries.count <= Self.untouchedMax && log.lastIndex <= LogIndex.genesis + UInt64(Self.untouchedMax)
      && log.entries.allSatisfy { $0.kind != .command }
  }

  private mutating func rest() {
    homecoming.wasTried = true
    homecoming.notBefore = clock + homecoming.pause
    homecoming.pause = min(homecoming.pause * 2, Homecoming.pauseMax)
  }

  /// The leader is another one, or nobody is known to lead.
  mutating func leaderMoved(from old: ReplicaID?, to new: ReplicaID?) {
    guard let preference else { return }
    if isHome(new) {
      homecoming.wasTried = true
      homecoming.homeSince = homecoming.homeSince ?? clock
      return
    }
    guard isHome(old), let since = homecoming.homeSince else { return }
    homecoming.homeSince = nil
    if clock - since >= preference.patience * Homecoming.steadyPatiences { homecoming.pause = preference.patience }
    rest()
  }

  /// How far this leader is from having brought leadership home.
  public func wayHome(at now: Moment) -> WayHome {
    guard role == .leader, preference != nil else { return .unasked }
    if isHome(replica) { return .isHome }
    let preferred = preferredPeers
    guard let first = preferred.first else { return .nobody }
    if let transfer = lead.transfer, isHome(transfer.target) { return .underWay(transfer.target) }
    let well = preferred.filter { ailment(of: $0) == nil }
    guard let longest = well.min(by: { $0.wellSince ?? clock < $1.wellSince ?? clock }) else {
      return .unwell(first.replica, ailment(of: first) ?? .silent)
    }
    if now < homecoming.notBefore { return .resting(until: homecoming.notBefore) }
    return .waiting(longest.replica, since: longest.wellSince ?? clock)
  }
}
