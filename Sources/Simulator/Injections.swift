public import Base

/// A fault that took effect. Its number is its name: it is the same fault, at the same moment and drawn from the same
/// generator, in every run of the seed, whichever of the others are left out.
public struct Injection: Hashable, Sendable {
  /// In the order in which the seed draws faults; numbers of those that had no effect are missing.
  public var number: Int
  /// Since the start of the world, without what was leapt over.
  public var at: Interval
  public var kinds: [FaultKind]
  /// What was done to whom.
  public var text: String

  public init(number: Int, at: Interval, kinds: [FaultKind], text: String) {
    self.number = number
    self.at = at
    self.kinds = kinds
    self.text = text
  }
}

/// Numbers the faults of a run and takes down what came of each.
struct Injections {
  private(set) var all: [Injection] = []
  private var next = 0
  /// The fault that is being injected.
  private var current: Injection?

  mutating func begin(at moment: Interval) -> Int {
    defer { next += 1 }
    current = Injection(number: next, at: moment, kinds: [], text: "")
    return next
  }

  /// Only what counted as a fault, or was told of, is one: the seed may have drawn a kind that is switched off, or found
  /// nobody to harm.
  mutating func end() {
    if let current, !current.kinds.isEmpty || !current.text.isEmpty { all.append(current) }
    current = nil
  }

  /// The number of the fault that is being injected, until it was told of.
  var undescribed: Int? { current.flatMap { $0.text.isEmpty ? $0.number : nil } }
  mutating func describe(_ text: String) { if undescribed != nil { current?.text = text } }
  mutating func took(_ kind: FaultKind) { current?.kinds.append(kind) }
}

extension World {
  /// Draws and injects the next fault. What it draws comes from a generator of its own, so that leaving one fault out
  /// shifts neither the moments nor the parameters of the others.
  func injectNext() {
    guard !isHealing else { return }
    let number = injections.begin(at: lived)
    defer { injections.end() }
    let common = random
    defer { random = common }
    random = SplitMix64(seed: options.seed, stream: UInt64(number))
    queue.schedule(.fault, at: now + random.interval(.milliseconds(50), plan.faultEvery * 2))
    guard options.keeps(number) else { return }
    fault()
  }
}
