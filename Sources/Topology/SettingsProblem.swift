/// One thing wrong with a settings file: where, what, and how to mend it.
public struct SettingsProblem: Error, Hashable, Sendable, CustomStringConvertible {
  public enum Kind: Hashable, Sendable {
    /// The line is none of comment, `key = value`, `[table]`, `[[table]]`; `what` says what is amiss.
    case syntax(what: String)
    case unknownTable(name: String, nearest: String?)
    /// A table that may stand once stands again; `first` is the line of the other.
    case duplicateTable(name: String, first: Int)
    /// `[name]` where `[[name]]` is meant, or the reverse.
    case tableForm(name: String, repeated: Bool)
    case missingTable(name: String)
    case unknownKey(key: String, nearest: String?)
    case duplicateKey(key: String, first: Int)
    case missingKey(key: String, example: String)
    case wrongType(key: String, expected: String, found: String)
    case outOfRange(key: String, allowed: String)
    /// Values that are right alone and wrong together.
    case relation(what: String, mend: String)
  }

  /// From 1; 0 when the file as a whole is meant.
  public let line: Int
  public let kind: Kind

  public init(line: Int, _ kind: Kind) {
    self.line = line
    self.kind = kind
  }

  /// What is wrong.
  public var what: String {
    switch kind {
    case .syntax(let what): what
    case .unknownTable(let name, _): "there is no table '\(name)'"
    case .duplicateTable(let name, let first): "table '\(name)' stands at line \(first) already"
    case .tableForm(let name, let repeated): "table '\(name)' \(repeated ? "is repeated" : "stands only once")"
    case .missingTable(let name): "there is no [[\(name)]]"
    case .unknownKey(let key, _): "there is no key '\(key)' here"
    case .duplicateKey(let key, let first): "key '\(key)' is set at line \(first) already"
    case .missingKey(let key, _): "key '\(key)' is missing"
    case .wrongType(let key, let expected, let found): "'\(key)' takes \(expected), not \(found)"
    case .outOfRange(let key, _): "the value of '\(key)' is not allowed"
    case .relation(let what, _): what
    }
  }

  /// How to mend it.
  public var mend: String {
    switch kind {
    case .syntax: "write `key = value`, `[table]`, `[[table]]` or `# comment`"
    case .unknownTable(_, let nearest): nearest.map { "did you mean '\($0)'?" } ?? "take the table out"
    case .duplicateTable: "join the two"
    case .tableForm(let name, let repeated): repeated ? "write [[\(name)]]" : "write [\(name)]"
    case .missingTable(let name): "add at least one [[\(name)]]"
    case .unknownKey(_, let nearest): nearest.map { "did you mean '\($0)'?" } ?? "take the line out"
    case .duplicateKey: "keep one of the two"
    case .missingKey(let key, let example): "add, for example, `\(key) = \(example)`"
    case .wrongType(_, let expected, _): "write \(expected)"
    case .outOfRange(_, let allowed): "write \(allowed)"
    case .relation(_, let mend): mend
    }
  }

  public var description: String { (line > 0 ? "line \(line): " : "") + "\(what); \(mend)" }
}

/// Everything that was found wrong with one file, in order of lines.
public struct SettingsError: Error, Hashable, Sendable, CustomStringConvertible {
  public let problems: [SettingsProblem]

  public init(_ problems: [SettingsProblem]) {
    self.problems = problems.enumerated()
      .sorted { ($0.element.line, $0.offset) < ($1.element.line, $1.offset) }
      .map(\.element)
  }

  public var description: String { problems.map(\.description).joined(separator: "\n") }
}
