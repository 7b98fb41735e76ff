public import Base

/// A group's timers. UK round trips are 3 to 15 ms; the defaults leave twenty of them in the shortest time-out.
public struct Timing: Hashable, Sendable {
  public var heartbeat: Interval
  /// An election time-out is drawn from these bounds afresh each round (trap 34).
  public var electionMin: Interval
  public var electionMax: Interval
  /// What clocks of two nodes may differ in rate over one ``electionMin``; a lease is shorter by it.
  public var drift: Interval
  /// How long a transfer may take before the leader serves again.
  public var transfer: Interval

  public init(
    heartbeat: Interval = .milliseconds(50), electionMin: Interval = .milliseconds(300),
    electionMax: Interval = .milliseconds(600), drift: Interval = .milliseconds(30),
    transfer: Interval = .milliseconds(300)
  ) {
    precondition(heartbeat > .zero && electionMin >= heartbeat * 2, "heartbeat \(heartbeat), election \(electionMin)")
    precondition(electionMax > electionMin && drift < electionMin, "election \(electionMin) to \(electionMax)")
    self.heartbeat = heartbeat
    self.electionMin = electionMin
    self.electionMax = electionMax
    self.drift = drift
    self.transfer = transfer
  }

  /// How long after the sending of a confirmed round no other leader can exist.
  public var lease: Interval { electionMin - drift }
}
