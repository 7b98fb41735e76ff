import Base

/// What a world can do to itself when it is time for a fault. Whether it takes effect, and as which ``FaultKind`` it then
/// counts, shows when it is done.
enum Mischief: CaseIterable, Hashable {
  // Processes.
  case crash, crashInTurn, crashAll, reboot, pause, pauseInTurn
  // Links.
  case split, oneWay, ring, bridge, flap, cutNation, cutSupplier, cutForWeeks, clog, badDay
  // Clocks.
  case clockLeap, clockHalt, wallClock
  // Disks.
  case slowDisk, fullDisk, lowSpace, rot
  // What administrators and clients do, at times that are not the best.
  case transfer, membership, expel, clientCrash, quiet
  // Aimed at who leads, at who has just promised something, at a snapshot on its way.
  case aimAtPromiser, aimAtLeader, aimAtAnswers, aimAtCandidate, aimAtSnapshot
  // Aimed at whoever changes a membership.
  case aimAtElection, aimAtChange, duel
  // Stores that are not what they were.
  case wipe, restoreBackup, double

  /// How often it is drawn, among those that a seed has switched on.
  var weight: Int {
    switch self {
    case .crash: 4
    case .crashInTurn, .pause, .split, .oneWay, .transfer, .aimAtPromiser, .aimAtLeader, .aimAtAnswers, .membership,
      .aimAtElection, .aimAtChange:
      2
    default: 1
    }
  }

  /// What a seed switches on: mostly some, at times next to nothing or everything.
  static func draw(_ random: inout SplitMix64) -> [Mischief] {
    let chance = [8, 4, 3, 2, 2, 1][random.below(6)]
    var drawn = allCases.filter { _ in random.oneIn(chance) }
    // Three kinds of fault at least, of those that hardly ever fail to take effect.
    for kind in [Mischief.crash, .pause, .split] where drawn.count < 3 && !drawn.contains(kind) { drawn.append(kind) }
    return drawn
  }
}

extension [Mischief] {
  /// The next one to do.
  func next(_ random: inout SplitMix64) -> Mischief? {
    let sum = reduce(0) { $0 + $1.weight }
    guard sum > 0 else { return nil }
    var place = random.below(sum)
    for kind in self {
      if place < kind.weight { return kind }
      place -= kind.weight
    }
    return nil
  }
}
