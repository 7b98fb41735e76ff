public import Network

/// A request that has arrived whole.
public struct HTTPRequest: Sendable {
  public var method: HTTPMethod
  /// The path as sent, percent-encoded, beginning with `/`; `*` for OPTIONS of the whole server.
  public var path: String
  /// What follows the `?`, as sent; nil without one.
  public var query: String?
  public var headers: HTTPHeaders
  public var body: [UInt8]
  /// Fields after a chunked body. They are never mixed into ``headers`` (RFC 9110 §6.5.1).
  public var trailers = HTTPHeaders()
  /// False for HTTP/1.0.
  public var isHTTP11 = true
  /// Whether the connection may serve another request afterwards (RFC 9112 §9.3).
  public var keepsAlive = true
  /// Who sent it, as far as the socket knows.
  public var peer: Address?

  public init(
    method: HTTPMethod, path: String, query: String? = nil, headers: HTTPHeaders = [:], body: [UInt8] = []
  ) {
    self.method = method
    self.path = path
    self.query = query
    self.headers = headers
    self.body = body
  }

  /// The path cut at `/`, each part percent-decoded after the cut, so that `%2F` stays within its part; nil if a part
  /// is not validly encoded UTF-8 or is `.` or `..`. A trailing `/` gives an empty last part; `/` alone gives none.
  public var pathSegments: [String]? {
    guard path != "/" else { return [] }
    var segments: [String] = []
    for part in path.utf8.dropFirst().split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false) {
      guard let segment = PercentEncoding.decode(part), segment != ".", segment != ".." else { return nil }
      segments.append(segment)
    }
    return segments
  }

  /// The query as names and values in their order, `+` read as a blank; nil if it is not validly encoded UTF-8.
  public var queryItems: [(name: String, value: String)]? {
    guard let query else { return [] }
    var items: [(name: String, value: String)] = []
    for part in query.utf8.split(separator: UInt8(ascii: "&")) {
      let cut = part.firstIndex(of: UInt8(ascii: "="))
      let valuePart = cut.map { part[part.index(after: $0)...] } ?? part[part.endIndex...]
      guard let name = PercentEncoding.decode(part[..<(cut ?? part.endIndex)], plusIsBlank: true),
        let value = PercentEncoding.decode(valuePart, plusIsBlank: true)
      else { return nil }
      items.append((name, value))
    }
    return items
  }
}

/// Percent-encoding (RFC 3986 §2.1).
public enum PercentEncoding {
  /// Nil for a `%` without two hexadecimal digits, and for what is not UTF-8 once decoded.
  public static func decode(_ text: String, plusIsBlank: Bool = false) -> String? {
    decode(text[...].utf8, plusIsBlank: plusIsBlank)
  }

  static func decode(_ text: Substring.UTF8View, plusIsBlank: Bool = false) -> String? {
    guard text.contains(where: { $0 == UInt8(ascii: "%") || $0 == UInt8(ascii: "+") && plusIsBlank }) else {
      return String(Substring(text))
    }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(text.count)
    var rest = text.makeIterator()
    while let byte = rest.next() {
      if byte == UInt8(ascii: "%") {
        guard let high = rest.next().flatMap(hexDigit), let low = rest.next().flatMap(hexDigit) else { return nil }
        bytes.append(high << 4 | low)
      } else {
        bytes.append(byte == UInt8(ascii: "+") && plusIsBlank ? UInt8(ascii: " ") : byte)
      }
    }
    return String(validating: bytes, as: UTF8.self)
  }

  /// Encodes everything but unreserved characters (RFC 3986 §2.3), for one path segment or one part of a query.
  public static func encode(_ text: String) -> String {
    let digits = Array("0123456789ABCDEF".utf8)
    var bytes: [UInt8] = []
    for byte in text.utf8 {
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
        UInt8(ascii: "~"):
        bytes.append(byte)
      default:
        bytes += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}

func hexDigit(_ byte: UInt8) -> UInt8? {
  switch byte {
  case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
  case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
  case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
  default: nil
  }
}
