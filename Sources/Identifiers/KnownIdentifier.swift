/// An identifier of a system whose rules are known here.
public enum KnownIdentifier: Hashable, Sendable {
  case patient(PatientNumber)
  case prescription(PrescriptionNumber)
  case registered(RegistryCode)

  /// Reads the value of a FHIR identifier. Nil when the system is none of those known, so that nothing can be said of it.
  /// - Throws: what is wrong with the value by the rules of its system.
  public init?(system: String, value: String) throws(IdentifierFault) {
    if let scheme = PatientNumber.Scheme(system: system) {
      self = .patient(try PatientNumber(value, as: scheme))
    } else if system == PrescriptionNumber.system {
      self = .prescription(try PrescriptionNumber(value))
    } else if let register = RegistryCode.Register(system: system) {
      self = .registered(try RegistryCode(value, of: register))
    } else {
      return nil
    }
  }
}
