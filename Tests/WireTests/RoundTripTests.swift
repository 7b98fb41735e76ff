import Base
import Raft
import Testing
import Wire

@Suite struct RoundTripTests {
  @Test("a value comes back equal from its form, and its form comes back byte for byte", arguments: Coder.all)
  func roundTrip(_ coder: Coder) {
    var values = Maker(seed: 1)
    var forms = Maker(seed: 2)
    var lost = 0
    for _ in 0..<3_000 {
      if !coder.returns(&values) { lost += 1 }
      let bytes = coder.make(&forms)
      if coder.recode(bytes) != bytes { lost += 1 }
    }
    #expect(lost == 0)
  }

  @Test("the smallest values have a form that is read again", arguments: Coder.all)
  func smallest(_ coder: Coder) {
    var maker = Maker(seed: 3)
    maker.smallest = true
    var lost = 0
    for _ in 0..<200 where !coder.returns(&maker) { lost += 1 }
    #expect(lost == 0)
  }

  @Test("a list of the smallest elements is no forged length")
  func smallestElements() throws {
    var maker = Maker(seed: 4)
    maker.smallest = true
    var status = maker.status()
    status.groups = [maker.groupStatus(), maker.groupStatus()]
    status.groups[1].followers = [maker.follower()]
    status.peers = [NodeStatus.Peer(node: "", isConnected: false, refusal: "", roundTrip: .zero)]
    var map = maker.clusterMap()
    map.nodes = [maker.clusterNode()]
    map.keyspaces = [ClusterMap.Keyspace(name: "", group: GroupID(0), leader: "", term: 0)]
    let history = ReadResult(value: .history([maker.historyItem()], more: false), staleness: nil)
    for body: ClientReply.Body in [.status(status), .cluster(map), .read(history)] {
      let reply = ClientReply(number: 1, header: maker.replyHeader(), body: body)
      #expect(try ClientReply(decoding: reply.encoded) == reply)
    }
    let messages = PeerFrame.messages([maker.message(), maker.message()])
    #expect(try PeerFrame(decoding: messages.encoded) == messages)
  }

  @Test("every shorter beginning of a form is refused, and so is a form with a byte after it", arguments: Coder.all)
  func cutShort(_ coder: Coder) {
    var maker = Maker(seed: 6)
    var accepted = 0
    for _ in 0..<20 {
      let bytes = coder.make(&maker)
      for count in 0..<bytes.count where coder.recode(Array(bytes[..<count])) != nil { accepted += 1 }
      if coder.recode(bytes + [0]) != nil { accepted += 1 }
    }
    #expect(accepted == 0)
  }

  @Test(
    "no flipped bit of a record with a checksum goes unseen",
    arguments: Coder.all.filter { $0.reseal != nil })
  func flippedBits(_ coder: Coder) {
    var maker = Maker(seed: 8)
    var unseen = 0
    for _ in 0..<10 {
      var bytes = coder.make(&maker)
      for bit in 0..<bytes.count * 8 {
        bytes[bit / 8] ^= 1 << UInt8(bit % 8)
        if coder.recode(bytes) != nil { unseen += 1 }
        bytes[bit / 8] ^= 1 << UInt8(bit % 8)
      }
    }
    #expect(unseen == 0)
  }

  @Test("the sizes that formats state are the sizes that they have")
  func sizes() {
    var maker = Maker(seed: 9)
    for _ in 0..<10 {
      let row = maker.storedEntry()
      var header = ByteWriter()
      row.entry.header.write(to: &header)
      #expect(header.count == EntryHeader.byteCount)
      #expect(row.encoded.count == row.byteCount)
      #expect(StoredEntry.bytes(of: row.entry) == row.encoded)
      #expect(maker.hardState().encoded.count == HardStateRecord.byteCount)
    }
  }
}
