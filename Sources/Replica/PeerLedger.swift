import Base
import Raft
import Wire

/// Who the peers are, by store, boot and what they acknowledged: so that wiped, cloned, restored and doubled nodes are
/// refused with the reason (design §6, "Identity").
struct PeerLedger {
  private(set) var records: [PeerRecord]
  private(set) var hasChanged = false
  /// Set by ``Replicas/plant(_:)`` alone.
  var defect: PlantedDefect?

  init(_ records: [PeerRecord]) { self.records = records.sorted { $0.store < $1.store } }

  /// What `hello` is refused for; nil when it may join. Judges only: ``accept(_:)`` remembers.
  func judge(_ hello: PeerHello, genesis: Genesis?, member: Member?, own: NodeID) -> PeerRefusal? {
    guard let genesis else { return .noGenesis }
    if hello.versions.upperBound < Versions.protocolRange.lowerBound
      || hello.versions.lowerBound > Versions.protocolRange.upperBound
    {
      return .version(Versions.protocolRange)
    }
    guard hello.callee == own else { return .wrongCallee(own) }
    guard let member else { return .notAMember }
    guard member.store == hello.store else { return .otherStore(bound: member.store) }
    guard hello.cluster == genesis.cluster else { return .otherCluster(genesis.cluster) }
    guard hello.epoch == genesis.epoch else { return .otherEpoch(genesis.epoch) }
    guard let record = records.first(where: { $0.store == hello.store }) else { return nil }
    // What it acknowledged is judged before the boot count: a copy that was started later has a higher one.
    for seen in record.acknowledged {
      guard let end = hello.logs.first(where: { $0.group == seen.group }) else { continue }
      // A store that says itself that it lost entries has no voice until it is caught up, and is let in for that. A copy
      // from the past does not know: it is refused.
      if end.last.index < seen.index, !end.isSuspended, defect != .ignoresShrunkLog {
        return .logShrank(group: seen.group, acknowledged: seen.index, last: end.last.index)
      }
    }
    if hello.bootCount < record.bootCount { return .olderBoot(seen: record.bootCount) }
    if hello.bootCount == record.bootCount, hello.nonce != record.nonce { return .doubled }
    return nil
  }

  mutating func accept(_ hello: PeerHello) {
    let position = slot(hello.store)
    guard records[position].bootCount != hello.bootCount || records[position].nonce != hello.nonce else { return }
    records[position].bootCount = hello.bootCount
    records[position].nonce = hello.nonce
    hasChanged = true
  }

  /// `store` holds everything through `index` durably, and it is committed.
  mutating func acknowledged(_ store: Identifier, _ group: GroupID, _ index: LogIndex) {
    let position = slot(store)
    if let entry = records[position].acknowledged.firstIndex(where: { $0.group == group }) {
      guard records[position].acknowledged[entry].index < index else { return }
      records[position].acknowledged[entry].index = index
    } else {
      records[position].acknowledged.append(GroupIndex(group: group, index: index))
      records[position].acknowledged.sort { $0.group < $1.group }
    }
    hasChanged = true
  }

  /// The records when they changed since the last call.
  mutating func takeChanges() -> [PeerRecord]? {
    guard hasChanged else { return nil }
    hasChanged = false
    return records
  }

  private mutating func slot(_ store: Identifier) -> Int {
    if let position = records.firstIndex(where: { $0.store == store }) { return position }
    let record = PeerRecord(store: store, bootCount: 0, nonce: .zero, acknowledged: [])
    let position = records.firstIndex { $0.store > store } ?? records.count
    records.insert(record, at: position)
    return position
  }
}
