public import Base
public import Raft

/// What founds a cluster: written once, kept by every node for ever.
public struct Genesis: Hashable, Sendable {
  public var formatVersion: UInt16
  public var cluster: Identifier
  public var epoch: UInt32
  public var createdAt: WallTime
  public var featureLevel: UInt16
  /// The founders' addresses, by node name ascending.
  public var nodes: [ClusterMap.Node]
  /// Each group with its name and its configuration at index 1, ascending by group.
  public var groups: [Group]
  public struct Group: Hashable, Sendable {
    public var keyspace: String
    public var group: GroupID
    public var configuration: Configuration
    public init(keyspace: String, group: GroupID, configuration: Configuration) {
      self.keyspace = keyspace
      self.group = group
      self.configuration = configuration
    }
  }
  public init(
    formatVersion: UInt16 = 1, cluster: Identifier, epoch: UInt32, createdAt: WallTime, featureLevel: UInt16,
    nodes: [ClusterMap.Node], groups: [Group]
  ) {
    self.formatVersion = formatVersion
    self.cluster = cluster
    self.epoch = epoch
    self.createdAt = createdAt
    self.featureLevel = featureLevel
    self.nodes = nodes
    self.groups = groups
  }
}
