import Base
import Raft

/// | bytes | what |
/// |---|---|
/// | 8, 8, 32 | index, term and hash of the previous entry |
/// | 8, 8 | commit, round |
/// | list | entries: canonical header (79), payload blob |
///
/// Checked on reading: entries are of the message's group, have consecutive indexes from the previous one's, terms and
/// log times that do not fall, and are within the limits of an append. Whether their hashes chain is for Raft to judge,
/// which knows what to answer.
extension AppendRequest {
  static let byteCountMin = 68

  func write(to writer: inout ByteWriter) {
    previous.write(to: &writer)
    writer.digest(previousHash)
    writer.u64(commit.rawValue)
    writer.u64(round.rawValue)
    writer.count(entries.count)
    for entry in entries { entry.write(to: &writer) }
  }

  init(from reader: inout ByteReader, group: GroupID) throws(DecodeError) {
    let previous = try EntryID(from: &reader)
    let previousHash = try reader.digest("previous entry's hash")
    let commit = try reader.index("append's commit")
    let round = Round(try reader.counter("append's round"))
    let count = try reader.count("append's entries", limit: Limits.appendEntriesMax, each: Entry.wireByteCountMin)
    var entries: [Entry] = []
    entries.reserveCapacity(count)
    var last = previous
    var lastTime = LogTime.zero
    var bytes = 0
    for _ in 0..<count {
      // One entry may be longer than the whole bound, so the last one is not counted.
      guard bytes <= Limits.appendBytesMax else { throw .tooLong(field: "append's entries") }
      let entry = try Entry(from: &reader)
      guard entry.header.group == group else { throw .invalid(field: "entry's group") }
      guard entry.index == last.index + 1 else { throw .invalid(field: "entries' order") }
      guard entry.term >= last.term else { throw .invalid(field: "entries' terms") }
      guard entry.header.logTime >= lastTime else { throw .invalid(field: "entries' log times") }
      bytes += entry.byteCount
      last = entry.id
      lastTime = entry.header.logTime
      entries.append(entry)
    }
    self.init(previous: previous, previousHash: previousHash, entries: entries, commit: commit, round: round)
  }
}

extension Entry: WirePart {
  static let wireByteCountMin = EntryHeader.byteCount + 4

  func write(to writer: inout ByteWriter) {
    header.write(to: &writer)
    writer.blob(payload)
  }

  init(from reader: inout ByteReader) throws(DecodeError) {
    let header = try EntryHeader(from: &reader)
    guard header.index.rawValue <= Bounds.counterMax else { throw .invalid(field: "entry index") }
    guard header.term.rawValue <= Bounds.counterMax else { throw .invalid(field: "entry term") }
    guard header.logTime >= .zero, header.logTime <= Bounds.logTimeMax else { throw .invalid(field: "entry log time") }
    self.init(header: header, payload: try reader.blob("entry's payload", limit: Limits.commandBytesMax))
  }
}

/// | bytes | what |
/// |---|---|
/// | 8, 8 | round, fsync age |
/// | 1 | 1 matched, 2 rejected, 3 hash differs |
/// | … | match (8); previous (8), hint (16), last (8); index (8) |
extension AppendReply: WirePart {
  func write(to writer: inout ByteWriter) {
    writer.u64(round.rawValue)
    writer.interval(fsyncAge)
    switch result {
    case .matched(let match):
      writer.u8(1)
      writer.u64(match.rawValue)
    case .rejected(let previous, let hint, let last):
      writer.u8(2)
      writer.u64(previous.rawValue)
      hint.write(to: &writer)
      writer.u64(last.rawValue)
    case .hashDiffers(let index):
      writer.u8(3)
      writer.u64(index.rawValue)
    }
  }

  init(from reader: inout ByteReader) throws(DecodeError) {
    let round = Round(try reader.counter("append reply's round"))
    let fsyncAge = try reader.interval("append reply's fsync age")
    let result: Result
    switch try reader.u8("append reply") {
    case 1: result = .matched(try reader.index("matched index"))
    case 2:
      let previous = try reader.index("rejected index")
      let hint = try EntryID(from: &reader)
      result = .rejected(previous: previous, hint: hint, last: try reader.index("last index"))
    case 3: result = .hashDiffers(at: try reader.index("differing index"))
    default: throw .invalid(field: "append reply")
    }
    self.init(round: round, result: result, fsyncAge: fsyncAge)
  }
}
