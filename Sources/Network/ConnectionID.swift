import Synchronization

/// Names a connection; never used twice in a process, so a late use of a closed one is harmless.
public struct ConnectionID: Hashable, Sendable, CustomStringConvertible {
  /// A serial number above, the reactor's slot in the low ``slotBits``: a look-up costs no hashing.
  let raw: UInt64
  static let slotBits: UInt64 = 24
  static let slotsMax = 1 << 24

  init(slot: Int) { raw = nextSerial() << Self.slotBits | UInt64(slot) }
  init(raw: UInt64) { self.raw = raw }

  var slot: Int { Int(raw & (1 << Self.slotBits - 1)) }
  public var description: String { "connection \(raw >> Self.slotBits)" }
}

/// Names a listening socket; never used twice in a process.
public struct ListenerID: Hashable, Sendable, CustomStringConvertible {
  let raw: UInt64
  init() { raw = nextSerial() }
  init(raw: UInt64) { self.raw = raw }
  public var description: String { "listener \(raw)" }
}

private let serial = Atomic<UInt64>(0)
private func nextSerial() -> UInt64 { serial.wrappingAdd(1, ordering: .relaxed).newValue }
