import Base
import Encounters
import JSON
import Network
import Testing

extension ClusterScenarios {
  @Suite("Prescribing, with leaders, nodes and prescribers killed", .serialized)
  struct Prescribing {
    /// How many, and what happens meanwhile: one loss with each wave of orders.
    private struct Plan {
      var processes: Int
      var clientsEach: Int
      var ordersEach: Int
      var losses: [(LabCluster.Loss, keyspace: String)]

      static let short = Plan(
        processes: 6, clientsEach: 2, ordersEach: 16,
        losses: [(.death, "england"), (.pause(.milliseconds(1_500)), "scotland")])
      static let long = Plan(
        processes: 10, clientsEach: 5, ordersEach: 20,
        losses: [
          (.death, "england"), (.pause(.seconds(5)), "scotland"), (.deaths, "wales"), (.death, "northern-ireland"),
          (.pause(.seconds(5)), "england"), (.death, "scotland"), (.pause(.seconds(5)), "wales"), (.deaths, "england"),
          (.pause(.seconds(2)), "northern-ireland"), (.death, "england"),
        ])
    }

    private struct Tally {
      var ledger = PrescriptionLedger()
      var processesKilled = 0
      /// Calls that were under way in them, and those of these that the next process found done.
      var cutOff = 0
      var foundDone = 0
    }

    @Test(
      "Prescribers, killed in mid-call and followed by others with the same request ids, through deaths and pauses of leaders: each prescription once, each outcome known",
      .timeLimit(.minutes(15)))
    func exactlyOnce() async throws {
      let plan = Lab.isLong ? Plan.long : Plan.short
      try await LabCluster.with { lab in
        let encounters = try await open(lab, count: plan.processes * plan.clientsEach)
        var tally = Tally()
        for (number, loss) in plan.losses.enumerated() {
          try await wave(number, plan, encounters, loss, lab, &tally)
        }
        let stored = try await lab.stored(R4.MedicationRequest.self)
        let problems = tally.ledger.problems(stored)
        #expect(problems.isEmpty, "\(problems.count): \(problems.prefix(5))")
        #expect(tally.ledger.orders.count == plan.processes * plan.ordersEach * plan.losses.count)
        #expect(tally.cutOff > 0)
        let report = try await EncounterStore(lab.client).check()
        #expect(report.isClean, "\(report.faults.prefix(5))")
        #expect(report.requests == encounters.count + tally.ledger.orders.count)
        Lab.report("a prescription, until its outcome was known", tally.ledger.latencies)
        print(
          "prescribing: \(stored.count) issued by \(plan.processes * plan.clientsEach) clients, "
            + "\(tally.ledger.tries) tries with an open outcome, \(tally.processesKilled) processes killed with "
            + "\(tally.cutOff) calls under way, \(tally.foundDone) of these found done by the next, "
            + "\(tally.ledger.repeats) repeats; \(report.rows) rows checked, \(report.noteCount) notes")
        try await carelessness(lab, encounters, tally.ledger.orders.count)
      }
    }

    /// In all four nations, in turn: the numbers of all of them are registered in England.
    private func open(_ lab: LabCluster, count: Int) async throws -> [ResourceID] {
      let store = EncounterStore(lab.client)
      var encounters: [ResourceID] = []
      for place in 0..<count {
        encounters.append(try await store.openCall(at: EncounterLab.services[place % 4]))
      }
      return encounters
    }

    /// Once a third of the orders are issued a leader is lost and half of the processes are killed, each followed by
    /// another with the same list. One list is worked off by two processes at once from the start.
    private func wave(
      _ number: Int, _ plan: Plan, _ encounters: [ResourceID], _ loss: (LabCluster.Loss, keyspace: String),
      _ lab: LabCluster, _ tally: inout Tally
    ) async throws {
      let count = plan.processes * plan.ordersEach
      let orders = try (0..<count).map { place in
        try PrescriptionOrder(number * count + place, for: encounters[place % encounters.count])
      }
      tally.ledger.add(orders)
      let lists = (0..<plan.processes).map { list in
        Array(orders[list * plan.ordersEach..<(list + 1) * plan.ordersEach])
      }
      var running = try lists.enumerated().map { position, list in
        try PrescriberProcess("wave-\(number)-\(position)", list, clients: plan.clientsEach, of: lab)
      }
      running.append(try PrescriberProcess("wave-\(number)-twin", lists[1], clients: plan.clientsEach, of: lab))
      let first = running
      _ = try await eventually("a third of wave \(number)", within: .seconds(60), every: .milliseconds(3)) {
        first.reduce(0) { $0 + $1.told.issued.count } >= count / 3 ? true : nil
      }
      async let healed: Void = lab.lose(loss.0, leaderOf: loss.keyspace)
      var known: Set<String> = []
      for position in stride(from: 0, to: plan.processes, by: 2) {
        let told = running[position].kill()
        tally.ledger.add(told)
        tally.processesKilled += 1
        tally.cutOff += told.open
        known.formUnion(told.issued.map(\.label))
        running[position] = try PrescriberProcess(
          "wave-\(number)-\(position)-next", lists[position], clients: plan.clientsEach, of: lab)
      }
      for (position, process) in running.enumerated() {
        let told = try await process.end()
        tally.ledger.add(told)
        if position < plan.processes, position % 2 == 0 {
          tally.foundDone += told.issued.count { $0.isRepeat && !known.contains($0.label) }
        }
      }
      try await healed
    }

    /// The planted mistake: a prescriber that makes up ids and numbers anew when it starts again. The same judge finds
    /// what it has done.
    private func carelessness(_ lab: LabCluster, _ encounters: [ResourceID], _ begin: Int) async throws {
      let before = Set(try await lab.stored(R4.MedicationRequest.self).map(\.id))
      let orders = try (0..<12).map { try PrescriptionOrder(begin + $0, for: encounters[$0 % encounters.count]) }
      var ledger = PrescriptionLedger()
      ledger.add(orders)
      let first = try PrescriberProcess("careless", orders, clients: 2, of: lab, isCareless: true)
      _ = try await eventually("some careless prescriptions", every: .milliseconds(3)) {
        first.told.issued.count >= 4 ? true : nil
      }
      ledger.add(first.kill())
      let second = try PrescriberProcess("careless-next", orders, clients: 2, of: lab, isCareless: true)
      ledger.add(try await second.end())
      let stored = try await lab.stored(R4.MedicationRequest.self).filter { !before.contains($0.id) }
      let problems = ledger.problems(stored)
      #expect(problems.contains { $0.hasSuffix("was issued 2 times") }, "the judge is blind: \(problems)")
    }
  }
}
