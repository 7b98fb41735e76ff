import Base

// Rules that concern index rows of one keyspace.
extension KeyspaceSurvey {
  /// Compares every row with what it must be.
  func checkIndexes(_ expected: ExpectedRows, into report: inout CheckReport) {
    for difference in differences(expected) {
      let about = difference.about
      report.add(CheckFault(rule: difference.rule, nation: nation, difference.message, about: about))
    }
  }

  struct Difference {
    var key: Key
    var rule: Int
    var message: String
    var about: [String]
    /// What should stand there, so that a rebuild can put it; nil: nothing.
    var bytes: [UInt8]?
    /// Whether a rebuild may mend it: not where two resources claim one place.
    var isMendable = true
  }

  /// In key order.
  func differences(_ expected: ExpectedRows) -> [Difference] {
    var found: [Difference] = []
    for (key, bytes) in expected.own where indexRows[key]?.bytes != bytes {
      let message = indexRows[key] == nil ? "a row is missing" : "a row says something else than the resource"
      found.append(difference(key, expected, message, bytes))
    }
    for (key, shared) in expected.shared {
      let row = indexRows[key].map { SharedRow($0.bytes) } ?? SharedRow()
      if let row, ExpectedRows.holds(row, shared) { continue }
      found.append(
        difference(key, expected, "a row does not hold what the resources say", ExpectedRows.build(shared).bytes))
    }
    for (key, holder) in expected.exclusive {
      if holder.owners.count > 1 {
        found.append(
          Difference(
            key: key, rule: holder.rule, message: "\(holder.owners.count) resources hold what only one can",
            about: holder.owners.sorted(), bytes: nil, isMendable: false))
      } else if let owner = holder.owners.first, indexRows[key]?.bytes != Array(owner.utf8) {
        found.append(difference(key, expected, "a row does not name its holder", Array(owner.utf8)))
      }
    }
    for (key, row) in indexRows where expected.own[key] == nil && expected.exclusive[key] == nil {
      if let shared = expected.shared[key] {
        if shared.entries.isEmpty { found.append(difference(key, expected, "a row of nothing", nil)) }
        continue
      }
      // A shared row that has forgotten all its calls remembers how far back it forgot.
      if let shared = SharedRow(row.bytes), shared.entries.isEmpty, isShared(key) { continue }
      found.append(difference(key, expected, "a row of a resource that has none, or is not there", nil))
    }
    return found.sorted { $0.key < $1.key }
  }

  private func isShared(_ key: Key) -> Bool {
    ["ix/rc/", "ix/rcd/", "ix/open/", "ix/rxi/"].contains { key.bytes.starts(with: Array($0.utf8)) }
  }

  private func difference(_ key: Key, _ expected: ExpectedRows, _ message: String, _ bytes: [UInt8]?) -> Difference {
    var about = (expected.sources[key] ?? []).map { "\($0)" }.sorted()
    // Keys end with ids; that of a patient's number ends with a code, which says nothing.
    if about.isEmpty, let last = key.lastPart, let id = ResourceID(last), id.isMadeHere { about = [last] }
    return Difference(key: key, rule: Self.rule(of: key), message: message, about: about, bytes: bytes)
  }

  private static func rule(of key: Key) -> Int {
    let rules: [(String, Int)] = [
      ("u/", 1), ("un/slot/", 2), ("q/disp/", 4), ("q/due/", 4), ("q/cas/", 4), ("ix/need/", 4), ("ix/au/", 9),
      ("ob/", 12),
    ]
    return rules.first { key.bytes.starts(with: Array($0.0.utf8)) }?.1 ?? 15
  }
}
