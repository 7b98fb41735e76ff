import Base
import Simulator
import Testing

@Suite struct MinimiserTests {
  @Test("a seed that breaks a rule is made smaller, and what is left still breaks it")
  func planted() throws {
    // The first seed that finds it behind some faults that have nothing to do with it.
    var found: (options: SimulationOptions, report: SimulationReport)?
    for seed in 1...60 as ClosedRange<UInt64> where found == nil {
      let options = SimulationOptions(seed: seed, faultyTime: .seconds(20), defect: .forgetsTerms)
      let report = try World(options).run()
      if report.violation != nil, report.injections.count > 3 { found = (options, report) }
    }
    let (options, first) = try #require(found)
    var minimiser = Minimiser(options, first, runsMax: 80) { try $0.map { try World($0).run() } }
    let (smallest, report) = try minimiser.run()
    #expect(report.rule == first.rule)
    #expect(report.injections.count <= 2)
    #expect(smallest.faultyTime <= options.faultyTime)
    // What is printed is what was tried.
    var repeated = try World(smallest).run()
    #expect(repeated.violation == report.violation)
    #expect(repeated.fingerprint == report.fingerprint)
    #expect(smallest.kept.map { $0.isSuperset(of: repeated.injections.map(\.number)) } ?? true)
    // And it is the defect that breaks it.
    var sound = smallest
    sound.defect = nil
    repeated = try World(sound).run()
    #expect(repeated.violation == nil)
  }

  @Test("a fault that is left out changes neither the moments nor the kinds of the others")
  func mask() throws {
    let all = try World(SimulationOptions(seed: 5, faultyTime: .seconds(15))).run().injections
    try #require(all.count > 4)
    let kept = Set(all.enumerated().filter { $0.offset % 2 == 0 }.map(\.element.number))
    let some = try World(SimulationOptions(seed: 5, faultyTime: .seconds(15), kept: kept)).run().injections
    #expect(!some.isEmpty)
    for fault in some {
      #expect(kept.contains(fault.number))
      guard let same = all.first(where: { $0.number == fault.number }) else { continue }
      #expect(fault.at == same.at)
    }
    // The first fault finds the same world, so it does the same to it.
    #expect(some.first == all.first)
  }

  @Test("the search finds the one fault and the moment that matter, by the shortest way through its trials")
  func search() throws {
    var runs = 0
    func report(_ options: SimulationOptions) -> SimulationReport {
      runs += 1
      let numbers = (0..<40).filter { options.kept?.contains($0) ?? true }
        .filter { Interval.milliseconds(Int64($0) * 250) < options.faultyTime }
      let breaks = numbers.contains(11) && numbers.contains(23) && !options.calmed.contains(.delays)
      return SimulationReport(
        seed: 1, violation: breaks ? "a rule: it broke" : nil, virtualTime: options.faultyTime + .seconds(2), events: 0,
        acknowledgedWrites: 0, answeredReads: 0, unknownOutcomes: 0,
        faults: FaultKind.allCases.map { SimulationReport.FaultCount(kind: $0, count: 1) },
        probes: [], injections: numbers.map { Injection(number: $0, at: .milliseconds(Int64($0) * 250), kinds: [.crash], text: "") },
        fingerprint: .zero, trace: [])
    }
    let options = SimulationOptions(seed: 1, faultyTime: .seconds(12))
    var minimiser = Minimiser(options, report(options)) { $0.map(report) }
    let smallest = try minimiser.run().options
    #expect(smallest.kept == [11, 23])
    #expect(smallest.calmed == [.loss, .repeats, .disorder])
    #expect(smallest.faultyTime > .milliseconds(23 * 250) && smallest.faultyTime <= .milliseconds(23 * 250 + 60))
    #expect(runs < 200)
  }
}
