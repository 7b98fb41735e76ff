/// What the caller may assume about a write that did not return a result. There is no fourth answer.
public enum Outcome: UInt8, Hashable, Sendable, CustomStringConvertible, CaseIterable {
  /// It has had no effect and never will.
  case notApplied = 1
  /// It has had its effect, once.
  case applied = 2
  /// Either may hold; ask `outcome(of:)`, or send it again with the same request id.
  case unknown = 3

  public var description: String {
    switch self {
    case .notApplied: "notApplied"
    case .applied: "applied"
    case .unknown: "unknown"
    }
  }
}

/// What a store can fail with. Each has one right answer (design §6, "Errors").
public enum StorageError: Error, Hashable, Sendable, CustomStringConvertible {
  /// Reading or writing failed, or fsync did: the process says so and stops. `code` is SQLite's extended code or errno.
  case io(code: Int32, what: StaticText)
  /// No space is left. What was accepted stays pending, in order, and is tried again.
  case full(what: StaticText)
  /// Bytes on disk are not what was written: the replica leaves service and repairs from peers.
  case corrupt(what: StaticText)
  /// The range is below the start of the log.
  case compacted(first: LogIndex)
  /// Another process or another holder in this one has it: the data directory, or a database file. `holder` is its pid
  /// where the system tells it. Nothing was changed; the caller stops or asks a human.
  case locked(holder: Int32?)
  /// The file was written by another version of the program.
  case unknownFormat(version: UInt32)

  public var description: String {
    switch self {
    case .io(let code, let what): "input or output failed (code \(code)) at \(what)"
    case .full(let what): "no space left at \(what)"
    case .corrupt(let what): "bytes on disk are damaged: \(what)"
    case .compacted(let first): "the log begins at \(first)"
    case .locked(let holder): holder.map { "in use by process \($0)" } ?? "in use by another holder"
    case .unknownFormat(let version): "format version \(version) is not one that this program reads"
    }
  }
}
