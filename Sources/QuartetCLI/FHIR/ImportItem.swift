import Base
import FHIR
import JSON

/// Where something stands in what is imported.
struct ImportPlace: Hashable, Sendable, CustomStringConvertible {
  var source: String
  /// From 1.
  var line: Int
  /// Of a resource in a bundle: `entry[3]`; else empty.
  var entry: String

  var description: String { "\(source):\(line): \(entry.isEmpty ? "" : "\(entry): ")" }

  var json: [JSONMember] {
    [JSONMember("source", .string(source)), JSONMember("line", .integer(line))]
      + (entry.isEmpty ? [] : [JSONMember("entry", .string(entry))])
  }
}

/// A resource on its way into the store.
struct ImportItem: Sendable {
  var place: ImportPlace
  /// Counts what is read of a source: lines, or entries of its one bundle. Resources of one line share it.
  var order: Int
  var type: String
  var id: String
  var json: JSONValue
  /// Bytes of ``json``, compact, and their digest.
  var bytes: Int
  var digest: Digest
  var nation: Nation
  /// It was to be created only if there is none yet: one that is there is right, whatever it says.
  var isConditional: Bool

  var reference: String { "\(type)/\(id)" }

  /// Rows that storing it reads or writes, about: a transaction takes ``Base/Limits/transactionOperationsMax``.
  var cost: Int {
    switch type {
    case "Patient": 9
    case "Encounter", "Task", "MedicationRequest", "Appointment": 5
    default: 3
    }
  }
}

/// Why something was not taken.
struct ImportRefusal: Hashable, Sendable {
  var place: ImportPlace
  var order: Int
  var issues: [Issue]

  struct Issue: Hashable, Sendable {
    /// A name for programs.
    var code: String
    /// As `Appointment.participant[0].status`; empty when it is about the whole.
    var path: String
    var reason: String
  }

  init(_ place: ImportPlace, _ order: Int, _ code: String, _ reason: String, path: String = "") {
    self.place = place
    self.order = order
    issues = [Issue(code: code, path: path, reason: reason)]
  }

  init(_ place: ImportPlace, _ order: Int, _ found: [ValidationIssue], looksPartial: Bool = false) {
    self.place = place
    self.order = order
    issues = found.map { Issue(code: $0.code, path: $0.path, reason: $0.reason) }
    if looksPartial {
      issues.append(
        Issue(code: "partial", path: "", reason: "as the body of a PATCH it may be right, but it is no whole resource"))
    }
  }

  var lines: [String] {
    issues.map { "\(place)\($0.path.isEmpty ? "" : "\($0.path): ")\($0.reason)" }
  }

  var json: JSONValue {
    .object(
      place.json + [
        JSONMember(
          "issues",
          .array(issues.map { ["code": .string($0.code), "path": .string($0.path), "reason": .string($0.reason)] }))
      ])
  }
}
