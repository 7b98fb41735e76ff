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
  ) throws(DecisionStop) -> (loaded: Loaded<R4.Task>, status: TaskStatus) {
    let loaded = try task(id, .callback)
    return (loaded, try next(LifeCycles.callback, loaded.resource.status, event, of: loaded.reference))
  }
}

extension ClaimCallback {
  public func decide(_ view: inout DecisionView) throws(DecisionStop) -> Claimed {
    try view.claim(try view.callback(callback, .claim), holder: holder, seconds: seconds)
  }
}

extension CompleteCallback {
  public func decide(_ view: inout DecisionView) throws(DecisionStop) -> VersionedID {
    let item = try view.callback(callback, .complete)
    try view.requireLease(lease, on: item.loaded.resource.lease, of: item.loaded.reference)
    return try view.advance(item) {
      $0.endLease()
      $0.json.setMember("output", to: [["type": ["text": "outcome"], "valueString": .string(outcome)]])
    }
  }
}

extension PutBackCallback {
  public func decide(_ view: inout DecisionView) throws(DecisionStop) -> VersionedID {
    let item = try view.callback(callback, .putBack)
    try view.requireLease(lease, on: item.loaded.resource.lease, of: item.loaded.reference)
    let start = item.loaded.resource.clockStart ?? view.at
    return try view.advance(item, because: reason) {
      $0.endLease()
      $0.setClock(start: start, deadline: due)
    }
  }
}

extension CancelCallback {
  public func decide(_ view: inout DecisionView) throws(DecisionStop) -> VersionedID {
    try view.advance(try view.callback(callback, .cancel), because: reason) { $0.endLease() }
  }
}
