/// Where a node stands, and where data is at home. Also the names of the four nations' keyspaces.
public enum Nation: UInt8, Hashable, Sendable, CaseIterable, CustomStringConvertible {
  case england = 1
  case scotland = 2
  case wales = 3
  case northernIreland = 4

  /// Reads a nation's name: `england`, `scotland`, `wales`, `northern-ireland`.
  public init?(_ name: String) {
    guard let nation = Self.allCases.first(where: { $0.description == name }) else { return nil }
    self = nation
  }

  public var description: String {
    switch self {
    case .england: "england"
    case .scotland: "scotland"
    case .wales: "wales"
    case .northernIreland: "northern-ireland"
    }
  }
}
