import Base
import Model
import Testing

@testable import Storage

@Suite("Heads that are known without the file")
struct HeadCacheTests {
  @Test("What it says of a key is what was said last, whichever keys had to go meanwhile; and it lets keys go")
  func newest() {
    var random = SplitMix64(seed: 11)
    var cache = HeadCache()
    var model: [Int: RowHead?] = [:]
    var forgotten = 0
    for step in 1...40_000 {
      let number = random.below(random.oneIn(2) ? 9_000 : 300)
      let key = Key([UInt8](repeating: 0x6B, count: 900) + Array("\(number)".utf8))
      if random.oneIn(2) {
        let revision = Revision(UInt64(step))
        let head: RowHead? =
          random.oneIn(5)
          ? nil
          : RowHead(
            createRevision: revision, modRevision: revision, ordinal: 0, version: 1, valueDigest: .zero, valueBytes: 0)
        cache.set(key, head)
        model.updateValue(head, forKey: number)
      } else if let known = cache.head(key) {
        #expect(model[number] == .some(known))
      } else if model[number] != nil {
        forgotten += 1
      }
    }
    #expect(forgotten > 100)
    cache.forget()
    #expect((0..<300).allSatisfy { cache.head(Key([UInt8](repeating: 0x6B, count: 900) + Array("\($0)".utf8))) == nil })
  }
}
