public import Base

/// One key of a settings file: its type, range, default and the text that explains it. Documentation is made from it.
public struct Knob: Hashable, Sendable {
  public enum Form: Hashable, Sendable {
    /// Any text that is not empty.
    case text
    case nodeName
    case nation
    case supplier
    /// `name=value, name=value`, possibly empty.
    case labels
    /// `host:port`; port 0 lets the system choose, where a listener is meant.
    case address(listening: Bool)
    case choice([String])
    case boolean
    case integer(ClosedRange<Int64>)
    case duration(ClosedRange<Interval>)
    /// Bytes.
    case size(ClosedRange<Int64>)
  }

  /// What holds when the key is absent.
  public enum Absence: Hashable, Sendable {
    case refused(example: SettingsValue)
    case means(SettingsValue)
    /// The setting is off.
    case off(example: SettingsValue)
  }

  public let key: String
  public let form: Form
  public let absence: Absence
  /// One or more plain sentences.
  public let doc: String

  public init(_ key: String, _ form: Form, _ absence: Absence, _ doc: String) {
    self.key = key
    self.form = form
    self.absence = absence
    self.doc = doc
  }

  /// The default, else the example.
  public var shownValue: SettingsValue {
    switch absence {
    case .refused(let value), .means(let value), .off(let value): value
    }
  }

  /// What is written there, for people: `a duration from 10ms to 10s`.
  public var allowed: String {
    switch form {
    case .text: "a text in double quotes that is not empty"
    case .nodeName: "a name in double quotes: 1 to 63 characters of a-z, 0-9 and -"
    case .nation: "one of " + Nation.allCases.map { "\"\($0)\"" }.joined(separator: ", ")
    case .supplier: "a name in double quotes: 1 to 63 letters, digits, -, _ and ."
    case .labels: "labels in double quotes, such as \"building=b1, ca=north\", each name once"
    case .address(let listening):
      "\"host:port\" or \"[v6]:port\" with a port from \(listening ? 0 : 1) to 65535"
    case .choice(let choices): "one of " + choices.map { "\"\($0)\"" }.joined(separator: ", ")
    case .boolean: "true or false"
    case .integer(let range): "an integer from \(range.lowerBound) to \(range.upperBound)"
    case .duration(let range): Self.between("a duration", .duration(range.lowerBound), .duration(range.upperBound))
    case .size(let range): Self.between("a size", .size(range.lowerBound), .size(range.upperBound))
    }
  }

  private static func between(_ what: String, _ low: SettingsValue, _ high: SettingsValue) -> String {
    "\(what) from \(low) to \(high)"
  }

  /// Why `value` may not stand here; nil when it may.
  func refusal(of value: SettingsValue) -> SettingsProblem.Kind? {
    func range(_ isInside: Bool) -> SettingsProblem.Kind? { isInside ? nil : .outOfRange(key: key, allowed: allowed) }
    switch (form, value) {
    case (.text, .text(let text)): return range(!text.isEmpty)
    case (.nodeName, .text(let text)): return range(NodeID(text) != nil)
    case (.nation, .text(let text)): return range(Nation(text) != nil)
    case (.supplier, .text(let text)): return range(Supplier(text) != nil)
    case (.labels, .text(let text)): return range(Self.labels(text) != nil)
    case (.address(let listening), .text(let text)): return range(Self.isAddress(text, portFrom: listening ? 0 : 1))
    case (.choice(let choices), .text(let text)): return range(choices.contains(text))
    case (.boolean, .boolean): return nil
    case (.integer(let allowed), .integer(let number)): return range(allowed.contains(number))
    case (.duration(let allowed), .duration(let interval)): return range(allowed.contains(interval))
    case (.size(let allowed), .size(let bytes)): return range(allowed.contains(bytes))
    default: return .wrongType(key: key, expected: allowed, found: value.typeName)
    }
  }

  /// Reads `name=value, name=value`; nil when a part is no label or a name is given twice.
  static func labels(_ text: String) -> [NodeLabel]? {
    var labels: [NodeLabel] = []
    for part in text.split(separator: ",") {
      let sides = part.split(separator: "=", omittingEmptySubsequences: false)
      guard sides.count == 2, let label = NodeLabel(trimmed(sides[0]), trimmed(sides[1])) else { return nil }
      guard !labels.contains(where: { $0.name == label.name }) else { return nil }
      labels.append(label)
    }
    return labels
  }

  private static func trimmed(_ text: Substring) -> String {
    var slice = text.drop { $0 == " " }
    while slice.last == " " { slice.removeLast() }
    return String(slice)
  }

  static func isAddress(_ text: String, portFrom lowest: Int) -> Bool {
    guard let colon = text.lastIndex(of: ":") else { return false }
    let host = text[..<colon]
    let digits = text[text.index(after: colon)...]
    guard (1...5).contains(digits.utf8.count), digits.utf8.allSatisfy({ $0 &- 0x30 < 10 }) else { return false }
    guard let port = Int(digits), (lowest...65_535).contains(port) else { return false }
    if host.hasPrefix("["), host.hasSuffix("]") {
      let inner = host.dropFirst().dropLast().utf8
      return inner.count >= 2
        && inner.allSatisfy { isHexadecimal($0) || $0 == UInt8(ascii: ":") || $0 == UInt8(ascii: ".") }
    }
    return (1...253).contains(host.utf8.count)
      && host.utf8.allSatisfy { isAlphanumeric($0) || $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: "-") }
  }

  private static func isHexadecimal(_ byte: UInt8) -> Bool {
    byte &- 0x30 < 10 || (byte | 0x20) &- UInt8(ascii: "a") < 6
  }

  private static func isAlphanumeric(_ byte: UInt8) -> Bool {
    byte &- 0x30 < 10 || (byte | 0x20) &- UInt8(ascii: "a") < 26
  }
}
