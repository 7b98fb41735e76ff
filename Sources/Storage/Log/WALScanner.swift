internal import Base

/// What stands in a WAL that nobody closed.
enum WALVerdict: Hashable {
  /// It ends with a whole transaction.
  case clean
  /// The last transaction, from this frame on (the first is 1), did not reach the disk whole: it was never acknowledged.
  case torn(at: Int)
  /// This frame is not what was written, and what came after it had been acknowledged. 0: the header.
  case damaged(at: Int)
}

/// What a WAL that nobody has open holds.
struct WALOutline: Hashable {
  /// The second salt of its present life, by the first frame where the header cannot be read.
  var life: UInt32 = 0
  /// The frames that SQLite will go by: through the last whole transaction before the first bad frame.
  var committed = 0
  /// By page in these: its last frame.
  var frames: [UInt32: Int] = [:]
  /// Pages of the database after these; 0 when there are none.
  var databasePages: UInt32 = 0
  /// Pages that any frame of this life names, whole or not.
  var pages: Set<UInt32> = []

  /// - Throws: what the disk gives; a WAL that is not there is empty.
  init(of database: String, _ files: any Files) throws(StorageError) {
    guard try files.exists(database + "-wal") else { return }
    let file = try files.open(database + "-wal", .readOnly)
    defer { file.close() }
    var scanner = try WALScanner(file)
    self = try scanner.outline()
  }

  init() {}

  /// Whether the database file has pages that were brought home from frames that this WAL has no more: these had been
  /// durable, so the WAL was damaged, and what SQLite would make of the two would be of no one moment.
  func hasLostFrames(of database: String, _ files: any Files) throws(StorageError) -> Bool {
    guard !pages.isEmpty else { return false }
    let file = try files.open(database, .readOnly)
    defer { file.close() }
    return try PageExamination(file).framesBroughtHome(from: life, among: pages) > committed
  }
}

/// Judges the WAL of a database in the layout of sqlite.org/fileformat.html ("The Write-Ahead Log") before SQLite opens
/// it: SQLite drops everything after the first bad frame without a word, which could take a vote back (trap 31).
///
/// How a torn transaction is told from damage: a transaction's frames are written, then the file is synced, and only
/// then is anything written behind them. So when a whole frame of the same life of the WAL stands behind the end of the
/// transaction that the bad frame belongs to, that transaction was durable once. A frame behind a bad one can be checked
/// all the same, since each carries the checksum that the next one's starts from.
///
/// On a disk that does not promise to spare the neighbours of a torn write SQLite repeats a transaction's last frame to
/// fill the sector, and syncs *within* this repetition: its beginning before, its end after. So a whole repetition
/// already proves the sync, and one that is broken proves nothing until the next transaction's sync is proven.
struct WALScanner {
  static let headerBytes = 32
  static let frameHeaderBytes = 24
  static let frameBytes = frameHeaderBytes + SQLiteLogStore.pageBytes
  /// What our VFS tells SQLite.
  private static let sectorBytes = 4_096
  private static let framesAtOnce = 64

  private let file: any File
  private let frameCount: Int
  private let fileBytes: Int64
  private var buffer: [UInt8] = []
  private var bufferFirst = 0
  private var isBigEndian = false
  private var salts: UInt64 = 0

  init(_ file: any File) throws(StorageError) {
    self.file = file
    fileBytes = try file.size()
    frameCount = max(0, Int(fileBytes) - Self.headerBytes) / Self.frameBytes
  }

  mutating func scan() throws(StorageError) -> WALVerdict {
    guard fileBytes > 0 else { return .clean }
    guard let start = try readHeader() else {
      // A header is synced before any frame: without frames nothing was ever promised by this file.
      return try holdsFrames() ? .damaged(at: 0) : .torn(at: 1)
    }
    var previous = start
    var lastWhole = 0
    var last: Frame?
    var lastIsFill = false
    for number in stride(from: 1, through: frameCount, by: 1) {
      let frame = try frame(number, after: previous)
      guard frame.isWhole else {
        return try judge(frame, after: last, followsFill: lastIsFill, lastWhole: lastWhole)
      }
      lastIsFill = !lastIsFill && frame.repeats(last) && fills(after: number - 1)
      if frame.isCommit { lastWhole = number }
      previous = frame.stored
      last = frame
    }
    let hasRest = Int64(Self.headerBytes + frameCount * Self.frameBytes) < fileBytes
    return lastWhole == frameCount && !hasRest ? .clean : .torn(at: lastWhole + 1)
  }

  /// What is in it, whole or not.
  mutating func outline() throws(StorageError) -> WALOutline {
    var outline = WALOutline()
    let start = try readHeader()
    if start == nil, frameCount > 0 { salts = try frame(1, after: Checksum()).salts }
    outline.life = UInt32(truncatingIfNeeded: salts)
    var isWhole = start != nil
    var previous = start ?? Checksum()
    var frames: [UInt32: Int] = [:]
    for number in stride(from: 1, through: frameCount, by: 1) {
      let frame = try frame(number, after: previous)
      isWhole = isWhole && frame.isWhole
      if isWhole { frames[frame.page] = number }
      if isWhole, frame.isCommit {
        outline.committed = number
        outline.databasePages = frame.pages
        outline.frames.merge(frames) { $1 }
        frames.removeAll(keepingCapacity: true)
      }
      if frame.salts == salts, frame.page != 0 { outline.pages.insert(frame.page) }
      previous = frame.stored
    }
    return outline
  }

  // MARK: judging

  /// What the first bad frame means.
  private mutating func judge(
    _ bad: Frame, after last: Frame?, followsFill: Bool, lastWhole: Int
  ) throws(StorageError) -> WALVerdict {
    let number = bad.number
    var isFollowed = false
    var commitAt: Int?
    let isFill = last?.isCommit == true && !followsFill && fills(after: number - 1)
    // A repetition whose writing was cut short lacks whole sectors; one that lacks a bit was written to its end.
    let isRotten = isFill ? try differsByOneBit(bad, from: number - 1) : false
    var previous = bad
    for next in stride(from: number + 1, through: frameCount, by: 1) {
      var frame = try frame(next, after: previous.stored)
      if !frame.isWhole, next == number + 1 {
        // The checksum itself may be what was damaged.
        frame = try self.frame(next, after: bad.computed)
      }
      // The transaction in doubt ends here, and what stands behind it was written after a sync.
      if let commitAt, next > commitAt, frame.isWhole { return .damaged(at: number) }
      if next == number + 1, !isFill, ended(bad, next: frame) {
        commitAt = number
        if frame.isWhole { return .damaged(at: number) }
      }
      if commitAt == nil, frame.isWhole, frame.isCommit {
        // Whether this transaction was synced cannot be told any more, and SQLite will drop it.
        if isRotten { return .damaged(at: number) }
        commitAt = next
      }
      isFollowed = isFollowed || frame.isWhole
      previous = frame
    }
    let isOld = !isFollowed && bad.salts != salts && lastWhole == number - 1
    return isOld ? .clean : .torn(at: lastWhole + 1)
  }

  /// Whether the bad frame was the last of its transaction. Its own word counts only where something vouches for it.
  private func ended(_ bad: Frame, next: Frame) -> Bool {
    // Right but for its salts or page number; or its checksum is wrong, and the next frame started from the right one.
    if bad.computed == bad.stored { return bad.isCommit }
    if next.isWhole, next.startedFrom == bad.computed { return bad.isCommit }
    if let mended = bad.mendedHeader() { return mended.isCommit }
    guard bad.isCommit, bad.salts == salts else { return false }
    // The repetition says the same as the frame; where there is none, the frame's word is all there is.
    return !fills(after: bad.number) || (next.isWhole && next.page == bad.page && next.pages == bad.pages)
  }

  /// Whether a bad repetition is the frame before it but for one bit.
  private mutating func differsByOneBit(_ bad: Frame, from number: Int) throws(StorageError) -> Bool {
    let original = try file.bytes(
      at: Int64(Self.headerBytes) + Int64(number - 1) * Int64(Self.frameBytes), count: Self.frameBytes)
    guard original.count == Self.frameBytes else { return false }
    var expected = Array(original[0..<16])
    var checksum = bad.startedFrom
    original.withUnsafeBytes {
      checksum.add(UnsafeRawBufferPointer(rebasing: $0[0..<8]), isBigEndian: isBigEndian)
      checksum.add(UnsafeRawBufferPointer(rebasing: $0[Self.frameHeaderBytes...]), isBigEndian: isBigEndian)
    }
    for word in [checksum.first, checksum.second] {
      for shift in [24, 16, 8, 0] { expected.append(UInt8(truncatingIfNeeded: word >> UInt32(shift))) }
    }
    expected += original[Self.frameHeaderBytes...]
    var bits = 0
    for (found, wanted) in zip(bad.content, expected) { bits += (found ^ wanted).nonzeroBitCount }
    return bits == 1
  }

  /// Whether SQLite repeats frame `number` when that ends a transaction: it does unless the frame ends with a sector.
  private func fills(after number: Int) -> Bool {
    (Self.headerBytes + number * Self.frameBytes) % Self.sectorBytes != 0
  }

  // MARK: reading

  /// The checksum that the first frame starts from; nil when the header is not one.
  private mutating func readHeader() throws(StorageError) -> Checksum? {
    let header = try file.bytes(at: 0, count: Self.headerBytes)
    guard header.count == Self.headerBytes else { return nil }
    return header.withUnsafeBytes { bytes -> Checksum? in
      let magic = Self.number(bytes, 0)
      guard magic & ~1 == 0x377F_0682, Self.number(bytes, 4) == 3_007_000,
        Self.number(bytes, 8) == UInt32(SQLiteLogStore.pageBytes)
      else { return nil }
      isBigEndian = magic & 1 == 1
      salts = UInt64(Self.number(bytes, 16)) << 32 | UInt64(Self.number(bytes, 20))
      var checksum = Checksum()
      checksum.add(UnsafeRawBufferPointer(rebasing: bytes[0..<24]), isBigEndian: isBigEndian)
      return checksum == Checksum(Self.number(bytes, 24), Self.number(bytes, 28)) ? checksum : nil
    }
  }

  /// Whether anything but zeros stands behind the header.
  private mutating func holdsFrames() throws(StorageError) -> Bool {
    var offset = Int64(Self.headerBytes)
    while offset < fileBytes {
      let bytes = try file.bytes(at: offset, count: Self.framesAtOnce * Self.frameBytes)
      if bytes.isEmpty { return false }
      if bytes.contains(where: { $0 != 0 }) { return true }
      offset += Int64(bytes.count)
    }
    return false
  }

  private mutating func frame(_ number: Int, after previous: Checksum) throws(StorageError) -> Frame {
    if bufferFirst == 0 || number < bufferFirst || (number - bufferFirst + 1) * Self.frameBytes > buffer.count {
      buffer = try file.bytes(
        at: Int64(Self.headerBytes) + Int64(number - 1) * Int64(Self.frameBytes),
        count: Self.framesAtOnce * Self.frameBytes)
      bufferFirst = number
      guard buffer.count >= Self.frameBytes else { throw .io(code: 5, what: "a WAL that became shorter while read") }
    }
    let start = (number - bufferFirst) * Self.frameBytes
    return buffer.withUnsafeBytes { bytes in
      let frame = UnsafeRawBufferPointer(rebasing: bytes[start..<start + Self.frameBytes])
      var computed = previous
      computed.add(UnsafeRawBufferPointer(rebasing: frame[0..<8]), isBigEndian: isBigEndian)
      var head = Array(frame[0..<Self.frameHeaderBytes])
      computed.add(UnsafeRawBufferPointer(rebasing: frame[Self.frameHeaderBytes...]), isBigEndian: isBigEndian)
      let read = Frame(
        number: number, page: Self.number(frame, 0), pages: Self.number(frame, 4),
        salts: UInt64(Self.number(frame, 8)) << 32 | UInt64(Self.number(frame, 12)),
        stored: Checksum(Self.number(frame, 16), Self.number(frame, 20)), computed: computed, startedFrom: previous,
        wantedSalts: salts, isBigEndian: isBigEndian, content: [])
      guard !read.isWhole else { return read }
      head.append(contentsOf: frame[Self.frameHeaderBytes...])
      var broken = read
      broken.content = head
      return broken
    }
  }

  fileprivate static func number(_ bytes: UnsafeRawBufferPointer, _ offset: Int) -> UInt32 {
    UInt32(bigEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt32.self))
  }

  /// SQLite's two running sums over 32-bit words.
  fileprivate struct Checksum: Hashable {
    var first: UInt32 = 0
    var second: UInt32 = 0

    init() {}
    init(_ first: UInt32, _ second: UInt32) {
      self.first = first
      self.second = second
    }

    mutating func add(_ bytes: UnsafeRawBufferPointer, isBigEndian: Bool) {
      for offset in stride(from: 0, to: bytes.count, by: 8) {
        let left = bytes.loadUnaligned(fromByteOffset: offset, as: UInt32.self)
        let right = bytes.loadUnaligned(fromByteOffset: offset + 4, as: UInt32.self)
        first &+= (isBigEndian ? UInt32(bigEndian: left) : UInt32(littleEndian: left)) &+ second
        second &+= (isBigEndian ? UInt32(bigEndian: right) : UInt32(littleEndian: right)) &+ first
      }
    }
  }

  fileprivate struct Frame {
    let number: Int
    let page: UInt32
    /// Pages of the database after the transaction that this frame ends; 0 when it ends none.
    let pages: UInt32
    let salts: UInt64
    let stored: Checksum
    let computed: Checksum
    let startedFrom: Checksum
    let wantedSalts: UInt64
    let isBigEndian: Bool
    /// The whole frame, when it is not right.
    var content: [UInt8]

    var isWhole: Bool { salts == wantedSalts && page != 0 && computed == stored }
    var isCommit: Bool { pages != 0 }

    func repeats(_ other: Frame?) -> Bool {
      guard let other else { return false }
      return isCommit && other.isCommit && page == other.page && pages == other.pages
    }

    /// The frame's header as it was written, when one bit of page number or size is all that is wrong with the frame.
    func mendedHeader() -> (page: UInt32, isCommit: Bool)? {
      guard !content.isEmpty else { return nil }
      for bit in 0..<64 {
        var head = Array(content[0..<8])
        head[bit / 8] ^= 1 << UInt8(bit % 8)
        var checksum = startedFrom
        head.withUnsafeBytes { checksum.add($0, isBigEndian: isBigEndian) }
        content.withUnsafeBytes {
          checksum.add(
            UnsafeRawBufferPointer(rebasing: $0[WALScanner.frameHeaderBytes...]), isBigEndian: isBigEndian)
        }
        guard checksum == stored else { continue }
        return head.withUnsafeBytes { (WALScanner.number($0, 0), WALScanner.number($0, 4) != 0) }
      }
      return nil
    }
  }
}
