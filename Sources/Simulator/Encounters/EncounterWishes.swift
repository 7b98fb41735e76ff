package import Base
package import Encounters
import Identifiers
import JSON

/// What services of four nations want, drawn by chance: every operation there is, on few patients, units, slots and numbers.
/// Each wish is something that is to happen once, whoever asks for it and how often.
package final class EncounterWishes {
  /// What has come of wishes, for others to be about: few of each, so that they meet.
  private struct Pools {
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

  private var random: SplitMix64
  private var pools = Pools()
  private var wishes: [(name: String, request: Identifier, send: () -> any RequestOnItsWay)] = []
  /// Who was given what is given once: claims by their number, numbers of prescriptions.
  private var owners: [String: Int] = [:]
  /// Two were given the same.
  package private(set) var contradiction: String?

  package init(seed: UInt64) { random = SplitMix64(seed: seed) }

  package var count: Int { wishes.count }
  package func name(of wish: Int) -> String { wishes[wish].name }
  package func request(of wish: Int) -> Identifier { wishes[wish].request }
  /// Begins the request of a wish, from the start, as another process would.
  package func send(_ wish: Int) -> any RequestOnItsWay { wishes[wish].send() }

  private static let agent = Agent(user: "555086689106", role: "call handler", organisation: "X26", software: "simulation 1")
  /// Saturday, 10 January 2026, 09:00.
  private static let morning: Instant = {
    guard let morning = Instant("2026-01-10T09:00:00Z") else { preconditionFailure("a time that is none") }
    return morning
  }()

  private static let codes: [Nation: (service: String, priority: String, higher: String)] = [
    .england: ("X26", "C2", "C1"), .scotland: ("SN924", "amber", "purple"), .wales: ("7A1AU", "red", "purple"),
    .northernIreland: ("ZT001", "C3", "C1"),
  ]
  private static let numbers = ["9434765919", "9434765870"]

  private func service(_ nation: Nation) -> Service {
    guard let code = Self.codes[nation] else { preconditionFailure("a nation without a service") }
    guard let service = Service(nation, code.service) else { preconditionFailure("a code that is none") }
    return service
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
    let at = Self.morning.adding(seconds: Int64(wishes.count) * 40 + Int64(random.below(240)))
    return Request(random.identifier(), by: Self.agent, at: at, deadline: .seconds(600))
  }

  private func wish<Work: EncounterOperation>(
    _ work: Work, then: @escaping (inout Pools, Work.Result) -> Void = { _, _ in }
  ) -> Int? {
    guard let home = work.home else { preconditionFailure("ids made here tell their home") }
    let request = request()
    let place = wishes.count
    let name = "\(Work.name) \(place)"
    let send = { [unowned self] () -> any RequestOnItsWay in
      OneRequest(work, home: home, as: request) { result in
        then(&self.pools, result)
        if let claimed = result as? Claimed { self.take("\(claimed.item.reference), claim \(claimed.lease)", for: place) }
        if let issue = work as? IssuePrescription { self.take("prescription \(issue.number)", for: place) }
      }
    }
    wishes.append((name, request.id, send))
    return place
  }

  /// Notes that a wish was given what there is one of.
  private func take(_ thing: String, for wish: Int) {
    let owner = owners[thing] ?? wish
    owners[thing] = owner
    if owner != wish { contradiction = "\(name(of: wish)) was given \(thing), which \(name(of: owner)) has" }
  }

  /// Nil when there is nothing yet for it to be about.
  package func draw() -> Int? {
    guard !pools.encounters.isEmpty else { return open() }
    switch random.below(12) {
    case 0: return open()
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

  private static var item: R4.MedicationRequest {
    R4.MedicationRequest(
      Coding(system: "https://dmd.nhs.uk", code: "322236009", display: "Paracetamol 500mg tablets"),
      dosage: "one or two, up to four times a day")
  }

  private func patient() -> R4.Patient {
    guard random.oneIn(2), let number = try? PatientNumber(Self.numbers[random.below(2)]) else {
      return R4.Patient(unknown: nil)
    }
    return R4.Patient(number, isVerified: true)
  }

  private func open() -> Int? {
    let nation = Nation.allCases[random.below(4)]
    let subject: OpenEncounter.Subject =
      if random.oneIn(2), let known = any(pools.patients) { .patient(known) } else { .new(patient()) }
    return wish(OpenEncounter(at: service(nation), for: subject, R4.Encounter(.virtual), status: .inProgress)) {
      $0.encounters.add($1.encounter.id)
      $0.patients.add($1.patient)
    }
  }

  private func patients() -> Int? {
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

  private func care() -> Int? {
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

  private func dispatch() -> Int? {
    guard let encounter = any(pools.encounters), let nation = encounter.home else { return nil }
    guard let task = any(pools.tasks), !random.oneIn(3) else {
      return wish(
        RequestAmbulance(for: encounter, from: service(nation), priority(nation), at: R4.Location("here"))
      ) { if let task = $1.task { $0.tasks.add(task) } }
    }
    guard random.oneIn(3) else {
      return wish(ClaimTask(task, holder: "desk \(random.below(5))")) {
        $0.claims = $0.claims.suffix(7) + [Pools.Claim(task: $1.item.id, lease: $1.lease)]
      }
    }
    let home = task.home ?? nation
    return random.oneIn(2)
      ? wish(UpgradePriority(of: task, to: priority(home, isHigher: true), reason: "worse"))
      : wish(DowngradePriority(of: task, to: priority(home), reason: "better"))
  }

  private func crews() -> Int? {
    guard let claim = any(pools.claims), let home = claim.task.home,
      let unit = Unit("A\(random.below(2))", of: service(home))
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

  private func callbacks() -> Int? {
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

  private func bookings() -> Int? {
    guard pools.slots.count >= 3, let slot = any(pools.slots), let encounter = any(pools.encounters) else {
      let start = Self.morning.adding(seconds: Int64(600 * random.below(50)))
      let times = (0..<2 as Range<Int64>).map { SlotTimes(start.adding(seconds: $0 * 600), start.adding(seconds: ($0 + 1) * 600)) }
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

  private func prescriptions() -> Int? {
    guard let encounter = any(pools.encounters) else { return nil }
    guard let item = any(pools.items), random.oneIn(3) else {
      // A number is used once for ever: now and then there is another.
      let place = UInt32(random.below(4) + count / 40)
      guard let number = try? PrescriptionNumber(first: place, organisation: "A83008", last: place) else { return nil }
      let items = (0...random.below(2)).map { _ in Self.item }
      return wish(IssuePrescription(for: encounter, number: number.text, .electronic, items, to: "FH542")) {
        pools, written in
        for made in written.resources where made.type == R4.MedicationRequest.type { pools.items.add(made.id) }
      }
    }
    return random.oneIn(2)
      ? wish(CancelPrescription(item, reason: "allergy"))
      : wish(RecordDispense(item, by: "FH542", isWhole: random.oneIn(2)))
  }

  private func ends() -> Int? {
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
  /// Several requests may have been given the same result. The oldest goes when there are eight, so that there are always
  /// some with which something can still be done.
  fileprivate mutating func add(_ id: ResourceID) {
    if !contains(id) { self = suffix(7) + [id] }
  }
}
