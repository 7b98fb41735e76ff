/// What can go wrong outside the program. Each is counted when it really took effect.
public enum FaultKind: String, Hashable, Sendable, CaseIterable {
  case messageLost, messageDelayed, messageRepeated, messageReordered
  /// A link held what it carried and let it go later; a day of longer ways and some loss.
  case linkClogged, badDay
  case partition, oneWayPartition, ringPartition, bridgePartition, flappingPartition
  case nationCut, supplierCut, weeksCut
  case crash, allCrash, pause
  /// A restart before the others have noticed that anything was missing; one of the whole machine, whose clock begins anew.
  case quickRestart, reboot
  /// A process that went, or stood still, when it had carried out some of what it had decided, and not the rest.
  case crashInTurn, pauseInTurn
  /// A clock that runs fast or slow, leaps ahead, or stands still; a human's clock that shows anything; weeks that pass.
  case clockDrift, clockLeap, clockHalt, wallClock, timeLeap
  /// A row of a state file is not what was written.
  case slowDisk, fullDisk, rottenRow
  /// A node says that its disk has little room left.
  case lowSpace
  /// A leader cut from all or from a minority; a crash of who has just promised; a voter that restarts while a candidate
  /// is waiting for its vote; a leader that is answered late and then not heard.
  case leaderCut, promiserCrash, candidateHelped, answersLate
  /// A leader that went, or was cut off, when it had just appended a configuration; two leaders that change the membership
  /// and do not know of each other.
  case changeInterrupted, rivalChanges
  /// A store that was wiped, brought back from a backup, or run by two processes.
  case wipedNode, restoredNode, doubledNode
  /// A snapshot on its way of which one end went; a log that was cut while somebody needed it.
  case snapshotInterrupted, logCutWhileRestoring
  case transfer, membershipChange, quietTime
  /// A leader that is asked for a change of membership before it has committed anything.
  case changeAtElection
  case clientMoved, connectionBroken, clientCut
  /// A copy of a request that comes late, perhaps long after its answer.
  case requestRepeated
  /// A client that is gone while it waits; others ask for what it named.
  case clientCrash
  // Of disks, in profile `disk`:
  /// A process that goes and leaves what it wrote to the machine; one that goes in the middle of a write, or of its start.
  case killed, writeInterrupted, startInterrupted
  /// What went with the power, whole or in some sectors, or came through though an earlier write did not.
  case unsyncedLost, tornWrite, reorderedWrites
  case bitRot, zeroedPage, misdirectedWrite, staleRead
  /// Every region of the files bad on some minority, and no node clean.
  case helix
  case hungDisk, failedSync, failedCall
  /// A read that lasts: no checkpoint gets past what it sees.
  case heldReader

  /// Whether worlds of a profile have such a fault.
  public func occurs(in profile: SimulationProfile) -> Bool {
    switch self {
    case .killed, .writeInterrupted, .startInterrupted, .unsyncedLost, .tornWrite, .reorderedWrites, .bitRot,
      .zeroedPage, .misdirectedWrite, .staleRead, .helix, .hungDisk, .failedSync, .failedCall, .heldReader:
      profile == .disk
    // There a row rots with its page.
    case .rottenRow: profile != .disk
    default: true
    }
  }

  /// Whether anything is wrong when it happens; the others are times at which something may go wrong.
  public var isFault: Bool {
    switch self {
    case .transfer, .membershipChange, .changeAtElection, .quietTime, .clientMoved, .heldReader: false
    default: true
    }
  }
}
