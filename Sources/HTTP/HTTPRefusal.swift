public import Base

/// Why bytes are no request that this server takes. The connection is closed after the answer, for where the next
/// request would begin is unknown.
public struct HTTPRefusal: Error, Hashable, Sendable, CustomStringConvertible {
  public let status: HTTPStatus
  public let reason: StaticText

  init(_ status: HTTPStatus, _ reason: StaticText) {
    self.status = status
    self.reason = reason
  }

  public var description: String { "\(status): \(reason)" }

  /// The answer that says so.
  public var response: HTTPResponse {
    var response = HTTPResponse.text(status, "\(reason)\n")
    response.closesConnection = true
    return response
  }
}
