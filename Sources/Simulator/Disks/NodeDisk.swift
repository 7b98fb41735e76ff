import Base
import Replica
import Wire

/// How a node's process ends.
enum ProcessEnd: Hashable {
  /// The machine loses its power: what was not durable is lost, or torn.
  case powerLoss
  /// The process is killed: what it had written stays with the machine, whatever was synced.
  case killed
  /// The process stops by itself, as after a failed write: it brings home what it can and closes its files.
  case stopped
}

/// A node's disk: what outlives its processes. One process at a time has it.
protocol NodeDisk: AnyObject {
  /// Starts a process on what is there.
  func open(random: inout SplitMix64) throws(StorageError) -> (record: NodeRecord, stores: any NodeStore)
  /// Ends the process. `release` lets its stores and readers go: nothing that they do on their way out changes what is
  /// on the disk, unless the process stops by itself.
  func end(_ end: ProcessEnd, release: () -> Void)
  /// Another machine's disk, with what this one shows at the moment; one with nothing.
  func copy() -> any NodeDisk
  func blank() -> any NodeDisk
  /// The next writes find no space.
  var isFull: Bool { get set }
}
