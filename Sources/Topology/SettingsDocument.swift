/// A settings file taken apart, each value with its line. What the keys mean is the schema's business.
///
/// The language: `# comment`, `key = value`, `[table]`, and `[[table]]` for tables that are repeated. Keys and table
/// names are of `a-z`, `0-9`, `-` and `_`. A comment may follow a value.
public struct SettingsDocument: Hashable, Sendable {
  public struct Entry: Hashable, Sendable {
    public var key: String
    public var value: SettingsValue
    public var line: Int
  }

  public struct Table: Hashable, Sendable {
    /// Empty for what stands before the first table.
    public var name: String
    public var isRepeated: Bool
    public var line: Int
    public var entries: [Entry]
  }

  /// In the order of the file; the first is the one without a name.
  public private(set) var tables: [Table] = [Table(name: "", isRepeated: false, line: 0, entries: [])]
  /// Lines that could not be read; the rest of the file was.
  public private(set) var problems: [SettingsProblem] = []

  /// Nobody writes a settings file of this size by intent.
  public static let bytesMax = 1 << 20

  /// Total: every text gives a document, with its problems listed.
  public init(parsing bytes: [UInt8]) {
    guard bytes.count <= Self.bytesMax else {
      problems.append(SettingsProblem(line: 0, .syntax(what: "the file is larger than \(Self.bytesMax) bytes")))
      return
    }
    for (index, line) in bytes.split(separator: 0x0A, omittingEmptySubsequences: false).enumerated() {
      read(trim(line), index + 1)
    }
  }

  /// The same of a text.
  public init(parsing text: String) { self.init(parsing: Array(text.utf8)) }

  private mutating func read(_ line: ArraySlice<UInt8>, _ number: Int) {
    guard let first = line.first, first != UInt8(ascii: "#") else { return }
    if first == UInt8(ascii: "[") { return readTable(line, number) }
    let key = line.prefix(while: isNameByte)
    let afterKey = trim(line.dropFirst(key.count))
    guard !key.isEmpty, afterKey.first == UInt8(ascii: "=") else {
      return refuse(number, "the line is neither comment nor `key = value` nor table")
    }
    guard let (value, rest) = SettingsValue.read(trim(afterKey.dropFirst())) else {
      return refuse(number, "what stands behind `=` is no text in quotes, number, duration, size, true or false")
    }
    guard isEnd(rest) else { return refuse(number, "something stands behind the value") }
    let name = String(decoding: key, as: UTF8.self)
    if let other = tables[tables.count - 1].entries.first(where: { $0.key == name }) {
      problems.append(SettingsProblem(line: number, .duplicateKey(key: name, first: other.line)))
    } else {
      tables[tables.count - 1].entries.append(Entry(key: name, value: value, line: number))
    }
  }

  private mutating func readTable(_ line: ArraySlice<UInt8>, _ number: Int) {
    let opening = line.prefix(2).count { $0 == UInt8(ascii: "[") }
    let name = line.dropFirst(opening).prefix(while: isNameByte)
    let rest = line.dropFirst(opening + name.count)
    let closing = rest.prefix { $0 == UInt8(ascii: "]") }.count
    // Entries below a line that cannot be read belong to a table of no known name, which the schema passes over.
    let readable = !name.isEmpty && closing == opening && isEnd(rest.dropFirst(closing))
    if !readable { refuse(number, "the line begins like a table and is none") }
    tables.append(
      Table(
        name: readable ? String(decoding: name, as: UTF8.self) : Self.unreadable, isRepeated: opening == 2,
        line: number,
        entries: []))
  }

  /// No name of a table in a file can be this.
  static let unreadable = "?"

  private mutating func refuse(_ line: Int, _ what: String) {
    problems.append(SettingsProblem(line: line, .syntax(what: what)))
  }
}

private func isNameByte(_ byte: UInt8) -> Bool {
  switch byte {
  case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"): true
  default: byte == UInt8(ascii: "-") || byte == UInt8(ascii: "_")
  }
}

private func trim(_ bytes: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
  func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 || byte == 0x0D }
  var slice = bytes.drop(while: isBlank)
  while let last = slice.last, isBlank(last) { slice.removeLast() }
  return slice
}

private func isEnd(_ bytes: ArraySlice<UInt8>) -> Bool {
  trim(bytes).first.map { $0 == UInt8(ascii: "#") } ?? true
}
