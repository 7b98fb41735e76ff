/// An answer. The server adds `content-length`, `date` and `connection`.
public struct HTTPResponse: Sendable {
  public var status: HTTPStatus
  public var headers: HTTPHeaders
  /// For a HEAD request what GET would have returned: its length is told, its bytes are not sent.
  public var body: [UInt8]
  /// Closes the connection after this answer.
  public var closesConnection = false

  public init(_ status: HTTPStatus, headers: HTTPHeaders = [:], body: [UInt8] = []) {
    self.status = status
    self.headers = headers
    self.body = body
  }

  /// An answer in plain text, for people.
  public static func text(_ status: HTTPStatus, _ text: String) -> HTTPResponse {
    HTTPResponse(status, headers: ["content-type": "text/plain; charset=utf-8"], body: Array(text.utf8))
  }
}
