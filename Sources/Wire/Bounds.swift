public import Base
import Raft

/// What decoders hold numbers, texts and lists to, beyond the published ``Base/Limits``.
///
/// Arithmetic traps on overflow, so a forged number near the end of its type could stop the process far from where it
/// came in. Within these bounds nothing that the program adds up can overflow.
public enum Bounds {
  /// Indexes, terms, revisions, rounds, counters, sizes: also what a signed 64-bit column of SQLite holds.
  public static let counterMax: UInt64 = 1 << 62
  /// 36 years. A longer interval is *written* as this one and a negative one as zero (they are measurements, and
  /// "never" is no number); anything outside is refused when read.
  public static let intervalMax = Interval(nanoseconds: 1 << 60)
  /// Log times: a group's age, so the same 36 years.
  public static let logTimeMax = LogTime(nanoseconds: 1 << 60)
  /// A limit that a query states; what is really given is bounded by ``Base/Limits``.
  public static let queryLimitMax = Int(Int32.max)
  /// Bytes of a name: node, nation, supplier, keyspace, role.
  public static let nameBytesMax = 63
  /// Bytes of an address, `host:port`.
  public static let addressBytesMax = 300
  /// Bytes of a text for people. A longer one is *written* cut off at a character: it is no reason to lose an answer.
  public static let proseBytesMax = 4_096
  /// Bytes of a key that bounds a range: one more than a key has, for the successor of the longest key.
  public static let boundBytesMax = Limits.keyBytesMax + 1
  /// Bytes of an encoded ``Model/CommandResult``: it has to fit a frame.
  public static let resultBytesMax = Limits.frameBytesMax - 65_536
  /// Bytes of an encoded ``Genesis``.
  public static let genesisBytesMax = 1 << 20
  /// Nodes of a cluster.
  public static let nodesMax = 1_024
  /// Groups of a cluster.
  public static let groupsMax = 4_096
  /// Messages in one frame; ``PeerFrame/appendFrames(of:to:)`` starts another one.
  public static let messagesMax = 4_096
  /// Rows that one ``DigestResult`` lists.
  public static let digestRowsMax = 65_536
  /// Bytes of what one of our own files says of itself.
  public static let filePayloadBytesMax = 2 << 20
}

extension ByteWriter {
  mutating func interval(_ value: Interval) {
    i64(min(max(value, .zero), Bounds.intervalMax).nanoseconds)
  }

  /// A text for people, cut off at its limit.
  mutating func prose(_ value: String) {
    guard value.utf8.count > Bounds.proseBytesMax else { return text(value) }
    var count = 0
    var cut = String.UnicodeScalarView()
    for scalar in value.unicodeScalars {
      count += UTF8.width(scalar)
      guard count <= Bounds.proseBytesMax else { break }
      cut.append(scalar)
    }
    text(String(cut))
  }

  mutating func versions(_ value: ClosedRange<UInt16>) {
    u16(value.lowerBound)
    u16(value.upperBound)
  }

  mutating func count(_ value: Int) { u32(UInt32(value)) }

  mutating func list<Element: WirePart>(_ values: [Element]) {
    count(values.count)
    for value in values { value.write(to: &self) }
  }

  mutating func names(_ values: [String]) {
    count(values.count)
    for value in values { text(value) }
  }
}

extension ByteReader {
  mutating func counter(_ field: StaticText) throws(DecodeError) -> UInt64 {
    let value = try u64(field)
    guard value <= Bounds.counterMax else { throw .invalid(field: field) }
    return value
  }

  mutating func index(_ field: StaticText) throws(DecodeError) -> LogIndex { LogIndex(try counter(field)) }
  mutating func term(_ field: StaticText) throws(DecodeError) -> Term { Term(try counter(field)) }
  mutating func revision(_ field: StaticText) throws(DecodeError) -> Revision { Revision(try counter(field)) }
  mutating func group(_ field: StaticText) throws(DecodeError) -> GroupID { GroupID(try u32(field)) }

  /// Any replica but 0, which is none.
  mutating func replica(_ field: StaticText) throws(DecodeError) -> ReplicaID {
    let value = try counter(field)
    guard value > 0 else { throw .invalid(field: field) }
    return ReplicaID(value)
  }

  /// A configuration's canonical form; the new id of a further replica must not overflow.
  mutating func configuration(_ field: StaticText) throws(DecodeError) -> Configuration {
    let value = try Configuration(from: &self)
    for member in value.members where !(1...Bounds.counterMax).contains(member.replica.rawValue) {
      throw .invalid(field: field)
    }
    return value
  }

  mutating func interval(_ field: StaticText) throws(DecodeError) -> Interval {
    let value = Interval(nanoseconds: try i64(field))
    guard value >= .zero, value <= Bounds.intervalMax else { throw .invalid(field: field) }
    return value
  }

  mutating func logTime(_ field: StaticText) throws(DecodeError) -> LogTime {
    let value = LogTime(nanoseconds: try i64(field))
    guard value >= .zero, value <= Bounds.logTimeMax else { throw .invalid(field: field) }
    return value
  }

  /// A 64-bit number from 0 through `limit`.
  mutating func natural(_ field: StaticText, limit: Int) throws(DecodeError) -> Int {
    let value = try i64(field)
    guard value >= 0, value <= Int64(limit) else { throw .invalid(field: field) }
    return Int(value)
  }

  mutating func name(_ field: StaticText) throws(DecodeError) -> String {
    try text(field, limit: Bounds.nameBytesMax)
  }

  mutating func prose(_ field: StaticText) throws(DecodeError) -> String {
    try text(field, limit: Bounds.proseBytesMax)
  }

  mutating func node(_ field: StaticText) throws(DecodeError) -> NodeID {
    guard let node = NodeID(try name(field)) else { throw .invalid(field: field) }
    return node
  }

  /// A range of versions: from 1, not empty.
  mutating func versions(_ field: StaticText) throws(DecodeError) -> ClosedRange<UInt16> {
    let low = try u16(field)
    let high = try u16(field)
    guard low >= 1, low <= high else { throw .invalid(field: field) }
    return low...high
  }

  /// The version that stands before a format.
  mutating func version(_ known: UInt16, _ field: StaticText) throws(DecodeError) {
    let version = try u16(field)
    guard version == known else { throw .unknownVersion(version) }
  }

  /// The key of a row: never empty.
  mutating func key(_ field: StaticText) throws(DecodeError) -> Key {
    let bytes = try blob(field, limit: Limits.keyBytesMax)
    guard !bytes.isEmpty else { throw .invalid(field: field) }
    return Key(bytes)
  }

  /// A key that bounds a range.
  mutating func bound(_ field: StaticText) throws(DecodeError) -> Key {
    Key(try blob(field, limit: Bounds.boundBytesMax))
  }

  mutating func list<Element: WirePart>(
    _ field: StaticText, limit: Int, each minimum: Int
  ) throws(DecodeError) -> [Element] {
    let count = try self.count(field, limit: limit, each: minimum)
    var values: [Element] = []
    values.reserveCapacity(count)
    for _ in 0..<count { values.append(try Element(from: &self)) }
    return values
  }

  mutating func names(_ field: StaticText, limit: Int) throws(DecodeError) -> [String] {
    var values: [String] = []
    for _ in 0..<(try count(field, limit: limit, each: 4)) { values.append(try name(field)) }
    return values
  }

  /// Refuses neighbours that do not ascend: a list by group has one order and each group once.
  func ascending<Element, Place: Comparable>(
    _ values: [Element], by place: (Element) -> Place, _ field: StaticText
  ) throws(DecodeError) {
    for (left, right) in zip(values, values.dropFirst()) where place(left) >= place(right) {
      throw .invalid(field: field)
    }
  }
}
