internal import Base

/// Frames that SQLite appends to a WAL, until the transaction that they belong to is whole: SQLite writes each frame's
/// header and page on their own, and a call of the kernel costs more than the bytes.
///
/// What is gathered here is nobody's yet: readers learn of frames when the transaction's last one has been written, which
/// ends the run; everything else that may look at the file (a read, a sync, its size) ends it too. Only what goes beyond
/// everything that was written before is gathered: headers that SQLite corrects in place are followed by nothing that
/// would end a run.
struct FrameRun {
  /// Bytes at which a run of a large transaction ends.
  private static let bytesMax = 1 << 20

  private(set) var bytes: [UInt8] = []
  /// Where the run's first byte goes.
  private(set) var start: Int64 = 0
  /// The end of what was written or gathered; negative: not known.
  private var frontier: Int64 = -1
  private var endsTransaction = false

  var isEmpty: Bool { bytes.isEmpty }

  /// Gathers bytes that continue what was written; false: they are to be written in their place, after the run.
  mutating func takes(_ part: UnsafeRawBufferPointer, at offset: Int64) -> Bool {
    guard offset == frontier else { return false }
    if bytes.isEmpty { start = offset }
    bytes.append(contentsOf: part)
    note(part, at: offset)
    return true
  }

  /// Takes note of bytes that were gathered or written.
  mutating func note(_ part: UnsafeRawBufferPointer, at offset: Int64) {
    if offset == 0 { frontier = 0 }
    frontier = max(frontier, offset + Int64(part.count))
    // A frame's header names the database's size if, and only if, the frame is the last of its transaction.
    if part.count == PageLedger.frameHeaderBytes, PageLedger.isFrameHeader(offset) {
      endsTransaction = part[4..<8].contains { $0 != 0 }
    }
  }

  /// Whether the run must end here.
  var isDue: Bool {
    bytes.count >= Self.bytesMax || (endsTransaction && PageLedger.isFrameHeader(frontier))
  }

  /// Begins another run behind this one, which was written.
  mutating func written() { bytes.removeAll(keepingCapacity: bytes.capacity <= 2 * Self.bytesMax) }

  /// What stands in the file is not known any more.
  mutating func forget() {
    bytes = []
    frontier = -1
  }

  func overlaps(_ offset: Int64, _ count: Int) -> Bool {
    !bytes.isEmpty && offset < start + Int64(bytes.count) && offset + Int64(count) > start
  }
}
