public import Base
public import JSON

/// Stores resources as they are, with the ids they have: bulk import, and types that no operation makes. Each becomes the
/// next version of what is there; one that is there already, byte for byte, is left alone.
public struct StoreResources: EncounterOperation {
  public static let name = "storeResources"
  public var nation: Nation
  /// Each with `resourceType` and `id`.
  public var resources: [JSONValue]
  /// Whether a resource that differs from the stored one replaces it, or is refused (`duplicate`).
  public var replaces: Bool

  public init(at nation: Nation, _ resources: [JSONValue], replaces: Bool = false) {
    self.nation = nation
    self.resources = resources
    self.replaces = replaces
  }

  public var home: Nation? { nation }
}
