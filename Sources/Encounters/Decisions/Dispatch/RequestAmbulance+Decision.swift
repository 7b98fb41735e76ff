import Base
import JSON

extension RequestAmbulance {
  public func decide(_ view: inout DecisionView) throws(DecisionStop) -> Arranged {
    let (loaded, _) = try view.encounter(encounter, .arrange)
    try view.require(
      service.nation == view.home, "service", "the queue is of the encounter's own nation: send it on by mutual aid")
    try view.require(keyPart(need) != nil, "need", "it has 1 to 64 of A-Z, a-z, 0-9, - and .")
    try view.requireNew(location, R4.Location.type)
    if let holder = try view.row(Keys.task(ofNeed: need, encounter: encounter)) {
      return try merge(&view, loaded, into: String(decoding: holder, as: UTF8.self))
    }
    let patient = loaded.resource.json["subject"]
    let place = try view.create(location, role: "location")
    var request = R4.ServiceRequest(
      encounter: encounter, patient: patient, code: .concept(Vocabulary.needCode, need), performer: service, at: view.at)
    request.json.setMember("locationReference", to: [.reference(R4.Location.type, place.id)])
    let requested = try view.create(request, role: "request")

    var task = R4.Task(.dispatch, encounter: encounter, patient: patient, at: view.at)
    task.json.setMember("focus", to: .reference(R4.ServiceRequest.type, requested.id))
    task.setService(service.code)
    task.setNeed(need)
    task.setPriority(priority, rank: view.rank(of: priority, for: loaded.resource))
    let start = clockStart ?? view.at
    task.setClock(start: start, deadline: priority.targetSeconds.map { start.adding(seconds: $0) })
    let made = try view.create(task, role: "task")
    return Arranged(
      encounter: VersionedID(type: R4.Encounter.type, id: encounter, version: loaded.version),
      made: ["task": made, "request": requested, "location": place])
  }

  /// One open task for one need: what is asked for a second time can only make it more urgent.
  private func merge(
    _ view: inout DecisionView, _ loaded: Loaded<R4.Encounter>, into holder: String
  ) throws(DecisionStop) -> Arranged {
    guard let reference = LocalReference(holder) else { throw .refused(.damaged("a row of an index cannot be read")) }
    let task = try view.require(R4.Task.self, ResourceID(reference.id.text, at: view.home) ?? reference.id)
    var version = VersionedID(type: R4.Task.type, id: task.id, version: task.version)
    if let rank = task.resource.rank, priority.rank < rank {
      version = try view.reprioritise(task, to: priority, reason: nil)
    }
    return Arranged(
      encounter: VersionedID(type: R4.Encounter.type, id: encounter, version: loaded.version), made: ["task": version],
      wasMerged: true)
  }
}

extension DecisionView {
  /// A task of dispatch and the status that `event` leads to.
  mutating func dispatch(
    _ id: ResourceID, _ event: DispatchEvent
  ) throws(DecisionStop) -> (loaded: Loaded<R4.Task>, status: TaskStatus) {
    let loaded = try task(id, .dispatch)
    return (loaded, try next(LifeCycles.dispatch, loaded.resource.status, event, of: loaded.reference))
  }

  /// The task that the operation is about, which must be of this kind.
  mutating func task(_ id: ResourceID, _ kind: R4.Task.Kind) throws(DecisionStop) -> Loaded<R4.Task> {
    let loaded = try subject(R4.Task.self, id)
    try require(loaded.resource.kind == kind, "task", "it is no task of \(kind.rawValue)")
    note(encounter: loaded.resource.encounter, patient: loaded.resource.patient)
    return loaded
  }

  /// Another priority in the same place of time: the clock stays, and so does the earlier deadline.
  mutating func reprioritise(
    _ loaded: Loaded<R4.Task>, to priority: Priority, reason: String?
  ) throws(DecisionStop) -> VersionedID {
    let status = try next(LifeCycles.dispatch, loaded.resource.status, .reprioritise, of: loaded.reference)
    let isUpgrade = priority.rank <= (loaded.resource.rank ?? 9)
    let start = loaded.resource.clockStart ?? at
    let target = priority.targetSeconds.map { start.adding(seconds: $0) }
    var changed = loaded.resource
    changed.setPriority(priority, rank: priority.rank)
    let deadlines = [target, isUpgrade ? loaded.resource.deadline : nil].compactMap { $0 }
    changed.setClock(start: start, deadline: deadlines.min())
    changed.setReason(reason)
    changed.setStatus(status, at: at)
    return try update(loaded, changed)
  }

  /// The request that a task serves ends with it. Of a task taken over from another nation it is at home there.
  mutating func endRequest(of task: R4.Task, _ status: String) throws(DecisionStop) {
    guard let focus = task.focus, (focus.home ?? home) == home else { return }
    let request = try require(R4.ServiceRequest.self, focus)
    var changed = request.resource
    changed.setStatus(status)
    try update(request, changed)
  }
}
