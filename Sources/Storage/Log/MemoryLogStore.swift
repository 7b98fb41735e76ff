public import Base
internal import Raft
public import Replica
internal import Wire

/// The log in memory, for the simulator and for stores that need not outlive their process.
///
/// What the program sees is what would survive: ``perform(_:)`` makes it so before it returns, as the port promises.
/// ``Faults`` plant bugs, with which the two differ, so that whoever relies on the promise can show that it would
/// notice. What is known of peers is durable with the next write that has another reason, as on SQLite.
public final class MemoryLogStore: LogStore {
  /// Bugs, each of which a cluster under test must show itself able to catch.
  public struct Faults: Hashable, Sendable {
    /// Returns before anything is durable: each write becomes durable with the one after it.
    public var acknowledgesBeforeDurable = false
    /// Terms and votes are never durable.
    public var forgetsVotes = false
    /// Terms are durable, votes are not.
    public var forgetsVotedFor = false
    /// The last entry of each group's write is not durable.
    public var losesLastEntry = false
    /// The boot count of a start is not durable.
    public var forgetsBootCount = false
    /// The disk has no space: writes throw `.full`.
    public var isFull = false
    /// The disk fails: the next write throws this and holds nothing.
    public var failure: StorageError?
    public init() {}

    /// Whether all that was performed is durable.
    fileprivate var keepPromises: Bool {
      !acknowledgesBeforeDurable && !forgetsVotes && !forgetsVotedFor && !losesLastEntry
    }
  }

  public var faults = Faults()
  private var seen: MemoryLogImage
  /// What would survive; nil while it is what is seen, so that a log that keeps its promises grows in its place.
  private var survivor: MemoryLogImage?
  private var durable: MemoryLogImage { survivor ?? seen }
  /// What ``Faults/acknowledgesBeforeDurable`` owes.
  private var owed: [LogOperation] = []
  /// What is known of peers and waits for a write that has another reason.
  private var peersDue: [PeerRecord] = []

  /// A store without an identity: ``open(random:)`` draws one.
  public init() { seen = MemoryLogImage() }

  private init(_ image: MemoryLogImage) { seen = image }

  /// Starts on what is durable: raises the boot count and reads everything, as opening `raft.db` does. Every entry is
  /// checked to follow the one before.
  public func open<Random: RandomNumberGenerator>(random: inout Random) throws(StorageError) -> NodeRecord {
    powerLoss()
    if seen.identity.store.isZero {
      seen.identity.store = Identifier(high: random.next(), low: random.next())
    }
    let bootCount = seen.identity.bootCount + 1
    if !faults.forgetsBootCount { seen.identity.bootCount = bootCount }
    var groups: [GroupRecord] = []
    for slot in seen.logs.indices {
      var recovery = LogRecovery(seen.logs[slot].emptied)
      for (place, entry) in seen.logs[slot].entries.enumerated() {
        if entry.index != seen.logs[slot].damagedAt, recovery.take(entry) { continue }
        seen.identity.addDamage("the log of \(seen.logs[slot].shape.group) was damaged at entry \(recovery.next)")
        seen.logs[slot].shape.hardState.suspended = true
        seen.logs[slot].entries.removeSubrange(place...)
        seen.logs[slot].damagedAt = nil
        break
      }
      let (read, shape) = try recovery.finish()
      var record = read
      let suspended = seen.logs[slot].shape.hardState.suspended
      record.hardState.suspended = suspended
      seen.logs[slot].shape = shape
      seen.logs[slot].shape.hardState.suspended = suspended
      groups.append(record)
    }
    return NodeRecord(
      store: seen.identity.store, bootCount: bootCount,
      nonce: Identifier(high: random.next(), low: random.next()), genesis: seen.genesis, peers: seen.peers,
      groups: groups, damage: seen.identity.damage)
  }

  public func perform(_ operations: [LogOperation]) throws(StorageError) {
    if faults.isFull { throw .full(what: "a log in memory") }
    if let failure = faults.failure {
      faults.failure = nil
      throw failure
    }
    if Self.arePeersAlone(operations) {
      for case .peers(let records) in operations { peersDue += records }
      return
    }
    let operations = peersDue.isEmpty ? operations : [.peers(peersDue)] + operations
    if faults.keepPromises, owed.isEmpty {
      survivor = nil
      for operation in operations { try seen.carryOut(operation) }
      peersDue = []
      return
    }
    var survivor = durable
    for operation in operations { try seen.carryOut(operation) }
    peersDue = []
    let due = faults.acknowledgesBeforeDurable ? owed : owed + operations
    owed = faults.acknowledgesBeforeDurable ? operations : []
    try settle(due, in: &survivor)
    self.survivor = survivor
  }

  private static func arePeersAlone(_ operations: [LogOperation]) -> Bool {
    operations.allSatisfy { if case .peers = $0 { true } else { false } }
  }

  private func settle(_ operations: [LogOperation], in survivor: inout MemoryLogImage) throws(StorageError) {
    for operation in operations {
      guard case .write(let writes) = operation else {
        try survivor.carryOut(operation)
        continue
      }
      for write in writes { try survivor.carryOut(.write([planted(write, in: survivor)])) }
    }
  }

  /// What of a write the planted bugs let through; after a loss later entries do not follow, and go the same way.
  private func planted(_ write: GroupWrite, in survivor: MemoryLogImage) -> GroupWrite {
    var write = write
    guard let shape = survivor.logs.first(where: { $0.shape.group == write.group })?.shape else { return write }
    if faults.forgetsVotes { write.persist.hardState = nil }
    if faults.forgetsVotedFor { write.persist.hardState?.votedFor = nil }
    if faults.losesLastEntry, !write.persist.entries.isEmpty { write.persist.entries.removeLast() }
    if let from = write.persist.truncateFrom, from > shape.last.index { write.persist.truncateFrom = nil }
    let end = write.persist.truncateFrom.map { $0 - 1 } ?? shape.last.index
    if let first = write.persist.entries.first, first.index != end + 1 { write.persist.entries = [] }
    return write
  }

  /// Loses what was not durable. Without planted bugs that is nothing that was performed.
  public func powerLoss() {
    seen = durable
    survivor = nil
    owed = []
    peersDue = []
  }

  /// The end of a graceful stop: what waits for a write that has another reason is durable too.
  public func close() {
    guard !peersDue.isEmpty else { return }
    let records = peersDue
    peersDue = []
    seen.merge(records)
    survivor?.merge(records)
  }

  /// Another disk with what is durable here: a backup to be restored later, or a clone. It has the same identity.
  public func copy() -> MemoryLogStore { MemoryLogStore(durable) }

  /// Damages the stored entry, so that the next ``open(random:)`` finds it: false when it is not there.
  @discardableResult
  public func damage(_ group: GroupID, at index: LogIndex) -> Bool {
    let isSeen = seen.damage(group, at: index)
    return survivor?.damage(group, at: index) ?? isSeen
  }

  public func makeReader() -> any LogReader { MemoryLogReader(self) }

  public var bytesOnDisk: UInt64 {
    seen.logs.reduce(0) { $0 + $1.entries.reduce(0) { $0 + UInt64($1.byteCount) } }
  }

  fileprivate func log(_ group: GroupID) -> MemoryLogImage.Log {
    guard let log = seen.logs.first(where: { $0.shape.group == group }) else {
      preconditionFailure("no log of group \(group) in this store")
    }
    return log
  }
}

private final class MemoryLogReader: LogReader {
  private let store: MemoryLogStore

  init(_ store: MemoryLogStore) { self.store = store }

  func entries(
    _ group: GroupID, from: LogIndex, through: LogIndex, bytesMax: Int
  ) throws(StorageError) -> [Entry] {
    guard from <= through else { return [] }
    let log = store.log(group)
    guard from >= log.shape.first else { throw .compacted(first: log.shape.first) }
    var entries: [Entry] = []
    var bytes = 0
    var place = Int(from - log.shape.first)
    while place < log.entries.count, log.entries[place].index <= through, bytes < bytesMax || entries.isEmpty {
      entries.append(log.entries[place])
      bytes += log.entries[place].byteCount
      place += 1
    }
    return entries
  }
}

/// All that a ``MemoryLogStore`` holds, as a value.
struct MemoryLogImage {
  struct Log {
    var shape: GroupShape
    /// Consecutive from the shape's first index through its last.
    var entries: [Entry] = []
    /// An entry whose bytes would not be found as they were written.
    var damagedAt: LogIndex?

    func place(of index: LogIndex) -> Int? {
      index >= shape.first && index <= shape.last.index ? Int(index - shape.first) : nil
    }

    /// The shape of the same log without its entries.
    var emptied: GroupShape {
      var empty = shape
      empty.last = shape.snapshot.mark
      empty.configurations = []
      return empty
    }
  }

  var identity = StoreIdentity(store: .zero, bootCount: 0, damage: "")
  var genesis: Genesis?
  var peers: [PeerRecord] = []
  /// Ascending by group.
  var logs: [Log] = []

  mutating func carryOut(_ operation: LogOperation) throws(StorageError) {
    switch operation {
    case .write(let writes):
      for write in writes { self.write(write.persist, slot(write.group)) }
    case .cut(let group, let through): try cut(slot(group), through: through)
    case .install(let group, let description, let file):
      let slot = slot(group)
      logs[slot].shape.install(description, stateFile: file)
      logs[slot].entries = []
      logs[slot].damagedAt = nil
    case .rebuild(let group, let description, let file): rebuild(slot(group), description, stateFile: file)
    case .genesis(let genesis): try found(genesis)
    case .peers(let records): merge(records)
    }
  }

  /// - Returns: whether the entry is here.
  @discardableResult
  mutating func damage(_ group: GroupID, at index: LogIndex) -> Bool {
    guard let slot = logs.firstIndex(where: { $0.shape.group == group }), logs[slot].place(of: index) != nil else {
      return false
    }
    logs[slot].damagedAt = min(index, logs[slot].damagedAt ?? index)
    return true
  }

  mutating func merge(_ records: [PeerRecord]) {
    for record in records {
      peers.removeAll { $0.store == record.store }
      peers.append(record)
    }
    peers.sort { $0.store < $1.store }
  }

  private func slot(_ group: GroupID) -> Int {
    guard let slot = logs.firstIndex(where: { $0.shape.group == group }) else {
      preconditionFailure("no log of group \(group) in this store")
    }
    return slot
  }

  private mutating func write(_ persist: Persist, _ slot: Int) {
    if let from = persist.truncateFrom, from <= logs[slot].shape.last.index {
      let first = logs[slot].shape.first
      precondition(from >= first, "a truncation from \(from) of a log that begins at \(first)")
      let kept = Int(from - first)
      let previous = kept == 0 ? logs[slot].shape.snapshot.mark : logs[slot].entries[kept - 1].mark
      logs[slot].entries.removeSubrange(kept...)
      if let damaged = logs[slot].damagedAt, damaged >= from { logs[slot].damagedAt = nil }
      logs[slot].shape.truncate(from: from, previous: previous)
    }
    logs[slot].shape.append(persist.entries)
    logs[slot].entries += persist.entries
    guard let hardState = persist.hardState else { return }
    logs[slot].shape.hardState = hardState
    if logs.allSatisfy({ !$0.shape.hardState.suspended }) { identity.damage = "" }
  }

  private mutating func cut(_ slot: Int, through: LogIndex) throws(StorageError) {
    let through = min(through, logs[slot].shape.last.index)
    guard let place = logs[slot].place(of: through) else { return }
    try logs[slot].shape.cut(after: logs[slot].entries[place].mark)
    logs[slot].entries.removeFirst(place + 1)
    if let damaged = logs[slot].damagedAt, damaged <= through { logs[slot].damagedAt = nil }
  }

  private mutating func rebuild(_ slot: Int, _ description: SnapshotDescription, stateFile file: String) {
    let index = description.mark.mark.index
    logs[slot].entries.removeAll { $0.index <= index }
    if let damaged = logs[slot].damagedAt, damaged <= index { logs[slot].damagedAt = nil }
    // A planted bug may have lost what the log should hold.
    if index > logs[slot].shape.last.index {
      logs[slot].shape.install(description, stateFile: file)
    } else {
      logs[slot].shape.rebuild(description, stateFile: file)
    }
  }

  private mutating func found(_ genesis: Genesis) throws(StorageError) {
    precondition(self.genesis == nil, "a second genesis")
    guard identity.damage.isEmpty else { throw .corrupt(what: StorageWords.foundedDamaged) }
    do throws(DecodeError) { try genesis.validate() } catch { throw error.storage(StorageWords.impossibleGenesis) }
    self.genesis = genesis
    logs = genesis.groups.map { Log(shape: GroupShape(GroupRecord(founding: $0, of: genesis))) }
  }
}
