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

  /// The state as of the last commit.
  var committed: MemoryState { MemoryState(images.withLock { $0.committed }) }
  var durable: MemoryState { MemoryState(images.withLock { $0.durable }) }
}
