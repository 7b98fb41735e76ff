import Base
import HTTP
import Network

/// One request on its way to its answer: counts it, and sends back what is to be echoed.
struct Exchange: Sendable {
  let route: Route
  let request: HTTPRequest
  private let metrics: HTTPMetrics
  private let answer: @Sendable (HTTPResponse) -> Void
  private let started = Clock.now()

  init(
    _ route: Route, _ request: HTTPRequest, _ metrics: HTTPMetrics, answer: @escaping @Sendable (HTTPResponse) -> Void
  ) {
    self.route = route
    self.request = request
    self.metrics = metrics
    self.answer = answer
  }

  func respond(_ response: HTTPResponse) {
    var response = response
    CallHeaders.echo(request.headers, into: &response.headers)
    metrics.count(route, status: response.status.code, took: Clock.now() - started)
    answer(response)
  }

  func respond(_ error: GatewayError) { respond(error.response) }
}
