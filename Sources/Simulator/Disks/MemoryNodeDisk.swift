import Base
import Replica
import Storage

/// Stores in memory, which lose what is not durable whenever their process ends.
final class MemoryNodeDisk: NodeDisk {
  let store: MemoryNodeStore

  init(_ store: MemoryNodeStore = MemoryNodeStore()) { self.store = store }

  func copy() -> any NodeDisk { MemoryNodeDisk(store.copy()) }
  func blank() -> any NodeDisk { MemoryNodeDisk() }

  func open(random: inout SplitMix64) throws(StorageError) -> (record: NodeRecord, stores: any NodeStore) {
    (store.open(random: &random), store)
  }

  func end(_ end: ProcessEnd, release: () -> Void) {
    release()
    store.powerLoss()
  }

  var isFull: Bool {
    get { store.memoryLog.faults.isFull }
    set { store.memoryLog.faults.isFull = newValue }
  }

  /// Commits that make a checkpoint worth its while, and what a defect asks of the stores.
  func plant(_ defect: PlantedDefect?, checkpointCommits: Int) {
    store.checkpointCommits = checkpointCommits
    switch defect {
    case .forgetsVotes: store.memoryLog.faults.forgetsVotedFor = true
    case .losesLastEntry: store.memoryLog.faults.losesLastEntry = true
    case .overstatesDurable: store.stateFaults.overstatesDurable = true
    case .splitsHeaderFromRows: store.stateFaults.splitsHeaderFromRows = true
    case .exportsWithoutRequests: store.stateFaults.exportsNoRequests = true
    case .losesSessions: store.stateFaults.forgetsRequests = true
    case .forgetsTerms: store.memoryLog.faults.forgetsVotes = true
    case .forgetsBootCount: store.memoryLog.faults.forgetsBootCount = true
    default: break
    }
  }
}
