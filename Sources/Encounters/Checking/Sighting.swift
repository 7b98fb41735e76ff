import Base
import JSON

/// What a check keeps of a resource: enough for every rule, small enough for millions.
struct Sighting {
  var head: ResourceHead?
  var headRevision = Revision.zero
  /// Of the current version.
  var facts: Facts?
  /// Index rows that the current version has.
  var entries: [IndexEntry] = []
  /// Resources that it refers to.
  var references: [LocalReference] = []
  /// Versions that were superseded.
  var old: [UInt64: OldVersion] = [:]

  struct OldVersion {
    var head: ResourceHead?
    var facts: Facts?
  }
}

/// What the rules ask of a version.
struct Facts {
  var digest: Digest
  var status: String?
  var lease: Lease?
  var clockStart: Instant?
  var rank: Int?
  var kind: R4.Task.Kind?
  /// Of an encounter: whether what its status asks for is there.
  var hasDisposition = false
  var hasOutcome = false
  var isRepeatCaller = false
  var encounter: ResourceID?
  var slot: ResourceID?
  /// Of an item of a prescription that was issued here.
  var isElectronic = false

  init(_ type: String, _ bytes: [UInt8], _ json: JSONValue) {
    digest = Digest(of: bytes)
    status = json["status"]?.string
    switch type {
    case R4.Task.type:
      guard let task = R4.Task(json: json) else { return }
      kind = task.kind
      lease = task.lease
      clockStart = task.clockStart
      rank = task.rank
      encounter = task.encounter
    case R4.Communication.type: lease = Lease(json)
    case R4.Encounter.type:
      guard let encounter = R4.Encounter(json: json) else { return }
      hasDisposition = encounter.disposition != nil
      hasOutcome = encounter.outcome != nil
      isRepeatCaller = encounter.repeatCaller == .yes
      rank = encounter.rank
    case R4.Appointment.type: slot = R4.Appointment(json: json)?.slot
    case R4.MedicationRequest.type:
      guard let item = R4.MedicationRequest(json: json) else { return }
      isElectronic = item.item != nil && item.form == .electronic
    default: break
    }
  }
}

extension JSONValue {
  /// Every reference in it that leads into the store, each once.
  var localReferences: [LocalReference] {
    var found: [LocalReference] = []
    collectReferences(into: &found)
    return found
  }

  private func collectReferences(into found: inout [LocalReference]) {
    switch self {
    case .object(let members):
      for member in members {
        if member.name == "reference", let text = member.value.string {
          if let reference = LocalReference(text), !found.contains(reference) { found.append(reference) }
        } else {
          member.value.collectReferences(into: &found)
        }
      }
    case .array(let elements):
      for element in elements { element.collectReferences(into: &found) }
    case .null, .bool, .number, .string: break
    }
  }
}
