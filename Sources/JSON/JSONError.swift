/// Why a text was refused as JSON, and where. It never holds a byte of the text: that may be a patient's data.
public struct JSONError: Error, Hashable, Sendable, CustomStringConvertible {
  public enum Reason: Hashable, Sendable, CustomStringConvertible {
    /// Larger than the limit given, in bytes.
    case tooLarge(limit: Int)
    /// Arrays and objects stand in each other deeper than the limit.
    case tooDeep(limit: Int)
    /// The text ended inside a value.
    case endOfText
    /// RFC 8259 §8.1: a sender must not put a byte order mark before the text.
    case byteOrderMark
    case expectedValue
    case expectedMemberName
    case expectedColon
    case expectedCommaOrEnd
    /// A second value, or anything else than white space, after the end.
    case trailing
    case badNumber
    case badEscape
    /// Half of a surrogate pair alone: no Unicode scalar, so no text.
    case loneSurrogate
    /// A byte below 0x20 inside a string must be escaped.
    case controlCharacter
    case badUTF8
    /// The object has a member of this name already. Readers differ in which one they take, so it is refused.
    case duplicateMember

    public var description: String {
      switch self {
      case .tooLarge(let limit): "the text is larger than \(limit) bytes"
      case .tooDeep(let limit): "values are nested deeper than \(limit)"
      case .endOfText: "the text ends inside a value"
      case .byteOrderMark: "a byte order mark stands before the text"
      case .expectedValue: "a value is expected"
      case .expectedMemberName: "a member's name in double quotes is expected"
      case .expectedColon: "a colon is expected after the member's name"
      case .expectedCommaOrEnd: "a comma or the closing bracket is expected"
      case .trailing: "something stands after the end of the value"
      case .badNumber: "the number is malformed"
      case .badEscape: "the escape in the string is unknown"
      case .loneSurrogate: "the string has half of a surrogate pair"
      case .controlCharacter: "the string has a control character that is not escaped"
      case .badUTF8: "the string is not valid UTF-8"
      case .duplicateMember: "the object has a member of the same name before"
      }
    }
  }

  public let reason: Reason
  /// Bytes before the place.
  public let offset: Int
  /// From 1; lines end with LF.
  public let line: Int
  /// From 1, in bytes from the start of the line.
  public let column: Int

  init(_ reason: Reason, at offset: Int, of bytes: [UInt8]) {
    self.reason = reason
    self.offset = offset
    var line = 1
    var lineStart = 0
    for position in 0..<min(offset, bytes.count) where bytes[position] == 0x0A {
      line += 1
      lineStart = position + 1
    }
    self.line = line
    column = offset - lineStart + 1
  }

  public var description: String { "\(reason) (line \(line), column \(column), byte \(offset))" }
}

/// What a parser accepts before it refuses.
public struct JSONLimits: Hashable, Sendable {
  /// Bytes of the whole text.
  public var bytesMax: Int
  /// Arrays and objects around a value. Bounds the stack that parsing, writing and freeing take.
  public var depthMax: Int

  /// 16 MiB holds the largest bundle that a transaction's limits let through many times over; FHIR nests below 40 deep.
  public init(bytesMax: Int = 16 << 20, depthMax: Int = 128) {
    self.bytesMax = bytesMax
    self.depthMax = depthMax
  }
}
