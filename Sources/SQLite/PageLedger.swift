internal import Synchronization

/// What the connections of this process know of the pages of one database, and of the frames of its WAL: what they last
/// wrote or read there. A disk that gives something else (an older version, another place's content) is found out, also
/// where the bytes fit together.
final class PageLedger: Sendable {
  private struct State {
    /// nil until the database's header was seen.
    var isSealed: Bool?
    /// Checksums by page number less one; 0: not known.
    var pages: [UInt64] = []
    /// Checksums by frame number less one; 0: not known.
    var frames: [UInt64] = []
    /// Put on the pages that the checkpoint under way brings home.
    var seal = PageSeal()
    /// Bytes of the database's file; nil: not known.
    var extent: Int64?
  }

  private let state = Mutex(State())
  private let sealsPages: Bool

  init(sealsPages: Bool) { self.sealsPages = sealsPages }

  // MARK: pages of the database

  /// The database's header was read or is about to be written.
  func learn(_ header: UnsafeRawBufferPointer) {
    guard sealsPages, header.count >= 21 else { return }
    let isSealed = header[16] == 0x10 && header[17] == 0 && header[20] == UInt8(PageSeal.bytes)
    state.withLock { $0.isSealed = isSealed }
  }

  var isSealed: Bool { sealsPages && state.withLock { $0.isSealed ?? false } }

  /// Seals a page that is about to be written.
  func seal(_ page: UnsafeMutableRawBufferPointer, number: UInt32) {
    state.withLock { state in
      let checksum = state.seal.put(on: page, number: number)
      Self.set(&state.pages, number, checksum)
    }
  }

  /// Whether a page that was read may be used.
  func accepts(_ page: UnsafeRawBufferPointer, number: UInt32) -> Bool {
    let stored = PageSeal.stored(page)
    let isWhole = stored == PageSeal.checksum(page, number)
    return state.withLock { state in
      let known = Self.get(state.pages, number)
      guard isWhole else { return false }
      if known == 0 { Self.set(&state.pages, number, stored) }
      return known == 0 || known == stored
    }
  }

  /// What stands there is not known any more.
  func forgetPage(_ number: UInt32) { state.withLock { Self.set(&$0.pages, number, 0) } }

  func truncatePages(to count: Int) {
    state.withLock { $0.pages.removeLast(max(0, $0.pages.count - count)) }
  }

  /// Where the database's file ends, as far as this process has brought it: nobody else changes it meanwhile.
  var extent: Int64? {
    get { state.withLock { $0.extent } }
    set { state.withLock { $0.extent = newValue } }
  }

  /// From now on pages are brought home from `frames` frames of that WAL, which are synced first.
  func begin(life: UInt32, frames: UInt32) { state.withLock { $0.seal = PageSeal(life: life, frames: frames) } }
  func end() { state.withLock { $0.seal = PageSeal() } }

  // MARK: frames of the WAL

  static let walHeaderBytes: Int64 = 32
  static let frameHeaderBytes = 24
  static let frameBytes = Int64(frameHeaderBytes + PageSeal.pageBytes)

  /// The frame whose page stands at `offset` of the WAL, and the offset within that page; nil outside of pages.
  static func frame(at offset: Int64) -> (number: UInt32, within: Int)? {
    let within = (offset - walHeaderBytes) % frameBytes - Int64(frameHeaderBytes)
    guard offset >= walHeaderBytes, within >= 0 else { return nil }
    return (UInt32((offset - walHeaderBytes) / frameBytes) + 1, Int(within))
  }

  /// Whether a frame's header stands at `offset` of the WAL, or would.
  static func isFrameHeader(_ offset: Int64) -> Bool {
    offset >= walHeaderBytes && (offset - walHeaderBytes) % frameBytes == 0
  }

  func note(_ page: UnsafeRawBufferPointer, frame: UInt32) {
    guard sealsPages else { return }
    let checksum = PageSeal.checksum(page, seed: UInt64(frame))
    state.withLock { Self.set(&$0.frames, frame, checksum) }
  }

  /// Whether a frame's page that was read is what this process last saw there.
  func accepts(_ page: UnsafeRawBufferPointer, frame: UInt32) -> Bool {
    guard sealsPages else { return true }
    let checksum = PageSeal.checksum(page, seed: UInt64(frame))
    return state.withLock { state in
      let known = Self.get(state.frames, frame)
      return known == 0 || known == checksum
    }
  }

  func forgetFrame(_ frame: UInt32) { state.withLock { Self.set(&$0.frames, frame, 0) } }

  /// What the frames hold that stand in these bytes of the WAL is not known any more.
  func forgetFrames(at offset: Int64, bytes count: Int) {
    var place = offset
    while place < offset + Int64(count) {
      if let (frame, _) = Self.frame(at: place) { forgetFrame(frame) }
      place += 2_048
    }
  }

  func truncateFrames(to count: Int) {
    state.withLock { $0.frames.removeLast(max(0, $0.frames.count - count)) }
  }

  private static func get(_ list: [UInt64], _ number: UInt32) -> UInt64 {
    let place = Int(number) - 1
    return place >= 0 && place < list.count ? list[place] : 0
  }

  private static func set(_ list: inout [UInt64], _ number: UInt32, _ value: UInt64) {
    let place = Int(number) - 1
    guard place >= 0 else { return }
    if place >= list.count {
      guard value != 0 else { return }
      list += repeatElement(0, count: place + 1 - list.count)
    }
    list[place] = value
  }
}
