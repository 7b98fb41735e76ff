public import Base
import Wire

/// Carries out ``StateOperation``s on a node's state stores: submit, run, done. Owned by one thread, or by the simulator.
public final class StateWorker {
  private let stores: any NodeStore
  /// Ascending by group.
  private var states: [(group: GroupID, file: String, store: any StateStore)]
  private var exports: [(group: GroupID, name: String)] = []
  private var reportedDurable: [LogIndex]
  /// Whose state failed: its replica has left service, and nothing more is done to it.
  private var broken: [Bool]
  private var defect: PlantedDefect?

  /// How often replicas compare their digests, in entries: the same on all nodes.
  public var digestInterval = Limits.digestInterval

  public init(_ stores: any NodeStore, states: [(group: GroupID, file: String, store: any StateStore)]) {
    self.stores = stores
    self.states = states.sorted { $0.group < $1.group }
    reportedDurable = self.states.map { _ in .zero }
    broken = self.states.map { $0.store.damage != nil }
  }

  /// Makes the worker wrong in one way, so that a checker can show that it notices. For the simulator alone.
  package func plant(_ defect: PlantedDefect?) { self.defect = defect }

  /// Runs one operation to its end.
  /// - Throws: ``Base/StorageError/full(what:)``: nothing of the operation holds, and it is to be tried again. `.io`: the
  ///   disk failed a state in force, and the process says so and stops (design §6, "Errors").
  public func run(_ operation: StateOperation) throws(StorageError) -> StateDone? {
    do throws(StorageError) {
      return try attempt(operation)
    } catch {
      if case .full = error { throw error }
      if error.isFatal, operation.touchesState { throw error }
      switch operation {
      case .apply(let batch): broken[slot(batch.group)] = true
      case .adopt(let group, _), .checkpoint(let group), .condemn(let group, _): broken[slot(group)] = true
      case .export, .readChunk, .writeChunk, .verify, .remove: break
      }
      return failure(of: operation, error)
    }
  }

  private func failure(of operation: StateOperation, _ error: StorageError) -> StateDone? {
    switch operation {
    case .apply(let batch): .failed(batch.group, .storage(error))
    case .adopt(let group, _), .condemn(let group, _): .failed(group, .storage(error))
    case .export(let group, _), .readChunk(let group, _, _, _, _): .exportFailed(group, error)
    case .writeChunk(let group, let transfer, _, _, _), .verify(let group, let transfer, _, _):
      .verified(group, transfer: transfer, false)
    case .checkpoint(let group): .failed(group, .storage(error))
    case .remove: nil
    }
  }

  private func attempt(_ operation: StateOperation) throws(StorageError) -> StateDone? {
    switch operation {
    case .apply(let batch):
      do throws(ApplyError) {
        let store = states[slot(batch.group)].store
        return .applied(try Applier.apply(batch, to: store, digestInterval: digestInterval, defect: defect))
      } catch .storage(let error) {
        throw error
      } catch {
        return .failed(batch.group, error)
      }
    case .export(let group, let name):
      exports.append((group, name))
      return nil
    case .readChunk(let group, let transfer, let name, let offset, let count):
      return .chunkRead(
        group, transfer: transfer, offset: offset, bytes: try stores.readChunk(name, offset: offset, count: count))
    case .writeChunk(let group, let transfer, let name, let offset, let bytes):
      try stores.writeChunk(name, offset: offset, bytes: bytes)
      return .chunkWritten(group, transfer: transfer, end: offset + UInt64(bytes.count))
    case .verify(let group, let transfer, let name, let description):
      try stores.verifySnapshot(name, description)
      return .verified(group, transfer: transfer, true)
    case .adopt(let group, let name):
      return try adopt(group, name)
    case .remove(let name):
      try stores.remove(name)
      return nil
    case .checkpoint(let group):
      guard !broken[slot(group)] else { return nil }
      return .durable(group, try states[slot(group)].store.checkpoint())
    case .condemn(let group, let reason):
      broken[slot(group)] = true
      exports.removeAll { $0.group == group }
      try stores.condemn(states[slot(group)].file, reason: reason)
      return nil
    }
  }

  private func adopt(_ group: GroupID, _ name: String) throws(StorageError) -> StateDone {
    let slot = slot(group)
    let old = states[slot].file
    exports.removeAll { $0.group == group }
    states[slot].store.close()
    states[slot].file = name
    let opened = try stores.openState(group, file: name)
    states[slot].store = opened
    broken[slot] = false
    reportedDurable[slot] = opened.durableApplied
    if old != name { try stores.remove(old) }
    return .adopted(group, opened.header)
  }

  /// Work that waits for a quiet moment or for its turn between batches: one slice of each kind. Call it after every
  /// batch, and when there is nothing else to do.
  /// - Returns: what was done, and whether more is left.
  /// - Throws: `.io`: the disk failed, and the process says so and stops.
  public func housekeep() throws(StorageError) -> (done: [StateDone], more: Bool) {
    var done: [StateDone] = []
    var more = false
    for slot in states.indices where !broken[slot] {
      do throws(StorageError) {
        more = try housekeep(slot, into: &done) || more
      } catch {
        if case .full = error { continue }
        if error.isFatal { throw error }
        broken[slot] = true
        done.append(.failed(states[slot].group, .storage(error)))
      }
    }
    return (done, more)
  }

  private func housekeep(_ slot: Int, into done: inout [StateDone]) throws(StorageError) -> Bool {
    let (group, _, store) = states[slot]
    if store.wantsCheckpoint { _ = try store.checkpoint() }
    if store.durableApplied > reportedDurable[slot] {
      reportedDurable[slot] = store.durableApplied
      done.append(.durable(group, store.durableApplied))
    }
    var more = try store.deleteCompacted()
    if let position = exports.firstIndex(where: { $0.group == group }) {
      let snapshot: StateSnapshot?
      do throws(StorageError) {
        snapshot = try store.snapshotStep(to: exports[position].name)
      } catch {
        exports.remove(at: position)
        done.append(.exportFailed(group, error))
        // Pages of the state itself could not be read as they were written, or the disk fails.
        if case .full = error { return more }
        throw error
      }
      if let snapshot {
        exports.remove(at: position)
        done.append(.exported(group, snapshot))
      } else {
        more = true
      }
    }
    return more
  }

  /// Whether a snapshot is being written: ``housekeep()`` must be called until it is done.
  public var hasHousekeeping: Bool { !exports.isEmpty }

  /// Another way into a group's state, for a thread that reads.
  public func makeReader(_ group: GroupID) throws(StorageError) -> any StateReader {
    try states[slot(group)].store.makeReader()
  }

  /// Whether a group's state is in use: it was opened, and nothing was found wrong with it.
  public func isSound(_ group: GroupID) -> Bool { !broken[slot(group)] }

  /// Makes everything durable and closes the files: the end of a graceful stop.
  public func close() throws(StorageError) {
    var failure: StorageError?
    for slot in states.indices where !broken[slot] {
      do throws(StorageError) { _ = try states[slot].store.checkpoint() } catch { failure = failure ?? error }
      states[slot].store.close()
    }
    states = []
    if let failure { throw failure }
  }

  private func slot(_ group: GroupID) -> Int {
    guard let slot = states.firstIndex(where: { $0.group == group }) else {
      preconditionFailure("no state of group \(group) on this node")
    }
    return slot
  }
}

extension StateOperation {
  /// Whether it works on a state in force, rather than on a snapshot's file, which is nobody's until it is.
  fileprivate var touchesState: Bool {
    switch self {
    case .apply, .adopt, .checkpoint, .condemn: true
    case .export, .readChunk, .writeChunk, .verify, .remove: false
    }
  }
}

extension StorageError {
  /// What the disk refuses to do is the node's end: the process says so and stops (design §6, "Errors"). A file that is
  /// not there is one replica's loss.
  public var isFatal: Bool {
    if case .io = self { !isMissing } else { false }
  }
}
