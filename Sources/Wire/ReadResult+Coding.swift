import Base
import Model

/// 1 range (its result), 2 history (list, more (1)), 3 outcome; then whether there is a staleness (1) and its age (8).
extension ReadResult: WirePart {
  func write(to writer: inout ByteWriter) {
    switch value {
    case .range(let result):
      writer.u8(1)
      result.write(to: &writer)
    case .history(let items, let more):
      writer.u8(2)
      writer.list(items)
      writer.bool(more)
    case .outcome(let outcome):
      writer.u8(3)
      outcome.write(to: &writer)
    }
    writer.bool(staleness != nil)
    if let staleness { writer.interval(staleness.age) }
  }

  init(from reader: inout ByteReader) throws(DecodeError) {
    switch try reader.u8("read result") {
    case 1: value = .range(try RangeResult(from: &reader))
    case 2:
      let items: [HistoryItem] = try reader.list(
        "history", limit: Limits.rangeKeysMax, each: KeyValue.byteCountMin + 1)
      value = .history(items, more: try reader.bool("more"))
    case 3: value = .outcome(try RequestOutcome(from: &reader))
    default: throw .invalid(field: "read result")
    }
    staleness = try reader.bool("staleness") ? Staleness(age: try reader.interval("age")) : nil
  }
}

/// 1 applied (revision (8), succeeded (1), log time (8), result (blob)), 2 not remembered.
extension RequestOutcome: WirePart {
  func write(to writer: inout ByteWriter) {
    switch self {
    case .applied(let revision, let succeeded, let logTime, let result):
      writer.u8(1)
      writer.u64(revision.rawValue)
      writer.bool(succeeded)
      writer.i64(logTime.nanoseconds)
      writer.blob(result)
    case .notRemembered: writer.u8(2)
    }
  }

  init(from reader: inout ByteReader) throws(DecodeError) {
    switch try reader.u8("request's outcome") {
    case 1:
      let revision = try reader.revision("outcome's revision")
      let succeeded = try reader.bool("succeeded")
      let logTime = try reader.logTime("outcome's log time")
      let result = try reader.blob("outcome's result", limit: Bounds.resultBytesMax)
      self = .applied(revision: revision, succeeded: succeeded, logTime: logTime, result: result)
    case 2: self = .notRemembered
    default: throw .invalid(field: "request's outcome")
    }
  }
}

/// Set hash (32), rows (8), whether there is a next key (1), the key, members (list of 32 and 32), damaged (list of
/// 32), error.
extension DigestResult: WirePart {
  func write(to writer: inout ByteWriter) {
    writer.digest(setHash)
    writer.u64(rows)
    writer.bool(next != nil)
    if let next { writer.blob(next.bytes) }
    writer.list(members)
    writer.count(damaged.count)
    for digest in damaged { writer.digest(digest) }
    writer.prose(error)
  }

  init(from reader: inout ByteReader) throws(DecodeError) {
    setHash = try reader.digest("set hash")
    rows = try reader.counter("rows")
    next = try reader.bool("next key's presence") ? try reader.bound("next key") : nil
    members = try reader.list("members", limit: Bounds.digestRowsMax, each: 64)
    damaged = []
    for _ in 0..<(try reader.count("damaged rows", limit: Bounds.digestRowsMax, each: 32)) {
      damaged.append(try reader.digest("damaged row"))
    }
    error = try reader.prose("error")
  }
}

extension DigestResult.Member: WirePart {
  func write(to writer: inout ByteWriter) {
    writer.digest(key)
    writer.digest(member)
  }

  init(from reader: inout ByteReader) throws(DecodeError) {
    key = try reader.digest("member's key hash")
    member = try reader.digest("member")
  }
}
