import Base
import HTTP
import JSON
import Model
import QuartetClient
import Testing
import Wire

@testable import Gateway

@Suite struct ErrorMappingTests {
  /// Reason, gRPC's code, HTTP's status.
  static let table: [(FailureCode, Int, Int)] = [
    (.notLeader, 14, 503), (.unavailable, 14, 503), (.deadlineExceeded, 4, 504), (.overloaded, 8, 429),
    (.invalidArgument, 3, 400), (.unknownKeyspace, 5, 404), (.tooLarge, 3, 400), (.tooStale, 14, 503),
    (.compacted, 11, 400), (.futureRevision, 11, 400), (.unknownSession, 14, 503), (.acknowledgedBefore, 6, 409),
    (.requestReused, 6, 409), (.memoryFull, 8, 429), (.notServing, 14, 503), (.diskFull, 8, 429),
    (.unsupported, 12, 501), (.cancelled, 1, 499), (.connectionLost, 14, 503), (.unauthorised, 7, 403),
    (.internal, 13, 500), (.noSpace, 8, 429),
  ]

  @Test("The table of reasons is complete")
  func complete() {
    #expect(Self.table.map(\.0) == FailureCode.allCases)
  }

  @Test("Each reason has gRPC's code, HTTP's status, and keeps its name, its words and its outcome", arguments: table)
  func reasons(failure: FailureCode, code: Int, status: Int) {
    for outcome in Outcome.allCases {
      let error = QuartetError(code: .init(failure), outcome: outcome, message: "why", revision: Revision(9))
      let response = GatewayError(error).response
      #expect(response.code == status)
      #expect(response.json["code"]?.int64 == Int64(code))
      #expect(response.json["reason"]?.string == "\(failure)")
      #expect(response.json["message"]?.string == "why")
      #expect(response.json["outcome"]?.string == outcome.description)
      #expect(response.json["revision"]?.string == "9")
    }
  }

  @Test("etcd's own words stand in `error` where etcd has some, ours elsewhere")
  func etcdWords() {
    func error(_ code: FailureCode) -> String {
      GatewayError(QuartetError(code: .init(code), outcome: .notApplied, message: "ours")).error
    }
    #expect(error(.compacted) == "etcdserver: mvcc: required revision has been compacted")
    #expect(error(.futureRevision) == "etcdserver: mvcc: required revision is a future revision")
    #expect(error(.diskFull) == "etcdserver: mvcc: database space exceeded")
    #expect(error(.noSpace) == "etcdserver: mvcc: database space exceeded")
    #expect(error(.overloaded) == "etcdserver: too many requests")
    #expect(error(.tooLarge) == "etcdserver: request is too large")
    #expect(error(.unavailable) == "etcdserver: no leader")
    #expect(error(.tooStale) == "ours")
    #expect(error(.requestReused) == "ours")
  }

  @Test("The client library's own reasons are mapped, and one that is not known is UNKNOWN")
  func clientReasons() {
    func code(_ code: QuartetError.Code) -> GRPCCode {
      GatewayError(QuartetError(code: code, outcome: .applied, message: "")).code
    }
    #expect(code(.resultNotKept) == .alreadyExists)
    #expect(code(.malformedAnswer) == .internal)
  }

  @Test("Every gRPC code has the HTTP status of grpc-gateway")
  func statuses() {
    #expect(
      GRPCCode.allCases.map(\.status.code) == [
        499, 500, 400, 504, 404, 409, 403, 429, 400, 409, 400, 501, 500, 503, 500, 401,
      ])
  }

  @Test(
    "What the model refuses beforehand is INVALID_ARGUMENT, in etcd's words where it has some",
    arguments: [
      (CommandInvalid.keyEmpty, "etcdserver: key is not provided"),
      (.duplicateKey, "etcdserver: duplicate key given in txn request"),
      (.putInDeletedRange, "etcdserver: duplicate key given in txn request"),
      (.tooManyOperations(count: 129, limit: 128), "etcdserver: too many operations in txn request"),
      (.valueTooLarge(bytes: 2, limit: 1), "etcdserver: request is too large"),
      (.rangeEmpty, "a range must end after its start"),
    ])
  func invalidCommands(invalid: CommandInvalid, text: String) {
    let error = GatewayError(invalid)
    #expect(error.code == .invalidArgument)
    #expect(error.error == text)
    #expect(error.outcome == .notApplied)
  }
}
