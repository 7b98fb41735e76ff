import Base
@testable import Encounters
import Identifiers
import JSON

extension EncounterWorld {
  /// What has come of wishes, for others to be about: few of each, so that they meet.
  struct Pools {
    struct Claim {
      var task: ResourceID
      var lease: UInt64
    }
    var patients: [ResourceID] = []
    var encounters: [ResourceID] = []
    var tasks: [ResourceID] = []
    var claims: [Claim] = []
    var callbacks: [ResourceID] = []
    var slots: [ResourceID] = []
    var appointments: [ResourceID] = []
    var items: [ResourceID] = []
  }

  private static let codes: [Nation: (service: String, priority: String, higher: String)] = [
    .england: ("X26", "C2", "C1"), .scotland: ("SN924", "amber", "purple"), .wales: ("7A1AU", "red", "purple"),
    .northernIreland: ("ZT001", "C3", "C1"),
  ]
  private static let numbers = ["9434765919", "9434765870"]
  private static let encountersMax = 6

  private func service(_ nation: Nation) -> Service {
    guard let code = Self.codes[nation] else { preconditionFailure("a nation without a service") }
    return Encounters.Service(nation, code.service) ?? Ward.service111
  }

  private func priority(_ nation: Nation, isHigher: Bool = false) -> Priority {
    guard let code = Self.codes[nation], let priority = Priority(nation, isHigher ? code.higher : code.priority) else {
      preconditionFailure("a nation without a priority")
    }
    return priority
  }

  private func any<Value>(_ pool: [Value]) -> Value? { pool.isEmpty ? nil : pool[random.below(pool.count)] }

  /// The later, the later by the clocks of the callers, which differ by minutes.
  private func request() -> Request {
    let at = Ward.morning.adding(seconds: Int64(wishes.count) * 40 + Int64(random.below(240)))
    return Request(random.identifier(), by: Ward.agent, at: at, deadline: .seconds(600))
  }

  private func wish<Work: EncounterOperation>(
    _ work: Work, then: @escaping (inout Pools, Work.Result) -> Void = { _, _ in }
  ) -> Wish? {
    guard let home = work.home else { preconditionFailure("ids made here tell their home") }
    let request = request()
    let wish = Wish("\(Work.name) \(wishes.count)") { [unowned self] in
      PerformingMachine(work, home: home, as: request) { then(&self.pools, $0) }
    }
    wishes.append(wish)
    return wish
  }

  /// Nil when there is nothing yet for it to be about.
  func drawWish() -> Wish? {
    guard !pools.encounters.isEmpty else { return open() }
    switch random.below(12) {
    case 0: return pools.encounters.count < Self.encountersMax ? open() : patients()
    case 1: return care()
    case 2, 3: return dispatch()
    case 4: return crews()
    case 5: return callbacks()
    case 6, 7: return bookings()
    case 8, 9: return prescriptions()
    case 10: return patients()
    default: return ends()
    }
  }

  private func patient() -> R4.Patient {
    guard random.oneIn(2), let number = try? PatientNumber(Self.numbers[random.below(2)]) else {
      return R4.Patient(unknown: nil)
    }
    return R4.Patient(number, isVerified: true)
  }

  private func open() -> Wish? {
    let nation = Nation.allCases[random.below(4)]
    let subject: OpenEncounter.Subject =
      if random.oneIn(2), let known = any(pools.patients) { .patient(known) } else { .new(patient()) }
    return wish(OpenEncounter(at: service(nation), for: subject, R4.Encounter(.virtual), status: .inProgress)) {
      $0.encounters.add($1.encounter.id)
      $0.patients.add($1.patient)
    }
  }

  private func patients() -> Wish? {
    guard let encounter = any(pools.encounters), let one = any(pools.patients), let other = any(pools.patients) else {
      return wish(RegisterPatient(at: Nation.allCases[random.below(4)], patient())) { $0.patients.add($1.id) }
    }
    switch random.below(4) {
    case 0: return wish(LinkPatient(one, to: encounter))
    case 1: return one == other ? nil : wish(MergePatients(one, into: other))
    case 2: return wish(AmendPatient(one, to: patient()))
    default: return wish(RegisterPatient(at: Nation.allCases[random.below(4)], patient())) { $0.patients.add($1.id) }
    }
  }

  private func care() -> Wish? {
    guard let encounter = any(pools.encounters) else { return nil }
    switch random.below(3) {
    case 0: return wish(RecordTriage(encounter, R4.QuestionnaireResponse([("Awake?", "\(random.below(9))")])))
    case 1:
      let steps = MoveEncounter.Step.allCases
      return wish(MoveEncounter(encounter, steps[random.below(steps.count)]))
    default:
      return wish(TransferCare(encounter, to: service(Nation.allCases[random.below(4)]), reason: "nearer"))
    }
  }

  private func dispatch() -> Wish? {
    guard let encounter = any(pools.encounters), let nation = encounter.home else { return nil }
    guard let task = any(pools.tasks), !random.oneIn(3) else {
      return wish(
        RequestAmbulance(for: encounter, from: service(nation), priority(nation), at: R4.Location("here"))
      ) { if let task = $1.task { $0.tasks.add(task) } }
    }
    guard random.oneIn(3) else {
      return wish(ClaimTask(task, holder: "desk \(random.below(5))")) {
        $0.claims.append(Pools.Claim(task: $1.item.id, lease: $1.lease))
      }
    }
    let home = task.home ?? nation
    return random.oneIn(2)
      ? wish(UpgradePriority(of: task, to: priority(home, isHigher: true), reason: "worse"))
      : wish(DowngradePriority(of: task, to: priority(home), reason: "better"))
  }

  private func crews() -> Wish? {
    guard let claim = any(pools.claims), let home = claim.task.home,
      let unit = Encounters.Unit("A\(random.below(2))", of: service(home))
    else { return nil }
    switch random.below(6) {
    case 0, 1: return wish(AllocateUnit(unit, to: claim.task, lease: claim.lease))
    case 2: return wish(AllocateUnit(unit, to: claim.task, as: .support, lease: nil))
    case 3: return wish(ReleaseTask(claim.task, lease: claim.lease))
    default:
      let statuses = UnitStatus.allCases
      return wish(UpdateUnitStatus(unit, on: claim.task, statuses[random.below(statuses.count)]))
    }
  }

  private func callbacks() -> Wish? {
    guard let encounter = any(pools.encounters), let nation = encounter.home else { return nil }
    guard let callback = any(pools.callbacks), !random.oneIn(3) else {
      return wish(RequestCallback(for: encounter, by: service(nation), Priority(.callbackWithin1Hour))) {
        if let task = $1.task { $0.callbacks.add(task) }
      }
    }
    switch random.below(4) {
    case 0: return wish(CompleteCallback(callback, lease: UInt64(1 + random.below(2)), outcome: "advice"))
    case 1: return wish(CancelCallback(callback, reason: "called again"))
    default: return wish(ClaimCallback(callback, holder: "clinician \(random.below(3))"))
    }
  }

  private func bookings() -> Wish? {
    guard pools.slots.count >= 3, let slot = any(pools.slots), let encounter = any(pools.encounters) else {
      let start = Ward.morning.minutes(Int64(10 * random.below(50)))
      let times = [SlotTimes(start, start.minutes(10)), SlotTimes(start.minutes(10), start.minutes(20))]
      let plan = R4.Schedule(dosService: "2000099999", "Walk-in centre")
      return wish(PublishSlots(at: Nation.allCases[random.below(4)], of: .new(plan), times)) { pools, written in
        for slot in written.resources.dropFirst() { pools.slots.add(slot.id) }
      }
    }
    guard let appointment = any(pools.appointments), !random.oneIn(2) else {
      return wish(BookAppointment(slot, for: encounter)) { $0.appointments.add($1.id) }
    }
    switch random.below(4) {
    case 0:
      let attendances = MarkAttendance.Attendance.allCases
      return wish(MarkAttendance(appointment, attendances[random.below(attendances.count)]))
    case 1, 2: return wish(CancelAppointment(appointment, reason: "better"))
    default:
      return wish(RebookAppointment(appointment, to: slot, reason: "sooner")) { pools, written in
        if let made = written.resources.first { pools.appointments.add(made.id) }
      }
    }
  }

  private func prescriptions() -> Wish? {
    guard let encounter = any(pools.encounters) else { return nil }
    guard let item = any(pools.items), random.oneIn(3) else {
      let place = UInt32(random.below(4))
      guard let number = try? PrescriptionNumber(first: place, organisation: "A83008", last: place) else { return nil }
      let items = (0...random.below(2)).map { _ in PrescribingTests.item() }
      return wish(IssuePrescription(for: encounter, number: number.text, .electronic, items, to: "FH542")) {
        pools, written in
        for made in written.resources where made.type == R4.MedicationRequest.type { pools.items.add(made.id) }
      }
    }
    return random.oneIn(2)
      ? wish(CancelPrescription(item, reason: "allergy"))
      : wish(RecordDispense(item, by: "FH542", isWhole: random.oneIn(2)))
  }

  private func ends() -> Wish? {
    guard let encounter = any(pools.encounters) else { return nil }
    switch random.below(8) {
    case 0, 1:
      guard let task = any(pools.tasks) else { return nil }
      return random.oneIn(2)
        ? wish(StandDown(task, reason: "recovered")) : wish(RejectTask(task, reason: "broke down"))
    case 2, 3:
      return wish(
        CloseEncounter(
          encounter, outcome: Coding(system: "http://snomed.info/sct", code: "182992009"),
          message: random.oneIn(2) ? .send(to: ["A83008"]) : .suppressed(reason: "not owed")))
    case 4: return wish(CancelEncounter(encounter, reason: "hung up"))
    case 5: return wish(MarkEnteredInError(encounter, reason: "a test call"))
    default: return wish(ReopenEncounter(encounter)) { $0.encounters.add($1.encounter.id) }
    }
  }
}

extension [ResourceID] {
  /// Several machines may have been given the same result.
  fileprivate mutating func add(_ id: ResourceID) {
    if !contains(id) { append(id) }
  }
}
