import Base
import Encounters
import FHIR
import Identifiers
import JSON

/// In which nation's keyspace a resource is at home: told by its content and by what it refers to, never by who imports it.
///
/// In this order: an id that was made here; a tag that names the nation; a patient's number; what the resource refers to, its
/// patient and encounter first; the patient's number in such a reference.
struct HomeFinder {
  /// Of NHS numbers, which do not tell England from Wales.
  private let nhs: Nation
  /// Resources whose home is known, as digests of `Type/id`: those of this run, the latest first to be found. When one
  /// half is full the older is forgotten; the store knows the rest.
  private var recent: [Identifier: Nation] = [:]
  private var older: [Identifier: Nation] = [:]
  private static let halfMax = 100_000

  /// Of a tag whose code is a nation's name.
  static let tagSystem = "https://quartet.example/CodeSystem/home"

  init(fallback: Nation?) { nhs = fallback == .wales ? .wales : .england }

  mutating func learn(_ reference: String, at nation: Nation) {
    if recent.count >= Self.halfMax {
      older = recent
      recent = [:]
    }
    recent[Self.name(reference)] = nation
  }

  func home(of reference: String) -> Nation? {
    let name = Self.name(reference)
    return recent[name] ?? older[name]
  }

  private static func name(_ reference: String) -> Identifier {
    let digest = Digest(of: Array(reference.utf8))
    return Identifier(high: digest.word0, low: digest.word1)
  }

  /// What the resource itself and those known tell; nil when that is nothing.
  func home(of resource: JSONValue) -> Nation? {
    if let home = resource["id"]?.string.flatMap({ ResourceID($0) })?.home { return home }
    let tag = resource["meta"]?["tag"]?.array?.first { $0["system"]?.string == Self.tagSystem }
    if let home = tag?["code"]?.string.flatMap({ Nation($0) }) { return home }
    if resource["resourceType"]?.string == "Patient" { return home(ofPatient: resource) }
    let references = References(of: resource)
    for reference in references.leading {
      if let text = reference["reference"]?.string, let home = home(ofReference: text, in: resource) { return home }
      if let home = home(ofIdentifiers: [reference["identifier"]].compactMap { $0 }) { return home }
    }
    for text in references.others { if let home = home(ofReference: text, in: resource) { return home } }
    return nil
  }

  /// References that the store may know the home of, as `Type/id`, the leading ones first.
  func unknown(of resource: JSONValue) -> [String] {
    let references = References(of: resource)
    let texts = references.leading.compactMap { $0["reference"]?.string } + references.others
    return texts.filter { Self.isLocal($0) }
  }

  private func home(ofReference text: String, in resource: JSONValue) -> Nation? {
    if text.hasPrefix("#") {
      let contained = resource["contained"]?.array?.first { $0["id"]?.string == String(text.dropFirst()) }
      return contained.flatMap { $0["resourceType"]?.string == "Patient" ? home(ofPatient: $0) : nil }
    }
    if let home = home(of: text) { return home }
    guard Self.isLocal(text) else { return nil }
    return text.split(separator: "/").last.flatMap { ResourceID(String($0)) }?.home
  }

  private func home(ofPatient patient: JSONValue) -> Nation? { home(ofIdentifiers: patient["identifier"]?.array ?? []) }

  /// Of several numbers one that only one nation gives is the surest.
  private func home(ofIdentifiers identifiers: [JSONValue]) -> Nation? {
    let schemes = identifiers.compactMap { identifier -> PatientNumber.Scheme? in
      guard let system = identifier["system"]?.string, let scheme = PatientNumber.Scheme(system: system),
        let value = identifier["value"]?.string
      else { return nil }
      return try? PatientNumber(value, as: scheme).scheme
    }
    guard let scheme = schemes.first(where: { $0.nations.count == 1 }) ?? schemes.first else { return nil }
    return scheme.nations.count == 1 ? scheme.registry : nhs
  }

  /// `Type/id`: of this store, not of another server.
  static func isLocal(_ text: String) -> Bool {
    let parts = text.split(separator: "/", omittingEmptySubsequences: false)
    guard parts.count == 2, let first = parts[0].utf8.first else { return false }
    return (0x41...0x5A).contains(first) && ResourceID(String(parts[1])) != nil
  }
}

/// What a resource refers to.
struct References {
  /// The references themselves that tell whose it is: of subject and patient, then of the encounter.
  private(set) var leading: [JSONValue] = []
  /// The texts of all others.
  private(set) var others: [String] = []

  private static let leaders = ["subject", "patient", "for", "beneficiary", "encounter", "context"]

  init(of resource: JSONValue) {
    for name in Self.leaders { if let value = resource[name] { leading.append(value) } }
    for member in resource.members ?? [] where !Self.leaders.contains(member.name) && member.name != "contained" {
      gather(member.value)
    }
  }

  private mutating func gather(_ value: JSONValue) {
    if let text = value["reference"]?.string { others.append(text) }
    for element in value.array ?? [] { gather(element) }
    for member in value.members ?? [] { gather(member.value) }
  }
}
