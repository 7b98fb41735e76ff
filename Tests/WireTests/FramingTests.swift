import Base
import Raft
import Testing
import Wire

@Suite struct FramingTests {
  @Test("a frame is its length and its value, and waits for a length that has not come whole")
  func frame() throws {
    var writer = ByteWriter()
    writer.u8(0xEE)
    Frame.append(PeerFrame.refused(.doubled), to: &writer)
    #expect(writer.bytes == [0xEE, 4, 0, 0, 0, 3, 1, 0, 8])
    #expect(try Frame.length(in: writer.bytes, at: 1) == 4)
    #expect(try Frame.length(in: [4, 0, 0]) == nil)
    #expect(try Frame.length(in: writer.bytes, at: 6) == nil)
    #expect(throws: DecodeError.invalid(field: "frame length")) { try Frame.length(in: [0, 0, 0, 0]) }
    #expect(throws: DecodeError.tooLong(field: "frame length")) { try Frame.length(in: [1, 0, 0x80, 0]) }
    #expect(try Frame.length(in: [0, 0, 0x80, 0]) == Frame.maximum)
  }

  @Test("messages that are too many or too long for one frame leave in several, in order")
  func split() throws {
    func message(_ term: UInt64, _ bytes: Int) -> GroupMessage {
      let header = EntryHeader(
        epoch: 1, group: GroupID(1), term: Term(1), index: LogIndex(2), kind: .command, logTime: .zero,
        wallTime: .zero, previousHash: .zero)
      let append = AppendRequest(
        previous: EntryID(index: LogIndex(1), term: .zero), previousHash: .zero,
        entries: bytes == 0 ? [] : [Entry(header: header, payload: [UInt8](repeating: 1, count: bytes))],
        commit: .zero, round: Round(1))
      return GroupMessage(
        group: GroupID(1),
        message: Message(from: ReplicaID(1), to: ReplicaID(2), term: Term(term), body: .append(append)))
    }
    func frames(_ messages: [GroupMessage]) throws -> [[GroupMessage]] {
      var writer = ByteWriter()
      PeerFrame.appendFrames(of: messages, to: &writer)
      var frames: [[GroupMessage]] = []
      var offset = 0
      while let length = try Frame.length(in: writer.bytes, at: offset) {
        let start = offset + Frame.lengthByteCount
        guard case .messages(let found) = try PeerFrame(decoding: Array(writer.bytes[start..<start + length])) else {
          Issue.record("no messages")
          break
        }
        frames.append(found)
        offset = start + length
      }
      return frames
    }
    let long = (1...5).map { message(UInt64($0), Limits.commandBytesMax) }
    let longFrames = try frames(long)
    #expect(longFrames.map(\.count) == [1, 1, 1, 1, 1])
    #expect(longFrames.flatMap(\.self) == long)
    let many = (0...UInt64(Bounds.messagesMax)).map { message($0, 0) }
    let manyFrames = try frames(many)
    #expect(manyFrames.map(\.count) == [Bounds.messagesMax, 1])
    #expect(manyFrames.flatMap(\.self) == many)
    #expect(try frames([]).isEmpty)
  }

  @Test("a request that cannot be decoded still tells its number")
  func number() {
    var bytes = ClientRequest(number: 77, body: .status).encoded
    bytes[0] = 0xFF
    #expect((try? ClientRequest(decoding: bytes)) == nil)
    #expect(ClientRequest.number(in: bytes) == 77)
    #expect(ClientRequest.number(in: Array(bytes.prefix(10))) == nil)
  }

  @Test("a preamble is read as soon as it is whole, and not before")
  func preamble() throws {
    for role in ConnectionPreamble.Role.allCases {
      let bytes = ConnectionPreamble(role: role).encoded
      #expect(bytes.count == ConnectionPreamble.byteCount)
      for count in 0..<bytes.count {
        #expect(try ConnectionPreamble(parsing: Array(bytes[..<count]), expecting: role) == nil)
      }
      #expect(try ConnectionPreamble(parsing: bytes + [9], expecting: role)?.role == role)
    }
  }

  @Test(
    "whoever calls the wrong port is told what it looks like",
    arguments: [
      ("GET / HTTP/1.1\r\n", PreambleError.looksLikeHTTP), ("POST /v3/kv", .looksLikeHTTP),
      ("PRI * HTTP/2.0\r\n", .looksLikeHTTP), ("HTTP/1.1 400", .looksLikeHTTP), ("\u{16}\u{3}\u{1}", .looksLikeTLS),
      ("SSH-2.0", .notQuartet), ("QUARTER", .notQuartet), ("G7", .notQuartet), ("\0", .notQuartet),
      ("QUARTETX", .unknownRole(0x58)), ("QUARTETC", .otherRole(.client)), ("QUARTETP\u{2}\0", .unknownVersion(2)),
    ])
  func wrongPort(_ text: String, _ expected: PreambleError) {
    #expect(throws: expected) { try ConnectionPreamble(parsing: Array(text.utf8), expecting: .peer) }
    #expect(!expected.description.isEmpty)
  }

  @Test("what may still become an HTTP request or a TLS hello is not judged yet")
  func undecided() throws {
    for text in ["G", "GET", "PRI * H", "OPTION", "\u{16}"] {
      #expect(try ConnectionPreamble(parsing: Array(text.utf8), expecting: .client) == nil)
    }
  }

  @Test("a file's header says what is wrong with the file")
  func fileHeader() throws {
    let header = FileHeader(kind: .snapshot, epoch: 4, featureLevel: 1, payload: [1, 2, 3])
    let bytes = header.encoded
    func resealed(_ change: (inout [UInt8]) -> Void) -> [UInt8] {
      var body = Array(bytes.dropLast(32))
      change(&body)
      return body + Digest(of: body).bytes
    }
    func reading(_ bytes: [UInt8]) -> FileHeaderError? {
      do {
        _ = try FileHeader(decoding: bytes, expecting: .snapshot)
        return nil
      } catch {
        return error
      }
    }
    #expect(try FileHeader.byteCount(of: Array(bytes.prefix(FileHeader.prefixByteCount))) == bytes.count)
    #expect(reading(bytes) == nil)
    #expect(reading([]) == .truncated)
    #expect(reading(Array("QTE".utf8)) == .truncated)
    #expect(reading(Array("SQLite format 3\0".utf8)) == .notOurs)
    #expect(reading(Array(bytes.dropLast())) == .truncated)
    #expect(reading(bytes + [0]) == .trailing(count: 1))
    #expect(reading(bytes.dropLast() + [bytes[bytes.count - 1] ^ 1]) == .damaged)
    #expect(reading(resealed { $0[4] = 1 }) == .otherKind(1))
    #expect(reading(resealed { $0[5] = 2 }) == .unknownVersion(2))
    #expect(reading(resealed { $0[11] = 200 }) == .newerFeatureLevel(200))
    #expect(reading(resealed { $0[16] = 0xFF }) == .damaged)
  }

  @Test("each refusal tells its own reason, and what is refused can be told apart")
  func refusals() {
    let refusals: [PeerRefusal] = [
      .version(2...3), .otherCluster(Golden.id), .otherEpoch(9), .notAMember, .wrongCallee(Golden.wales),
      .otherStore(bound: Golden.id), .olderBoot(seen: 7), .doubled,
      .logShrank(group: GroupID(2), acknowledged: LogIndex(50), last: LogIndex(40)), .noGenesis,
    ]
    #expect(Set(refusals.map(\.description)).count == refusals.count)
    #expect(PeerRefusal.otherStore(bound: Golden.id).description.contains(Golden.id.description))
    #expect(refusals[8].description.contains("through entry 50 and now ends at 40"))
  }
}
