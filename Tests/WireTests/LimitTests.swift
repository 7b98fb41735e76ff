import Base
import Model
import Raft
import Testing
import Wire

/// What a value that breaks a rule is refused with.
private func refusal(_ frame: PeerFrame) -> DecodeError? { refusal(of: frame.encoded, as: PeerFrame.self) }
private func refusal(_ body: ClientRequest.Body) -> DecodeError? {
  refusal(of: ClientRequest(number: 1, body: body).encoded, as: ClientRequest.self)
}
private func refusal(_ body: ClientReply.Body) -> DecodeError? {
  let header = ReplyHeader(keyspace: "", revision: .zero, node: "", nation: "", cluster: .zero, term: 0)
  return refusal(of: ClientReply(number: 1, header: header, body: body).encoded, as: ClientReply.self)
}
private func refusal(_ append: AppendRequest, group: GroupID = GroupID(2)) -> DecodeError? {
  refusal(
    .messages([
      GroupMessage(
        group: group, message: Message(from: ReplicaID(1), to: ReplicaID(3), term: Term(7), body: .append(append)))
    ]))
}
private func refusal(_ query: ReadRequest.Query) -> DecodeError? {
  refusal(.read(keyspace: "k", ReadRequest(consistency: .linearizable, query: query)))
}
private func refusal(_ value: ReadResult.Value) -> DecodeError? {
  refusal(.read(ReadResult(value: value, staleness: nil)))
}

private func refusal<Form: WireForm>(of bytes: [UInt8], as form: Form.Type) -> DecodeError? {
  do {
    _ = try Form(decoding: bytes)
    return nil
  } catch {
    return error
  }
}

private func blank(_ count: Int) -> [UInt8] { [UInt8](repeating: 7, count: count) }
private func name(_ count: Int) -> String { String(repeating: "a", count: count) }

@Suite struct LimitTests {
  private static func row(key: Int = 3, value: Int? = nil) -> KeyValue {
    KeyValue(
      key: Key(blank(key)), value: value.map { Value(blank($0)) }, createRevision: Revision(1),
      modRevision: Revision(1), version: 1)
  }

  private static func append(_ entries: [Entry]) -> AppendRequest {
    AppendRequest(
      previous: EntryID(index: LogIndex(41), term: Term(7)), previousHash: .zero, entries: entries, commit: .zero,
      round: Round(1))
  }

  @Test("keys and values are held to their limits, and a range's end may be the successor of the longest key")
  func keysAndValues() {
    func rows(_ row: KeyValue) -> DecodeError? {
      refusal(.range(RangeResult(items: [row], more: false, count: 1)))
    }
    #expect(rows(Self.row(key: Limits.keyBytesMax, value: Limits.valueBytesMax)) == nil)
    #expect(rows(Self.row(key: Limits.keyBytesMax + 1)) == .tooLong(field: "key"))
    #expect(rows(Self.row(key: 0)) == .invalid(field: "key"))
    #expect(rows(Self.row(value: Limits.valueBytesMax + 1)) == .tooLong(field: "value"))
    let longest = Key(blank(Limits.keyBytesMax))
    #expect(refusal(.range(RangeQuery(range: KeyRange(only: longest)))) == nil)
    let tooLong = KeyRange(start: longest, end: longest.successor.successor)
    #expect(refusal(.range(RangeQuery(range: tooLong))) == .tooLong(field: "range's end"))
    #expect(refusal(.history(Key([]), before: .zero, limit: 1)) == .invalid(field: "history's key"))
  }

  @Test("commands, results, records and chunks are held to their limits")
  func blobs() {
    #expect(refusal(.propose(keyspace: "k", command: blank(Limits.commandBytesMax))) == nil)
    #expect(refusal(.propose(keyspace: "k", command: blank(Limits.commandBytesMax + 1))) == .tooLong(field: "command"))
    #expect(refusal(.genesis(blank(Bounds.genesisBytesMax + 1))) == .tooLong(field: "genesis"))
    #expect(refusal(.applied(result: blank(Bounds.resultBytesMax), logTime: .zero)) == nil)
    #expect(
      refusal(.applied(result: blank(Bounds.resultBytesMax + 1), logTime: .zero)) == .tooLong(field: "result"))
    for (count, expected) in [(0, nil), (1, DecodeError.tooLong(field: "chunk"))] {
      let bytes = blank(Limits.snapshotChunkBytes + count)
      let frame = SnapshotFrame(
        group: GroupID(1), from: ReplicaID(1), to: ReplicaID(2), transfer: 1, body: .chunk(offset: 0, bytes: bytes))
      #expect(refusal(.snapshot(frame)) == expected)
    }
  }

  @Test("names and lists are held to their limits")
  func namesAndLists() {
    #expect(refusal(.transfer(keyspace: name(63), to: "")) == nil)
    #expect(refusal(.transfer(keyspace: name(64), to: "")) == .tooLong(field: "keyspace"))
    let rows = [KeyValue](repeating: Self.row(), count: Limits.rangeKeysMax + 1)
    #expect(refusal(.range(RangeResult(items: rows, more: false, count: 1))) == .tooLong(field: "rows"))
    let history = rows.map { HistoryItem(item: $0, isDeletion: false) }
    #expect(refusal(.history(history, more: false)) == .tooLong(field: "history"))
    let message = GroupMessage(
      group: GroupID(1), message: Message(from: ReplicaID(1), to: ReplicaID(2), term: .zero, body: .timeoutNow))
    #expect(refusal(.messages([GroupMessage](repeating: message, count: Bounds.messagesMax))) == nil)
    #expect(
      refusal(.messages([GroupMessage](repeating: message, count: Bounds.messagesMax + 1)))
        == .tooLong(field: "messages"))
  }

  @Test("numbers with which arithmetic could overflow are refused")
  func numbers() {
    let beyond = Bounds.counterMax + 1
    #expect(refusal(.outcome(.notRemembered)) == nil)
    #expect(
      refusal(.range(RangeQuery(range: .all, revision: Revision(.max)))) == .invalid(field: "query's revision"))
    #expect(refusal(.range(RangeQuery(range: .all, limit: -1))) == .invalid(field: "query's limit"))
    #expect(refusal(.history(Key("k"), before: .zero, limit: .max)) == .invalid(field: "history's limit"))
    #expect(refusal(.sessionOutcome(session: beyond, sequence: 1)) == .invalid(field: "session"))
    #expect(
      refusal(.applied(result: [], logTime: LogTime(nanoseconds: -1))) == .invalid(field: "log time"))
    func message(from: UInt64 = 1, term: UInt64 = 1, commit: UInt64 = 1) -> DecodeError? {
      let heartbeat = Heartbeat(commit: LogIndex(commit), round: Round(1), quorumAge: .zero)
      return refusal(
        .messages([
          GroupMessage(
            group: GroupID(1),
            message: Message(from: ReplicaID(from), to: ReplicaID(2), term: Term(term), body: .heartbeat(heartbeat)))
        ]))
    }
    #expect(message(term: Bounds.counterMax, commit: Bounds.counterMax) == nil)
    #expect(message(from: 0) == .invalid(field: "message's sender"))
    #expect(message(term: beyond) == .invalid(field: "message's term"))
    #expect(message(commit: beyond) == .invalid(field: "heartbeat's commit"))
  }

  @Test("an interval out of bounds is written as the nearest one within, and refused when read")
  func intervals() throws {
    func sent(_ age: Interval) throws -> Interval? {
      let body = ClientReply.Body.read(ReadResult(value: .outcome(.notRemembered), staleness: Staleness(age: age)))
      let header = ReplyHeader(keyspace: "", revision: .zero, node: "", nation: "", cluster: .zero, term: 0)
      let reply = try ClientReply(decoding: ClientReply(number: 1, header: header, body: body).encoded)
      guard case .read(let result) = reply.body else { return nil }
      return result.staleness?.age
    }
    #expect(try sent(Interval(nanoseconds: .max)) == Bounds.intervalMax)
    #expect(try sent(Interval(nanoseconds: -5)) == .zero)
    #expect(try sent(.seconds(5)) == .seconds(5))
    let stale = ReadRequest(
      consistency: .stale(maxAge: .zero, notBefore: .zero), query: .outcome(.zero))
    var bytes = ClientRequest(number: 1, body: .read(keyspace: "", stale)).encoded
    // Kind 1, version 2, number 8, keyspace 4, consistency 1: the age's sign bit is in the eighth byte after them.
    bytes[16 + 7] = 0x80
    #expect(refusal(of: bytes, as: ClientRequest.self) == .invalid(field: "greatest age"))
  }

  @Test("a text for people that is too long is cut off at a character, and the answer still arrives")
  func prose() throws {
    let message = String(repeating: "\u{1F691}", count: 2_000)
    let failure = Failure(code: .diskFull, outcome: .notApplied, message: "x" + message)
    let header = ReplyHeader(keyspace: "", revision: .zero, node: "", nation: "", cluster: .zero, term: 0)
    let reply = try ClientReply(
      decoding: ClientReply(number: 1, header: header, body: .failed(failure)).encoded)
    guard case .failed(let arrived) = reply.body else {
      Issue.record("\(reply)")
      return
    }
    #expect(arrived.message.utf8.count == Bounds.proseBytesMax - 3)
    #expect(failure.message.hasPrefix(arrived.message))
  }

  @Test("lists by group ascend, version ranges are not empty, other versions and bytes after the end are refused")
  func forms() {
    var hello = Golden.hello
    hello.logs.reverse()
    #expect(refusal(.hello(hello)) == .invalid(field: "logs' order"))
    var record = PeerRecord(store: .zero, bootCount: 1, nonce: .zero, acknowledged: [])
    record.acknowledged = [UInt32](repeating: 4, count: 2).map { GroupIndex(group: GroupID($0), index: .zero) }
    #expect(refusal(of: record.encoded, as: PeerRecord.self) == .invalid(field: "peer's groups' order"))
    var versions = PeerFrame.refused(.version(1...1)).encoded
    versions[4] = 2
    #expect(refusal(of: versions, as: PeerFrame.self) == .invalid(field: "refusal's versions"))
    var newer = PeerFrame.messages([]).encoded
    newer[1] = 2
    #expect(refusal(of: newer, as: PeerFrame.self) == .unknownVersion(2))
    #expect(refusal(of: PeerFrame.messages([]).encoded + [0, 0], as: PeerFrame.self) == .trailing(count: 2))
    #expect(refusal(of: [], as: PeerFrame.self) == .truncated(field: "frame kind"))
    let forged = PeerFrame.messages([]).encoded.dropLast(4) + [0x00, 0x10, 0x00, 0x00]
    #expect(refusal(of: Array(forged), as: PeerFrame.self) == .truncated(field: "messages"))
    var snapshot = Golden.snapshot
    snapshot.mark.configurationIndex = snapshot.mark.mark.index + 1
    #expect(
      refusal(of: snapshot.encoded, as: SnapshotDescription.self)
        == .invalid(field: "snapshot's configuration index"))
    let deletion = HistoryItem(item: Self.row(), isDeletion: true)
    #expect(refusal(.history([deletion], more: false)) == .invalid(field: "deletion"))
  }

  @Test("an append's entries follow each other, belong to its group and keep to its limits")
  func appends() {
    func entries(_ count: Int, from first: UInt64 = 42, bytes: Int = 0, term: UInt64 = 7, time: Int64 = 9) -> [Entry] {
      (0..<UInt64(count)).map { place in
        Entry(
          header: EntryHeader(
            epoch: 1, group: GroupID(2), term: Term(term), index: LogIndex(first + place), kind: .command,
            logTime: LogTime(nanoseconds: time), wallTime: .zero, previousHash: .zero), payload: blank(bytes))
      }
    }
    #expect(refusal(Self.append(entries(Limits.appendEntriesMax))) == nil)
    #expect(
      refusal(Self.append(entries(Limits.appendEntriesMax + 1))) == .tooLong(field: "append's entries"))
    #expect(refusal(Self.append(entries(1, from: 43))) == .invalid(field: "entries' order"))
    #expect(refusal(Self.append(entries(1) + entries(1, from: 44))) == .invalid(field: "entries' order"))
    #expect(refusal(Self.append(entries(2)), group: GroupID(3)) == .invalid(field: "entry's group"))
    #expect(refusal(Self.append(entries(1, term: 6))) == .invalid(field: "entries' terms"))
    #expect(
      refusal(Self.append(entries(1) + entries(1, from: 43, time: 8))) == .invalid(field: "entries' log times"))
    #expect(refusal(Self.append(entries(1, bytes: Limits.commandBytesMax))) == nil)
    #expect(
      refusal(Self.append(entries(1, bytes: Limits.commandBytesMax + 1))) == .tooLong(field: "entry's payload"))
    #expect(refusal(Self.append(entries(2, bytes: Limits.appendBytesMax))) == .tooLong(field: "append's entries"))
    #expect(refusal(Self.append(entries(1, time: -1))) == .invalid(field: "entry log time"))
    let last = AppendRequest(
      previous: EntryID(index: LogIndex(Bounds.counterMax), term: Term(7)), previousHash: .zero,
      entries: entries(1, from: Bounds.counterMax + 1), commit: .zero, round: Round(1))
    #expect(refusal(last) == .invalid(field: "entry index"))
  }
}
