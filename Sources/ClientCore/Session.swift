import Base

/// The client's side of one replicated session: which sequence comes next, and below which everything is settled.
struct Session: Sendable {
  let id: UInt64
  private(set) var next: UInt64 = 1
  /// Invariant: every sequence below is settled; `next - lowest` is at most ``Base/Limits/sessionWindowMax``.
  private(set) var lowest: UInt64 = 1
  /// Whether sequence s of the window is settled, at s modulo the window.
  private var settled = [Bool](repeating: true, count: Limits.sessionWindowMax)
  /// When a command of it was last seen applied: its time to live counts from a moment not after this.
  var lastUsed: Moment

  init(id: UInt64, at now: Moment) {
    self.id = id
    lastUsed = now
  }

  /// Whether a command is on its way.
  var isBusy: Bool { lowest < next }
  var hasRoom: Bool { next - lowest < UInt64(Limits.sessionWindowMax) }

  /// Gives out the next sequence.
  mutating func take() -> UInt64 {
    precondition(hasRoom, "a window of \(next - lowest)")
    settled[position(next)] = false
    next += 1
    return next - 1
  }

  /// The caller has its answer, or was told that there is none: nobody will ask for this sequence again.
  mutating func settle(_ sequence: UInt64) {
    precondition(sequence >= lowest && sequence < next, "sequence \(sequence) outside \(lowest)..<\(next)")
    settled[position(sequence)] = true
    while lowest < next, settled[position(lowest)] { lowest += 1 }
  }

  private func position(_ sequence: UInt64) -> Int { Int(sequence % UInt64(Limits.sessionWindowMax)) }
}
