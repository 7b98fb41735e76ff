import Base

// Operations that take one transaction in each of two keyspaces. Each half is idempotent under a request id derived from
// the whole's, so that the whole may be sent again like any other.
extension EncounterStore {
  /// Another service takes a task over.
  ///
  /// Within a nation the task changes its queue in one transaction. Between nations the other service first gets a task of
  /// its own, then this one ends. Should this one have been allocated meanwhile, the request is given up: that is recorded
  /// under its id before the other's task is stood down again, so that no copy of the request can hand over to a task
  /// that has ended.
  public func mutualAid(
    _ aid: MutualAid, as request: Request
  ) async throws(EncounterError) -> Performed<VersionedID> {
    guard aid.task.home != aid.service.nation else {
      return try await perform(ReassignTask(task: aid.task, service: aid.service, reason: aid.reason), as: request)
    }
    let taken = try await perform(
      TakeOverTask(origin: aid.task, service: aid.service, reason: aid.reason), as: request.step("take-over"))
    let handOver = HandOverTask(task: aid.task, successor: taken.result.id, reason: aid.reason)
    do {
      _ = try await perform(handOver, as: request)
      return taken
    } catch {
      guard error.isFinal else { throw error }
      do {
        _ = try await perform(GiveUpHandOver(task: aid.task), as: request)
      } catch {
        // Another copy of the request has handed over meanwhile, or nobody knows.
        guard error.code == .requestReused else { throw error }
        _ = try await perform(handOver, as: request)
        return taken
      }
      _ = try await perform(
        StandDown(taken.result.id, reason: "the task was not handed over"), as: request.step("stand-down"))
      guard error.code != .requestReused else {
        throw EncounterError(
          .conflict, "this request was given up: the task is still here; ask anew", about: error.about)
      }
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
    let booked = try await perform(
      TakeOverBooking(origin: rebooking.appointment, slot: rebooking.slot), as: request.step("book"))
    do {
      let cancelled = try await perform(
        CancelAppointment(rebooking.appointment, reason: rebooking.reason), as: request)
      return Performed(
        Written([booked.result, cancelled.result]), nation: booked.nation, revision: booked.revision,
        isRepeat: cancelled.isRepeat)
    } catch {
      guard error.isFinal else { throw error }
      _ = try await perform(
        CancelAppointment(booked.result.id, reason: "the other booking stands"), as: request.step("cancel"))
      throw error
    }
  }
}

extension EncounterError {
  /// Whether it was decided against, so that the same request sent again comes to the same end unless something changes.
  fileprivate var isFinal: Bool { outcome == .notApplied && code != .unavailable && code != .deadline }
}
