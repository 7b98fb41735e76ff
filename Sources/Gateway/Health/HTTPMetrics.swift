import Base
import Synchronization

/// Counts requests and how long they took, by route.
final class HTTPMetrics: Sendable {
  /// Upper bounds in seconds: from a local read to what a caller waits at most.
  static let bounds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]

  private struct Durations {
    /// One more than the bounds: the last is for what took longer.
    var buckets = [UInt64](repeating: 0, count: HTTPMetrics.bounds.count + 1)
    var sum = 0.0
  }

  private struct State {
    var codes: [Route: [Int: UInt64]] = [:]
    var durations: [Route: Durations] = [:]
  }

  private let state = Mutex(State())

  init() {}

  func count(_ route: Route, status: Int, took duration: Interval) {
    let seconds = max(duration.seconds, 0)
    let bucket = Self.bounds.firstIndex { seconds <= $0 } ?? Self.bounds.count
    state.withLock { state in
      state.codes[route, default: [:]][status, default: 0] += 1
      state.durations[route, default: Durations()].buckets[bucket] += 1
      state.durations[route, default: Durations()].sum += seconds
    }
  }

  func write(to text: inout PrometheusText) {
    let (codes, durations) = state.withLock { ($0.codes, $0.durations) }
    text.begin("http_requests_total", .counter, "HTTP requests answered, by route and status.")
    for route in Route.allCases {
      for (code, count) in (codes[route] ?? [:]).sorted(by: { $0.key < $1.key }) {
        text.sample(["route": route.rawValue, "code": "\(code)"], count)
      }
    }
    text.begin("http_request_duration_seconds", .histogram, "From a request's arrival to its answer, by route.")
    for route in Route.allCases {
      guard let durations = durations[route] else { continue }
      var count: UInt64 = 0
      for (place, bucket) in durations.buckets.enumerated() {
        count += bucket
        let bound = place < Self.bounds.count ? "\(Self.bounds[place])" : "+Inf"
        text.sample(["route": route.rawValue, "le": bound], suffix: "_bucket", count)
      }
      text.sample(["route": route.rawValue], suffix: "_sum", durations.sum)
      text.sample(["route": route.rawValue], suffix: "_count", count)
    }
  }
}
