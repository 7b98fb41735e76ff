import Base
import Model
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

  /// Lists are long enough that a stated smallest size that is one byte too great asks for more bytes than there are.
  @Test("a list of the smallest elements is no forged length")
  func smallestElements() throws {
    var maker = Maker(seed: 4)
    maker.smallest = true
    func many<Element>(_ make: (inout Maker) -> Element) -> [Element] { (0..<30).map { _ in make(&maker) } }
    var groups = maker.status()
    groups.groups = many { $0.groupStatus() }
    var followers = maker.status()
    followers.groups = [maker.groupStatus()]
    followers.groups[0].followers = many { $0.follower() }
    var voters = maker.status()
    voters.groups = [maker.groupStatus()]
    voters.groups[0].outgoing = many { _ in "" }
    var peers = maker.status()
    peers.peers = many { _ in NodeStatus.Peer(node: "", isConnected: false, refusal: "", roundTrip: .zero) }
    var nodes = maker.clusterMap()
    nodes.nodes = many { $0.clusterNode() }
    var keyspaces = maker.clusterMap()
    keyspaces.keyspaces = many { _ in ClusterMap.Keyspace(name: "", group: GroupID(0), leader: "", term: 0) }
    let rows = RangeResult(items: many { $0.row() }, more: false, count: 0)
    let history = ReadResult.Value.history(many { $0.historyItem() }, more: false)
    let bodies: [ClientReply.Body] = [
      .status(groups), .status(followers), .status(voters), .status(peers), .cluster(nodes), .cluster(keyspaces),
      .read(ReadResult(value: .range(rows), staleness: nil)), .read(ReadResult(value: history, staleness: nil)),
    ]
    for body in bodies {
      let reply = ClientReply(number: 1, header: maker.replyHeader(), body: body)
      #expect(try ClientReply(decoding: reply.encoded) == reply)
    }
    var messages = many { $0.message() }
    for place in messages.indices { messages[place].message.body = .timeoutNow }
    #expect(try PeerFrame(decoding: PeerFrame.messages(messages).encoded) == .messages(messages))
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
