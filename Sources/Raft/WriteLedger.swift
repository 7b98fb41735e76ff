import Base

/// Writes that were handed out and are not durable yet, in mark order.
///
/// The log can change while a write is under way: a follower truncates what a new leader contradicts and appends other
/// entries at the same indexes. Told "mark 7 is durable", the group must not take the new entries for durable because the
/// old ones of mark 7 had the same indexes (the ABA race). Therefore truncation lowers what every outstanding write may
/// still claim.
struct WriteLedger: Hashable, Sendable {
  private struct Outstanding: Hashable, Sendable {
    var mark: WriteMark
    /// The last index that this write makes durable and that still stands in the log as it was written.
    var last: LogIndex
  }

  private(set) var newest = WriteMark(0)
  private(set) var durable = WriteMark(0)
  private var outstanding: [Outstanding] = []

  var isIdle: Bool { outstanding.isEmpty }

  /// `last` is the log's last index as of this write: marks are durable in order, so everything below is durable too.
  mutating func begin(last: LogIndex) -> WriteMark {
    newest = WriteMark(newest.rawValue + 1)
    outstanding.append(Outstanding(mark: newest, last: last))
    return newest
  }

  /// The log's last durable index now that everything through `mark` is on disk; nil when nothing became durable.
  mutating func finish(through mark: WriteMark) -> LogIndex? {
    precondition(mark <= newest, "mark \(mark.rawValue) is durable, newest handed out is \(newest.rawValue)")
    guard mark > durable else { return nil }
    durable = mark
    var count = 0
    var last = LogIndex.zero
    while count < outstanding.count && outstanding[count].mark <= mark {
      last = max(last, outstanding[count].last)
      count += 1
    }
    outstanding.removeFirst(count)
    return last
  }

  /// Entries from `index` on no longer stand as they were written.
  mutating func truncate(from index: LogIndex) {
    precondition(index > .zero, "truncation from 0")
    for place in outstanding.indices where outstanding[place].last >= index { outstanding[place].last = index - 1 }
  }
}
