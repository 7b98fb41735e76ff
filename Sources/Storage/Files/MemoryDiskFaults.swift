internal import Base

/// The faults that are set on a ``MemoryDisk`` and have not happened.
struct MemoryDiskFaults {
  /// A call of one kind on one file that will fail, or a write that will go astray.
  struct Pending {
    enum What {
      case fails(StorageError)
      /// A sector of it lands in another place of its file.
      case goesAstray
    }
    var call: MemoryFiles.Call
    /// nil: of any file.
    var inode: MemoryInode?
    /// Calls of the kind that go well before it.
    var left: Int
    var what: What
  }

  /// The change during which the power goes.
  var cutAt = Int.max
  /// By number of the call.
  var failures: [Int: StorageError] = [:]
  /// By number of the sync.
  var syncFailures: [Int: StorageError] = [:]
  var fullAtWrite = Int.max
  private var pending: [Pending] = []

  mutating func add(_ fault: Pending) { pending.append(fault) }

  /// Of the faults that wait for such a call the one whose turn it is.
  /// - Parameter bytes: of a write; only one that holds a whole sector can lose it on the way.
  mutating func due(_ call: MemoryFiles.Call, _ inode: MemoryInode, bytes: Int = 0) -> Pending.What? {
    guard !pending.isEmpty else { return nil }
    var due: Pending.What?
    for place in pending.indices.reversed() where pending[place].call == call {
      if let wanted = pending[place].inode, wanted !== inode { continue }
      if case .goesAstray = pending[place].what, bytes < 2 * MemoryDisk.sectorBytes { continue }
      pending[place].left -= 1
      if pending[place].left < 0, due == nil { due = pending.remove(at: place).what }
    }
    return due
  }
}
