/// The organisation that runs a node: the failure domain that this store exists for.
///
/// 1 to 63 characters of `A-Z`, `a-z`, `0-9`, `-`, `_` and `.`, compared as bytes. Two names that differ by case alone
/// are two values here; ``ClusterDescription/problems`` refuses them, because they would be counted as two suppliers.
public struct Supplier: Hashable, Comparable, Sendable, CustomStringConvertible {
  public let name: String

  /// Returns nil when `name` breaks the rule above.
  public init?(_ name: String) {
    guard isLabelText(name) else { return nil }
    self.name = name
  }

  public static func < (left: Self, right: Self) -> Bool { left.name.utf8.lexicographicallyPrecedes(right.name.utf8) }
  public var description: String { name }
}

/// What may stand in metrics, certificates and settings without quoting.
func isLabelText(_ text: String) -> Bool {
  (1...63).contains(text.utf8.count)
    && text.utf8.allSatisfy { byte in
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): true
      case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."): true
      default: false
      }
    }
}
