internal import Base
internal import Model
internal import Synchronization

/// What stands for a state file where states are kept in memory: the state as committed, and what would survive.
///
/// Stores and readers of several threads share it; each works on its own copy, which costs nothing until it changes.
final class MemoryStateFile: Sendable {
  struct Images: Sendable {
    var committed: MemoryState.Contents
    var durable: MemoryState.Contents
    /// Keys whose rows are not what was written, whatever the images say: ``MemoryStateStore`` and its readers find out
    /// when they read them, as seals tell on a disk.
    var rotten: Set<Key> = []
    /// How often the power was lost: stores that were opened before are dead.
    var era = 0
  }

  let images: Mutex<Images>

  init(_ contents: MemoryState.Contents) { images = Mutex(Images(committed: contents, durable: contents)) }

  func powerLoss() {
    images.withLock {
      $0.committed = $0.durable
      $0.era += 1
    }
  }

  /// Damages what is stored under a key.
  /// - Returns: false when nothing is.
  func rot(_ key: Key) -> Bool {
    guard !committed.history(key, limit: 1).isEmpty else { return false }
    images.withLock { _ = $0.rotten.insert(key) }
    return true
  }

  var isRotten: Bool { images.withLock { !$0.rotten.isEmpty } }

  /// Fails as a disk does whose rows carry seals, if one of `keys` is damaged.
  func checkSeals(of keys: some Sequence<Key>) throws(StorageError) {
    let rotten = images.withLock { $0.rotten }
    guard !rotten.isEmpty else { return }
    for key in keys where rotten.contains(key) { throw .corrupt(what: "a row in memory") }
  }

  /// The state as of the last commit.
  var committed: MemoryState { MemoryState(images.withLock { $0.committed }) }
  var durable: MemoryState { MemoryState(images.withLock { $0.durable }) }
}
