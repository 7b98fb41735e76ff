import Base

/// The newest part of a group's log in memory, and the terms of all of it.
///
/// Entries up to ``base`` are on disk only. The *trail*, the first index of each term, answers "which term has the entry
/// at i?" for the whole log without reading it.
///
/// Invariants: entries are consecutive from `base.index + 1` and chained by their hashes; `durable` ≤ last; what is not
/// durable or not applied is in memory; the trail's first item stands at `start`, and both its columns ascend.
struct LogTail: Sendable {
  private(set) var entries: [Entry]
  /// The place before the first entry in memory.
  private(set) var base: LogMark
  /// False only when `base` was inferred at start from the entry after it: its log time is then a bound.
  private(set) var baseIsExact: Bool
  /// The log on disk begins after this index.
  private(set) var start: LogIndex
  private(set) var trail: [EntryID]
  private(set) var byteCount: Int
  /// The log is on disk through here, as it stands in memory.
  private(set) var durable: LogIndex
  private(set) var applied: LogIndex
  private let entriesMax: Int
  private let bytesMax: Int

  /// Restores the log from what is on disk; see ``RestoredState`` for what the arguments mean.
  init(snapshot: LogMark, tail: [Entry], trail between: [EntryID], applied: LogIndex, capacity: Capacity = Capacity()) {
    entriesMax = capacity.tailEntries
    bytesMax = capacity.tailBytes
    start = snapshot.index
    trail = [snapshot.id]
    // Terms that begin within the tail come with its entries.
    let tailStart = tail.first?.index
    for id in between where id.index > snapshot.index && id.term > trail[trail.count - 1].term {
      if let tailStart, id.index >= tailStart { break }
      trail.append(id)
    }
    entries = []
    byteCount = 0
    base = snapshot
    baseIsExact = true
    if let first = tail.first, first.index > snapshot.index + 1 {
      let term = trail[trail.count - 1].term
      base = LogMark(
        index: first.index - 1, term: term, hash: first.header.previousHash, logTime: first.header.logTime)
      baseIsExact = false
    }
    durable = base.index
    self.applied = max(applied, snapshot.index)
    for entry in tail where entry.index > snapshot.index { append(entry) }
    durable = lastIndex
    precondition(base.index <= self.applied, "the tail begins at \(base.index + 1), applied is \(self.applied)")
    precondition(self.applied <= durable, "applied \(self.applied) is beyond the log's end \(durable)")
  }

  var lastIndex: LogIndex { base.index + UInt64(entries.count) }
  var lastTerm: Term { entries.last?.term ?? base.term }
  var lastID: EntryID { EntryID(index: lastIndex, term: lastTerm) }
  var lastHash: Digest { entries.last?.hash ?? base.hash }
  var lastLogTime: LogTime { entries.last?.header.logTime ?? base.logTime }

  /// The entry, when it is in memory.
  func entry(at index: LogIndex) -> Entry? {
    guard index > base.index && index <= lastIndex else { return nil }
    return entries[place(of: index)]
  }

  func term(at index: LogIndex) -> Term? {
    if index > lastIndex { return nil }
    if index > base.index { return entries[place(of: index)].header.term }
    if index == base.index { return base.term }
    guard index >= start else { return nil }
    return trail[trailPlace(of: index)].term
  }

  func hash(at index: LogIndex) -> Digest? {
    if index == base.index { return base.hash }
    guard index > base.index && index <= lastIndex else { return nil }
    return entries[place(of: index)].hash
  }

  func mark(at index: LogIndex) -> LogMark? {
    if index == base.index { return baseIsExact ? base : nil }
    return entry(at: index)?.mark
  }

  /// The last index at or below `index` whose term is at most `term`, found term by term (trap 26); an index below
  /// everything known when there is none.
  func lastIndex(atMost term: Term, upTo index: LogIndex) -> LogIndex {
    var candidate = min(index, lastIndex)
    while let found = self.term(at: candidate), found > term, candidate > .zero {
      // Below the log's start only memory knows; there one steps back entry by entry.
      let first = candidate >= start ? trail[trailPlace(of: candidate)].index : candidate
      candidate = first - 1
    }
    return candidate
  }

  /// Entries in memory from `from` through `through`, at least one and otherwise within the bounds; empty when `from` is
  /// not in memory.
  func slice(from: LogIndex, through: LogIndex, bytesMax: Int, countMax: Int) -> [Entry] {
    let through = min(through, lastIndex)
    guard from > base.index && from <= through else { return [] }
    let first = place(of: from)
    let available = place(of: through) + 1 - first
    let limit = first + min(available, max(countMax, 1))
    var end = first + 1
    var bytes = entries[first].byteCount
    while end < limit && bytes + entries[end].byteCount <= bytesMax {
      bytes += entries[end].byteCount
      end += 1
    }
    return Array(entries[first..<end])
  }

  /// Bytes of the entries after `index`, which must be in memory.
  func byteCount(after index: LogIndex, through last: LogIndex) -> Int {
    var bytes = 0
    var index = index + 1
    while index <= last {
      if let entry = entry(at: index) { bytes += entry.byteCount }
      index += 1
    }
    return bytes
  }

  mutating func append(_ entry: Entry) {
    precondition(entry.index == lastIndex + 1, "entry \(entry.id) after \(lastID)")
    precondition(entry.header.previousHash == lastHash, "entry \(entry.id) does not continue \(lastID)")
    precondition(entry.term >= lastTerm, "entry \(entry.id) after \(lastID)")
    if entry.term > trail[trail.count - 1].term { trail.append(entry.id) }
    entries.append(entry)
    byteCount += entry.byteCount
  }

  /// Removes entries from `index` on. What is applied, or was forgotten here, is never removed.
  mutating func truncate(from index: LogIndex) {
    precondition(index > applied, "truncation from \(index), applied is \(applied)")
    precondition(index > base.index && index <= lastIndex, "truncation from \(index) of \(base.index)...\(lastIndex)")
    let first = place(of: index)
    for entry in entries[first...] { byteCount -= entry.byteCount }
    entries.removeSubrange(first...)
    while trail.count > 1 && trail[trail.count - 1].index >= index { trail.removeLast() }
    durable = min(durable, index - 1)
  }

  mutating func markDurable(_ index: LogIndex) {
    precondition(index <= lastIndex, "durable \(index) is beyond the log's end \(lastIndex)")
    durable = max(durable, index)
    forgetSurplus()
  }

  mutating func markApplied(_ index: LogIndex) {
    precondition(index <= durable, "applied \(index) is not durable (\(durable))")
    applied = max(applied, index)
    forgetSurplus()
  }

  /// A snapshot holds everything through `index`, which is in this log.
  mutating func settle(through index: LogIndex) {
    precondition(index <= lastIndex, "snapshot at \(index) beyond the log's end \(lastIndex)")
    durable = max(durable, index)
    applied = max(applied, index)
    cut(through: index)
    forgetSurplus()
  }

  /// The log on disk now begins after `index`. Memory keeps what it has: it may still serve a laggard.
  mutating func cut(through index: LogIndex) {
    guard index > start else { return }
    precondition(index <= applied, "cut through \(index), applied is \(applied)")
    let term = trail[trailPlace(of: index)].term
    trail.removeAll { $0.index <= index }
    trail.insert(EntryID(index: index, term: term), at: 0)
    start = index
  }

  /// The log begins anew after `mark`, with nothing in it.
  mutating func restart(after mark: LogMark) {
    entries.removeAll()
    byteCount = 0
    base = mark
    baseIsExact = true
    start = mark.index
    trail = [mark.id]
    durable = mark.index
    applied = mark.index
  }

  private func place(of index: LogIndex) -> Int { Int(index - base.index) - 1 }

  /// Where in the trail the term of `index` stands; `index` must not be before the log's start.
  private func trailPlace(of index: LogIndex) -> Int {
    var low = 0
    var high = trail.count
    while high - low > 1 {
      let middle = (low + high) / 2
      if trail[middle].index <= index { low = middle } else { high = middle }
    }
    return low
  }

  /// Keeps memory within its bounds. Only entries that are durable *and* applied may go; they go in lots, so that the
  /// moving of the others stays cheap.
  private mutating func forgetSurplus() {
    guard entries.count > entriesMax || byteCount > bytesMax else { return }
    let settled = min(durable, applied)
    guard settled > base.index else { return }
    let forgettable = Int(settled - base.index)
    var count = 0
    var bytes = byteCount
    while count < forgettable
      && (entries.count - count > entriesMax * 3 / 4 || bytes > bytesMax * 3 / 4)
    {
      bytes -= entries[count].byteCount
      count += 1
    }
    guard count * 8 >= entries.count || bytes < byteCount / 2 else { return }
    base = entries[count - 1].mark
    baseIsExact = true
    entries.removeFirst(count)
    byteCount = bytes
  }
}
