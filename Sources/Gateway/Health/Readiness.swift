import Base
import HTTP
import Wire

/// What `/livez` and `/readyz` answer.
enum Readiness {
  static let silent = "the node's reactor does not answer"

  static func live(_ answer: StatusProbe.Answer?) -> HTTPResponse {
    answer == nil ? .text(.serviceUnavailable, silent + "\n") : .text(.ok, "ok\n")
  }

  static func ready(_ answer: StatusProbe.Answer?) -> HTTPResponse { response(to: reasons(answer)) }

  /// 200 if there is no reason why not; else 503 with one reason a line.
  static func response(to reasons: [String]) -> HTTPResponse {
    guard !reasons.isEmpty else { return .text(.ok, "ok\n") }
    return .text(.serviceUnavailable, reasons.map { $0 + "\n" }.joined())
  }

  /// Why the node is not ready, for people; none if it is. Whether it is, the node itself decides.
  static func reasons(_ answer: StatusProbe.Answer?) -> [String] {
    guard let answer else { return [silent] }
    guard !answer.isReady else { return [] }
    var reasons: [String] = []
    if !answer.status.notServing.isEmpty { reasons.append(answer.status.notServing) }
    for group in answer.status.groups {
      if group.role == "suspended" || group.role == "quarantined" {
        reasons.append("keyspace \(group.keyspace): the replica is \(group.role)")
      } else if group.leader.isEmpty {
        reasons.append("keyspace \(group.keyspace): no leader is known")
      } else if group.lag > 0 {
        reasons.append("keyspace \(group.keyspace): \(group.lag) committed entries are to be applied")
      }
    }
    return reasons.isEmpty ? ["the node is not ready"] : reasons
  }

  /// The `timeout` of a query: seconds, or a number with `s` or `ms` behind it; 5 s without one, 60 s at most.
  static func timeout(_ request: HTTPRequest) throws(GatewayError) -> Interval {
    guard let text = request.queryItems?.last(where: { $0.name == "timeout" })?.value else { return .seconds(5) }
    let isMilliseconds = text.hasSuffix("ms")
    let digits = text.dropLast(isMilliseconds ? 2 : text.hasSuffix("s") ? 1 : 0)
    guard (1...5).contains(digits.utf8.count), digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }),
      let number = Int64(digits)
    else { throw .invalid("'timeout' must be a number of seconds, or a number followed by s or ms") }
    let interval = isMilliseconds ? Interval.milliseconds(number) : .seconds(number)
    guard interval > .zero, interval <= .seconds(60) else { throw .invalid("'timeout' must be above 0, at most 60 s") }
    return interval
  }

  /// Whether the query asks for a proof by reads.
  static func syncs(_ request: HTTPRequest) -> Bool {
    request.queryItems?.contains { $0.name == "sync" && $0.value != "false" } ?? false
  }
}
