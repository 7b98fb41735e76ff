extension JSONValue {
  /// Parses one JSON text, strictly by RFC 8259, and beyond it refuses duplicate member names, lone surrogates and a
  /// byte order mark. Total: whatever the bytes are, it returns a value or throws.
  public init(parsing bytes: [UInt8], limits: JSONLimits = JSONLimits()) throws(JSONError) {
    var parser = JSONParser(bytes: bytes, limits: limits)
    self = try parser.whole()
  }

  /// Parses the UTF-8 of `text`.
  public init(parsing text: String, limits: JSONLimits = JSONLimits()) throws(JSONError) {
    try self.init(parsing: Array(text.utf8), limits: limits)
  }
}

/// Recursive descent over the bytes; `position` is the next byte not yet taken.
struct JSONParser {
  private let bytes: [UInt8]
  private let limits: JSONLimits
  private var position = 0
  private var depth = 0
  /// Taken out and put back by each string with escapes, so that they share one allocation.
  private var scratch: [UInt8] = []

  init(bytes: [UInt8], limits: JSONLimits) {
    self.bytes = bytes
    self.limits = limits
  }

  mutating func whole() throws(JSONError) -> JSONValue {
    guard bytes.count <= limits.bytesMax else { throw error(.tooLarge(limit: limits.bytesMax), at: 0) }
    if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { throw error(.byteOrderMark, at: 0) }
    let value = try self.value()
    skipSpace()
    guard position == bytes.count else { throw error(.trailing) }
    return value
  }

  private func error(_ reason: JSONError.Reason, at offset: Int? = nil) -> JSONError {
    JSONError(reason, at: offset ?? position, of: bytes)
  }

  private mutating func skipSpace() {
    while position < bytes.count {
      switch bytes[position] {
      case 0x20, 0x0A, 0x0D, 0x09: position += 1
      default: return
      }
    }
  }

  /// The next byte after white space, not yet taken.
  private mutating func peek() throws(JSONError) -> UInt8 {
    skipSpace()
    guard position < bytes.count else { throw error(.endOfText) }
    return bytes[position]
  }

  private mutating func value() throws(JSONError) -> JSONValue {
    switch try peek() {
    case UInt8(ascii: "{"): return try nested { (parser) throws(JSONError) in try parser.object() }
    case UInt8(ascii: "["): return try nested { (parser) throws(JSONError) in try parser.array() }
    case UInt8(ascii: "\""): return .string(try string())
    case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return .number(try number())
    case UInt8(ascii: "t"): return try literal("true", .bool(true))
    case UInt8(ascii: "f"): return try literal("false", .bool(false))
    case UInt8(ascii: "n"): return try literal("null", .null)
    default: throw error(.expectedValue)
    }
  }

  private mutating func nested(
    _ body: (inout Self) throws(JSONError) -> JSONValue
  ) throws(JSONError) -> JSONValue {
    guard depth < limits.depthMax else { throw error(.tooDeep(limit: limits.depthMax)) }
    depth += 1
    position += 1
    let value = try body(&self)
    depth -= 1
    return value
  }

  private mutating func literal(_ word: StaticString, _ value: JSONValue) throws(JSONError) -> JSONValue {
    let start = position
    for offset in 0..<word.utf8CodeUnitCount {
      guard start + offset < bytes.count else { throw error(.endOfText, at: bytes.count) }
      guard bytes[start + offset] == word.utf8Start[offset] else { throw error(.expectedValue, at: start) }
    }
    position = start + word.utf8CodeUnitCount
    return value
  }

  private mutating func number() throws(JSONError) -> JSONNumber {
    switch JSONNumber.scan(bytes, from: position) {
    case .number(let end):
      defer { position = end }
      return JSONNumber(checked: String(decoding: bytes[position..<end], as: UTF8.self))
    case .broken(let place):
      throw error(place == bytes.count ? .endOfText : .badNumber, at: place)
    }
  }

  private mutating func array() throws(JSONError) -> JSONValue {
    var elements: [JSONValue] = []
    if try peek() == UInt8(ascii: "]") {
      position += 1
      return .array(elements)
    }
    while true {
      elements.append(try value())
      if try endOfList(UInt8(ascii: "]")) { return .array(elements) }
    }
  }

  private mutating func object() throws(JSONError) -> JSONValue {
    var members: [JSONMember] = []
    var offsets: [Int] = []
    if try peek() == UInt8(ascii: "}") {
      position += 1
      return .object(members)
    }
    while true {
      guard try peek() == UInt8(ascii: "\"") else { throw error(.expectedMemberName) }
      let offset = position
      let name = try string()
      if members.count < Self.fewMembers {
        // A linear look back beats any table for the handful of members that FHIR's elements have.
        guard !members.contains(where: { sameBytes($0.name, name) }) else { throw error(.duplicateMember, at: offset) }
      }
      guard try peek() == UInt8(ascii: ":") else { throw error(.expectedColon) }
      position += 1
      members.append(JSONMember(name, try value()))
      offsets.append(offset)
      if try endOfList(UInt8(ascii: "}")) { break }
    }
    if members.count > Self.fewMembers { try refuseDuplicates(members, offsets) }
    return .object(members)
  }

  private static let fewMembers = 24

  /// Sorts the names of a large object, so that a hostile one costs n log n and not n².
  private func refuseDuplicates(_ members: [JSONMember], _ offsets: [Int]) throws(JSONError) {
    let order = members.indices.sorted { left, right in
      let leftName = members[left].name.utf8
      let rightName = members[right].name.utf8
      if leftName.lexicographicallyPrecedes(rightName) { return true }
      return left < right && leftName.elementsEqual(rightName)
    }
    var first: Int?
    for (one, next) in zip(order, order.dropFirst()) where sameBytes(members[one].name, members[next].name) {
      first = min(first ?? next, next)
    }
    if let first { throw error(.duplicateMember, at: offsets[first]) }
  }

  /// Takes a comma (false) or `end` (true).
  private mutating func endOfList(_ end: UInt8) throws(JSONError) -> Bool {
    let byte = try peek()
    guard byte == end || byte == UInt8(ascii: ",") else { throw error(.expectedCommaOrEnd) }
    position += 1
    return byte == end
  }

  // MARK: Strings

  /// From the opening quote through the closing one. A string without escapes is taken in one piece.
  private mutating func string() throws(JSONError) -> String {
    position += 1
    let start = position
    try skipPlain()
    if bytes[position] == UInt8(ascii: "\"") {
      defer { position += 1 }
      return try text(bytes[start..<position], at: start)
    }
    var unescaped = scratch
    scratch = []
    unescaped.removeAll(keepingCapacity: true)
    unescaped.append(contentsOf: bytes[start..<position])
    try check(start..<position)
    while bytes[position] != UInt8(ascii: "\"") {
      try escape(into: &unescaped)
      let run = position
      try skipPlain()
      try check(run..<position)
      unescaped.append(contentsOf: bytes[run..<position])
    }
    position += 1
    let result = String(decoding: unescaped, as: UTF8.self)
    scratch = unescaped
    return result
  }

  /// Stops at a quote or a backslash.
  private mutating func skipPlain() throws(JSONError) {
    var place = position
    while place < bytes.count {
      let byte = bytes[place]
      if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") {
        position = place
        return
      }
      guard byte >= 0x20 else { throw error(.controlCharacter, at: place) }
      place += 1
    }
    throw error(.endOfText, at: place)
  }

  private func text(_ slice: ArraySlice<UInt8>, at start: Int) throws(JSONError) -> String {
    guard let text = String(validating: slice, as: UTF8.self) else {
      throw error(.badUTF8, at: start + validPrefix(slice))
    }
    return text
  }

  private func check(_ range: Range<Int>) throws(JSONError) {
    if range.allSatisfy({ bytes[$0] < 0x80 }) { return }
    _ = try text(bytes[range], at: range.lowerBound)
  }

  /// How many bytes stand before the first scalar that is not valid.
  private func validPrefix(_ slice: ArraySlice<UInt8>) -> Int {
    var decoder = Unicode.UTF8.ForwardParser()
    var source = slice.makeIterator()
    var count = 0
    while case .valid(let scalar) = decoder.parseScalar(from: &source) { count += scalar.count }
    return count
  }

  private mutating func escape(into text: inout [UInt8]) throws(JSONError) {
    let start = position
    guard start + 1 < bytes.count else { throw error(.endOfText, at: bytes.count) }
    position += 2
    switch bytes[start + 1] {
    case UInt8(ascii: "\""): text.append(0x22)
    case UInt8(ascii: "\\"): text.append(0x5C)
    case UInt8(ascii: "/"): text.append(0x2F)
    case UInt8(ascii: "b"): text.append(0x08)
    case UInt8(ascii: "f"): text.append(0x0C)
    case UInt8(ascii: "n"): text.append(0x0A)
    case UInt8(ascii: "r"): text.append(0x0D)
    case UInt8(ascii: "t"): text.append(0x09)
    case UInt8(ascii: "u"): text.append(contentsOf: try unicodeEscape(from: start).utf8Bytes)
    default: throw error(.badEscape, at: start)
    }
  }

  /// The four digits after `\u`, and the second half of a surrogate pair where the first calls for it.
  private mutating func unicodeEscape(from start: Int) throws(JSONError) -> Unicode.Scalar {
    let first = try fourDigits(from: start)
    if let scalar = Unicode.Scalar(UInt32(first)) { return scalar }
    guard UTF16.isLeadSurrogate(first) else { throw error(.loneSurrogate, at: start) }
    let second = position
    if second == bytes.count { throw error(.endOfText, at: second) }
    guard bytes[second] == UInt8(ascii: "\\") else { throw error(.loneSurrogate, at: start) }
    if second + 1 == bytes.count { throw error(.endOfText, at: second + 1) }
    guard bytes[second + 1] == UInt8(ascii: "u") else { throw error(.loneSurrogate, at: start) }
    position = second + 2
    let low = try fourDigits(from: second)
    guard UTF16.isTrailSurrogate(low) else { throw error(.loneSurrogate, at: start) }
    let value = 0x1_0000 + (UInt32(first - 0xD800) << 10) + UInt32(low - 0xDC00)
    guard let scalar = Unicode.Scalar(value) else { throw error(.loneSurrogate, at: start) }
    return scalar
  }

  private mutating func fourDigits(from start: Int) throws(JSONError) -> UInt16 {
    var value: UInt16 = 0
    for _ in 0..<4 {
      guard position < bytes.count else { throw error(.endOfText, at: bytes.count) }
      let digit: UInt8
      switch bytes[position] {
      case 0x30...0x39: digit = bytes[position] - 0x30
      case 0x41...0x46: digit = bytes[position] - 0x41 + 10
      case 0x61...0x66: digit = bytes[position] - 0x61 + 10
      default: throw error(.badEscape, at: start)
      }
      value = value << 4 | UInt16(digit)
      position += 1
    }
    return value
  }
}

extension Unicode.Scalar {
  fileprivate var utf8Bytes: UTF8.EncodedScalar {
    // Every scalar has an encoding; the replacement is what the standard library's own encoders fall back to.
    UTF8.encode(self) ?? UTF8.encodedReplacementCharacter
  }
}
