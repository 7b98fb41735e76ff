import Base
import Glibc
import Testing

/// What the scenarios need from where they run.
enum Lab {
  static func environment(_ name: String) -> String? { getenv(name).map { String(cString: $0) } }

  /// The full loops of the acceptance list, instead of the short form of each.
  static let isLong = environment("QUARTET_LONG") == "1"

  /// The package's directory.
  static let package: String = {
    var parts = #filePath.split(separator: "/")
    parts.removeLast(4)
    return "/" + parts.joined(separator: "/")
  }()

  /// The program under test: `QUARTET_BINARY`, else what `swift build -c release` made; nil when there is none.
  static let binary: String? = {
    let path = environment("QUARTET_BINARY") ?? package + "/.build/release/quartet"
    return access(path, X_OK) == 0 ? path : nil
  }()

  static var hasBinary: Bool { binary != nil }
  static let needsBinary: Comment =
    "needs the program: set QUARTET_BINARY, or run 'swift build -c release --product quartet'"

  /// A number that is printed, so that a run's measurements can be read from its log.
  static func report(_ what: String, _ samples: [Interval]) {
    guard !samples.isEmpty else { return print("measured: \(what): nothing") }
    let sorted = samples.sorted()
    func text(_ interval: Interval) -> String { "\(Double(interval.nanoseconds / 10_000) / 100) ms" }
    print(
      "measured: \(what): min \(text(sorted[0])), median \(text(sorted[sorted.count / 2])), "
        + "p99 \(text(sorted[sorted.count * 99 / 100])), max \(text(sorted[sorted.count - 1])), n \(sorted.count)")
  }
}

/// The scenarios run one after another: each has the machine for itself, so that bounds on time are about the program.
@Suite("A cluster of processes", .serialized, .enabled(if: Lab.hasBinary, Lab.needsBinary))
enum ClusterScenarios {}
