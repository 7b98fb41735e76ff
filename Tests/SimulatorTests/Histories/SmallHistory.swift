import Base
import Simulator

/// Histories small enough to try every order of their operations: what the real checker is held against.
enum SmallHistory {
  static func draw(_ random: inout SplitMix64) -> [Operation] {
    let count = 1 + random.below(6)
    return (0..<count).map { place in
      let from = Int64(random.below(12))
      let to = from + 1 + Int64(random.below(6))
      let value = { (random: inout SplitMix64) in random.oneIn(4) ? nil : UInt64(1 + random.below(3)) }
      let (kind, answers): (Operation.Kind, [Operation.Answer]) =
        switch random.below(7) {
        case 0, 1: (.write(UInt64(1 + random.below(3))), [.written, .written, .written, .unknown, .notApplied])
        case 2: (.delete, [.written, .written, .unknown, .notApplied])
        case 3, 4:
          (
            .swap(expected: value(&random), new: UInt64(1 + random.below(3))),
            [.swapped(true), .swapped(true), .swapped(false), .unknown, .notApplied]
          )
        default: (.read, [.value(value(&random))])
        }
      let answer = answers[random.below(answers.count)]
      return Operation(
        client: place, key: 0, kind: kind, invoked: Moment(nanoseconds: from),
        returned: answer == .unknown ? .never : Moment(nanoseconds: to), answer: answer)
    }
  }

  /// Tries every subset of the unknown as having happened, and every order of what happened.
  static func isLinearizable(_ history: [Operation]) -> Bool {
    let certain = history.filter { $0.answer != .unknown && $0.answer != .notApplied }
    let unknown = history.filter { $0.answer == .unknown && $0.kind != .read }
    return (0..<(1 << unknown.count)).contains { chosen in
      let happened = certain + unknown.indices.filter { chosen >> $0 & 1 == 1 }.map { unknown[$0] }
      return someOrder(of: happened, [])
    }
  }

  private static func someOrder(of left: [Operation], _ taken: [Operation]) -> Bool {
    if left.isEmpty { return explains(taken) }
    return left.indices.contains { place in
      var rest = left
      let next = rest.remove(at: place)
      // Nothing is put behind what began after it had ended.
      guard !taken.contains(where: { next.returned < $0.invoked }) else { return false }
      return someOrder(of: rest, taken + [next])
    }
  }

  private static func explains(_ order: [Operation]) -> Bool {
    var value: UInt64?
    for operation in order {
      switch (operation.kind, operation.answer) {
      case (.write(let new), _): value = new
      case (.delete, _): value = nil
      case (.swap(let expected, let new), .swapped(let succeeded)):
        guard succeeded == (value == expected) else { return false }
        if succeeded { value = new }
      case (.swap(let expected, let new), _): if value == expected { value = new }
      case (.read, .value(let seen)): guard seen == value else { return false }
      case (.read, _): return false
      }
    }
    return true
  }
}
