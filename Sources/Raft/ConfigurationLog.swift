import Base

/// Configurations with the indexes of their entries, from the one in force at the log's start to the newest appended.
///
/// A configuration takes effect when it is appended (TH 4.1) and must be undone when its entry is truncated: so older ones
/// are kept until the log they stand in is cut.
struct ConfigurationLog: Sendable {
  struct Item: Hashable, Sendable {
    var index: LogIndex
    var configuration: Configuration
  }

  /// Invariant: never empty; indexes ascend.
  private(set) var items: [Item]

  init(index: LogIndex, configuration: Configuration) {
    items = [Item(index: index, configuration: configuration)]
  }

  var latest: Item { items[items.count - 1] }

  /// The one in force at `index`; nil when that is before everything known.
  func inForce(at index: LogIndex) -> Item? { items.last { $0.index <= index } }

  /// Whether the replica votes in a configuration that may still turn out to be the one in force.
  func mayStillVote(_ replica: ReplicaID, commit: LogIndex) -> Bool {
    for item in items.reversed() {
      if item.configuration.outgoing.contains(replica) || item.configuration.member(replica)?.votes == true {
        return true
      }
      if item.index <= commit { return false }
    }
    return false
  }

  mutating func append(_ configuration: Configuration, at index: LogIndex) {
    precondition(index > latest.index, "configuration at \(index) after one at \(latest.index)")
    items.append(Item(index: index, configuration: configuration))
  }

  /// Forgets configurations from `index` on; tells whether there were any.
  mutating func truncate(from index: LogIndex) -> Bool {
    precondition(items[0].index < index, "truncation from \(index) would leave no configuration")
    let count = items.count
    while latest.index >= index { items.removeLast() }
    return items.count < count
  }

  /// Forgets what no index from `index` on needs.
  mutating func forget(before index: LogIndex) {
    while items.count > 1 && items[1].index <= index { items.removeFirst() }
  }
}
