import Base
import JSON

extension RequestCallback {
  public func decide(_ view: inout DecisionView) throws(DecisionStop) -> Arranged {
    let (loaded, _) = try view.encounter(encounter, .arrange)
    try view.require(provider.nation == view.home, "provider", "the queue is of the encounter's own nation")
    var task = R4.Task(.callback, encounter: encounter, patient: loaded.resource.json["subject"], at: view.at)
    task.setService(provider.code)
    task.setPriority(priority, rank: view.rank(of: priority, for: loaded.resource))
    let deadline = due ?? priority.targetSeconds.map { view.at.adding(seconds: $0) }
    task.setClock(start: view.at, deadline: deadline)
    let made = try view.create(task, role: "task")
    return Arranged(
      encounter: VersionedID(type: R4.Encounter.type, id: encounter, version: loaded.version), made: ["task": made])
  }
}

extension DecisionView {
  mutating func callback(
    _ id: ResourceID, _ event: CallbackEvent
  ) throws(DecisionStop) -> (Loaded<R4.Task>, TaskStatus) {
    let loaded = try task(id, .callback)
    return (loaded, try next(LifeCycles.callback, loaded.resource.status, event, of: loaded.reference))
  }
}

extension ClaimCallback {
  public func decide(_ view: inout DecisionView) throws(DecisionStop) -> Claimed {
    let (loaded, status) = try view.callback(callback, .claim)
    let lease = try view.claim(after: loaded.resource.lease, holder: holder, seconds: seconds, of: loaded.reference)
    var changed = loaded.resource
    changed.setStatus(status, at: view.at)
    changed.setLease(lease)
    return Claimed(item: try view.update(loaded, changed), lease: lease.number, until: lease.until)
  }
}

extension CompleteCallback {
  public func decide(_ view: inout DecisionView) throws(DecisionStop) -> VersionedID {
    let (loaded, status) = try view.callback(callback, .complete)
    try view.requireLease(lease, on: loaded.resource.lease, of: loaded.reference)
    var changed = loaded.resource
    changed.endLease()
    changed.json.setMember("output", to: [["type": ["text": "outcome"], "valueString": .string(outcome)]])
    changed.setStatus(status, at: view.at)
    return try view.update(loaded, changed)
  }
}

extension PutBackCallback {
  public func decide(_ view: inout DecisionView) throws(DecisionStop) -> VersionedID {
    let (loaded, status) = try view.callback(callback, .putBack)
    try view.requireLease(lease, on: loaded.resource.lease, of: loaded.reference)
    var changed = loaded.resource
    changed.endLease()
    changed.setClock(start: loaded.resource.clockStart ?? view.at, deadline: due)
    changed.setReason(reason)
    changed.setStatus(status, at: view.at)
    return try view.update(loaded, changed)
  }
}

extension CancelCallback {
  public func decide(_ view: inout DecisionView) throws(DecisionStop) -> VersionedID {
    let (loaded, status) = try view.callback(callback, .cancel)
    var changed = loaded.resource
    changed.endLease()
    changed.setReason(reason)
    changed.setStatus(status, at: view.at)
    return try view.update(loaded, changed)
  }
}
