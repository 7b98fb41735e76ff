import Base
import Glibc
import Simulator

/// Runs worlds on all cores; each is independent of every other.
enum Seeds {
  /// Seeds 1 through this many are run every time: about 40 s of an optimised build on two cores.
  static var smokeCount: UInt64 {
    #if DEBUG
      return 4
    #else
      return isLong ? 2_000 : 120
    #endif
  }

  /// Of profile `disk`: about 15 s of an optimised build.
  static var diskSmokeCount: UInt64 {
    #if DEBUG
      return 1
    #else
      return isLong ? 200 : 6
    #endif
  }

  static var isLong: Bool { getenv("QUARTET_LONG") != nil }

  static func replay(_ seed: UInt64) -> String { "quartet simulate --seed \(seed) --trace" }

  /// The reports in the order of `options`.
  static func run(_ options: [SimulationOptions]) async throws -> [SimulationReport] {
    let width = max(sysconf(Int32(_SC_NPROCESSORS_ONLN)), 1)
    return try await withThrowingTaskGroup(of: [(Int, SimulationReport)].self) { group in
      for worker in 0..<width {
        group.addTask {
          try stride(from: worker, to: options.count, by: width).map { ($0, try World(options[$0]).run()) }
        }
      }
      var reports = [SimulationReport?](repeating: nil, count: options.count)
      for try await part in group { for (place, report) in part { reports[place] = report } }
      return reports.compactMap { $0 }
    }
  }
}

/// Lines of a text file beside the tests: words, then what `#` begins, which is for people.
enum TextFile {
  static func lines(_ name: String) -> [[String]] {
    let folder = #filePath.split(separator: "/").dropLast().reduce("") { $0 + "/" + $1 }
    guard let file = fopen(folder + "/" + name, "r") else { return [] }
    defer { fclose(file) }
    var bytes: [UInt8] = []
    while case let byte = getc(file), byte != EOF { bytes.append(UInt8(truncatingIfNeeded: byte)) }
    return String(decoding: bytes, as: UTF8.self).split(separator: "\n").compactMap { line in
      let words = line.prefix { $0 != "#" }.split(separator: " ").map(String.init)
      return words.isEmpty ? nil : words
    }
  }
}
