import Base

extension SyntheticEncounters {
  /// What a call came to.
  public enum Disposition: Hashable, Sendable, CaseIterable {
    case ambulance
    case emergencyDepartment
    case primaryCare
    case otherService
    case selfCare
    /// The caller did not stay, or asked for information only.
    case untriaged
  }
}

extension SyntheticEncounters.Disposition {
  /// Of a thousand calls to 111 that were answered: 87 % are triaged, and of these 12.7 % get an ambulance, 7.4 % are sent
  /// to an emergency department, 62.0 % to primary care, 5.0 % elsewhere (NHS 111 Minimum Data Set, December 2017).
  private static let weights: [(Self, Int)] = [
    (.ambulance, 110), (.emergencyDepartment, 64), (.primaryCare, 539), (.otherService, 44), (.selfCare, 113),
    (.untriaged, 130),
  ]

  static func draw(_ kind: SyntheticEncounters.Kind, _ random: inout SplitMix64) -> Self {
    guard kind == .urgentCall else { return .ambulance }
    return weighted(weights, &random)
  }

  /// A code of the call's triage.
  var pathways: (code: String, display: String) {
    switch self {
    case .ambulance: ("Dx012", "Emergency ambulance response")
    case .emergencyDepartment: ("Dx02", "Attend emergency treatment centre within 1 hour")
    case .primaryCare: ("Dx06", "To contact a primary care service within 6 hours")
    case .otherService: ("Dx11", "Speak to a primary care service within 2 hours")
    case .selfCare: ("Dx38", "To manage at home with advice")
    case .untriaged: ("Dx50", "Call closed before triage")
    }
  }
}

/// How urgent an ambulance is, as the nation writes it.
struct AmbulancePriority {
  var system: String
  var code: String

  /// In the proportions of England's incidents of December 2024: one in nine of the first category, half of the second.
  static func draw(_ nation: Nation, _ random: inout SplitMix64) -> AmbulancePriority {
    let place = weighted([(0, 20), (1, 95), (2, 524), (3, 291), (4, 70)], &random)
    let local = "https://quartet.example/CodeSystem/ambulance-priority-"
    switch nation {
    case .england, .northernIreland:
      return AmbulancePriority(
        system: "https://fhir.nhs.uk/CodeSystem/arp-priority-codes", code: ["C1", "C1", "C2", "C3", "C4"][place])
    case .wales:
      return AmbulancePriority(system: local + "wales", code: ["purple", "red", "orange", "yellow", "green"][place])
    case .scotland:
      return AmbulancePriority(system: local + "scotland", code: ["purple", "red", "amber", "yellow", "green"][place])
    }
  }

  /// Within so many seconds an answer is wanted.
  var targetSeconds: Int {
    switch code {
    case "C1", "purple", "red": 480
    case "C2", "orange", "amber": 1_080
    case "C3", "yellow": 7_200
    default: 10_800
    }
  }
}

func weighted<Item>(_ items: [(Item, Int)], _ random: inout SplitMix64) -> Item {
  var place = random.below(items.reduce(0) { $0 + $1.1 })
  for (item, count) in items {
    if place < count { return item }
    place -= count
  }
  preconditionFailure("a place beyond the sum of the weights")
}
