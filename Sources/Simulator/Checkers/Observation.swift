import Base
import Model
import Raft
import Replica
import Wire

/// What a world tells its rules: everything that they may judge by, and nothing that only a test of one program would
/// know. Nodes are named by their position.
enum Observation {
  /// A process takes up a client's request.
  case asked(node: Int, ClientToken, ClientRequest.Body)
  /// A replica became leader. `held` is what its log has where the newest entry stands that a leader of an earlier term is
  /// known to have committed (``Facts/newestCommitted(_:before:)``); nil when memory has nothing there.
  /// `since`: when it took over, in true time.
  case elected(node: Int, group: GroupID, term: Term, since: Moment, last: LogIndex, held: LogMark?)
  /// A message to a peer leaves.
  case sent(node: Int, group: GroupID, Message)
  /// A write is on its way to the node's disk.
  case submitted(node: Int, group: GroupID, Persist)
  /// A write is on the node's disk: so said its log.
  case persisted(node: Int, group: GroupID, Persist)
  /// A snapshot took the log's place, or the place of its beginning, durably.
  case installed(node: Int, group: GroupID, SnapshotMark)
  /// A snapshot took the place of the state and of the log's beginning, durably; what follows it in the log stays.
  case rebuilt(node: Int, group: GroupID, SnapshotMark)
  /// A batch is about to enter the state file.
  case applying(node: Int, ApplyBatch)
  /// Somebody applies an entry for the first time: it is committed. Follows from ``applying(node:_:)``.
  case committed(group: GroupID, Committed)
  /// A batch is in the state file.
  case applied(node: Int, ApplyReport)
  /// A received snapshot is the state file now.
  case adopted(node: Int, group: GroupID, StateHeader, any StateReader)
  /// The state file through `index` survives a loss of power: so said the node's store.
  case stateDurable(node: Int, group: GroupID, index: LogIndex)
  /// The process has heard that its state holds the log through `index`, and everything that came of it has left.
  case learned(node: Int, group: GroupID, index: LogIndex)
  /// What a replica believes after an event that may have changed it.
  case inspected(node: Int, ReplicaInspection)
  /// More than one replica of a group leads, each in a term of its own.
  case contested(group: GroupID, [Leader])
  /// The process is gone with everything that was not durable.
  case crashed(node: Int)
  /// The process runs again, on what its disks held.
  case restarted(node: Int, [Restarted])
  /// The node's disk is another one: an empty one, or an older copy. What the one before held is gone.
  case replaced(node: Int)
  /// The node's store is not any more, or not in truth, what it promised to be; nothing that it does is told from now on.
  case lost(node: Int)
  /// What the node's disk holds of a group is damaged; nil: of all groups. What it promised may be gone until it has been
  /// caught up or has adopted a snapshot.
  case harmed(node: Int, group: GroupID?)
  /// What was damaged of a group is whole again: it was caught up, and all that is on its disk is as it was written.
  case mended(node: Int, group: GroupID)
  /// A node's clock shows so much more than it should.
  case clockLeapt(node: Int, by: Interval)
  /// Nobody waits for answers on the connection any more.
  case hungUp(node: Int, connection: UInt64)
  /// A client's call has ended.
  case told(ClientCall)
  /// An answer leaves a node. `basis` is when, in true time, the clock there showed what the answer's age counts from.
  case replied(node: Int, ClientToken, ClientReply, basis: Moment)

  struct Leader: Hashable {
    var node: Int
    var term: Term
    /// It would answer reads by its lease now.
    var hasLease: Bool
  }

  struct Restarted: Hashable {
    var group: GroupID
    var hardState: HardState
    /// The end of its log, and the entry there if memory has it.
    var last: LogIndex
    var mark: LogMark?
    /// What its state file holds.
    var applied: LogIndex
  }
}

/// One rule that a world is held to. It sees what happens, keeps what it needs of it, and says how the rule was broken.
protocol Rule {
  /// What its violations begin with.
  static var name: String { get }

  /// - Parameter facts: what was observed before this.
  /// - Returns: how the observation breaks the rule, without the rule's name; nil when it does not.
  mutating func judge(_ observation: Observation, _ facts: Facts) -> String?
}

extension Rule {
  mutating func observe(_ observation: Observation, _ facts: Facts) -> String? {
    judge(observation, facts).map { "\(Self.name): \($0)" }
  }
}

/// One value for each group.
struct ByGroup<Value> {
  private let initial: Value
  private var values: [Value] = []

  init(_ initial: Value) { self.initial = initial }

  subscript(group: GroupID) -> Value {
    get {
      let place = Int(group.rawValue)
      return place < values.count ? values[place] : initial
    }
    _modify {
      let place = Int(group.rawValue)
      while values.count <= place { values.append(initial) }
      yield &values[place]
    }
  }
}

/// One value for each replica: a node's copy of a group.
struct ByReplica<Value> {
  private let initial: Value
  private var nodes: [ByGroup<Value>] = []

  init(_ initial: Value) { self.initial = initial }

  subscript(node: Int, group: GroupID) -> Value {
    get { node < nodes.count ? nodes[node][group] : initial }
    _modify {
      while nodes.count <= node { nodes.append(ByGroup(initial)) }
      yield &nodes[node][group]
    }
  }

  mutating func forget(node: Int) { if node < nodes.count { nodes[node] = ByGroup(initial) } }
}
