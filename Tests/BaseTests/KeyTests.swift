import Base
import Testing

@Suite("Keys")
struct KeyTests {
  @Test("Order, equality and hash are those of the bytes, wherever two keys differ and however long they are")
  func bytes() {
    var random = SplitMix64(seed: 5)
    for _ in 0..<20_000 {
      var left = (0..<random.below(20)).map { _ in UInt8(random.below(3) == 0 ? 0xFF : random.below(2)) }
      var right = left
      switch random.below(4) {
      case 0: right.removeLast(random.below(right.count + 1))
      case 1: left += [0]
      case 2: if !right.isEmpty { right[random.below(right.count)] ^= UInt8(1 << random.below(8)) }
      default: break
      }
      let (one, other) = (Key(left), Key(right))
      #expect((one < other) == left.lexicographicallyPrecedes(right))
      #expect((other < one) == right.lexicographicallyPrecedes(left))
      #expect((one == other) == (left == right))
      #expect((Set([one, other]).count == 1) == (left == right))
    }
  }
}
