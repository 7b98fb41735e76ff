public import Base

/// Issues a prescription of one to four items under a number that is used once for ever; a second use is refused
/// (`duplicate`), whoever tries it and wherever.
public struct IssuePrescription: EncounterOperation {
  public static let name = "issuePrescription"
  public static let itemsMax = 4
  public var encounter: ResourceID
  /// An electronic token's number, or the serial number of a paper form.
  public var number: String
  public var form: PrescriptionForm
  public var items: [R4.MedicationRequest]
  /// ODS code of the pharmacy that is to dispense it: needed for a token, as urgent care sends to a named pharmacy.
  public var pharmacy: String?

  public init(
    for encounter: ResourceID, number: String, _ form: PrescriptionForm, _ items: [R4.MedicationRequest],
    to pharmacy: String?
  ) {
    self.encounter = encounter
    self.number = number
    self.form = form
    self.items = items
    self.pharmacy = pharmacy
  }

  public var home: Nation? { encounter.home }
}

/// Takes a whole prescription back, before anything of it was given out.
public struct CancelPrescription: EncounterOperation {
  public static let name = "cancelPrescription"
  /// Any item of it.
  public var item: ResourceID
  public var reason: String

  public init(_ item: ResourceID, reason: String) {
    self.item = item
    self.reason = reason
  }

  public var home: Nation? { item.home }
}

/// An item was given out, in part or whole.
public struct RecordDispense: EncounterOperation {
  public static let name = "recordDispense"
  public var item: ResourceID
  /// ODS code of the pharmacy.
  public var pharmacy: String
  public var isWhole: Bool

  public init(_ item: ResourceID, by pharmacy: String, isWhole: Bool = true) {
    self.item = item
    self.pharmacy = pharmacy
    self.isWhole = isWhole
  }

  public var home: Nation? { item.home }
}
