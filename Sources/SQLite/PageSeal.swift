/// What stands at the end of each page of a database of ours, in the 16 bytes that it reserves: a checksum over the page
/// and its number, which finds what rotted, was torn or landed in another's place; and what the WAL held for certain when
/// the page was brought home from it.
///
/// | bytes | |
/// |---|---|
/// | 4080..<4084 | ``life``, big-endian |
/// | 4084..<4088 | ``frames``, big-endian |
/// | 4088..<4096 | checksum over all before it, then the page's number; little-endian |
public struct PageSeal: Hashable, Sendable {
  public static let pageBytes = 4_096
  public static let bytes = 16
  static let checkedBytes = pageBytes - 8
  private static let start = pageBytes - bytes

  /// The second salt of the WAL from which a checkpoint brought the page home, which SQLite draws anew whenever the WAL
  /// begins anew (the first is a count, and each process counts from 1); 0 when none did.
  public var life: UInt32
  /// Frames of that WAL that were durable before the page was written.
  public var frames: UInt32

  /// The seal of a page that is as it was written; nil when it is not.
  /// - Parameter number: counts from 1.
  public init?(of page: UnsafeRawBufferPointer, number: UInt32) {
    guard page.count == Self.pageBytes, Self.stored(page) == Self.checksum(page, number) else { return nil }
    life = UInt32(bigEndian: page.loadUnaligned(fromByteOffset: Self.start, as: UInt32.self))
    frames = UInt32(bigEndian: page.loadUnaligned(fromByteOffset: Self.start + 4, as: UInt32.self))
  }

  public init(life: UInt32 = 0, frames: UInt32 = 0) {
    self.life = life
    self.frames = frames
  }

  /// Puts the seal on a page; returns its checksum.
  @discardableResult
  public func put(on page: UnsafeMutableRawBufferPointer, number: UInt32) -> UInt64 {
    page.storeBytes(of: life.bigEndian, toByteOffset: Self.start, as: UInt32.self)
    page.storeBytes(of: frames.bigEndian, toByteOffset: Self.start + 4, as: UInt32.self)
    let checksum = Self.checksum(UnsafeRawBufferPointer(page), number)
    page.storeBytes(of: checksum.littleEndian, toByteOffset: Self.checkedBytes, as: UInt64.self)
    return checksum
  }

  static func stored(_ page: UnsafeRawBufferPointer) -> UInt64 {
    UInt64(littleEndian: page.loadUnaligned(fromByteOffset: checkedBytes, as: UInt64.self))
  }

  static func checksum(_ page: UnsafeRawBufferPointer, _ number: UInt32) -> UInt64 {
    checksum(UnsafeRawBufferPointer(rebasing: page[..<checkedBytes]), seed: UInt64(number))
  }

  /// Of bytes whose count is a multiple of 8; never 0. Each step is a bijection of its word and of what came before, so no
  /// change within one word can go unseen.
  static func checksum(_ bytes: UnsafeRawBufferPointer, seed: UInt64) -> UInt64 {
    guard let base = bytes.baseAddress else { return 1 }
    let prime: UInt64 = 0x9E37_79B1_85EB_CA87
    var lanes = (seed ^ 0x6C62_272E_07BB_0142, seed &+ prime, ~seed, seed &* prime ^ 0x27D4_EB2F_1656_67C5)
    func word(_ offset: Int) -> UInt64 { UInt64(littleEndian: base.loadUnaligned(fromByteOffset: offset, as: UInt64.self)) }
    func mixed(_ lane: UInt64, _ word: UInt64) -> UInt64 {
      let product = (lane ^ word) &* prime
      return product << 31 | product >> 33
    }
    var offset = 0
    while offset + 32 <= bytes.count {
      lanes.0 = mixed(lanes.0, word(offset))
      lanes.1 = mixed(lanes.1, word(offset + 8))
      lanes.2 = mixed(lanes.2, word(offset + 16))
      lanes.3 = mixed(lanes.3, word(offset + 24))
      offset += 32
    }
    while offset < bytes.count {
      lanes.0 = mixed(lanes.0, word(offset))
      offset += 8
    }
    var sum = mixed(mixed(mixed(lanes.0, lanes.1), lanes.2), lanes.3)
    sum = (sum ^ sum >> 29) &* prime
    sum ^= sum >> 32
    return sum == 0 ? 1 : sum
  }
}
