import Base
public import JSON

/// FHIR R4 resources as the operations see them: the JSON itself, with readings of the members that matter here. What a
/// reading does not know stays as it came, down to the text of numbers.
public enum R4 {}

/// A reading of one type of resource.
public protocol R4Resource: Hashable, Sendable, Encodable {
  /// For example `Encounter`.
  static var type: String { get }
  /// The whole resource.
  var json: JSONValue { get set }
  /// Takes `json` as it is; nil when its `resourceType` is another.
  init?(json: JSONValue)
}

extension R4Resource {
  /// What the resource calls itself; nil before it has an id, or when that is none by FHIR.
  public var id: ResourceID? { json["id"]?.string.flatMap { ResourceID($0) } }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(json.text())
  }

  /// The id of what a member refers to, if that is a resource of `type` in this store.
  func referenced(_ member: String, _ type: String) -> ResourceID? { json[member]?.referenced(type) }
}

extension JSONValue {
  /// `{"resourceType": type}`, to be filled.
  static func resource(_ type: String) -> JSONValue { ["resourceType": .string(type)] }

  var resourceType: String? { self["resourceType"]?.string }

  // MARK: References

  static func reference(_ type: String, _ id: ResourceID) -> JSONValue { ["reference": .string("\(type)/\(id)")] }

  /// A reference to an organisation by its ODS code: it stands outside the store.
  static func organisation(_ code: String) -> JSONValue {
    ["identifier": .identifier(Vocabulary.odsCode, code)]
  }

  /// Of a Reference: the id, if it is relative and of `type`.
  func referenced(_ type: String) -> ResourceID? {
    guard let text = self["reference"]?.string, let reference = LocalReference(text), reference.type == type else {
      return nil
    }
    return reference.id
  }

  /// Of a Reference to an organisation: its ODS code.
  var organisationCode: String? {
    guard self["identifier"]?["system"]?.string == Vocabulary.odsCode else { return nil }
    return self["identifier"]?["value"]?.string
  }

  // MARK: Identifiers and codes

  static func identifier(_ system: String, _ value: String) -> JSONValue {
    ["system": .string(system), "value": .string(value)]
  }

  /// The value of the first identifier of `system` in this list of identifiers.
  func identifierValue(_ system: String) -> String? {
    array?.first { $0["system"]?.string == system }?["value"]?.string
  }

  static func coding(_ system: String, _ code: String, _ display: String? = nil) -> JSONValue {
    .object(present: ["system": .string(system), "code": .string(code), "display": display.map { .string($0) }])
  }

  static func concept(_ system: String, _ code: String, _ display: String? = nil) -> JSONValue {
    ["coding": [.coding(system, code, display)]]
  }

  /// Of a CodeableConcept: its code in `system`.
  func code(in system: String) -> String? {
    self["coding"]?.array?.first { $0["system"]?.string == system }?["code"]?.string
  }

  // MARK: Extensions

  /// The first extension of this URL.
  func `extension`(_ url: String) -> JSONValue? {
    self["extension"]?.array?.first { $0["url"]?.string == url }
  }

  /// Puts an extension with this value (`valueCode` and the like) in the place of those of the same URL; nil takes them
  /// out.
  mutating func setExtension(_ url: String, _ member: String, _ value: JSONValue?) {
    var list = (self["extension"]?.array ?? []).filter { $0["url"]?.string != url }
    if let value {
      list.append(.object([JSONMember("url", .string(url)), JSONMember(member, value)]))
    }
    setMember("extension", to: list.isEmpty ? nil : .array(list))
  }

  // MARK: Times

  static func instant(_ instant: Instant) -> JSONValue { .string(instant.description) }
  var instant: Instant? { string.flatMap { Instant($0) } }
}

/// A reference to a resource of this store, `Type/id` or `Type/id/_history/version`.
struct LocalReference: Hashable {
  var type: String
  var id: ResourceID

  /// Nil for what points elsewhere: an absolute URL, a contained resource, `urn:uuid:`.
  init?(_ text: String) {
    let parts = text.split(separator: "/", omittingEmptySubsequences: false).map { String($0) }
    guard parts.count == 2 || (parts.count == 4 && parts[2] == "_history"), let first = parts[0].utf8.first,
      (0x41...0x5A).contains(first), let id = ResourceID(parts[1])
    else { return nil }
    type = parts[0]
    self.id = id
  }
}

/// A code of some system, as the caller chooses it.
public struct Coding: Hashable, Sendable, Encodable {
  public var system: String
  public var code: String
  public var display: String?
  public init(system: String, code: String, display: String? = nil) {
    self.system = system
    self.code = code
    self.display = display
  }

  var concept: JSONValue { .concept(system, code, display) }
}

extension JSONValue: Encodable {
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(text())
  }
}
