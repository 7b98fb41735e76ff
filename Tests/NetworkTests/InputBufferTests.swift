import Base
import Network
import Testing

@Suite struct InputBufferTests {
  @Test("Bytes come out in the order in which they went in, whatever the pieces")
  func order() {
    var random = SplitMix64(seed: 7)
    var buffer = InputBuffer()
    var (written, read) = (0, 0)
    var wrong = 0
    for _ in 0..<20_000 {
      let pieces = Int(random.next() % 3_000)
      if random.next() % 2 == 0 {
        buffer.append((0..<pieces).map { UInt8(truncatingIfNeeded: (written + $0) % 251) })
        written += pieces
      } else {
        let amount = min(pieces, buffer.count)
        let bytes = buffer.take(amount)
        for (offset, byte) in bytes.enumerated() where byte != UInt8((read + offset) % 251) { wrong += 1 }
        read += amount
      }
      if buffer.count != written - read { wrong += 1 }
    }
    #expect(wrong == 0)
  }

  @Test("A frame is found at whichever byte the stream is split")
  func splitFrames() throws {
    let payloads: [[UInt8]] = [[1, 2, 3], [], Array(repeating: 9, count: 300), [255]]
    var stream: [UInt8] = []
    for payload in payloads { Frame.append(payload, to: &stream) }
    for split in 0...stream.count {
      var buffer = InputBuffer()
      var found: [[UInt8]] = []
      for part in [stream[..<split], stream[split...]] {
        buffer.append(part)
        while let frame = try buffer.nextFrame(max: 300) { found.append(frame) }
      }
      #expect(found == payloads)
      #expect(buffer.isEmpty)
    }
  }

  @Test("An impossible length is refused once its four bytes are here, before any byte of it")
  func impossibleLength() throws {
    var buffer = InputBuffer([0xff, 0xff, 0xff, 0xff])
    #expect(throws: FrameError.tooLong(length: 0xffff_ffff, limit: 1_000)) { try buffer.nextFrame(max: 1_000) }
    var incomplete = InputBuffer([0xff, 0xff, 0xff])
    #expect(try incomplete.nextFrame(max: 1_000) == nil)
  }

  @Test("A frame's length counts what its writer appended")
  func frameWriter() throws {
    var bytes: [UInt8] = [42]
    Frame.append(to: &bytes) { $0 += [7, 8] }
    #expect(bytes == [42, 2, 0, 0, 0, 7, 8])
  }
}

@Suite struct AddressTests {
  @Test(
    "Literal addresses are read and shown as they were", arguments: ["127.0.0.1:7400", "[::1]:0", "localhost:65535"])
  func roundTrip(text: String) throws {
    #expect(try Address(parsing: text).description == text)
    #expect(try Address(parsing: text).isLoopback)
  }

  @Test(
    "What is no literal address is refused",
    arguments: [
      "", ":", "127.0.0.1", "127.0.0.1:", ":7400", "127.0.0.1:65536", "127.0.0.1:-1", "127.0.0.1:+1", "::1:7400",
      "[::1]",
      "[127.0.0.1]:1", "example.org:80", "1.2.3:80", "[]:1", "127.0.0.1:7 ",
    ])
  func refused(text: String) {
    #expect(throws: NetworkError.invalidAddress(text)) { try Address(parsing: text) }
  }
}
