import Base
import Model
import Raft
import Wire

/// A leader's side: one file for every follower that needs it.
struct SnapshotSending: Sendable {
  var name: String
  /// nil while the file is being written.
  var description: SnapshotDescription?
  var peers: [Peer]

  struct Peer: Sendable {
    var replica: ReplicaID
    var transfer: UInt64
    /// Chunks below were asked of the disk.
    var next: UInt64 = 0
    /// The receiver holds everything below.
    var received: UInt64 = 0
    var lastProgress: Moment
    var isOffered = false
  }

  var index: LogIndex? { description?.mark.mark.index }

  func peer(_ transfer: UInt64) -> Int? { peers.firstIndex { $0.transfer == transfer } }
}

/// A follower's side.
struct SnapshotReceiving: Sendable {
  var transfer: UInt64
  var from: ReplicaID
  var name: String
  var description: SnapshotDescription
  /// Handed to the disk below here.
  var written: UInt64 = 0
  var phase = Phase.chunks
  var lastProgress: Moment

  enum Phase: Sendable {
    case chunks
    case verifying
    /// Good, but a batch is being applied.
    case waiting
    case installing
    case adopting
  }

  var isInstalling: Bool { phase == .installing || phase == .adopting }
}
