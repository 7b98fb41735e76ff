import Base
import JSON

// Operations that take one transaction in each of two keyspaces. Each half is idempotent under a request id derived from
// the whole's, so that the whole may be sent again like any other.
extension EncounterStore {
  /// Another service takes a task over.
  ///
  /// Within a nation the task changes its queue in one transaction. Between nations the other service first gets a task of
  /// its own, then this one ends; should this one have been allocated meanwhile, the other is stood down again and the
  /// error says why.
  public func mutualAid(
    _ aid: MutualAid, as request: Request
  ) async throws(EncounterError) -> Performed<VersionedID> {
    guard aid.task.home != aid.service.nation else {
      return try await perform(ReassignTask(task: aid.task, service: aid.service, reason: aid.reason), as: request)
    }
    let taken = try await perform(
      TakeOverTask(origin: aid.task, service: aid.service, reason: aid.reason), as: request.step("take-over"))
    do {
      _ = try await perform(
        HandOverTask(task: aid.task, successor: taken.result.id, reason: aid.reason), as: request)
      return taken
    } catch {
      guard error.outcome == .notApplied, error.code != .unavailable, error.code != .deadline else { throw error }
      _ = try await perform(
        StandDown(taken.result.id, reason: "the task was not handed over"), as: request.step("stand-down"))
      throw error
    }
  }

  /// Moves a booking to another slot. The new one is booked before the old is cancelled: between slots of two nations both
  /// are held for a moment.
  ///
  /// - Returns: the new appointment and the cancelled one.
  public func rebook(
    _ rebooking: RebookAppointment, as request: Request
  ) async throws(EncounterError) -> Performed<Written> {
    guard rebooking.slot.home != rebooking.appointment.home else { return try await perform(rebooking, as: request) }
    let old = try await read(R4.Appointment.self, rebooking.appointment)
    var draft = old.resource
    for member in ["id", "slot", "participant", "supportingInformation"] { draft.json.setMember(member, to: nil) }
    let booked = try await perform(
      BookAppointment(
        rebooking.slot, for: old.resource.encounter, patient: old.resource.patient, draft),
      as: request.step("book"))
    do {
      let cancelled = try await perform(
        CancelAppointment(rebooking.appointment, reason: rebooking.reason), as: request)
      return Performed(
        Written([booked.result, cancelled.result]), nation: booked.nation, revision: booked.revision,
        isRepeat: cancelled.isRepeat)
    } catch {
      guard error.outcome == .notApplied, error.code != .unavailable, error.code != .deadline else { throw error }
      _ = try await perform(
        CancelAppointment(booked.result.id, reason: "the other booking stands"), as: request.step("cancel"))
      throw error
    }
  }
}
