import Base

/// When calls come, and to whom: the contacts of a winter weekend's peak day and of the weekdays after it, hour by hour.
struct Arrivals {
  /// Milliseconds since 1970 of the last call. The first comes in the busiest hour, 10:00 of Saturday 10 January 2026.
  private(set) var now = 1_768_039_200_000

  struct Origin: Hashable {
    var nation: Nation
    var kind: SyntheticEncounters.Kind
  }

  /// Contacts of the peak day. Those of 111 and out-of-hours services are 1.7 times a weekday's; those of 999 are the same
  /// every day.
  static let volumes: [(origin: Origin, count: Int)] = [
    (Origin(nation: .england, kind: .urgentCall), 85_000), (Origin(nation: .scotland, kind: .urgentCall), 11_000),
    (Origin(nation: .wales, kind: .urgentCall), 4_500), (Origin(nation: .northernIreland, kind: .urgentCall), 3_000),
    (Origin(nation: .england, kind: .emergencyCall), 30_200), (Origin(nation: .scotland, kind: .emergencyCall), 2_000),
    (Origin(nation: .wales, kind: .emergencyCall), 1_300),
    (Origin(nation: .northernIreland, kind: .emergencyCall), 600),
  ]

  /// A hundredth of a percent of a day's calls to 111, for each hour, as counted in Bradford in 2021 (BMJ Open 2023,
  /// e076203). On weekdays they come when the surgeries close.
  private static let weekend = [
    154, 121, 112, 96, 89, 109, 168, 322, 632, 756, 844, 800, 726, 660, 606, 549, 527, 520, 494, 447, 413, 364, 279, 212,
  ]
  private static let weekday = [
    272, 214, 182, 152, 142, 136, 169, 209, 287, 304, 323, 348, 341, 353, 334, 342, 398, 501, 1_312, 1_028, 892, 739, 600,
    420,
  ]

  /// Calls of each origin that are expected in an hour, in ten-thousandths: in the order of ``volumes``.
  private static func expected(inHourOf moment: Int) -> [Int] {
    let hours = moment / 3_600_000
    let hour = hours % 24
    // 1 January 1970 was a Thursday.
    let isWeekend = [2, 3].contains(hours / 24 % 7)
    let share = isWeekend ? weekend[hour] : weekday[hour]
    return volumes.map { origin, count in
      switch origin.kind {
      case .urgentCall: isWeekend ? count * share : count * share * 10 / 17
      // Flatter through the day than 111: two thirds come evenly.
      case .emergencyCall: count * (2 * 10_000 / 24 + weekend[hour]) / 3
      }
    }
  }

  /// Lets time pass until the next call, and tells whose it is.
  mutating func next(_ random: inout SplitMix64) -> Origin {
    let expected = Self.expected(inHourOf: now)
    let total = expected.reduce(0, +)
    // From nothing to twice the mean gap, so that the mean is right.
    now += random.below(2 * 3_600_000 * 10_000 / total + 1)
    var place = random.below(total)
    for ((origin, _), count) in zip(Self.volumes, expected) {
      if place < count { return origin }
      place -= count
    }
    preconditionFailure("a place beyond the sum of the volumes")
  }
}
