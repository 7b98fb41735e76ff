import Base
import JSON

/// What an import has done.
struct ImportReport: Sendable {
  var stored = 0
  var refused = 0
  var warnings = 0
  /// OperationOutcomes of a search, which say something about the search.
  var skipped = 0
  /// Of an earlier run that was broken off and went on here.
  var storedBefore = 0
  var refusedBefore = 0
  private(set) var byType: [String: Int] = [:]
  private(set) var byNation: [Nation: Int] = [:]
  private(set) var refusals: [ImportRefusal] = []
  private(set) var warned: [ImportRefusal] = []

  /// Of each kind no more are kept to be listed; all are counted.
  static let listedMax = 1_000

  var isAllIn: Bool { refused + refusedBefore == 0 }

  mutating func store(_ item: ImportItem) {
    stored += 1
    byType[item.type, default: 0] += 1
    byNation[item.nation, default: 0] += 1
  }

  mutating func refuse(_ refusal: ImportRefusal) {
    refused += 1
    if refusals.count < Self.listedMax { refusals.append(refusal) }
  }

  mutating func warn(_ warning: ImportRefusal) {
    warnings += warning.issues.count
    if warned.count < Self.listedMax { warned.append(warning) }
  }

  func json(took: Interval) -> JSONValue {
    [
      "stored": .integer(stored), "refused": .integer(refused), "warnings": .integer(warnings),
      "skipped": .integer(skipped), "stored_before": .integer(storedBefore),
      "refused_before": .integer(refusedBefore), "took_ms": .integer(took.milliseconds),
      "types": .object(byType.sorted { $0.key < $1.key }.map { JSONMember($0.key, .integer($0.value)) }),
      "nations": .object(
        Nation.allCases.compactMap { nation in
          byNation[nation].map { JSONMember(nation.description, .integer($0)) }
        }),
      "refusals": .array(refusals.sorted { ($0.place.source, $0.order) < ($1.place.source, $1.order) }.map(\.json)),
      "warned": .array(warned.map(\.json)),
    ]
  }

  func text(took: Interval) -> String {
    let milliseconds = max(took.milliseconds, 1)
    let rate = Int64(stored) * 1_000 / milliseconds
    var lines = ["\(stored) resources are in, in \(Quantities.text(took)) (\(rate) a second)"]
    if storedBefore > 0 { lines[0] += "; \(storedBefore) were in by an earlier run" }
    let nations = Nation.allCases.compactMap { nation in byNation[nation].map { "\(nation) \($0)" } }
    if !nations.isEmpty { lines.append("  " + nations.joined(separator: ", ")) }
    let types = byType.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.map { "\($0.key) \($0.value)" }
    if !types.isEmpty { lines.append("  " + types.joined(separator: ", ")) }
    if skipped > 0 { lines.append("\(skipped) outcomes of searches were left out") }
    if warnings > 0 { lines.append("\(warnings) warnings: what they name is stored as it is") }
    if refused + refusedBefore > 0 {
      let before = refusedBefore > 0 ? " and \(refusedBefore) by an earlier run" : ""
      lines.append("\(refused) were refused\(before): mend them and import again, what is in is left alone")
    }
    return lines.joined(separator: "\n") + "\n"
  }
}
