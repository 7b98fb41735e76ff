public import Base

/// What a member does in its group.
public enum MemberRole: UInt8, Hashable, Sendable, CaseIterable {
  /// Votes and holds data.
  case voter = 1
  /// Holds data only.
  case learner = 2
  /// Votes and holds the log only.
  case witness = 3
  /// Votes only in the outgoing half of a joint configuration and is gone when that is left.
  case departing = 4
}

/// One replica of a group as its configuration names it.
public struct Member: Hashable, Sendable {
  public var replica: ReplicaID
  public var node: NodeID
  /// The store that the node had when it was admitted: another store under the same name is refused.
  public var store: Identifier
  public var role: MemberRole
  public var nation: Nation
  public var supplier: String
  /// Further failure domains that an administrator declared, sorted by name.
  public var labels: [Label]

  /// A declared failure domain, for example `building` = `leeds-2`.
  public struct Label: Hashable, Sendable {
    public var name: String
    public var value: String
    public init(name: String, value: String) {
      self.name = name
      self.value = value
    }
  }

  public init(
    replica: ReplicaID, node: NodeID, store: Identifier, role: MemberRole, nation: Nation, supplier: String,
    labels: [Label] = []
  ) {
    self.replica = replica
    self.node = node
    self.store = store
    self.role = role
    self.nation = nation
    self.supplier = supplier
    self.labels = labels
  }

  /// Whether it votes in the incoming (or only) half.
  public var votes: Bool { role == .voter || role == .witness }
}

/// Who belongs to a group. Joint while ``outgoing`` is not empty (TH 4.3): then both halves must agree to everything.
public struct Configuration: Hashable, Sendable {
  /// Sorted by replica id, each id once.
  public var members: [Member]
  /// Voters of the old half, sorted; empty when not joint. Each is a member (perhaps `departing`).
  public var outgoing: [ReplicaID]

  public init(members: [Member], outgoing: [ReplicaID] = []) {
    self.members = members.sorted { $0.replica < $1.replica }
    self.outgoing = outgoing.sorted()
  }

  /// Voters of the incoming half, sorted.
  public var incoming: [ReplicaID] { members.filter(\.votes).map(\.replica) }
  public var isJoint: Bool { !outgoing.isEmpty }
  public func member(_ replica: ReplicaID) -> Member? { members.first { $0.replica == replica } }
  public func member(on node: NodeID) -> Member? { members.first { $0.node == node } }

  /// What decoded bytes must satisfy; called by the codec.
  public func validate() throws(DecodeError) {
    guard members.count <= Limits.membersMax else { throw .tooLong(field: "members") }
    for (left, right) in zip(members, members.dropFirst()) where left.replica >= right.replica {
      throw .invalid(field: "members' order")
    }
    guard members.contains(where: \.votes) else { throw .invalid(field: "voters") }
    for (left, right) in zip(outgoing, outgoing.dropFirst()) where left >= right {
      throw .invalid(field: "outgoing voters' order")
    }
    for replica in outgoing where member(replica) == nil { throw .invalid(field: "outgoing voters") }
    for member in members where member.role == .departing && !outgoing.contains(member.replica) {
      throw .invalid(field: "departing member")
    }
  }
}
