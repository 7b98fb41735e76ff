internal import Base
internal import Raft
internal import Wire

/// Rows of `raft.db` that stand for themselves: version first, SHA-256 of all before it last. A row whose checksum does
/// not fit is refused, for each of them would have the node promise what it cannot keep.
enum SealedRow {
  static let version: UInt16 = 1

  static func seal(_ write: (inout ByteWriter) -> Void) -> [UInt8] {
    var writer = ByteWriter()
    writer.u16(version)
    write(&writer)
    writer.digest(Digest(of: writer.bytes))
    return writer.bytes
  }

  /// Checks `bytes` and reads what stands between version and checksum.
  /// - Throws: `.corrupt` with `what`, `.unknownFormat` for a row of a newer program.
  static func open<Value>(
    _ bytes: [UInt8], _ what: StaticText, _ read: (inout ByteReader) throws(DecodeError) -> Value
  ) throws(StorageError) -> Value {
    do throws(DecodeError) {
      guard bytes.count >= 34 else { throw .truncated(field: what) }
      let body = bytes.count - 32
      var checksum = ByteReader(bytes, body..<bytes.count)
      guard try checksum.digest(what) == Digest(of: Array(bytes[..<body])) else { throw .invalid(field: what) }
      var reader = ByteReader(bytes, 0..<body)
      let found = try reader.u16(what)
      guard found == version else { throw .unknownVersion(found) }
      let value = try read(&reader)
      try reader.finish()
      return value
    } catch {
      throw error.storage(what)
    }
  }
}

extension DecodeError {
  /// What bytes of our own that do not decode mean: a newer program's, or damaged.
  func storage(_ what: StaticText) -> StorageError {
    if case .unknownVersion(let version) = self { return .unknownFormat(version: UInt32(version)) }
    return .corrupt(what: what)
  }
}

/// Who the store is.
struct StoreIdentity: Hashable {
  var store: Identifier
  var bootCount: UInt64
  /// What was found damaged and has not been caught up; empty when nothing.
  var damage: String

  static let damageBytesMax = 4_096

  var row: [UInt8] {
    SealedRow.seal { writer in
      writer.identifier(store)
      writer.u64(bootCount)
      writer.text(damage)
    }
  }

  init(store: Identifier, bootCount: UInt64, damage: String) {
    self.store = store
    self.bootCount = bootCount
    self.damage = damage
  }

  init(row: [UInt8]) throws(StorageError) {
    self = try SealedRow.open(row, StorageWords.identity) { (reader) throws(DecodeError) in
      StoreIdentity(
        store: try reader.identifier("store"), bootCount: try reader.u64("boot count"),
        damage: try reader.text("damage", limit: Self.damageBytesMax))
    }
  }

  /// Adds `text`, which holds nobody's data, as long as there is room.
  mutating func addDamage(_ text: String) {
    guard !damage.contains(text) else { return }
    let joined = damage.isEmpty ? text : damage + "; " + text
    if joined.utf8.count <= Self.damageBytesMax { damage = joined }
  }
}

/// Where a group's log begins and which state file is in force.
extension GroupShape {
  var placeRow: [UInt8] {
    SealedRow.seal { writer in
      writer.u32(group.rawValue)
      writer.u64(snapshot.mark.index.rawValue)
      writer.u64(snapshot.mark.term.rawValue)
      writer.digest(snapshot.mark.hash)
      writer.i64(snapshot.mark.logTime.nanoseconds)
      snapshot.configuration.write(to: &writer)
      writer.u64(snapshot.configurationIndex.rawValue)
      writer.u64(base)
      writer.text(stateFile)
    }
  }

  init(group expected: GroupID, hardStateRow: [UInt8], placeRow: [UInt8]) throws(StorageError) {
    let hard: HardStateRecord
    do throws(DecodeError) { hard = try HardStateRecord(decoding: hardStateRow) } catch {
      throw error.storage(StorageWords.hardState)
    }
    guard hard.group == expected else { throw .corrupt(what: StorageWords.hardState) }
    self = try SealedRow.open(placeRow, StorageWords.place) { (reader) throws(DecodeError) in
      guard GroupID(try reader.u32("group")) == expected else { throw .invalid(field: "group") }
      let mark = LogMark(
        index: LogIndex(try reader.u64("index")), term: Term(try reader.u64("term")),
        hash: try reader.digest("hash"), logTime: LogTime(nanoseconds: try reader.i64("log time")))
      let snapshot = SnapshotMark(
        mark: mark, configuration: try Configuration(from: &reader),
        configurationIndex: LogIndex(try reader.u64("configuration index")))
      return GroupShape(
        expected, hard.state, snapshot, base: try reader.u64("base"), stateFile: try reader.text("state file"))
    }
  }

  private init(
    _ group: GroupID, _ hardState: HardState, _ snapshot: SnapshotMark, base: UInt64, stateFile: String
  ) {
    self.group = group
    self.hardState = hardState
    self.snapshot = snapshot
    self.base = base
    self.stateFile = stateFile
    last = snapshot.mark
  }
}

/// What an administrator is told when `raft.db` cannot be trusted. One remedy: another copy of the data is elsewhere,
/// another copy of this node's promises is not.
enum StorageWords {
  static let identity: StaticText =
    "raft.db: the store's identity; keep the directory aside, remove this node and add it again with an empty one"
  static let hardState: StaticText =
    "raft.db: a term and vote; keep the directory aside, remove this node and add it again with an empty one"
  static let place: StaticText =
    "raft.db: where a log begins; keep the directory aside, remove this node and add it again with an empty one"
  static let genesis: StaticText =
    "raft.db: the genesis record; keep the directory aside, remove this node and add it again with an empty one"
  static let impossibleGenesis: StaticText = "a genesis record that does not hold together; nothing was founded"
  static let peers: StaticText =
    "raft.db: what is known of peers; keep the directory aside, remove this node and add it again with an empty one"
  static let file: StaticText =
    "raft.db: the file's structure; keep the directory aside, remove this node and add it again with an empty one"
  static let foreign: StaticText = "raft.db is another program's database; name another data directory"
  static let missing: StaticText =
    "raft.db is gone, other files of a store are there; keep them aside, remove this node and add it again"
  static let stateMissing: StaticText =
    "a state file that raft.db names is gone; keep the rest aside, remove this node and add it again with an empty directory"
  static let foundedDamaged: StaticText =
    "raft.db lost something before the cluster was founded; keep the directory aside and start with an empty one"
}
