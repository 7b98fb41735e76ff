import Base
import Encounters
import Identifiers
import JSON
import Network
import QuartetClient
import Testing

extension ClusterScenarios {
  @Suite("Races for slots, tasks and numbers", .serialized)
  struct EncounterRaces {
    // MARK: Slots

    /// A client that got a slot.
    private struct Booking: Sendable, Hashable {
      var slot: String
      var appointment: String
    }

    @Test("Two hundred clients race for twenty slots while a leader dies: no slot is booked twice", .timeLimit(.minutes(5)))
    func slots() async throws {
      try await LabCluster.with { lab in
        let (slots, outcomes) = try await EncounterCrowd.with(Lab.isLong ? 200 : 60, of: lab) { crowd in
          let encounters = try await crowd.all { _, store in try await store.openCall(at: EncounterLab.services[0]) }
          let slots = try await publish(Lab.isLong ? 20 : 10, crowd.stores[0])
          let third = Milestone(slots.count / 3)
          async let atLoss = Self.lose(.death, lab, at: third)
          let outcomes = try await crowd.all { client, store in
            try await Self.bookAny(encounters[client], store, third)
          }
          #expect(try await atLoss < slots.count)
          return (slots, outcomes)
        }
        let booked = outcomes.compactMap { $0 }
        let problems = Self.problems(booked, slots, try await lab.stored(R4.Appointment.self).map { ($0.id, $0.resource) })
        #expect(problems.isEmpty, "\(problems)")
        let report = try await EncounterStore(lab.client).check()
        #expect(report.isClean, "\(report.faults.prefix(5))")
        #expect(report.requests == outcomes.count + 1 + slots.count)
        print("slots: \(outcomes.count) clients, \(booked.count) of \(slots.count) slots booked, \(report.rows) rows checked")
        // Planted: the judge and the check see a slot that is given away twice.
        let stored = try await lab.stored(R4.Appointment.self).map { ($0.id, $0.resource) }
        #expect(!Self.problems(booked + [booked[0]], slots, stored).isEmpty)
        #expect(!Self.problems(booked, slots, stored + [stored[0]]).isEmpty)
        try await lab.forge("Slot/\(slots[0])", in: .england, "\"busy\"", to: "\"free\"")
        let forged = try await EncounterStore(lab.client).check()
        #expect(forged.faults.contains { $0.rule == 2 && $0.about.contains("Slot/\(slots[0])") }, "\(forged.faults)")
      }
    }

    /// Returns how far the race had come when England's leader was lost.
    private static func lose(_ loss: LabCluster.Loss, _ lab: LabCluster, at milestone: Milestone) async throws -> Int {
      var count = 0
      try await lab.lose(loss, leaderOf: "england") {
        await milestone.reached()
        count = milestone.count
      }
      return count
    }

    private func publish(_ count: Int, _ store: EncounterStore<Keyspace>) async throws -> [ResourceID] {
      let times = (0..<Int64(count)).map { place in
        let start = EncounterLab.morning.adding(seconds: 600 * place)
        return SlotTimes(start, start.adding(seconds: 600))
      }
      let plan = R4.Schedule(dosService: "2000099999", "Walk-in centre")
      return try await store.settle(PublishSlots(at: .england, of: .new(plan), times)).result.resources.dropFirst().map(\.id)
    }

    /// The first slot that is free, or the next, until there is none.
    private static func bookAny(
      _ encounter: ResourceID, _ store: EncounterStore<Keyspace>, _ third: Milestone
    ) async throws -> Booking? {
      while true {
        let free = try await EncounterLab.patiently { () async throws(EncounterError) in
          try await store.slots(
            ofService: "2000099999", at: .england, from: EncounterLab.morning,
            before: EncounterLab.morning.adding(seconds: 86_400))
        }
        guard let slot = free.first?.slot else { return nil }
        do {
          let made = try await store.settle(BookAppointment(slot, for: encounter)).result
          third.step()
          return Booking(slot: slot.text, appointment: made.id.text)
        } catch {
          guard error.code == .conflict else { throw error }
        }
      }
    }

    /// Every slot is one client's, and stored so.
    private static func problems(
      _ booked: [Booking], _ slots: [ResourceID], _ stored: [(id: String, resource: R4.Appointment)]
    ) -> [String] {
      var problems: [String] = []
      for slot in slots {
        let told = booked.filter { $0.slot == slot.text }.map(\.appointment)
        let held = stored.filter { $0.resource.slot == slot && $0.resource.status == .booked }.map(\.id)
        if told.count != 1 || held != told { problems.append("\(slot): told \(told), held by \(held)") }
      }
      if booked.count != slots.count { problems.append("\(booked.count) bookings of \(slots.count) slots") }
      return problems
    }

    // MARK: Tasks

    /// What a desk did with a task.
    private struct Turn: Sendable {
      var desk: Int
      var task: ResourceID
      var lease: UInt64
      var unit: Encounters.Unit
    }

    @Test("Fifty desks claim from one queue while a leader is paused: each task is one desk's, each unit on one task", .timeLimit(.minutes(5)))
    func desks() async throws {
      try await LabCluster.with { lab in
        let count = Lab.isLong ? 50 : 20
        let tasksEach = Lab.isLong ? 4 : 2
        let (tasks, turns) = try await EncounterCrowd.with(count, of: lab) { crowd in
          let tasks = try await crowd.all { _, store in
            var tasks: [ResourceID] = []
            for _ in 0..<tasksEach { tasks.append(try await Self.ask(store)) }
            return tasks
          }.flatMap { $0 }
          let third = Milestone(tasks.count / 3)
          async let atLoss = Self.lose(.pause(.milliseconds(1_500)), lab, at: third)
          let turns = try await crowd.all { desk, store in try await Self.work(desk, store, third) }.flatMap { $0 }
          #expect(try await atLoss < tasks.count)
          return (tasks, turns)
        }
        let store = EncounterStore(lab.client)
        let problems = Self.problems(turns, tasks)
        #expect(problems.isEmpty, "\(problems.prefix(5))")
        for turn in turns {
          #expect(try await store.task(of: turn.unit) == turn.task)
          #expect(try await store.read(R4.Task.self, turn.task).resource.lead == turn.unit.callsign)
        }
        #expect(try await store.dispatchQueue(of: EncounterLab.ambulance).isEmpty)
        let report = try await store.check()
        #expect(report.isClean, "\(report.faults.prefix(5))")
        let desks = Set(turns.map(\.desk)).count
        print("desks: \(turns.count) of \(tasks.count) tasks claimed by \(desks) of \(count) desks, \(report.rows) rows checked")
        try await lateClaim(store)
      }
    }

    private static func ask(_ store: EncounterStore<Keyspace>) async throws -> ResourceID {
      guard let priority = Priority(.england, "C2") else { throw LabFailure("no such priority") }
      let encounter = try await store.openCall(at: EncounterLab.services[0])
      let asked = try await store.settle(
        RequestAmbulance(for: encounter, from: EncounterLab.ambulance, priority, at: R4.Location("by the bandstand")))
      guard let task = asked.result.task else { throw LabFailure("an ambulance without a task") }
      return task
    }

    /// Claims what is free at the head of the queue and sends a unit, which another desk wants too.
    private static func work(
      _ desk: Int, _ store: EncounterStore<Keyspace>, _ third: Milestone
    ) async throws -> [Turn] {
      var turns: [Turn] = []
      while true {
        let queue = try await EncounterLab.patiently { () async throws(EncounterError) in
          try await store.dispatchQueue(of: EncounterLab.ambulance)
        }
        guard let next = queue.first(where: { $0.isFree(at: EncounterLab.morning) }) else { return turns }
        let claim: Claimed
        do {
          claim = try await store.settle(ClaimTask(next.task, holder: "desk \(desk)")).result
        } catch {
          // Claimed by another since, or on its way already.
          guard error.code == .conflict || error.code == .invalidTransition else { throw error }
          continue
        }
        var turn = Turn(
          desk: desk, task: next.task, lease: claim.lease, unit: EncounterLab.unit("A\(desk / 2)-\(turns.count)"))
        do {
          try await store.settle(AllocateUnit(turn.unit, to: next.task, lease: claim.lease))
        } catch {
          guard error.rule == 1 else { throw error }
          turn.unit = EncounterLab.unit("B\(desk)-\(turns.count)")
          try await store.settle(AllocateUnit(turn.unit, to: next.task, lease: claim.lease))
        }
        turns.append(turn)
        third.step()
      }
    }

    /// Every task has been claimed once, and every unit sent once.
    private static func problems(_ turns: [Turn], _ tasks: [ResourceID]) -> [String] {
      var problems: [String] = []
      let claims = Dictionary(grouping: turns, by: \.task)
      for task in tasks {
        let desks = claims[task]?.map(\.desk) ?? []
        if desks.count != 1 { problems.append("\(task) was claimed by \(desks)") }
      }
      for turn in turns where turn.lease != 1 { problems.append("\(turn.task) had claim \(turn.lease)") }
      if Set(turns.map(\.unit)).count != turns.count { problems.append("a unit was sent twice") }
      return problems
    }

    /// The counter-check: a desk whose clock is past the end of a claim gets the task too, and the judge says so.
    private func lateClaim(_ store: EncounterStore<Keyspace>) async throws {
      let task = try await Self.ask(store)
      let late = EncounterLab.request(at: EncounterLab.morning.adding(seconds: 3_600))
      let first = try await store.settle(ClaimTask(task, holder: "desk 0")).result
      let second = try await store.settle(ClaimTask(task, holder: "desk 1"), as: late).result
      let turns = [(0, first), (1, second)].map { desk, claim in
        Turn(desk: desk, task: task, lease: claim.lease, unit: EncounterLab.unit("C1"))
      }
      #expect(Self.problems(turns, [task]).count == 3)
    }

    // MARK: Numbers

    /// What one of the clients of a round was told.
    private struct Answer: Sendable {
      var request: Int
      var item: String?
      var error: EncounterError?
    }

    @Test("A hundred clients at five nodes issue one prescription number: one request wins, the others are told whose it is", .timeLimit(.minutes(5)))
    func numbers() async throws {
      try await LabCluster.with { lab in
        let requests = 20
        let rounds = Lab.isLong ? 20 : 2
        let nodes = lab.nodes.count
        var latencies: [Interval] = []
        var winners: [Int] = []
        try await EncounterCrowd.with(requests * nodes, of: lab) { crowd in
          let encounters = try await crowd.all { client, store in
            // The clients of a request are at the five nodes, and about one encounter.
            client % nodes == 0 ? try await store.openCall(at: EncounterLab.services[client / nodes % 4]) : nil
          }.compactMap { $0 }
          for round in 0..<rounds {
            let number = try Self.number(round)
            let begun = Clock.now()
            let answers = try await race(crowd, encounters) { _ in number }
            latencies.append(Clock.now() - begun)
            let items = try await EncounterStore(lab.client).prescription(number, .electronic)
            let problems = Self.problems(answers, items.map(\.id.text))
            #expect(problems.isEmpty, "round \(round): \(problems.prefix(5))")
            if let winner = answers.first(where: { $0.item != nil })?.request { winners.append(winner) }
          }
          // The counter-check: with a number for each request all of them win, and the judge says so.
          let numbers = try (0..<requests).map { try Self.number(1_000 + $0) }
          let answers = try await race(crowd, encounters) { numbers[$0] }
          #expect(answers.allSatisfy { $0.item != nil })
          #expect(Set(answers.compactMap(\.item)).count == requests)
          #expect(!Self.problems(answers, [answers[0].item ?? ""]).isEmpty)
          let report = try await EncounterStore(lab.client).check()
          #expect(report.isClean, "\(report.faults.prefix(5))")
          #expect(report.requests == encounters.count + rounds + requests)
          print("numbers: \(rounds) rounds of \(crowd.stores.count) clients, won by requests \(winners), \(report.rows) rows checked")
        }
        Lab.report("a hundred clients and one number, until all are answered", latencies)
      }
    }

    private static func number(_ place: Int) throws -> String {
      try PrescriptionNumber(first: UInt32(place), organisation: "A83008", last: 7).text
    }

    private func race(
      _ crowd: EncounterCrowd, _ encounters: [ResourceID], _ number: @escaping @Sendable (Int) -> String
    ) async throws -> [Answer] {
      let clientsEach = crowd.stores.count / encounters.count
      let ids = encounters.map { _ in Identifier.random() }
      return try await crowd.all { client, store in
        let request = client / clientsEach
        let item = R4.MedicationRequest(
          Coding(system: "https://dmd.nhs.uk", code: "322236009", display: "Paracetamol 500mg tablets"),
          dosage: "request \(request)")
        let work = IssuePrescription(
          for: encounters[request], number: number(request), .electronic, [item], to: "FH542")
        do throws(EncounterError) {
          let issued = try await store.settle(work, as: EncounterLab.request(ids[request]))
          return Answer(request: request, item: issued.result.resources.first?.id.text)
        } catch {
          return Answer(request: request, error: error)
        }
      }
    }

    /// One item is stored; all clients of one request are answered with it, all others are refused and told which it is.
    private static func problems(_ answers: [Answer], _ stored: [String]) -> [String] {
      guard stored.count == 1 else { return ["\(stored.count) items are stored"] }
      var problems: [String] = []
      let winners = Set(answers.filter { $0.item != nil }.map(\.request))
      if winners.count != 1 { problems.append("\(winners.count) requests have won") }
      for answer in answers {
        if let item = answer.item {
          if item != stored[0] { problems.append("answered with \(item), which is not stored") }
        } else if winners.contains(answer.request) {
          problems.append("a client of the request that won was refused: \(answer.error?.description ?? "?")")
        } else if answer.error?.code != .duplicate || answer.error?.rule != 3
          || answer.error?.about != ["MedicationRequest/\(stored[0])"] || answer.error?.outcome != .notApplied
        {
          problems.append("refused otherwise: \(answer.error?.description ?? "?")")
        }
      }
      return problems
    }
  }
}
