public import Base

/// Records a patient. A verified number that another active patient has is refused (`duplicate`).
public struct RegisterPatient: EncounterOperation {
  public static let name = "registerPatient"
  /// Where the record is at home.
  public var nation: Nation
  public var patient: R4.Patient

  public init(at nation: Nation, _ patient: R4.Patient) {
    self.nation = nation
    self.patient = patient
  }

  public var home: Nation? { nation }
}

/// Replaces what is recorded of a patient: a traced number, a corrected name.
public struct AmendPatient: EncounterOperation {
  public static let name = "amendPatient"
  public var id: ResourceID
  public var patient: R4.Patient

  public init(_ id: ResourceID, to patient: R4.Patient) {
    self.id = id
    self.patient = patient
  }

  public var home: Nation? { id.home }
}

/// Makes an identified patient the subject of an encounter that was opened for somebody unknown; the placeholder is
/// replaced by the patient. Calls are counted for the patient from then on.
public struct LinkPatient: EncounterOperation {
  public static let name = "linkPatient"
  public var encounter: ResourceID
  /// At home wherever it is.
  public var patient: ResourceID

  public init(_ patient: ResourceID, to encounter: ResourceID) {
    self.encounter = encounter
    self.patient = patient
  }

  public var home: Nation? { encounter.home }
}

/// Two records are of one person: `duplicate` becomes inactive and points to `survivor`.
public struct MergePatients: EncounterOperation {
  public static let name = "mergePatients"
  public var duplicate: ResourceID
  public var survivor: ResourceID

  public init(_ duplicate: ResourceID, into survivor: ResourceID) {
    self.duplicate = duplicate
    self.survivor = survivor
  }

  public var home: Nation? { duplicate.home }
}
