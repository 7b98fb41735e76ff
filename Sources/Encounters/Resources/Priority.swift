public import Base

/// How urgent something is: a nation's own code, and the common rank by which queues of all nations are ordered.
public struct Priority: Hashable, Sendable, CustomStringConvertible {
  /// The code system.
  public let system: String
  /// As the nation writes it: `C1`, `purple`.
  public let code: String
  /// 0 is the most urgent, 9 the least.
  public let rank: Int
  /// From the start of the clock to when it is to be answered; nil where no target is set.
  public let targetSeconds: Int64?

  /// The ambulance priority of this name in a nation; nil if the nation has none of it. Names of colours are in lower
  /// case.
  public init?(_ nation: Nation, _ code: String) {
    guard let row = Self.table.first(where: { $0.nations.contains(nation) && $0.code == code }) else { return nil }
    self.init(row)
  }

  /// The urgency of a call that needs no ambulance, the same in all nations.
  public init(_ urgency: Urgency) {
    guard let row = Self.table.first(where: { $0.system == Vocabulary.urgency && $0.code == urgency.rawValue }) else {
      preconditionFailure("the table has no row for \(urgency)")
    }
    self.init(row)
  }

  /// What a coding of one of these systems means; nil for any other.
  public init?(system: String, code: String) {
    guard let row = Self.table.first(where: { $0.system == system && $0.code == code }) else { return nil }
    self.init(row)
  }

  private init(_ row: Row) {
    system = row.system
    code = row.code
    rank = row.rank
    targetSeconds = row.target
  }

  public enum Urgency: String, Hashable, Sendable, CaseIterable {
    case callbackWithin20Minutes = "callback-20m"
    case callbackWithin1Hour = "callback-1h"
    case callbackWithin4Hours = "callback-4h"
    case primaryCareWithin6Hours = "primary-care-6h"
    case primaryCareWithin24Hours = "primary-care-24h"
    case routine = "routine"
    case selfCare = "self-care"
  }

  /// The least urgent rank at which a clinician calls back: a repeat caller never ranks below it.
  public static let clinicianCallbackRank = 5

  public var description: String { "\(code) (rank \(rank))" }

  // MARK: The table

  struct Row: Sendable {
    var nations: [Nation]
    var system: String
    var code: String
    var rank: Int
    /// Seconds from the start of the clock.
    var target: Int64?
  }

  /// Codes of England and Northern Ireland, of Wales since 2 December 2025, of Scotland, and those of calls without an
  /// ambulance. Targets are the national mean standards where one is published (England C1 7 min, C2 18 min, and the
  /// 90th centile of C3 and C4; Wales 8 min for purple and red; Northern Ireland 8 min). Scotland's, and the ranks of
  /// requests by professionals (HCP) and between hospitals (IFT), are assumed after England's.
  static let table: [Row] =
    arp([.england], first: 420) + arp([.northernIreland], first: 480)
    + colours(.wales, Vocabulary.ambulancePriorityWales, ["purple", "red", "orange", "yellow", "green"])
    + colours(.scotland, Vocabulary.ambulancePriorityScotland, ["purple", "red", "amber", "yellow", "green"])
    + [
      urgency(.callbackWithin20Minutes, 3, 1_200), urgency(.callbackWithin1Hour, 4, 3_600),
      urgency(.callbackWithin4Hours, 5, 14_400), urgency(.primaryCareWithin6Hours, 6, 21_600),
      urgency(.primaryCareWithin24Hours, 7, 86_400), urgency(.routine, 8, nil), urgency(.selfCare, 9, nil),
    ]

  private static func arp(_ nations: [Nation], first: Int64) -> [Row] {
    let categories: [(codes: [String], rank: Int, target: Int64?)] = [
      (["C1", "HCP1", "IFT1"], 0, first), (["C2", "HCP2", "IFT2"], 2, 1_080), (["C3", "HCP3", "IFT3"], 3, 7_200),
      (["C4", "C4T", "HCP4", "HP4T", "IFT4"], 4, 10_800), (["C5"], 5, nil),
    ]
    return categories.flatMap { category in
      category.codes.map {
        Row(
          nations: nations, system: Vocabulary.ambulancePriority, code: $0, rank: category.rank,
          target: category.target)
      }
    }
  }

  private static func colours(_ nation: Nation, _ system: String, _ codes: [String]) -> [Row] {
    codes.enumerated().map { rank, code in
      Row(nations: [nation], system: system, code: code, rank: rank, target: rank < 2 ? 480 : nil)
    }
  }

  private static func urgency(_ urgency: Urgency, _ rank: Int, _ target: Int64?) -> Row {
    Row(nations: Nation.allCases, system: Vocabulary.urgency, code: urgency.rawValue, rank: rank, target: target)
  }
}

extension Priority: Encodable {
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode("\(system)|\(code)")
  }
}
