import Base
import JSON

extension DecisionView {
  fileprivate mutating func message(
    _ id: ResourceID, _ event: MessageEvent
  ) throws(DecisionStop) -> (Loaded<R4.Communication>, MessageStatus) {
    let loaded = try subject(R4.Communication.self, id)
    try require(loaded.resource.channel != nil, "message", "it is no message of the outbox")
    note(
      encounter: loaded.resource.encounter, patient: loaded.resource.json["subject"]?.referenced(R4.Patient.type))
    return (loaded, try next(LifeCycles.message, loaded.resource.status, event, of: loaded.reference))
  }
}

extension ClaimMessage {
  public func decide(_ view: inout DecisionView) throws(DecisionStop) -> Claimed {
    let (loaded, status) = try view.message(message, .claim)
    let lease = try view.claim(after: loaded.resource.lease, holder: holder, seconds: seconds, of: loaded.reference)
    var changed = loaded.resource
    changed.setStatus(status)
    lease.write(to: &changed.json)
    return Claimed(item: try view.update(loaded, changed), lease: lease.number, until: lease.until)
  }
}

extension AcknowledgeMessage {
  /// A sender whose claim is over may still say that the message went out: that is true whoever says it, and only keeps
  /// it from being sent again.
  public func decide(_ view: inout DecisionView) throws(DecisionStop) -> VersionedID {
    let (loaded, status) = try view.message(message, .acknowledge)
    guard let current = loaded.resource.lease, lease <= current.number else {
      throw .refused(EncounterError(.leaseLost, "there was no such claim", about: [loaded.reference]))
    }
    var changed = loaded.resource
    changed.setStatus(status)
    changed.json.setMember("sent", to: .instant(view.at))
    return try view.update(loaded, changed)
  }
}

extension PutBackMessage {
  public func decide(_ view: inout DecisionView) throws(DecisionStop) -> VersionedID {
    let (loaded, status) = try view.message(message, .putBack)
    try view.requireLease(lease, on: loaded.resource.lease, of: loaded.reference)
    var changed = loaded.resource
    if var lease = loaded.resource.lease {
      lease.isHeld = false
      lease.write(to: &changed.json)
    }
    changed.setStatus(status)
    changed.setDue(due)
    return try view.update(loaded, changed)
  }
}

extension GiveUpMessage {
  public func decide(_ view: inout DecisionView) throws(DecisionStop) -> VersionedID {
    let (loaded, status) = try view.message(message, .giveUp)
    var changed = loaded.resource
    changed.setStatus(status, reason: reason)
    return try view.update(loaded, changed)
  }
}
