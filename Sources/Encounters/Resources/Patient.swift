public import Identifiers
public import JSON

extension R4 {
  /// Who it is about; of somebody unknown, perhaps nothing but who called.
  public struct Patient: R4Resource {
    public static let type = "Patient"
    public var json: JSONValue

    public init?(json: JSONValue) {
      guard json.resourceType == Self.type else { return nil }
      self.json = json
    }

    /// Nobody known yet: no name, no number.
    public init(unknown caller: Caller? = nil) {
      json = .resource(Self.type)
      json.setMember("active", to: true)
      if let caller { json.setMember("contact", to: [caller.contact]) }
    }

    /// Somebody with a number of one of the national schemes.
    ///
    /// - Parameter isVerified: whether the number was traced to the person. Of one verified number there is one active patient.
    public init(_ number: PatientNumber, isVerified: Bool, _ demographics: Demographics = Demographics()) {
      json = .resource(Self.type)
      var identifier = JSONValue.identifier(number.scheme.system, number.digits)
      if isVerified {
        identifier.setExtension(
          Vocabulary.numberVerification, "valueCodeableConcept",
          .concept(Vocabulary.numberVerificationCode, "number-present-and-verified", "Number present and verified"))
      }
      json.setMember("identifier", to: [identifier])
      json.setMember("active", to: true)
      demographics.write(to: &json)
    }

    /// Somebody who gave their name, but no number that could be traced.
    public init(_ demographics: Demographics) {
      json = .resource(Self.type)
      json.setMember("active", to: true)
      demographics.write(to: &json)
    }

    /// False once the record was merged into another or entered in error.
    public var isActive: Bool { json["active"]?.bool ?? true }

    /// The patient that took this one's place.
    public var replacedBy: ResourceID? {
      json["link"]?.array?.first { $0["type"]?.string == "replaced-by" }?["other"]?.referenced(Self.type)
    }

    /// Numbers of the national schemes, in the order they stand; those that do not hold by their rules are none.
    public var numbers: [(number: PatientNumber, isVerified: Bool)] {
      (json["identifier"]?.array ?? []).compactMap { identifier in
        guard let system = identifier["system"]?.string, let value = identifier["value"]?.string,
          let scheme = PatientNumber.Scheme(system: system), let number = try? PatientNumber(value, as: scheme)
        else { return nil }
        let status = identifier.extension(Vocabulary.numberVerification)?["valueCodeableConcept"]?["coding"]?.array?
          .contains { ["number-present-and-verified", "01"].contains($0["code"]?.string) }
        return (number, status ?? false)
      }
    }

    /// What a caller without a number is recognised by.
    public var demographics: Demographics { Demographics(patient: json) }

    mutating func replace(by other: ResourceID) {
      json.setMember("active", to: false)
      var links = json["link"]?.array ?? []
      links.append(["other": .reference(Self.type, other), "type": "replaced-by"])
      json.setMember("link", to: .array(links))
    }
  }
}

/// Who speaks for the patient.
public struct Caller: Hashable, Sendable, Encodable {
  public var name: String?
  public var phone: String?
  /// For example `Caller on behalf of patient`.
  public var relationship: String?
  public init(name: String? = nil, phone: String? = nil, relationship: String? = nil) {
    self.name = name
    self.phone = phone
    self.relationship = relationship
  }

  var contact: JSONValue {
    .object(present: [
      "relationship": relationship.map { [["text": .string($0)]] },
      "name": name.map { ["text": .string($0)] },
      "telecom": phone.map { [["system": "phone", "value": .string($0)]] },
    ])
  }
}

/// The five things by which a caller is recognised who has no verified number.
public struct Demographics: Hashable, Sendable, Encodable {
  public var given: String?
  public var family: String?
  /// `1961-04-12`
  public var birthDate: String?
  /// FHIR's administrative gender: `male`, `female`, `other`, `unknown`.
  public var gender: String?
  public var postcode: String?

  public init(
    given: String? = nil, family: String? = nil, birthDate: String? = nil, gender: String? = nil,
    postcode: String? = nil
  ) {
    self.given = given
    self.family = family
    self.birthDate = birthDate
    self.gender = gender
    self.postcode = postcode
  }

  init(patient: JSONValue) {
    let names = patient["name"]?.array ?? []
    let name = names.first { $0["use"]?.string == "official" } ?? names.first
    let addresses = patient["address"]?.array ?? []
    let address = addresses.first { $0["use"]?.string == "home" } ?? addresses.first
    self.init(
      given: name?["given"]?[0]?.string, family: name?["family"]?.string, birthDate: patient["birthDate"]?.string,
      gender: patient["gender"]?.string, postcode: address?["postalCode"]?.string)
  }

  func write(to patient: inout JSONValue) {
    if given != nil || family != nil {
      patient.setMember(
        "name",
        to: [
          .object(present: [
            "use": "official", "family": family.map { .string($0) }, "given": given.map { [.string($0)] },
          ])
        ])
    }
    if let gender { patient.setMember("gender", to: .string(gender)) }
    if let birthDate { patient.setMember("birthDate", to: .string(birthDate)) }
    if let postcode { patient.setMember("address", to: [["use": "home", "postalCode": .string(postcode)]]) }
  }

  /// The five in one form, so that case, blanks and hyphens make no difference; nil for what is not known. `unknown`
  /// gender is not known.
  var normalised: [String?] {
    func folded(_ text: String?) -> String? {
      let folded = (text ?? "").lowercased().filter { $0.isLetter || $0.isNumber }
      return folded.isEmpty ? nil : folded
    }
    return [
      folded(given), folded(family), folded(birthDate), gender == "unknown" ? nil : folded(gender), folded(postcode),
    ]
  }
}
