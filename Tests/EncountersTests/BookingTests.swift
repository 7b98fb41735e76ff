import Base
import Encounters
import JSON
import QuartetTesting
import Testing

@Suite("Appointments")
struct BookingTests {
  @Test("Two hundred clients race for twenty slots: each slot is booked once")
  func race() async throws {
    let ward = Ward()
    let slots = try await ward.publishSlots(20)
    let encounter = try await ward.openCall().encounter.id
    let booked = await withTaskGroup(of: ResourceID?.self) { group in
      for client in 0..<200 {
        group.addTask {
          for offset in 0..<20 {
            let slot = slots[(client + offset) % 20]
            if let made = try? await ward.run(BookAppointment(slot, for: encounter)) { return made.id }
          }
          return nil
        }
      }
      return await group.reduce(into: [ResourceID]()) { if let id = $1 { $0.append(id) } }
    }
    #expect(booked.count == 20)
    var taken: Set<ResourceID> = []
    for id in booked {
      let appointment = try await ward.store.read(R4.Appointment.self, id).resource
      #expect(appointment.status == .booked)
      taken.insert(try #require(appointment.slot))
    }
    #expect(taken == Set(slots))
    #expect(try await ward.store.check().faults.isEmpty)
  }

  @Test("Slots are found by service, time and status; what is booked is not free")
  func search() async throws {
    let ward = Ward()
    let slots = try await ward.publishSlots(6)
    let encounter = try await ward.openCall().encounter.id
    try await ward.run(BookAppointment(slots[2], for: encounter))
    func find(_ from: Int64, _ before: Int64, _ status: SlotStatus?) async throws -> [ResourceID] {
      try await ward.store.slots(
        ofService: "2000099999", at: .england, from: Ward.morning.minutes(from), before: Ward.morning.minutes(before),
        status: status
      ).map(\.slot)
    }
    #expect(try await find(0, 60, .free) == [0, 1, 3, 4, 5].map { slots[$0] })
    #expect(try await find(10, 40, nil) == [1, 2, 3].map { slots[$0] })
    #expect(try await find(0, 60, .busy) == [slots[2]])
    #expect(try await find(5, 10, .free).isEmpty)
  }

  @Test("A booking moves to another slot in one transaction; a slot that is taken leaves it as it was")
  func rebooking() async throws {
    let ward = Ward()
    let slots = try await ward.publishSlots(3)
    let encounter = try await ward.openCall().encounter.id
    let first = try await ward.run(BookAppointment(slots[0], for: encounter)).id
    let other = try await ward.run(BookAppointment(slots[1], for: encounter)).id
    let refusal = try await ward.refusal(of: RebookAppointment(first, to: slots[1], reason: "earlier"))
    #expect(refusal.code == .conflict)
    #expect(refusal.about == ["Slot/\(slots[1])"])
    #expect(try await ward.store.read(R4.Appointment.self, first).resource.status == .booked)
    let request = ward.request()
    let rebooking = RebookAppointment(first, to: slots[2], reason: "later")
    let moved = try await ward.store.rebook(rebooking, as: request).result
    #expect(try await ward.store.rebook(rebooking, as: request).result == moved)
    let new = try await ward.store.read(R4.Appointment.self, moved.resources[0].id).resource
    #expect(new.slot == slots[2])
    #expect(new.encounter == encounter)
    #expect(try await ward.store.read(R4.Appointment.self, first).resource.status == .cancelled)
    try await ward.run(RebookAppointment(other, to: slots[0], reason: "freed"))
    #expect(try await ward.store.check().faults.isEmpty)
  }

  @Test("A booking moves to another nation's slot in two steps, the new one first; again under the same id it is done once")
  func rebookingAcross() async throws {
    let ward = Ward()
    let here = try await ward.publishSlots(1)
    let there = try await ward.publishSlots(1, at: .wales)
    let encounter = try await ward.openCall().encounter.id
    let first = try await ward.run(BookAppointment(here[0], for: encounter)).id
    let request = ward.request()
    let rebooking = RebookAppointment(first, to: there[0], reason: "nearer home")
    let moved = try await ward.store.rebook(rebooking, as: request).result
    #expect(try await ward.store.rebook(rebooking, as: request).result == moved)
    #expect(moved.resources[0].id.home == .wales)
    #expect(try await ward.store.read(R4.Appointment.self, first).resource.status == .cancelled)
    #expect(try await ward.store.read(R4.Slot.self, here[0]).resource.status == .free)
    #expect(try await ward.store.read(R4.Slot.self, there[0]).resource.status == .busy)
    let everything = try await ward.store.everything(of: encounter)
    #expect(everything.filter { $0.type == "Appointment" }.map(\.nation) == [.england, .wales])
    #expect(try await ward.store.check().faults.isEmpty)
  }

  @Test("Nothing is booked for an encounter that was cancelled, or for nobody")
  func forWhom() async throws {
    let ward = Ward()
    let slots = try await ward.publishSlots(1)
    let encounter = try await ward.openCall().encounter.id
    try await ward.run(CancelEncounter(encounter, reason: "hung up"))
    #expect(try await ward.refusal(of: BookAppointment(slots[0], for: encounter)).code == .invalidTransition)
    #expect(try await ward.refusal(of: BookAppointment(slots[0], for: nil)).code == .invalid)
    let patient = try await ward.run(RegisterPatient(at: .scotland, R4.Patient(Demographics(given: "Hale")))).id
    try await ward.run(BookAppointment(slots[0], for: nil, patient: patient))
    let unknown = try #require(ResourceID("s-aaaaaaaaaaaaaaaaaaaaaaaaaa"))
    #expect(try await ward.refusal(of: BookAppointment(slots[0], for: nil, patient: unknown)).code == .notFound)
  }

  @Test("A request opens at most 24 slots, each of which ends after it begins")
  func publishing() async throws {
    let ward = Ward()
    #expect(try await ward.publishSlots(24).count == 24)
    let plan = PublishSlots.Plan.new(R4.Schedule(dosService: "2000099999", "Walk-in centre"))
    let times = SlotTimes(Ward.morning, Ward.morning.minutes(10))
    let many = PublishSlots(at: .england, of: plan, [SlotTimes](repeating: times, count: 25))
    #expect(try await ward.refusal(of: many).code == .invalid)
    let backwards = PublishSlots(at: .england, of: plan, [SlotTimes(times.end, times.start)])
    #expect(try await ward.refusal(of: backwards).code == .invalid)
  }
}
