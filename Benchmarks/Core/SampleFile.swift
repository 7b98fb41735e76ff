import Base

/// What a driver in another process leaves: lines of words with tabs between them, times in nanoseconds since its
/// start.
///
///     sample  KIND  INTENDED  BEGUN  END  PAYLOAD  FAILURE
///     event   KIND  START  END  CLIENT  KEY  VALUE  EXPECTED  OUTCOME
///     final   KEY  VALUE  VERSION
public struct SampleFile: Sendable {
  public var recorder: Recorder
  public var events: [HistoryEvent] = []
  public var final: [String: FinalRow] = [:]

  /// A driver wrote something that is none of these.
  public struct Unreadable: Error, Hashable, Sendable, CustomStringConvertible {
    public let line: Int
    public init(line: Int) { self.line = line }
    public var description: String { "line \(line) of the driver's samples cannot be read" }
  }

  /// - Parameter window: in the driver's time.
  public init(_ text: String, window: Recorder.Window) throws(Unreadable) {
    recorder = Recorder(window)
    for (number, line) in text.split(separator: "\n").enumerated() {
      let words = line.split(separator: "\t", omittingEmptySubsequences: false)
      guard take(words) else { throw Unreadable(line: number + 1) }
    }
  }

  private mutating func take(_ words: [Substring]) -> Bool {
    switch (words.first, words.count) {
    case ("sample", 7):
      guard let kind = OperationKind(name: String(words[1])), let intended = Int64(words[2]),
        let begun = Int64(words[3]), let end = Int64(words[4]), let payload = Int(words[5])
      else { return false }
      recorder.record(
        kind, intended: Moment(nanoseconds: intended), begun: Moment(nanoseconds: begun), end: Moment(nanoseconds: end),
        failure: words[6].isEmpty ? nil : String(words[6]), payload: payload)
    case ("event", 9):
      guard let kind = HistoryEvent.Kind(rawValue: String(words[1])), let start = Int64(words[2]),
        let end = Int64(words[3]), let client = Int(words[4]), let value = Self.digest(words[6]),
        let expected = Self.digest(words[7]), let result = HistoryEvent.Result(rawValue: String(words[8]))
      else { return false }
      events.append(
        HistoryEvent(
          start: start, end: end, client: client, kind: kind, key: String(words[5]), value: value, expected: expected,
          result: result))
    case ("final", 4):
      guard case .some(let value?) = Self.digest(words[2]), let version = UInt64(words[3]) else { return false }
      final[String(words[1])] = FinalRow(value: value, version: version)
    default: return false
    }
    return true
  }

  /// 64 hexadecimal digits; nothing is no value; nil: neither.
  private static func digest(_ text: Substring) -> Digest?? {
    if text.isEmpty { return .some(nil) }
    guard text.utf8.count == 64 else { return nil }
    var parts: [UInt64] = []
    var rest = text
    while !rest.isEmpty {
      guard let part = UInt64(rest.prefix(16), radix: 16) else { return nil }
      parts.append(part)
      rest = rest.dropFirst(16)
    }
    return .some(Digest(parts[0], parts[1], parts[2], parts[3]))
  }
}

/// The transactions that pgbench logs with `--log`, one a line: client, number, microseconds, script, seconds,
/// microseconds.
///
/// Its moments are of the wall clock and of the end; the time includes the wait for a scheduled start.
public struct PgbenchLog: Sendable {
  public var recorder: Recorder

  /// - Parameters:
  ///   - window: in wall time.
  ///   - kinds: of the scripts, in their order.
  ///   - payload: bytes that one write of that kind writes.
  public init(
    _ text: String, window: Recorder.Window, kinds: [OperationKind], payload: Int
  ) throws(SampleFile.Unreadable) {
    recorder = Recorder(window)
    for (number, line) in text.split(separator: "\n").enumerated() {
      let words = line.split(separator: " ")
      guard words.count >= 6, let script = Int(words[3]), kinds.indices.contains(script), let seconds = Int64(words[4]),
        let fraction = Int64(words[5])
      else { throw SampleFile.Unreadable(line: number + 1) }
      let end = Moment(nanoseconds: seconds * 1_000_000_000 + fraction * 1_000)
      let length = Int64(words[2])
      let begun = end - .microseconds(length ?? 0)
      let isWrite = ![.get, .getStale, .range].contains(kinds[script])
      recorder.record(
        kinds[script], intended: begun, begun: begun, end: end, failure: length == nil ? String(words[2]) : nil,
        payload: isWrite ? payload : 0)
    }
  }
}
