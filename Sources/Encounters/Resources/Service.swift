public import Base

/// A service that does the work: where it stands, and its code in the organisation data service (ODS).
public struct Service: Hashable, Sendable, Encodable, CustomStringConvertible {
  /// Whose keyspace holds what the service begins.
  public var nation: Nation
  /// 3 to 10 of `A-Z` and `0-9`.
  public let code: String

  /// Returns nil when `code` has not the form of an ODS code.
  public init?(_ nation: Nation, _ code: String) {
    guard Self.isCode(code) else { return nil }
    self.nation = nation
    self.code = code
  }

  static func isCode(_ text: String) -> Bool {
    (3...10).contains(text.utf8.count)
      && text.utf8.allSatisfy { (0x30...0x39).contains($0) || (0x41...0x5A).contains($0) }
  }

  public var description: String { "\(nation)/\(code)" }
}

/// An ambulance, a car, a response team, as its service calls it.
public struct Unit: Hashable, Sendable, Encodable, CustomStringConvertible {
  public var service: Service
  /// 1 to 16 of `A-Z`, `0-9` and `-`.
  public let callsign: String

  /// Returns nil when `callsign` breaks the rule above.
  public init?(_ callsign: String, of service: Service) {
    guard (1...16).contains(callsign.utf8.count),
      callsign.utf8.allSatisfy({
        (0x30...0x39).contains($0) || (0x41...0x5A).contains($0) || $0 == UInt8(ascii: "-")
      })
    else { return nil }
    self.service = service
    self.callsign = callsign
  }

  public var description: String { "\(service.code)/\(callsign)" }
}

extension Nation: Encodable {}
