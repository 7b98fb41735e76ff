import Base
import Glibc
import Testing
import Wire

/// Changes bytes as a fault or a forger would.
struct Mutator {
  var random: SplitMix64
  private static let numbers: [UInt64] = [
    0, 1, 2, 31, 32, 255, 256, 1_024, 1_025, 65_535, 65_536, 1 << 20, (1 << 20) + 1, 0x7FFF_FFFF, 0x8000_0000,
    0xFFFF_FFFF, 1 << 60, 1 << 62, (1 << 62) + 1, .max >> 1, .max,
  ]

  mutating func mutate(_ input: [UInt8], with other: [UInt8]) -> [UInt8] {
    var bytes = input
    for _ in 0...random.below(3) {
      guard !bytes.isEmpty else { return other }
      let place = random.below(bytes.count)
      switch random.below(9) {
      case 0: bytes[place] ^= 1 << UInt8(random.below(8))
      case 1: bytes[place] = UInt8(truncatingIfNeeded: random.next())
      case 2: write(4, at: place, in: &bytes)
      case 3: write(8, at: place, in: &bytes)
      case 4: bytes.removeSubrange(place...)
      case 5: bytes.removeSubrange(place..<min(bytes.count, place + 1 + random.below(8)))
      case 6: bytes.insert(contentsOf: [UInt8](repeating: 0, count: 1 + random.below(8)), at: place)
      case 7: bytes.insert(contentsOf: bytes[place..<min(bytes.count, place + 32)], at: place)
      default: bytes = Array(bytes[..<place]) + other.suffix(from: min(place, other.count))
      }
    }
    return bytes
  }

  private mutating func write(_ width: Int, at place: Int, in bytes: inout [UInt8]) {
    let number = Self.numbers[random.below(Self.numbers.count)]
    for offset in 0..<min(width, bytes.count - place) {
      bytes[place + offset] = UInt8(truncatingIfNeeded: number >> UInt64(8 * offset))
    }
  }
}

@Suite struct FuzzTests {
  static let inputs = 100_000

  @Test("whatever bytes come, a decoder gives a value whose only form they are, or refuses", arguments: Coder.all)
  func fuzz(_ coder: Coder) {
    var maker = Maker(seed: 17)
    var mutator = Mutator(random: SplitMix64(seed: 23))
    var corpus = Golden.samples.filter { $0.coder == coder.name && $0.bytes.count < 4_096 }.map(\.bytes)
    for _ in 0..<200 { corpus.append(coder.make(&maker)) }
    var decoded = 0
    var refused = 0
    var unfaithful: [[UInt8]] = []
    for _ in 0..<Self.inputs {
      let seed = corpus[mutator.random.below(corpus.count)]
      var input = mutator.mutate(seed, with: corpus[mutator.random.below(corpus.count)])
      if let reseal = coder.reseal, !mutator.random.oneIn(4) { input = reseal(input) }
      if let output = coder.recode(input) {
        decoded += 1
        if output != input { unfaithful.append(input) }
      } else {
        refused += 1
      }
    }
    #expect(unfaithful.isEmpty, "\(unfaithful.first.map(hexDump) ?? "")")
    #expect(decoded > Self.inputs / 100, "the mutations hardly ever get through, so they test little")
    #expect(refused > Self.inputs / 100)
    #expect(peakMemory() < 1 << 30, "a forged length made a decoder reserve memory that no bytes back")
  }

  @Test("random bytes never stop the preamble, frame length or file prefix readers")
  func prefixes() {
    var mutator = Mutator(random: SplitMix64(seed: 5))
    var seeds = ConnectionPreamble.Role.allCases.map { ConnectionPreamble(role: $0).encoded }
    seeds += ["GET / HTTP/1.1\r\n", "PRI * HTTP/2.0\r\n\r\n", "\u{16}\u{3}\u{1}"].map { Array($0.utf8) }
    seeds.append(FileHeader(kind: .reserve, epoch: 1, featureLevel: 1, payload: []).encoded)
    var wrong = 0
    for _ in 0..<Self.inputs {
      let input = mutator.mutate(
        seeds[mutator.random.below(seeds.count)], with: seeds[mutator.random.below(seeds.count)])
      let preamble = try? ConnectionPreamble(parsing: input, expecting: .peer)
      if let preamble, preamble.encoded != Array(input.prefix(10)) { wrong += 1 }
      if let length = try? Frame.length(in: input), length > Frame.maximum || length <= 0 { wrong += 1 }
      if let count = try? FileHeader.byteCount(of: input), count > Bounds.filePayloadBytesMax + 64 { wrong += 1 }
      let number = input.count < 11 ? nil : input[3..<11].reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
      if ClientRequest.number(in: input) != number { wrong += 1 }
    }
    #expect(wrong == 0)
  }

  private func peakMemory() -> Int {
    var usage = rusage()
    getrusage(RUSAGE_SELF.rawValue, &usage)
    return usage.ru_maxrss * 1_024
  }
}
