public import Base
import Glibc
import Network
public import Topology

/// One line per event on a stream of the operating system. Ids, sizes and hashes only: never a key or a value.
public struct NodeLog: Sendable {
  private let node: String
  private let level: NodeConfiguration.LogLevel
  private let descriptor: Int32

  public init(node: String, level: NodeConfiguration.LogLevel, descriptor: Int32 = 2) {
    self.node = node
    self.level = level
    self.descriptor = descriptor
  }

  public func error(_ text: @autoclosure () -> String) { write(.error, text) }
  public func warning(_ text: @autoclosure () -> String) { write(.warning, text) }
  public func info(_ text: @autoclosure () -> String) { write(.info, text) }
  public func debug(_ text: @autoclosure () -> String) { write(.debug, text) }

  private func write(_ line: NodeConfiguration.LogLevel, _ text: () -> String) {
    guard rank(line) >= rank(level) else { return }
    let bytes = Array("\(Self.timestamp(Clock.wall())) \(line.rawValue) \(node) \(text())\n".utf8)
    // One write, so that lines of threads do not mix; a log that cannot be written must not stop the node.
    bytes.withUnsafeBytes { _ = Glibc.write(descriptor, $0.baseAddress, $0.count) }
  }

  private func rank(_ level: NodeConfiguration.LogLevel) -> Int {
    NodeConfiguration.LogLevel.allCases.firstIndex(of: level) ?? 0
  }

  /// RFC 3339 in UTC with milliseconds.
  public static func timestamp(_ time: WallTime) -> String {
    var seconds = time_t(time.milliseconds / 1_000)
    var parts = tm()
    gmtime_r(&seconds, &parts)
    func two(_ number: Int32) -> String { number < 10 ? "0\(number)" : "\(number)" }
    let millis = time.milliseconds % 1_000
    let fraction = millis < 10 ? "00\(millis)" : millis < 100 ? "0\(millis)" : "\(millis)"
    return "\(parts.tm_year + 1900)-\(two(parts.tm_mon + 1))-\(two(parts.tm_mday))T"
      + "\(two(parts.tm_hour)):\(two(parts.tm_min)):\(two(parts.tm_sec)).\(fraction)Z"
  }
}
