import Base
public import Model
public import Raft
public import Wire

extension GroupRecord {
  /// The state file of a group at genesis.
  public static func foundingFile(_ group: Genesis.Group) -> String { "state-\(group.keyspace)-1.db" }

  /// A group as genesis makes it: a snapshot at index 1 and nothing else. What a store finds when it is opened after
  /// ``LogOperation/genesis(_:)``.
  public init(founding group: Genesis.Group, of genesis: Genesis) {
    self.init(
      group: group.group, hardState: HardState(term: Term(1), votedFor: nil, suspended: false),
      snapshot: SnapshotMark(
        mark: .genesis(of: genesis), configuration: group.configuration, configurationIndex: .genesis),
      base: 0, stateFile: Self.foundingFile(group), tail: [], trail: [], configurations: [],
      last: .genesis(of: genesis))
  }
}

extension LogMark {
  /// What the first entry of every group follows: index 1, term 1, the genesis record's digest.
  public static func genesis(of genesis: Genesis) -> LogMark {
    LogMark(index: .genesis, term: Term(1), hash: genesis.digest, logTime: .zero)
  }
}

extension StateHeader {
  /// The empty state of a group at index 1: what the first entry is applied to. Its entry hash is that of the mark, so
  /// that the applier can tell that entry 2 follows.
  public init(founding group: Genesis.Group, of genesis: Genesis) {
    let mark = LogMark.genesis(of: genesis)
    self.init(
      applied: mark.index.rawValue, appliedTerm: mark.term.rawValue, base: 0, logTime: mark.logTime, compacted: .zero,
      chainHead: .zero, setHash: .zero, liveKeys: 0, liveBytes: 0, sessions: 0, remembered: 0,
      featureLevel: genesis.featureLevel, configuration: group.configuration.bytes,
      configurationIndex: mark.index.rawValue, entryHash: mark.hash)
  }
}
