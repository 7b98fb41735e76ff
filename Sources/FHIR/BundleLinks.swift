import Base
public import JSON

/// Where the resources of a bundle are to be found once they are stored: what their entries' `fullUrl` stands for.
///
/// A resource keeps the id that it has. One without gets an id that follows from the bundle alone, so that the same bundle
/// always gives the same ids: of a conditional create from its condition, as whoever states the same condition means the
/// same resource; else from its `fullUrl`; else from its content.
public struct BundleLinks: Sendable {
  private var references: [String: String] = [:]

  public init() {}

  /// Learns of an entry.
  /// - Returns: the resource's id, or nil when it has no type to tell of.
  @discardableResult
  public mutating func learn(_ entry: JSONValue) -> String? {
    guard let resource = entry["resource"], let type = resource["resourceType"]?.string else { return nil }
    let condition = entry["request"]?["ifNoneExist"]?.string
    let id = Self.id(of: resource, type: type, fullURL: entry["fullUrl"]?.string, condition: condition)
    let reference = "\(type)/\(id)"
    if let url = entry["fullUrl"]?.string, url.hasPrefix("urn:") { references[url] = reference }
    if let condition { references["\(type)?\(condition)"] = reference }
    return id
  }

  /// What `reference` points to in the store, when it is an entry's `fullUrl` or condition.
  public func target(of reference: String) -> String? { references[reference] }

  /// The resource of an entry as it is stored: with its id, and with references to other entries of the bundle pointing to
  /// where they are stored. Everything else stays as it is.
  public func stored(_ resource: JSONValue, id: String) -> JSONValue {
    var stored = references.isEmpty ? resource : rewritten(resource)
    if resource["id"] == nil { stored = stored.withID(id) }
    return stored
  }

  /// References, and primitives that are URIs by their name (http://hl7.org/fhir/R4/http.html#trules); never identifiers,
  /// whose value names something beyond the bundle.
  private func rewritten(_ value: JSONValue) -> JSONValue {
    switch value {
    case .array(let elements): return .array(elements.map(rewritten))
    case .object(let members):
      return .object(
        members.map { member in
          guard let text = member.value.string else { return JSONMember(member.name, rewritten(member.value)) }
          guard Self.uris.contains(member.name), let target = references[text] else { return member }
          return JSONMember(member.name, .string(target))
        })
    case .null, .bool, .number, .string: return value
    }
  }

  private static let uris: Set<String> = ["reference", "url", "valueUri", "valueUrl", "valueCanonical"]

  // MARK: Ids

  /// The id that a resource has or gets.
  public static func id(of resource: JSONValue, type: String, fullURL: String? = nil, condition: String? = nil) -> String {
    if let id = resource["id"]?.string { return id }
    if let condition { return derived(from: "\(type)?\(condition)") }
    if let fullURL, fullURL.hasPrefix("urn:uuid:"), Primitive.uuid.fault(of: .string(fullURL)) == nil {
      return fullURL.dropFirst(9).lowercased()
    }
    if let last = fullURL?.split(separator: "/").last.map(String.init), fullURL?.hasPrefix("http") ?? false,
      Primitive.id.fault(of: .string(last)) == nil
    {
      return last
    }
    return derived(from: "\(type)\n\(fullURL ?? "")\n" + resource.text())
  }

  /// A UUID of version 8 (RFC 9562 §5.8) out of a digest.
  private static func derived(from text: String) -> String {
    let digest = Digest(of: Array(text.utf8))
    let high = digest.word0 & ~0xF000 | 0x8000
    return Identifier(high: high, low: digest.word1 & ~(0b11 << 62) | 0b10 << 62).description
  }
}

extension JSONValue {
  /// A resource with this id, which stands where FHIR writes it: behind its type.
  fileprivate func withID(_ id: String) -> JSONValue {
    guard var members = self.members else { return self }
    let place = members.firstIndex { $0.name == "resourceType" }.map { $0 + 1 } ?? 0
    members.insert(JSONMember("id", .string(id)), at: place)
    return .object(members)
  }
}
