/// The systems of identifiers, codes and extensions that operations read and write.
public enum Vocabulary {
  public static let odsCode = "https://fhir.nhs.uk/Id/ods-organization-code"
  public static let dosServiceID = "https://fhir.nhs.uk/Id/dos-service-id"
  public static let prescriptionNumber = "https://fhir.nhs.uk/Id/prescription-order-number"
  /// The serial number of a paper form.
  public static let paperFormNumber = "https://quartet.example/Id/prescription-form"
  /// `{prescription}/{item}`; item 1 stands for the whole prescription.
  public static let prescriptionItem = "https://quartet.example/Id/prescription-item"
  public static let callsign = "https://quartet.example/Id/callsign"

  public static let actCode = "http://terminology.hl7.org/CodeSystem/v3-ActCode"
  public static let pathwaysDisposition = "https://fhir.nhs.uk/CodeSystem/pathways-dx-codes"
  public static let ambulancePriority = "https://fhir.nhs.uk/CodeSystem/arp-priority-codes"
  public static let ambulancePriorityWales = "https://quartet.example/CodeSystem/ambulance-priority-wales"
  public static let ambulancePriorityScotland = "https://quartet.example/CodeSystem/ambulance-priority-scotland"
  /// What a call that needs no ambulance is given.
  public static let urgency = "https://quartet.example/CodeSystem/urgency"
  /// The common rank, 0 to 9, beside the nation's own code.
  public static let rank = "https://quartet.example/CodeSystem/rank"
  /// `dispatch`, `callback`.
  public static let taskKind = "https://quartet.example/CodeSystem/task-kind"
  /// `mobile`, `on-scene`, `conveying`, `at-hospital`, `clear`.
  public static let unitStatus = "https://quartet.example/CodeSystem/unit-status"
  /// Names of a task's inputs.
  public static let taskInput = "https://quartet.example/CodeSystem/task-input"
  /// `pem`, `eps`.
  public static let channel = "https://quartet.example/CodeSystem/channel"
  public static let needCode = "https://quartet.example/CodeSystem/need"

  static let extensionBase = "https://quartet.example/StructureDefinition/"
  static let outcome = "https://fhir.hl7.org.uk/StructureDefinition/Extension-UKCore-OutcomeOfAttendance"
  static let numberVerification = "https://fhir.hl7.org.uk/StructureDefinition/Extension-UKCore-NHSNumberVerificationStatus"
  static let numberVerificationCode = "https://fhir.hl7.org.uk/CodeSystem/UKCore-NHSNumberVerificationStatus"
}
