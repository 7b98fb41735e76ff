import Base
import Encounters
import JSON
import QuartetTesting
import Testing

@Suite("Dispatch")
struct DispatchTests {
  @Test("The queue is in order of rank, then of waiting, and tells what is about to be late")
  func queue() async throws {
    let ward = Ward()
    let codes = ["C3", "C1", "C4", "C2", "C1", "C5", "C2"]
    var tasks: [ResourceID] = []
    for (minute, code) in codes.enumerated() {
      tasks.append(try await ward.openIncident(code, on: Ward.morning.minutes(Int64(minute))).task)
    }
    let queue = try await ward.store.dispatchQueue(of: Ward.ambulance)
    #expect(queue.map(\.task) == [1, 4, 3, 6, 0, 2, 5].map { tasks[$0] })
    #expect(queue.map(\.priorityCode) == ["C1", "C1", "C2", "C2", "C3", "C4", "C5"])
    #expect(queue.map(\.rank) == [0, 0, 2, 2, 3, 4, 5])
    #expect(queue[0].secondsToBreach(at: Ward.morning.minutes(3)) == 300)
    // C1 is due after 7 min: those of minute 1 and 4 at 8 and 11; C2 of minute 3 at 21.
    let late = try await ward.store.breaching(before: Ward.morning.minutes(22), of: Ward.ambulance)
    #expect(late.map(\.task) == [tasks[1], tasks[4], tasks[3]])
    #expect(try await ward.store.check().faults.isEmpty)
  }

  @Test("Each nation's own codes rank together")
  func nations() async throws {
    let ward = Ward()
    let cases: [(Service, String, Int)] = [
      (service(.wales, "7A1AU"), "purple", 0), (service(.wales, "7A1AU"), "red", 1),
      (service(.wales, "7A1AU"), "orange", 2), (service(.wales, "7A1AU"), "green", 4),
      (service(.scotland, "SA999"), "amber", 2), (service(.scotland, "SA999"), "purple", 0),
      (service(.northernIreland, "ZT001"), "C1", 0), (service(.northernIreland, "ZT001"), "C3", 3),
    ]
    for (ambulance, code, rank) in cases {
      let encounter = try await ward.openCall(at: ambulance).encounter.id
      let task = try await ward.run(
        RequestAmbulance(for: encounter, from: ambulance, priority(ambulance.nation, code), at: R4.Location("here")))
      #expect(try await ward.task(#require(task.task)).rank == rank)
      #expect(try await ward.task(#require(task.task)).priorityCode == code)
    }
    #expect(Priority(.scotland, "orange") == nil)
    #expect(Priority(.england, "purple") == nil)
    #expect(try await ward.store.check().faults.isEmpty)
  }

  @Test("A second request for the same need is merged, and can only make it more urgent")
  func merging() async throws {
    let ward = Ward()
    let (encounter, task) = try await ward.openIncident("C3")
    func again(_ code: String, need: String = "ambulance") async throws -> Arranged {
      try await ward.run(
        RequestAmbulance(
          for: encounter, from: Ward.ambulance, priority(.england, code), at: R4.Location("here"), need: need),
        at: Ward.morning.minutes(5))
    }
    let higher = try await again("C1")
    #expect(higher.wasMerged)
    #expect(higher.task == task)
    #expect(try await ward.task(task).rank == 0)
    #expect(try await ward.task(task).clockStart == Ward.morning)
    #expect(try await again("C4").wasMerged)
    #expect(try await ward.task(task).rank == 0)
    #expect(try await !again("C2", need: "specialist-team").wasMerged)
    #expect(try await ward.store.dispatchQueue(of: Ward.ambulance).count == 2)
    try await ward.run(StandDown(task, reason: "recovered"))
    #expect(try await !again("C2").wasMerged)
    #expect(try await ward.store.check().faults.isEmpty)
  }

  @Test("Fifty desks claim from one queue: no task is claimed twice, no unit is on two tasks")
  func desks() async throws {
    let ward = Ward()
    for minute in 0..<20 { _ = try await ward.openIncident("C2", on: Ward.morning.minutes(Int64(minute))) }
    let at = Ward.morning.hours(1)
    struct Sent {
      var task: ResourceID
      var unit: Encounters.Unit
    }
    let sent = await withTaskGroup(of: Sent?.self) { group in
      for desk in 0..<50 {
        // Two desks each want the same unit.
        let wanted = unit("A\(desk / 2)")
        group.addTask {
          while let next = try? await ward.store.dispatchQueue(of: Ward.ambulance).first(where: { $0.isFree(at: at) }) {
            guard let claim = try? await ward.run(ClaimTask(next.task, holder: "desk \(desk)"), at: at) else { continue }
            do {
              try await ward.run(AllocateUnit(wanted, to: next.task, lease: claim.lease), at: at)
              return Sent(task: next.task, unit: wanted)
            } catch {
              _ = try? await ward.run(ReleaseTask(next.task, lease: claim.lease), at: at)
              return nil
            }
          }
          return nil
        }
      }
      return await group.reduce(into: [Sent]()) { if let sent = $1 { $0.append(sent) } }
    }
    #expect(Set(sent.map(\.task)).count == sent.count)
    #expect(Set(sent.map(\.unit)).count == sent.count)
    #expect(!sent.isEmpty)
    for sent in sent {
      #expect(try await ward.store.task(of: sent.unit) == sent.task)
      #expect(try await ward.task(sent.task).lead == sent.unit.callsign)
    }
    #expect(try await ward.store.check().faults.isEmpty)
  }

  @Test("A claimant who comes late, after another has claimed, is refused")
  func fencing() async throws {
    let ward = Ward()
    let task = try await ward.openIncident().task
    let first = try await ward.run(ClaimTask(task, holder: "desk 1", seconds: 60))
    #expect(try await ward.refusal(of: ClaimTask(task, holder: "desk 2"), at: Ward.morning.adding(seconds: 59)).code == .conflict)
    let second = try await ward.run(ClaimTask(task, holder: "desk 2"), at: Ward.morning.minutes(1))
    #expect(second.lease == first.lease + 1)
    // The first desk's clock is slow: its claim runs by it, and still it is not the running one.
    let late = try await ward.refusal(of: AllocateUnit(unit("A1"), to: task, lease: first.lease))
    #expect(late.code == .leaseLost)
    #expect(try await ward.refusal(of: ReleaseTask(task, lease: first.lease)).code == .leaseLost)
    try await ward.run(AllocateUnit(unit("A1"), to: task, lease: second.lease), at: Ward.morning.minutes(1))
    #expect(try await ward.store.check().faults.isEmpty)
  }

  @Test("A unit is on one task at most, as leader or in support, until it is clear")
  func oneUnitOneTask() async throws {
    let ward = Ward()
    let first = try await ward.openIncident().task
    let second = try await ward.openIncident().task
    try await ward.dispatch(unit("A1"), to: first)
    try await ward.run(AllocateUnit(unit("A2"), to: first, as: .support, lease: nil))
    for callsign in ["A1", "A2"] {
      let claim = try await ward.run(ClaimTask(second, holder: "desk 1"))
      let refusal = try await ward.refusal(of: AllocateUnit(unit(callsign), to: second, lease: claim.lease))
      #expect(refusal.code == .invariant)
      #expect(refusal.rule == 1)
      #expect(refusal.about == ["Task/\(first)"])
    }
    try await ward.run(UpdateUnitStatus(unit("A2"), on: first, .onScene))
    try await ward.run(UpdateUnitStatus(unit("A2"), on: first, .clear))
    try await ward.dispatch(unit("A2"), to: second)
    try await ward.run(UpdateUnitStatus(unit("A1"), on: first, .clear))
    #expect(try await ward.store.task(of: unit("A1")) == nil)
    #expect(try await ward.store.task(of: unit("A2")) == second)
    #expect(try await ward.store.check().faults.isEmpty)
  }

  @Test("A unit's status goes forward only, and the crew's arrival brings the encounter on")
  func unitStatus() async throws {
    let ward = Ward()
    let (encounter, task) = try await ward.openIncident()
    try await ward.run(
      SetDisposition(
        encounter, Coding(system: Vocabulary.pathwaysDisposition, code: "Dx0111"), priority: priority(.england, "C2")))
    try await ward.dispatch(unit("A1"), to: task)
    for status in [UnitStatus.mobile, .onScene, .conveying, .atHospital] {
      try await ward.run(UpdateUnitStatus(unit("A1"), on: task, status))
      #expect(try await ward.task(task).unitStatus == status)
      #expect(try await ward.refusal(of: UpdateUnitStatus(unit("A1"), on: task, .mobile)).code == .invalidTransition)
      #expect(try await ward.encounter(encounter).status == (status == .mobile ? .triaged : .inProgress))
    }
    try await ward.run(UpdateUnitStatus(unit("A1"), on: task, .clear))
    #expect(try await ward.task(task).status == .completed)
    let request = try await ward.store.read(R4.ServiceRequest.self, #require(ward.task(task).focus)).resource
    #expect(request.status == "completed")
  }

  @Test("A rejected task returns to its old place in the queue, with its units free")
  func rejection() async throws {
    let ward = Ward()
    let first = try await ward.openIncident("C2").task
    let second = try await ward.openIncident("C2", on: Ward.morning.minutes(5)).task
    try await ward.dispatch(unit("A1"), to: first)
    try await ward.run(UpdateUnitStatus(unit("A1"), on: first, .mobile))
    #expect(try await ward.store.dispatchQueue(of: Ward.ambulance).map(\.task) == [second])
    try await ward.run(RejectTask(first, reason: "puncture"), at: Ward.morning.minutes(10))
    #expect(try await ward.store.dispatchQueue(of: Ward.ambulance).map(\.task) == [first, second])
    #expect(try await ward.store.task(of: unit("A1")) == nil)
    // The claims go on where they were.
    let claim = try await ward.run(ClaimTask(first, holder: "desk 2"), at: Ward.morning.minutes(11))
    #expect(claim.lease == 2)
    #expect(try await ward.store.check().faults.isEmpty)
  }

  @Test("An upgrade moves forward and keeps the earlier deadline; what would move back is called a downgrade")
  func priorities() async throws {
    let ward = Ward()
    let task = try await ward.openIncident("C3").task
    try await ward.run(UpgradePriority(of: task, to: priority(.england, "C2"), reason: "worse"), at: Ward.morning.minutes(9))
    #expect(try await ward.task(task).clockStart == Ward.morning)
    #expect(try await ward.task(task).deadline == Ward.morning.minutes(18))
    let back = try await ward.refusal(of: UpgradePriority(of: task, to: priority(.england, "C4"), reason: "?"))
    #expect(back.rule == 8)
    #expect(try await ward.refusal(of: DowngradePriority(of: task, to: priority(.england, "C1"), reason: "?")).code == .invalid)
    try await ward.run(DowngradePriority(of: task, to: priority(.england, "C4"), reason: "better"))
    #expect(try await ward.task(task).deadline == Ward.morning.hours(3))
    #expect(try await ward.store.dispatchQueue(of: Ward.ambulance).map(\.rank) == [4])
    #expect(try await ward.store.check().faults.isEmpty)
  }

  @Test("Mutual aid carries a task to another nation once, however often it is asked, with its clock and rank")
  func mutualAid() async throws {
    let ward = Ward()
    let (encounter, task) = try await ward.openIncident("C1")
    let wales = service(.wales, "7A1AU")
    let request = ward.request()
    let taken = try await ward.store.mutualAid(MutualAid(task, to: wales, reason: "nearer"), as: request).result
    let again = try await ward.store.mutualAid(MutualAid(task, to: wales, reason: "nearer"), as: request).result
    #expect(again == taken)
    #expect(taken.id.home == .wales)
    #expect(try await ward.task(task).status == .cancelled)
    let queue = try await ward.store.dispatchQueue(of: wales)
    #expect(queue.map(\.task) == [taken.id])
    #expect(queue.first?.clockStart == Ward.morning)
    #expect(queue.first?.rank == 0)
    #expect(try await ward.store.dispatchQueue(of: Ward.ambulance).isEmpty)
    try await ward.dispatch(unit("W1", of: wales), to: taken.id)
    try await ward.run(UpdateUnitStatus(unit("W1", of: wales), on: taken.id, .onScene))
    #expect(try await ward.store.everything(of: encounter).count { $0.type == "Task" } == 2)
    #expect(try await ward.store.check().faults.isEmpty)
  }

  @Test("A task that was allocated meanwhile is not given away; the other service's task is stood down")
  func mutualAidTooLate() async throws {
    let ward = Ward()
    let task = try await ward.openIncident("C1").task
    let wales = service(.wales, "7A1AU")
    // Between the two halves a desk sends its own unit.
    ward.keyspace(.wales).intercept { call in
      if case .write = call, (try? await ward.task(task).status) == .requested {
        try? await ward.dispatch(unit("A1"), to: task)
      }
      return .normal
    }
    let request = ward.request()
    do {
      _ = try await ward.store.mutualAid(MutualAid(task, to: wales, reason: "nearer"), as: request)
      Issue.record("an allocated task was handed over")
    } catch {
      #expect(error.code == .invalidTransition)
    }
    #expect(try await ward.task(task).lead == "A1")
    #expect(try await ward.store.dispatchQueue(of: wales).isEmpty)
    ward.keyspace(.wales).intercept(nil)
    // The unit breaks down, and the task waits again. A late copy of the request must not hand it over to the Welsh task
    // that has ended: it would stand in no queue.
    try await ward.run(RejectTask(task, reason: "breakdown"))
    do {
      _ = try await ward.store.mutualAid(MutualAid(task, to: wales, reason: "nearer"), as: request)
      Issue.record("a request that was given up handed a task over")
    } catch {
      #expect(error.code == .conflict)
    }
    #expect(try await ward.store.dispatchQueue(of: Ward.ambulance).map(\.task) == [task])
    let again = try await ward.store.mutualAid(MutualAid(task, to: wales, reason: "nearer"), as: ward.request())
    #expect(try await ward.store.dispatchQueue(of: wales).map(\.task) == [again.result.id])
    #expect(try await ward.store.check().faults.isEmpty)
  }

  @Test("Within a nation the task itself changes its queue")
  func reassignment() async throws {
    let ward = Ward()
    let task = try await ward.openIncident().task
    let other = service(.england, "RYA")
    let moved = try await ward.store.mutualAid(MutualAid(task, to: other, reason: "border"), as: ward.request()).result
    #expect(moved.id == task)
    #expect(try await ward.store.dispatchQueue(of: other).map(\.task) == [task])
    #expect(try await ward.store.dispatchQueue(of: Ward.ambulance).isEmpty)
    #expect(try await ward.store.check().faults.isEmpty)
  }

  @Test("Callbacks wait in order, are claimed by one clinician at a time, and hold up the end of the encounter")
  func callbacks() async throws {
    let ward = Ward()
    let provider = service(.england, "CAS01")
    var callbacks: [ResourceID] = []
    var encounters: [ResourceID] = []
    for urgency in [Priority.Urgency.callbackWithin4Hours, .callbackWithin20Minutes, .callbackWithin1Hour] {
      let encounter = try await ward.openCall().encounter.id
      encounters.append(encounter)
      let arranged = try await ward.run(RequestCallback(for: encounter, by: provider, Priority(urgency)))
      callbacks.append(try #require(arranged.task))
    }
    #expect(try await ward.store.callbackQueue(of: provider).map(\.task) == [1, 2, 0].map { callbacks[$0] })
    let claim = try await ward.run(ClaimCallback(callbacks[1], holder: "nurse 1"))
    #expect(try await ward.refusal(of: ClaimCallback(callbacks[1], holder: "nurse 2")).code == .conflict)
    let close = CloseEncounter(
      encounters[1], outcome: Coding(system: "http://snomed.info/sct", code: "182992009"), message: .send(to: ["A83008"]))
    let open = try await ward.refusal(of: close)
    #expect(open.rule == 6)
    #expect(open.about == ["Task/\(callbacks[1])"])
    try await ward.run(
      PutBackCallback(callbacks[1], lease: claim.lease, due: Ward.morning.minutes(30), reason: "no answer"))
    let next = try await ward.run(ClaimCallback(callbacks[1], holder: "nurse 2"), at: Ward.morning.minutes(30))
    let late = CompleteCallback(callbacks[1], lease: claim.lease, outcome: "advice")
    #expect(try await ward.refusal(of: late, at: Ward.morning.minutes(30)).code == .leaseLost)
    try await ward.run(
      CompleteCallback(callbacks[1], lease: next.lease, outcome: "advice"), at: Ward.morning.minutes(40))
    try await ward.run(close, at: Ward.morning.minutes(41))
    #expect(try await ward.store.callbackQueue(of: provider).map(\.task) == [2, 0].map { callbacks[$0] })
    #expect(try await ward.store.check().faults.isEmpty)
  }
}
