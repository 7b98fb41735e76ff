import Base

/// A patient's number in one canonical form, whatever system and spacing it came with, and the nation whose keyspace
/// says who has it.
struct RegisteredNumber: Hashable, Sendable {
  /// The ten digits; the national schemes share one number space.
  let digits: String
  /// A pure function of the digits: CHI numbers belong to Scotland, health and care numbers to Northern Ireland, all
  /// others, which England and Wales share, to England.
  let registry: Nation

  private static let systems = [
    "https://fhir.nhs.uk/Id/nhs-number", "https://fhir.nhs.uk/Id/chi-number",
    "urn:oid:2.16.840.1.113883.2.1.3.2.4.16.53", "https://fhir.nhs.uk/Id/hsc-number",
  ]

  /// Nil when the system is none of a patient's number, or the value has not ten digits.
  init?(system: String, value: String) {
    guard Self.systems.contains(system) else { return nil }
    self.init(value)
  }

  /// Reads ten digits, with blanks or hyphens between them or without.
  init?(_ value: String) {
    let digits = value.utf8.filter { $0 != 0x20 && $0 != UInt8(ascii: "-") }
    guard digits.count == 10, digits.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
    self.digits = String(decoding: digits, as: UTF8.self)
    switch self.digits {
    case "0101000000"..."3112999999": registry = .scotland
    case "3200000000"..."3999999999": registry = .northernIreland
    default: registry = .england
    }
  }
}
