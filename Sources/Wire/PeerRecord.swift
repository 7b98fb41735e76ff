public import Base

/// What a node has seen of a peer's store: lets it refuse copies from the past and processes on copies.
public struct PeerRecord: Hashable, Sendable {
  public var store: Identifier
  /// The highest boot count seen, and the nonce that came with it.
  public var bootCount: UInt64
  public var nonce: Identifier
  /// What the store acknowledged of entries that were committed, ascending by group.
  public var acknowledged: [GroupIndex]
  public init(store: Identifier, bootCount: UInt64, nonce: Identifier, acknowledged: [GroupIndex]) {
    self.store = store
    self.bootCount = bootCount
    self.nonce = nonce
    self.acknowledged = acknowledged
  }

  public struct GroupIndex: Hashable, Sendable {
    public var group: GroupID
    public var index: LogIndex
    public init(group: GroupID, index: LogIndex) {
      self.group = group
      self.index = index
    }
  }
}
