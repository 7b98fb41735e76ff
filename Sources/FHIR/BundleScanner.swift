/// Reads a text that may be a Bundle of any size and gives its entries one by one, so that no more than one of them has to
/// be in memory. It looks at no more of JSON than it takes to find where entries begin and end; whoever takes an entry
/// parses it.
public struct BundleScanner: Sendable {
  /// One element of `entry`.
  public struct Entry: Hashable, Sendable {
    /// From 0.
    public var index: Int
    /// Where it begins, from 1.
    public var line: Int
    /// Nil when it is larger than the limit.
    public var bytes: [UInt8]?
  }

  /// Why the text cannot be read on.
  public enum Fault: Error, Hashable, Sendable, CustomStringConvertible {
    case notAnObject(line: Int)
    case entryNotAnObject(line: Int)
    case endOfText(line: Int)
    case trailing(line: Int)

    public var line: Int {
      switch self {
      case .notAnObject(let line), .entryNotAnObject(let line), .endOfText(let line), .trailing(let line): line
      }
    }

    public var description: String {
      switch self {
      case .notAnObject: "the text is no JSON object"
      case .entryNotAnObject: "an entry is no object"
      case .endOfText: "the text ends inside a value"
      case .trailing: "something stands after the end of the value"
      }
    }
  }

  /// Members of the outermost object that are texts: `resourceType`, `type` and `id` among them.
  public private(set) var header: [String: String] = [:]
  /// Entries so far.
  public private(set) var count = 0

  private let entryBytesMax: Int
  private var line = 1
  private var depth = 0
  private var isInText = false
  private var isEscaped = false
  private var isOver = false
  /// The text that is being read at depth 1, without its quotes.
  private var text: [UInt8]?
  /// The member whose value comes next, or is being read; nil where a name is expected.
  private var name: String?
  private var isInEntries = false
  /// The entry that is being read.
  private var entry: [UInt8]?
  private var entryLine = 0
  private var isOversize = false

  public init(entryBytesMax: Int) { self.entryBytesMax = entryBytesMax }

  /// Takes the next part of the text; gives the entries that end in it.
  public mutating func feed(_ bytes: [UInt8]) throws(Fault) -> [Entry] {
    var entries: [Entry] = []
    for byte in bytes { try take(byte, &entries) }
    return entries
  }

  /// - Throws: ``Fault/endOfText(line:)`` when the text is not complete.
  public func finish() throws(Fault) {
    guard isOver else { throw depth == 0 && !isInText ? .notAnObject(line: line) : .endOfText(line: line) }
  }

  private mutating func take(_ byte: UInt8, _ entries: inout [Entry]) throws(Fault) {
    if byte == 0x0A { line += 1 }
    if entry != nil { keep(byte) }
    if isInText {
      takeInText(byte)
      return
    }
    switch byte {
    case 0x20, 0x0A, 0x0D, 0x09: break
    case UInt8(ascii: "\""):
      guard depth > 0 else { throw isOver ? .trailing(line: line) : .notAnObject(line: line) }
      if isInEntries, depth == 2 { throw .entryNotAnObject(line: line) }
      isInText = true
      if depth == 1 { text = [] }
    case UInt8(ascii: "{"), UInt8(ascii: "["): try open(byte)
    case UInt8(ascii: "}"), UInt8(ascii: "]"): close(&entries)
    case UInt8(ascii: ","): if depth == 1 { name = nil }
    default:
      guard depth > 0 else { throw isOver ? .trailing(line: line) : .notAnObject(line: line) }
      if isInEntries, depth == 2 { throw .entryNotAnObject(line: line) }
    }
  }

  private mutating func takeInText(_ byte: UInt8) {
    if isEscaped {
      isEscaped = false
    } else if byte == UInt8(ascii: "\\") {
      isEscaped = true
    } else if byte == UInt8(ascii: "\"") {
      isInText = false
      if let text { endText(String(decoding: text, as: UTF8.self)) }
      text = nil
      return
    }
    // Nothing that is looked for is long.
    if let count = text?.count, count < 256 { text?.append(byte) }
  }

  private mutating func endText(_ text: String) {
    if let name {
      if header.count < 32 { header[name] = text }
    } else {
      name = text
    }
  }

  private mutating func open(_ byte: UInt8) throws(Fault) {
    if depth == 0, isOver || byte != UInt8(ascii: "{") { throw isOver ? .trailing(line: line) : .notAnObject(line: line) }
    if isInEntries, depth == 2 {
      guard byte == UInt8(ascii: "{") else { throw .entryNotAnObject(line: line) }
      entry = [byte]
      entryLine = line
      isOversize = false
    }
    if depth == 1, byte == UInt8(ascii: "["), name == "entry" { isInEntries = true }
    depth += 1
  }

  private mutating func close(_ entries: inout [Entry]) {
    guard depth > 0 else { return }
    depth -= 1
    if isInEntries, depth == 2, let bytes = entry {
      entries.append(Entry(index: count, line: entryLine, bytes: isOversize ? nil : bytes))
      count += 1
      entry = nil
    } else if isInEntries, depth == 1 {
      isInEntries = false
    } else if depth == 0 {
      isOver = true
    }
  }

  private mutating func keep(_ byte: UInt8) {
    guard let count = entry?.count else { return }
    if count >= entryBytesMax {
      isOversize = true
      entry = []
    } else if !isOversize {
      entry?.append(byte)
    }
  }
}
