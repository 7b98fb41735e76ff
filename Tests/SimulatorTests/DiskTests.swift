import Base
import Simulator
import Synchronization
import TestSupport
import Testing

/// The production stores over simulated disks. Worlds with SQLite in them come one after the other in a process, each
/// in the thread that runs it, so they have one of their own.
@Suite struct DiskTests {
  static func run(_ options: [SimulationOptions]) throws -> [SimulationReport] {
    let reports = Reports()
    try withThreads([{ for each in options { reports.add(try World(each).run()) } }])
    return reports.all
  }

  @Test("no disk breaks a promise")
  func smoke() throws {
    let reports = try Self.run((1...Seeds.diskSmokeCount).map { SimulationOptions(seed: $0, profile: .disk) })
    for report in reports {
      guard let violation = report.violation else { continue }
      Issue.record("seed \(report.seed): \(violation)\nreplay: \(Seeds.replay(report.seed)) --profile disk")
    }
    // What few seeds are sure to meet; the long run meets all.
    let sure: Set<FaultKind> = [
      .killed, .writeInterrupted, .unsyncedLost, .tornWrite, .reorderedWrites, .bitRot, .helix, .hungDisk, .failedSync,
    ]
    for (place, kind) in FaultKind.allCases.enumerated() where Seeds.isLong ? kind.occurs(in: .disk) : sure.contains(kind) {
      #expect(reports.contains { $0.faults[place].count > 0 }, "no \(kind.rawValue) took effect")
    }
  }

  @Test("a seed repeats itself on disks, line by line")
  func repeats() throws {
    let options = SimulationOptions(seed: 2, profile: .disk, faultyTime: .seconds(10), tracing: true)
    let reports = try Self.run([options, options])
    #expect(reports[0].trace.count > 100)
    #expect(reports[0] == reports[1])
  }
}

private final class Reports: Sendable {
  private let list = Mutex<[SimulationReport]>([])

  func add(_ report: SimulationReport) { list.withLock { $0.append(report) } }
  var all: [SimulationReport] { list.withLock { $0 } }
}
