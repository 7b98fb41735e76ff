public import Base

/// What an entry is for.
public enum EntryKind: UInt8, Hashable, Sendable, CaseIterable {
  /// The leader's own entry at the start of its term: by it older entries commit (TH 3.6.2). Changes nothing.
  case noop = 1
  /// A command of a client; the payload is the command's bytes, opaque to Raft.
  case command = 2
  /// A configuration; the payload is its bytes. It takes effect on append (TH 4.1).
  case configuration = 3
}

/// Everything about an entry but its payload. Its canonical bytes stand in files and messages, and the hash covers them.
public struct EntryHeader: Hashable, Sendable {
  /// ``Base/Versions/entryFormat`` of the writer.
  public var formatVersion: UInt16
  /// The cluster's epoch; raised by recovery from a lost quorum, so that a fenced past cannot mix with the present.
  public var epoch: UInt32
  public var group: GroupID
  public var term: Term
  public var index: LogIndex
  public var kind: EntryKind
  /// Invariant: not before the previous entry's.
  public var logTime: LogTime
  public var wallTime: WallTime
  /// The hash of the entry before this one (of the snapshot's mark for the first).
  public var previousHash: Digest
  /// A replica whose program has a lower feature level stops applying here and says so.
  public var featureLevel: UInt16
  /// The rules by which this entry is evaluated, on every replica alike.
  public var evaluationVersion: UInt16

  public init(
    formatVersion: UInt16 = Versions.entryFormat, epoch: UInt32, group: GroupID, term: Term, index: LogIndex,
    kind: EntryKind, logTime: LogTime, wallTime: WallTime, previousHash: Digest,
    featureLevel: UInt16 = Versions.featureLevel, evaluationVersion: UInt16 = Versions.evaluation
  ) {
    self.formatVersion = formatVersion
    self.epoch = epoch
    self.group = group
    self.term = term
    self.index = index
    self.kind = kind
    self.logTime = logTime
    self.wallTime = wallTime
    self.previousHash = previousHash
    self.featureLevel = featureLevel
    self.evaluationVersion = evaluationVersion
  }

  /// Bytes of the canonical form.
  public static let byteCount = 79

  /// The canonical form: what is hashed, stored and sent.
  public func write(to writer: inout ByteWriter) {
    writer.u16(formatVersion)
    writer.u32(epoch)
    writer.u32(group.rawValue)
    writer.u64(term.rawValue)
    writer.u64(index.rawValue)
    writer.u8(kind.rawValue)
    writer.i64(logTime.nanoseconds)
    writer.i64(wallTime.milliseconds)
    writer.digest(previousHash)
    writer.u16(featureLevel)
    writer.u16(evaluationVersion)
  }

  /// Reads the canonical form.
  public init(from reader: inout ByteReader) throws(DecodeError) {
    formatVersion = try reader.u16("entry format")
    guard formatVersion == Versions.entryFormat else { throw .unknownVersion(formatVersion) }
    epoch = try reader.u32("entry epoch")
    group = GroupID(try reader.u32("entry group"))
    term = Term(try reader.u64("entry term"))
    index = LogIndex(try reader.u64("entry index"))
    guard let kind = EntryKind(rawValue: try reader.u8("entry kind")) else { throw .invalid(field: "entry kind") }
    self.kind = kind
    logTime = LogTime(nanoseconds: try reader.i64("entry log time"))
    wallTime = WallTime(milliseconds: try reader.i64("entry wall time"))
    previousHash = try reader.digest("entry previous hash")
    featureLevel = try reader.u16("entry feature level")
    evaluationVersion = try reader.u16("entry evaluation version")
  }
}

/// One entry of a group's log. Immutable; the hash is computed once, when the entry is made or decoded.
public struct Entry: Hashable, Sendable {
  public let header: EntryHeader
  public let payload: [UInt8]
  /// SHA-256 over the canonical header and the payload: since the header holds the previous entry's hash, equal hashes
  /// mean equal logs up to here.
  public let hash: Digest

  public init(header: EntryHeader, payload: [UInt8]) {
    self.header = header
    self.payload = payload
    var writer = ByteWriter(reserving: EntryHeader.byteCount)
    header.write(to: &writer)
    var hasher = SHA256()
    hasher.update(writer.bytes)
    hasher.update(payload)
    hash = hasher.finish()
  }

  public var index: LogIndex { header.index }
  public var term: Term { header.term }
  public var kind: EntryKind { header.kind }
  /// What the entry counts for in every bound on bytes.
  public var byteCount: Int { EntryHeader.byteCount + payload.count }
  public var id: EntryID { EntryID(index: index, term: term) }
  public var mark: LogMark { LogMark(index: index, term: term, hash: hash, logTime: header.logTime) }
}

/// Names an entry: by Log Matching (TH 3.5) two entries with one id are the same entry.
public struct EntryID: Hashable, Sendable, CustomStringConvertible {
  public var index: LogIndex
  public var term: Term
  public init(index: LogIndex, term: Term) {
    self.index = index
    self.term = term
  }
  public var description: String { "\(term)/\(index)" }
}

/// A place in a log with all that the next entry needs from it.
public struct LogMark: Hashable, Sendable, CustomStringConvertible {
  public var index: LogIndex
  public var term: Term
  public var hash: Digest
  public var logTime: LogTime
  public init(index: LogIndex, term: Term, hash: Digest, logTime: LogTime) {
    self.index = index
    self.term = term
    self.hash = hash
    self.logTime = logTime
  }
  public var id: EntryID { EntryID(index: index, term: term) }
  public var description: String { id.description }
}
