internal import CSQLite
internal import Synchronization

/// What the connections of one process to one database file share: SQLite's file locks (sqlite.org/lockingv3.html) and
/// the WAL's index with its eight locks (sqlite.org/walformat.html, "WAL Locks").
final class SharedDatabase: Sendable {
  /// What one connection's file holds.
  struct Held {
    /// SQLITE_LOCK_NONE to SQLITE_LOCK_EXCLUSIVE.
    var level = SQLITE_LOCK_NONE
    /// Bits of the WAL locks held shared, and alone.
    var shared: UInt8 = 0
    var alone: UInt8 = 0
    var isMapped = false
    /// Whether this file is the one writer.
    var isWriter = false
  }

  private struct State {
    /// Invariant: counts every file at SHARED or above.
    var readers = 0
    /// The level of the one file above SHARED; SQLITE_LOCK_NONE when there is none.
    var writerLevel = SQLITE_LOCK_NONE
    var regions: [UnsafeMutableRawPointer] = []
    /// Files that have the index mapped.
    var mappers = 0
    /// For each WAL lock how many hold it shared; -1: one holds it alone.
    var slots = [Int](repeating: 0, count: 8)
  }

  let ledger: PageLedger
  private let state = Mutex(State())
  /// Guarded by the lock of the table that holds this object.
  nonisolated(unsafe) var users = 0

  init(sealsPages: Bool) { ledger = PageLedger(sealsPages: sealsPages) }

  deinit { state.withLock { Self.freeRegions(&$0) } }

  // MARK: file locks

  var isReserved: Bool { state.withLock { $0.writerLevel != SQLITE_LOCK_NONE } }

  func lock(_ level: Int32, _ held: inout Held) -> Int32 {
    guard held.level < level else { return SQLITE_OK }
    return state.withLock { state in
      let otherWriter = state.writerLevel != SQLITE_LOCK_NONE && !held.isWriter
      switch level {
      case SQLITE_LOCK_SHARED:
        // A pending writer keeps new readers out, so that it is not starved.
        if otherWriter && state.writerLevel >= SQLITE_LOCK_PENDING { return SQLITE_BUSY }
        state.readers += 1
      case SQLITE_LOCK_RESERVED:
        if otherWriter { return SQLITE_BUSY }
        held.isWriter = true
        state.writerLevel = level
      default:
        if otherWriter { return SQLITE_BUSY }
        held.isWriter = true
        guard state.readers <= 1 else {
          state.writerLevel = SQLITE_LOCK_PENDING
          held.level = SQLITE_LOCK_PENDING
          return SQLITE_BUSY
        }
        state.writerLevel = level
      }
      held.level = level
      return SQLITE_OK
    }
  }

  func unlock(_ level: Int32, _ held: inout Held) {
    guard held.level > level else { return }
    state.withLock { state in
      if held.isWriter {
        held.isWriter = false
        state.writerLevel = SQLITE_LOCK_NONE
      }
      if level == SQLITE_LOCK_NONE { state.readers -= 1 }
    }
    held.level = level
  }

  // MARK: the WAL's index

  /// The region of that number; nil when it is not there and `extend` is false. Regions stay where they are until the
  /// last file unmaps them; the next to map finds none, so that SQLite reads the WAL anew.
  func map(_ region: Int, size: Int, extend: Bool, _ held: inout Held) -> UnsafeMutableRawPointer? {
    let isFirst = !held.isMapped
    held.isMapped = true
    let address = state.withLock { state -> UInt in
      if isFirst { state.mappers += 1 }
      while state.regions.count <= region {
        guard extend else { return 0 }
        let memory = UnsafeMutableRawPointer.allocate(byteCount: size, alignment: 64)
        memory.initializeMemory(as: UInt8.self, repeating: 0, count: size)
        state.regions.append(memory)
      }
      return UInt(bitPattern: state.regions[region])
    }
    return UnsafeMutableRawPointer(bitPattern: address)
  }

  /// What the index says of the WAL (sqlite.org/walformat.html, "The WAL-Index File Format"): its second
  /// salt and its frames; nil when there is no index.
  var walExtent: (life: UInt32, frames: UInt32)? {
    state.withLock { state in
      guard let header = state.regions.first else { return nil }
      return (
        UInt32(bigEndian: header.load(fromByteOffset: 36, as: UInt32.self)),
        header.load(fromByteOffset: 16, as: UInt32.self)
      )
    }
  }

  func unmap(_ held: inout Held) {
    guard held.isMapped else { return }
    unlockRegions(0..<8, &held)
    held.isMapped = false
    state.withLock { state in
      state.mappers -= 1
      if state.mappers == 0 { Self.freeRegions(&state) }
    }
  }

  private static func freeRegions(_ state: inout State) {
    for region in state.regions { region.deallocate() }
    state.regions = []
  }

  /// Takes all of `slots` or none.
  func lockRegions(_ slots: Range<Int>, shared: Bool, _ held: inout Held) -> Bool {
    state.withLock { state in
      for slot in slots {
        let bit: UInt8 = 1 << UInt8(slot)
        let others = state.slots[slot] - (held.shared & bit != 0 ? 1 : 0)
        if held.alone & bit != 0 { continue }
        if shared ? others < 0 : others != 0 { return false }
      }
      for slot in slots {
        let bit: UInt8 = 1 << UInt8(slot)
        if held.alone & bit != 0 || (shared && held.shared & bit != 0) { continue }
        if shared {
          state.slots[slot] += 1
          held.shared |= bit
        } else {
          state.slots[slot] = -1
          held.shared &= ~bit
          held.alone |= bit
        }
      }
      return true
    }
  }

  func unlockRegions(_ slots: Range<Int>, _ held: inout Held) {
    state.withLock { state in
      for slot in slots {
        let bit: UInt8 = 1 << UInt8(slot)
        if held.alone & bit != 0 { state.slots[slot] = 0 }
        if held.shared & bit != 0 { state.slots[slot] -= 1 }
        held.alone &= ~bit
        held.shared &= ~bit
      }
    }
  }
}
