import Base
import HTTP
import Network

/// One request on its way to its answer: counts it, and sends back what is to be echoed.
struct Exchange: Sendable {
  let route: Route
  let request: HTTPRequest
  private let responder: HTTPResponder
  private let metrics: HTTPMetrics
  private let started = Clock.now()

  init(_ route: Route, _ request: HTTPRequest, _ responder: HTTPResponder, _ metrics: HTTPMetrics) {
    self.route = route
    self.request = request
    self.responder = responder
    self.metrics = metrics
  }

  func respond(_ response: HTTPResponse) {
    var response = response
    CallHeaders.echo(request.headers, into: &response.headers)
    metrics.count(route, status: response.status.code, took: Clock.now() - started)
    responder.respond(response)
  }

  func respond(_ error: GatewayError) { respond(error.response) }
}
