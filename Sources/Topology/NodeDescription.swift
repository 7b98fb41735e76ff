public import Base

/// A failure domain that an administrator declares of a node beside nation and supplier: `building`, `ca`, `build`.
public struct NodeLabel: Hashable, Comparable, Sendable, CustomStringConvertible {
  public let name: String
  public let value: String

  /// Returns nil unless both are 1 to 63 characters of letters, digits, `-`, `_` and `.`.
  public init?(_ name: String, _ value: String) {
    guard isLabelText(name), isLabelText(value) else { return nil }
    self.name = name
    self.value = value
  }

  public static func < (left: Self, right: Self) -> Bool {
    left.name == right.name
      ? left.value.utf8.lexicographicallyPrecedes(right.value.utf8)
      : left.name.utf8.lexicographicallyPrecedes(right.name.utf8)
  }

  public var description: String { "\(name)=\(value)" }
}

/// Who a node is, where it stands, who runs it, and where it listens.
public struct NodeDescription: Hashable, Sendable {
  public var id: NodeID
  public var nation: Nation
  public var supplier: Supplier
  /// Sorted; one value for each name.
  public let labels: [NodeLabel]
  /// `host:port` or `[v6]:port` for native clients.
  public var clientAddress: String
  /// The same for other nodes.
  public var peerAddress: String
  /// The same for FHIR, plain keys, health and metrics.
  public var httpAddress: String

  /// A repeated label name is a fault of the caller; text from outside is checked by the settings.
  public init(
    id: NodeID, nation: Nation, supplier: Supplier, labels: [NodeLabel] = [], clientAddress: String = "",
    peerAddress: String = "", httpAddress: String = ""
  ) {
    self.id = id
    self.nation = nation
    self.supplier = supplier
    self.labels = labels.sorted()
    self.clientAddress = clientAddress
    self.peerAddress = peerAddress
    self.httpAddress = httpAddress
    precondition(zip(self.labels, self.labels.dropFirst()).allSatisfy { $0.name != $1.name }, "label given twice")
  }

  /// The value of the label of this name.
  public func label(_ name: String) -> String? { labels.first { $0.name == name }?.value }
}
