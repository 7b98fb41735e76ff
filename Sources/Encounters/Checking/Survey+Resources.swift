import Base

// Rules that concern one keyspace's resources.
extension KeyspaceSurvey {
  func check(into report: inout CheckReport) {
    for fault in faults { report.add(fault) }
    report.rows += rowCount
    report.requests += requests.count
    for name in names {
      guard let sighting = resources[name] else { continue }
      report.resources += 1
      report.versions += sighting.old.count + 1
      checkVersions(name, sighting, &report)
      checkHistory(name, sighting, &report)
      checkConditions(name, sighting, &report)
      checkRequests(name, sighting, &report)
    }
    checkRecords(&report)
    checkSlots(&report)
  }

  private func fault(_ rule: Int, _ message: String, _ name: Name, _ others: [String] = []) -> CheckFault {
    CheckFault(rule: rule, nation: nation, message, about: ["\(name)"] + others)
  }

  // MARK: 5, versions

  private func checkVersions(_ name: Name, _ sighting: Sighting, _ report: inout CheckReport) {
    guard let head = sighting.head else { return report.add(fault(5, "the head is missing", name)) }
    guard let facts = sighting.facts else { return report.add(fault(5, "the body is missing", name)) }
    for version in sighting.old.keys.sorted() where version >= head.version || version == 0 {
      report.add(fault(5, "version \(version) is in the history, and the current one is \(head.version)", name))
    }
    var chain = Digest.zero
    for version in 1..<max(head.version, 1) {
      guard let old = sighting.old[version], let oldHead = old.head, let oldFacts = old.facts else {
        return report.add(fault(5, "version \(version) is missing", name))
      }
      chain = ResourceHead.chain(after: chain, version: version, digest: oldFacts.digest)
      guard oldHead.chain == chain else {
        return report.add(fault(5, "version \(version) is not as it was written", name))
      }
    }
    chain = ResourceHead.chain(after: chain, version: head.version, digest: facts.digest)
    if head.chain != chain { report.add(fault(5, "version \(head.version) is not as it was written", name)) }
  }

  // MARK: 6, 7 and 8, what changed from version to version

  private func checkHistory(_ name: Name, _ sighting: Sighting, _ report: inout CheckReport) {
    guard let head = sighting.head, let facts = sighting.facts, !head.isImported else { return }
    var before: Facts?
    for version in 1...max(head.version, 1) {
      let now = version == head.version ? facts : sighting.old[version]?.facts
      guard let now else { return }
      if let before {
        if !Self.allows(name.type, before, now) {
          report.add(fault(6, "version \(version) has a status that must not follow the one before", name))
        }
        if let lease = now.lease, let earlier = before.lease, lease.number < earlier.number {
          report.add(fault(7, "version \(version) has a claim with a lower number than the one before", name))
        }
        if before.lease != nil, now.lease == nil {
          report.add(fault(7, "version \(version) has lost the number of its claims", name))
        }
        if before.kind != nil, before.clockStart != now.clockStart {
          report.add(fault(8, "version \(version) has another start of its clock", name))
        }
        if before.kind != nil, (before.rank ?? 9) < (now.rank ?? 9), !isDowngrade(version, of: sighting) {
          report.add(fault(8, "version \(version) stands lower than the one before, and nobody asked for that", name))
        }
      }
      before = now
    }
  }

  /// Whether a version was made by the one operation that may lower a place in a queue.
  private func isDowngrade(_ version: UInt64, of sighting: Sighting) -> Bool {
    let head = version == sighting.head?.version ? sighting.head : sighting.old[version]?.head
    return head.flatMap { requests[$0.request] }?.operation == DowngradePriority.name
  }

  private static func allows(_ type: String, _ before: Facts, _ now: Facts) -> Bool {
    func allows<State: RawRepresentable<String> & Hashable, Event>(_ cycle: LifeCycle<State, Event>) -> Bool {
      guard let from = before.status.flatMap({ State(rawValue: $0) }), let to = now.status.flatMap({ State(rawValue: $0) })
      else { return false }
      return cycle.allows(from, to: to)
    }
    switch type {
    case R4.Encounter.type: return allows(LifeCycles.encounter)
    case R4.Task.type:
      switch before.kind {
      case .dispatch: return allows(LifeCycles.dispatch)
      case .callback: return allows(LifeCycles.callback)
      case nil: return true
      }
    case R4.MedicationRequest.type: return allows(LifeCycles.prescription)
    case R4.Appointment.type: return allows(LifeCycles.appointment)
    case R4.Slot.type: return allows(LifeCycles.slot)
    case R4.Communication.type: return allows(LifeCycles.message)
    default: return true
    }
  }

  // MARK: 6, 7 and 8, what a status asks for

  private func checkConditions(_ name: Name, _ sighting: Sighting, _ report: inout CheckReport) {
    guard let head = sighting.head, let facts = sighting.facts, !head.isImported else { return }
    switch name.type {
    case R4.Encounter.type: checkEncounter(name, facts, &report)
    case R4.Task.type: checkTask(name, facts, &report)
    default: break
    }
  }

  private func checkEncounter(_ name: Name, _ facts: Facts, _ report: inout CheckReport) {
    let status = facts.status.flatMap { EncounterStatus(rawValue: $0) }
    if status == .triaged, !facts.hasDisposition { report.add(fault(6, "triaged without a disposition", name)) }
    if status == .finished, !facts.hasOutcome { report.add(fault(6, "finished without an outcome", name)) }
    if facts.isRepeatCaller, let rank = facts.rank, rank > Priority.clinicianCallbackRank {
      report.add(fault(8, "a repeat caller ranks below a clinician's callback", name))
    }
  }

  private func checkTask(_ name: Name, _ facts: Facts, _ report: inout CheckReport) {
    guard let kind = facts.kind, let status = facts.status.flatMap({ TaskStatus(rawValue: $0) }) else { return }
    if status == .received, facts.lease?.isHeld != true {
      report.add(fault(7, "claimed by nobody", name))
    }
    guard status.isOpen, let id = facts.encounter else { return }
    let encounter = Name(type: R4.Encounter.type, id: id)
    guard let owner = resources[encounter]?.facts else { return }
    if owner.status.flatMap({ EncounterStatus(rawValue: $0) })?.isTerminal == true {
      report.add(fault(6, "open, while its encounter has ended", name, ["\(encounter)"]))
    }
    if kind == .callback, owner.isRepeatCaller, let rank = facts.rank, rank > Priority.clinicianCallbackRank {
      report.add(fault(8, "a repeat caller's callback ranks too low", name))
    }
  }

  // MARK: 2, slots

  private func checkSlots(_ report: inout CheckReport) {
    var holders: [ResourceID: [Name]] = [:]
    for name in names where name.type == R4.Appointment.type {
      guard let facts = resources[name]?.facts, let slot = facts.slot,
        let status = facts.status.flatMap({ AppointmentStatus(rawValue: $0) }), status.holdsSlot
      else { continue }
      holders[slot, default: []].append(name)
    }
    for name in names where name.type == R4.Slot.type {
      guard let sighting = resources[name], let facts = sighting.facts else { continue }
      let held = holders[name.id] ?? []
      let isBusy = facts.status == SlotStatus.busy.rawValue
      if held.count > 1 {
        report.add(fault(2, "booked \(held.count) times", name, held.map { "\($0)" }))
      } else if isBusy, held.isEmpty, sighting.head?.isImported == false {
        report.add(fault(2, "busy without an appointment", name))
      } else if !isBusy, !held.isEmpty, sighting.head?.isImported == false {
        report.add(fault(2, "not busy, with an appointment", name, held.map { "\($0)" }))
      }
    }
  }

  // MARK: 9 and 12, requests

  private func checkRequests(_ name: Name, _ sighting: Sighting, _ report: inout CheckReport) {
    guard let head = sighting.head else { return }
    let heads = sighting.old.values.compactMap(\.head) + [head]
    for head in heads.sorted(by: { $0.version < $1.version }) {
      guard let record = requests[head.request] else {
        report.add(fault(9, "version \(head.version) was written by a request without a record", name))
        continue
      }
      let isNamed = record.writes.contains { $0.type == name.type && $0.id == name.id && $0.version == head.version }
      if !isNamed {
        report.add(
          fault(9, "the record of its request does not tell of version \(head.version)", name,
            ["request/\(Keys.hex(head.request))"]))
      }
    }
  }

  private func checkRecords(_ report: inout CheckReport) {
    for request in requests.keys.sorted() {
      guard let record = requests[request] else { continue }
      let label = "request/\(Keys.hex(request))"
      for write in record.writes {
        let sighting = resources[Name(type: write.type, id: write.id)]
        let head = sighting?.head?.version == write.version ? sighting?.head : sighting?.old[write.version]?.head
        if head?.request != request {
          report.add(
            CheckFault(
              rule: 9, nation: nation, "a record tells of version \(write.version), which another request wrote or none",
              about: [label, write.reference]))
        }
      }
      if owesMessage(record), !record.writes.contains(where: { $0.type == R4.Communication.type }) {
        report.add(CheckFault(rule: 12, nation: nation, "a message is owed and there is none", about: [label]))
      }
    }
  }

  private func owesMessage(_ record: RequestRecord) -> Bool {
    switch record.operation {
    case CloseEncounter.name: true
    case IssuePrescription.name, CancelPrescription.name:
      record.writes.contains { resources[Name(type: $0.type, id: $0.id)]?.facts?.isElectronic == true }
    default: false
    }
  }
}
