public import Base

/// Whose agreement counts: a majority of the incoming half and, while joint, also a majority of the outgoing one (TH 4.3).
///
/// Invariant: both lists are sorted and hold each replica once. An empty outgoing half agrees to everything; an empty
/// incoming half, which only a replica without any configuration has, agrees to nothing.
public struct Quorum: Hashable, Sendable {
  public let incoming: [ReplicaID]
  public let outgoing: [ReplicaID]

  public init(incoming: [ReplicaID], outgoing: [ReplicaID] = []) {
    self.incoming = incoming
    self.outgoing = outgoing
  }

  init(_ configuration: Configuration) {
    self.init(incoming: configuration.incoming, outgoing: configuration.outgoing)
  }

  /// How an election stands.
  public enum Tally: Hashable, Sendable {
    case won, lost, open
  }

  /// Whether the replica's agreement counts in either half.
  public func contains(_ replica: ReplicaID) -> Bool { incoming.contains(replica) || outgoing.contains(replica) }

  /// The greatest number that a majority of each half has reached; 0 when there is no voter.
  public func reached(_ value: (ReplicaID) -> UInt64) -> UInt64 {
    guard !incoming.isEmpty else { return 0 }
    let newer = Self.reached(by: incoming, value)
    return outgoing.isEmpty ? newer : min(newer, Self.reached(by: outgoing, value))
  }

  /// Counts votes; nil is a voter who has not answered.
  public func tally(_ vote: (ReplicaID) -> Bool?) -> Tally {
    guard !incoming.isEmpty else { return .lost }
    let newer = Self.tally(of: incoming, vote)
    guard !outgoing.isEmpty else { return newer }
    let older = Self.tally(of: outgoing, vote)
    if newer == .lost || older == .lost { return .lost }
    return newer == .won && older == .won ? .won : .open
  }

  /// The same with one voter more, for a planted defect.
  func joined(by replica: ReplicaID) -> Quorum {
    contains(replica) ? self : Quorum(incoming: (incoming + [replica]).sorted(), outgoing: outgoing)
  }

  /// Calls `body` once for each voter of either half.
  func forEachVoter(_ body: (ReplicaID) -> Void) {
    for replica in incoming { body(replica) }
    for replica in outgoing where !incoming.contains(replica) { body(replica) }
  }

  /// The `majority`-th greatest value, found in place so that the busiest question of a leader allocates nothing.
  private static func reached(by voters: [ReplicaID], _ value: (ReplicaID) -> UInt64) -> UInt64 {
    withUnsafeTemporaryAllocation(of: UInt64.self, capacity: voters.count) { sorted in
      for (count, voter) in voters.enumerated() {
        let new = value(voter)
        var place = count
        while place > 0 && sorted[place - 1] < new {
          sorted.initializeElement(at: place, to: sorted[place - 1])
          place -= 1
        }
        sorted.initializeElement(at: place, to: new)
      }
      return sorted[voters.count / 2]
    }
  }

  private static func tally(of voters: [ReplicaID], _ vote: (ReplicaID) -> Bool?) -> Tally {
    let majority = voters.count / 2 + 1
    var granted = 0
    var open = 0
    for voter in voters {
      switch vote(voter) {
      case true: granted += 1
      case nil: open += 1
      default: break
      }
    }
    if granted >= majority { return .won }
    return granted + open >= majority ? .open : .lost
  }
}
