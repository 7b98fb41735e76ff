public import JSON

/// Reads a text that may be a Bundle of any size and gives its entries one by one, so that no more than one of them has to
/// be in memory. Whoever takes an entry parses it; what stands around the entries is kept and parsed here at the end, so
/// that a text that is no JSON never passes as sound.
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

  /// What a part of the text holds.
  public struct Scan: Hashable, Sendable {
    /// Entries that end in it, before the fault.
    public var entries: [Entry] = []
    /// Why nothing behind it can be read.
    public var fault: Fault?
  }

  /// Why the text cannot be read on.
  public enum Fault: Error, Hashable, Sendable, CustomStringConvertible {
    case notAnObject(line: Int)
    case entryNotAnObject(line: Int)
    case separator(line: Int)
    case bracket(line: Int)
    case endOfText(line: Int)
    case trailing(line: Int)
    case tooLarge(line: Int)
    case malformed(line: Int, JSONError.Reason)

    public var line: Int {
      switch self {
      case .notAnObject(let line), .entryNotAnObject(let line), .separator(let line), .bracket(let line),
        .endOfText(let line), .trailing(let line), .tooLarge(let line), .malformed(let line, _):
        line
      }
    }

    public var description: String {
      switch self {
      case .notAnObject: "the text is no JSON object"
      case .entryNotAnObject: "an entry is no object"
      case .separator: "between two entries there is one comma, and none after the last"
      case .bracket: "a bracket closes another than the one that is open"
      case .endOfText: "the text ends inside a value"
      case .trailing: "something stands after the end of the value"
      case .tooLarge: "what stands around the entries is too large"
      case .malformed(_, let reason): "\(reason)"
      }
    }
  }

  /// Members of the outermost object that are texts: `resourceType`, `type` and `id` among them.
  public private(set) var header: [String: String] = [:]
  /// Entries so far.
  public private(set) var count = 0

  private enum Place { case first, afterEntry, afterComma }

  private let bytesMax: Int
  private var fault: Fault?
  private var line = 1
  /// The brackets that are open.
  private var open: [UInt8] = []
  private var isInText = false
  private var isEscaped = false
  private var isOver = false
  /// The text that is being read in the outermost object, without its quotes.
  private var text: [UInt8]?
  /// The member whose value comes next, or is being read; nil where a name is expected.
  private var name: String?
  /// Whether it is between the brackets of `entry`, and where there.
  private var isInEntries = false
  private var place = Place.first
  /// The entry that is being read.
  private var entry: [UInt8]?
  private var entryLine = 0
  private var isOversize = false
  /// Everything but what stands between the brackets of `entry`.
  private var rest: [UInt8] = []
  /// The line in ``rest`` on which these brackets stand, and how many lines they hold.
  private var entriesLine = Int.max
  private var linesInEntries = 0

  /// - Parameter bytesMax: of an entry, and of all that stands around the entries.
  public init(bytesMax: Int) { self.bytesMax = bytesMax }

  /// Takes the next part of the text. After a fault nothing more is read.
  public mutating func feed(_ bytes: [UInt8]) -> Scan {
    var scan = Scan()
    do throws(Fault) {
      guard fault == nil else { return Scan(fault: fault) }
      for byte in bytes { try take(byte, &scan.entries) }
    } catch {
      fault = error
    }
    scan.fault = fault
    return scan
  }

  /// Tells that the text ends here.
  public func finish() throws(Fault) {
    if let fault { throw fault }
    guard isOver else { throw open.isEmpty && !isInText ? .notAnObject(line: line) : .endOfText(line: line) }
    do throws(JSONError) {
      _ = try JSONValue(parsing: rest, limits: JSONLimits(bytesMax: bytesMax))
    } catch {
      throw .malformed(line: error.line < entriesLine ? error.line : error.line + linesInEntries, error.reason)
    }
  }

  private mutating func take(_ byte: UInt8, _ entries: inout [Entry]) throws(Fault) {
    if byte == 0x0A { line += 1 }
    if entry != nil { keep(byte) }
    if isInEntries {
      if byte == 0x0A { linesInEntries += 1 }
    } else {
      guard rest.count < bytesMax else { throw .tooLarge(line: line) }
      rest.append(byte)
    }
    if isInText {
      takeInText(byte)
      return
    }
    switch byte {
    case 0x20, 0x0A, 0x0D, 0x09: break
    case UInt8(ascii: "{"), UInt8(ascii: "["): try takeOpening(byte)
    case UInt8(ascii: "}"), UInt8(ascii: "]"): try takeClosing(byte, &entries)
    case UInt8(ascii: ","): try takeComma()
    default:
      guard !open.isEmpty else { throw isOver ? .trailing(line: line) : .notAnObject(line: line) }
      if isInEntries, open.count == 2 { throw .entryNotAnObject(line: line) }
      guard byte == UInt8(ascii: "\"") else { return }
      isInText = true
      if open.count == 1 { text = [] }
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

  private mutating func takeComma() throws(Fault) {
    switch open.count {
    case 0: throw isOver ? .trailing(line: line) : .notAnObject(line: line)
    case 1: name = nil
    case 2 where isInEntries:
      guard place == .afterEntry else { throw .separator(line: line) }
      place = .afterComma
    default: break
    }
  }

  private mutating func takeOpening(_ byte: UInt8) throws(Fault) {
    if open.isEmpty, isOver || byte != UInt8(ascii: "{") { throw isOver ? .trailing(line: line) : .notAnObject(line: line) }
    if isInEntries, open.count == 2 {
      guard byte == UInt8(ascii: "{") else { throw .entryNotAnObject(line: line) }
      guard place != .afterEntry else { throw .separator(line: line) }
      entry = [byte]
      entryLine = line
      isOversize = false
    }
    if open.count == 1, byte == UInt8(ascii: "["), name == "entry" {
      isInEntries = true
      place = .first
      if entriesLine == .max { entriesLine = line }
    }
    open.append(byte)
  }

  private mutating func takeClosing(_ byte: UInt8, _ entries: inout [Entry]) throws(Fault) {
    guard let opening = open.last else { throw isOver ? .trailing(line: line) : .notAnObject(line: line) }
    guard (opening == UInt8(ascii: "{")) == (byte == UInt8(ascii: "}")) else { throw .bracket(line: line) }
    open.removeLast()
    if isInEntries, open.count == 2, let bytes = entry {
      entries.append(Entry(index: count, line: entryLine, bytes: isOversize ? nil : bytes))
      count += 1
      entry = nil
      place = .afterEntry
    } else if isInEntries, open.count == 1 {
      guard place != .afterComma else { throw .separator(line: line) }
      isInEntries = false
      rest.append(byte)
    } else if open.isEmpty {
      isOver = true
    }
  }

  private mutating func keep(_ byte: UInt8) {
    guard let count = entry?.count else { return }
    if count >= bytesMax {
      isOversize = true
      entry = []
    } else if !isOversize {
      entry?.append(byte)
    }
  }
}
