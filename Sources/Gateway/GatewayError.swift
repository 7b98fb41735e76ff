import Base
import HTTP
import JSON
import Model
import QuartetClient

/// Why a request over HTTP has no answer. No text in it ever holds a byte of a key or a value.
struct GatewayError: Error, Hashable, Sendable {
  /// What etcd's clients look at.
  var code: GRPCCode
  /// The stable name of the reason, as ``QuartetClient/QuartetError/Code`` names it.
  var reason: String
  /// etcd's own words where etcd has some for this, for clients that compare them; else ours.
  var error: String
  /// What went wrong and what to do.
  var message: String
  /// Of a read always `notApplied`.
  var outcome: Outcome
  /// Where the write was applied, when that is all that is known of its answer.
  var revision: Revision?
  /// In place of the code's own status.
  var status: HTTPStatus?
  /// Methods that the path does take.
  var allow: String?

  init(
    _ code: GRPCCode, reason: String, error: String? = nil, message: String, outcome: Outcome = .notApplied,
    revision: Revision? = nil, status: HTTPStatus? = nil, allow: String? = nil
  ) {
    self.code = code
    self.reason = reason
    self.error = error ?? message
    self.message = message
    self.outcome = outcome
    self.revision = revision
    self.status = status
    self.allow = allow
  }

  static func invalid(_ message: String, error: String? = nil) -> GatewayError {
    GatewayError(.invalidArgument, reason: "invalidArgument", error: error, message: message)
  }

  /// Something of etcd's that this store refuses by name.
  static func unimplemented(_ message: String) -> GatewayError {
    GatewayError(.unimplemented, reason: "unsupported", message: message)
  }

  static func overloaded(_ message: String) -> GatewayError {
    GatewayError(.resourceExhausted, reason: "overloaded", error: EtcdText.tooManyRequests, message: message)
  }

  static func unknownKeyspace() -> GatewayError {
    GatewayError(.notFound, reason: "unknownKeyspace", message: "there is no keyspace of this name")
  }

  static func unknownPath() -> GatewayError {
    GatewayError(.notFound, reason: "unknownPath", message: "nothing is served at this path; GET / names what is")
  }

  static func wrongMethod(allow: String) -> GatewayError {
    GatewayError(
      .unimplemented, reason: "wrongMethod", message: "this path takes \(allow)", status: .methodNotAllowed,
      allow: allow)
  }

  /// The answer: `error`, `code` and `message` as grpc-gateway has them; `reason`, `outcome`, `revision` are ours.
  var response: HTTPResponse {
    let body = JSONValue.object(present: [
      "error": .string(error), "code": .integer(code.rawValue), "message": .string(message),
      "reason": .string(reason), "outcome": .string("\(outcome)"),
      "revision": revision.map { .protobuf($0.rawValue) },
    ])
    var response = HTTPResponse.json(status ?? code.status, body)
    if let allow { response.headers.append("allow", allow) }
    return response
  }
}

extension HTTPResponse {
  static func json(_ status: HTTPStatus, _ body: JSONValue) -> HTTPResponse {
    HTTPResponse(status, headers: ["content-type": "application/json"], body: body.serialized())
  }
}

/// Error texts that etcd's clients compare.
enum EtcdText {
  static let emptyKey = "etcdserver: key is not provided"
  static let keyNotFound = "etcdserver: key not found"
  static let valueProvided = "etcdserver: value is provided"
  static let leaseProvided = "etcdserver: lease is provided"
  static let tooManyOperations = "etcdserver: too many operations in txn request"
  static let duplicateKey = "etcdserver: duplicate key given in txn request"
  static let compacted = "etcdserver: mvcc: required revision has been compacted"
  static let futureRevision = "etcdserver: mvcc: required revision is a future revision"
  static let noSpace = "etcdserver: mvcc: database space exceeded"
  static let tooLarge = "etcdserver: request is too large"
  static let tooManyRequests = "etcdserver: too many requests"
  static let permissionDenied = "etcdserver: permission denied"
  static let noLeader = "etcdserver: no leader"
  static let leaderChanged = "etcdserver: leader changed"
  static let connectionLost = "etcdserver: request timed out, possibly due to connection lost"
}
