/// Bytes that were read and not consumed yet. The socket is read straight into it; consuming moves no byte, and growing
/// or making room moves what is unread once.
public struct InputBuffer: Sendable {
  private var storage: [UInt8] = []
  private var head = 0
  private var tail = 0
  /// The peer has ended its side: nothing follows the bytes that are here.
  public internal(set) var isEnded = false

  private static let smallest = 4_096
  /// An empty buffer larger than this gives its memory back: an idle connection after a large message stays small.
  private static let keptWhenEmpty = 64 << 10

  public init() {}

  /// For tests and for bytes that came by another way than a socket.
  public init(_ bytes: [UInt8]) {
    storage = bytes
    tail = bytes.count
  }

  /// Unread bytes.
  public var count: Int { tail - head }
  public var isEmpty: Bool { tail == head }

  /// The unread byte at `index`, counted from the first unread one.
  public subscript(index: Int) -> UInt8 {
    precondition(index >= 0 && index < count, "byte \(index) of \(count)")
    return storage[head + index]
  }

  /// Shows the unread bytes without copying them.
  public func withSpan<Result, Failure: Error>(
    _ body: (Span<UInt8>) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    try body(storage.span.extracting(head..<tail))
  }

  /// Declares the first `amount` unread bytes as read.
  public mutating func consume(_ amount: Int) {
    precondition(amount >= 0 && amount <= count, "consuming \(amount) of \(count) bytes")
    head += amount
    if head == tail { reset() }
  }

  /// Takes the first `amount` unread bytes out, copied.
  public mutating func take(_ amount: Int) -> [UInt8] {
    precondition(amount >= 0 && amount <= count, "taking \(amount) of \(count) bytes")
    let bytes = Array(storage[head..<head + amount])
    consume(amount)
    return bytes
  }

  /// Moves the first `amount` unread bytes to the end of `bytes`.
  public mutating func take(_ amount: Int, appendingTo bytes: inout [UInt8]) {
    precondition(amount >= 0 && amount <= count, "taking \(amount) of \(count) bytes")
    bytes.append(contentsOf: storage[head..<head + amount])
    consume(amount)
  }

  /// Forgets every unread byte.
  public mutating func removeAll() {
    head = tail
    reset()
  }

  public mutating func append(_ bytes: some Collection<UInt8>) {
    makeRoom(for: bytes.count)
    let end = tail
    storage.withUnsafeMutableBytes { memory in
      UnsafeMutableRawBufferPointer(rebasing: memory[end..<end + bytes.count]).copyBytes(from: bytes)
    }
    tail += bytes.count
  }

  private mutating func reset() {
    head = 0
    tail = 0
    if storage.count > Self.keptWhenEmpty { storage = [] }
  }

  /// Lets `read` fill free memory behind the unread bytes, of at least `minimum` bytes, and adds as many as it returns.
  mutating func fill(minimum: Int, _ read: (UnsafeMutableRawBufferPointer) -> Int) -> Int {
    makeRoom(for: minimum)
    let start = tail
    let amount = storage.withUnsafeMutableBytes { memory in
      read(UnsafeMutableRawBufferPointer(rebasing: memory[start...]))
    }
    if amount > 0 { tail += amount }
    return amount
  }

  /// Free bytes behind the unread ones, without moving anything.
  var room: Int { storage.count - tail }

  /// Gives the memory of an empty buffer back.
  mutating func releaseIfEmpty() {
    if isEmpty { storage = [] }
  }

  private mutating func makeRoom(for needed: Int) {
    guard storage.count - tail < needed else { return }
    let unread = count
    // Half of the memory must come free, or a long unread rest would be moved for every few bytes read.
    if unread + needed <= storage.count / 2 {
      let (from, end) = (head, tail)
      storage.withUnsafeMutableBytes { memory in
        guard let base = memory.baseAddress else { return }
        base.copyMemory(from: base + from, byteCount: end - from)
      }
    } else {
      let size = max(Self.smallest, max(unread + needed, storage.count * 2))
      var grown = [UInt8](repeating: 0, count: size)
      storage.withUnsafeBytes { old in
        grown.withUnsafeMutableBytes { $0.copyMemory(from: UnsafeRawBufferPointer(rebasing: old[head..<tail])) }
      }
      storage = grown
    }
    head = 0
    tail = unread
  }
}
