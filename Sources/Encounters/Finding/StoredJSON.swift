public import Base
public import JSON

/// A resource of any type.
public struct StoredJSON: Hashable, Sendable {
  public var type: String
  public var id: ResourceID
  public var nation: Nation
  public var json: JSONValue
}
