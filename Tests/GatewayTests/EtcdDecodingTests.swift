import Base
import JSON
import Model
import Testing

@testable import Gateway

private func range(_ body: String) throws -> EtcdRange {
  var reader = try MessageReader(body: Array(body.utf8))
  return try EtcdRange(from: &reader)
}

private func put(_ body: String) throws -> EtcdPut {
  var reader = try MessageReader(body: Array(body.utf8))
  return try EtcdPut(from: &reader)
}

private func transaction(_ body: String) throws -> Transaction {
  var reader = try MessageReader(body: Array(body.utf8))
  return try EtcdTransaction(from: &reader).transaction
}

private func refusal(_ body: () throws -> some Any) -> GatewayError? {
  do {
    _ = try body()
    return nil
  } catch {
    return error as? GatewayError
  }
}

@Suite struct EtcdDecodingTests {
  @Test(
    "Key and range_end follow etcd's rules",
    arguments: [
      (#"{"key":"Zm9v"}"#, KeyRange(only: Key("foo"))),
      (#"{"key":"Zm9v","range_end":""}"#, KeyRange(only: Key("foo"))),
      (#"{"key":"Zm9v","range_end":null}"#, KeyRange(only: Key("foo"))),
      (#"{"key":"Zm9v","range_end":"Zm9w"}"#, KeyRange(prefix: Key("foo"))),
      (#"{"key":"Zm9v","rangeEnd":"AA=="}"#, KeyRange(start: Key("foo"), end: nil)),
      (#"{"key":"AA==","range_end":"AA=="}"#, KeyRange(start: Key([0]), end: nil)),
      (#"{"key":"Zm9w","range_end":"Zm9v"}"#, KeyRange(start: Key("fop"), end: Key("foo"))),
    ])
  func keyRanges(body: String, expected: KeyRange) throws {
    #expect(try range(body).range == expected)
  }

  @Test("Numbers come as numbers or strings, bytes in both alphabets with or without padding")
  func numbersAndBytes() throws {
    #expect(try range(#"{"key":"Zm9v","limit":"5","revision":7}"#).query.limit == 5)
    #expect(try range(#"{"key":"Zm9v","limit":5,"revision":"7"}"#).revision == Revision(7))
    #expect(try range(#"{"key":"Zm9v","limit":-5,"revision":"-7"}"#).revision == .zero)
    #expect(try range(#"{"key":"Zm9v","limit":-5}"#).limit == 0)
    for text in ["-_8=", "+/8=", "-_8", "+/8"] {
      #expect(try put(#"{"key":"\#(text)"}"#).key == Key([0xFB, 0xFF]))
    }
  }

  @Test("Enumerations come by name or number, and absent means the first")
  func enumerations() throws {
    #expect(try range(#"{"key":"Zm9v"}"#).order == .none)
    #expect(try range(#"{"key":"Zm9v","sort_order":"DESCEND","sortTarget":"MOD"}"#).order == .descend)
    #expect(try range(#"{"key":"Zm9v","sort_order":2,"sort_target":3}"#).target == .mod)
    #expect(try range(#"{"key":"Zm9v","sort_order":"DESCEND"}"#).query.reverse)
  }

  @Test("A transaction's parts are read with both spellings")
  func transactions() throws {
    let read = try transaction(
      #"""
      {"compare":[{"target":"CREATE","key":"Zm9v","createRevision":"2"},
                  {"version":"4","result":"GREATER","target":"VERSION","key":"Zm9v"},
                  {"target":2,"result":2,"key":"Zm9v","mod_revision":9},
                  {"target":"VALUE","result":"NOT_EQUAL","key":"Zm9v","value":"YmFy"},
                  {"key":"Zm9v"}],
       "success":[{"requestPut":{"key":"Zm9v","value":"YmFy","prevKv":true}}],
       "failure":[{"request_range":{"key":"Zm9v","keys_only":true,"limit":"3"}},
                  {"requestDeleteRange":{"key":"Zm9v","range_end":"Zm9w"}}]}
      """#)
    let foo = Key("foo")
    #expect(
      read.compares == [
        Compare(key: foo, relation: .equal, target: .createRevision(Revision(2))),
        Compare(key: foo, relation: .greater, target: .version(4)),
        Compare(key: foo, relation: .less, target: .modRevision(Revision(9))),
        Compare(key: foo, relation: .notEqual, target: .value(Digest(of: Array("bar".utf8)))),
        Compare(key: foo, relation: .equal, target: .version(0)),
      ])
    #expect(read.success == [.put(key: foo, value: Value(Array("bar".utf8)), wantsPrevious: true)])
    #expect(
      read.failure == [
        .range(RangeQuery(range: KeyRange(only: foo), limit: 3, keysOnly: true)),
        .delete(KeyRange(prefix: foo), wantsPrevious: false),
      ])
  }

  @Test(
    "A body that is not the message is refused as INVALID_ARGUMENT and the field named",
    arguments: [
      (#"{"key":"Zm9v","rangeend":"Zm9w"}"#, "field 'rangeend' is not known"),
      (#"{"key":"Zm9v","9434765919":1}"#, "the body has a field that is not known"),
      (#"{"key":"Zm9v","limit":1.5}"#, "field 'limit' must be a 64-bit integer, as a number or a string"),
      (
        #"{"key":"Zm9v","limit":"9223372036854775808"}"#,
        "field 'limit' must be a 64-bit integer, as a number or a string"
      ),
      (#"{"key":"Zm9v","keys_only":"true"}"#, "field 'keys_only' must be true or false"),
      (#"{"key":7}"#, "field 'key' must be a string in Base64"),
      (#"{"key":"Zm9$"}"#, "field 'key' is not valid Base64"),
      (#"{"key":"Z"}"#, "field 'key' is not valid Base64"),
      (#"{"key":"Zm9v","range_end":"Zm9w","rangeEnd":"Zm9w"}"#, "field 'range_end' is given twice"),
      (
        #"{"key":"Zm9v","sort_order":"DOWN"}"#,
        "field 'sort_order' must be one of NONE, ASCEND, DESCEND, or its number"
      ),
      (#"{"key":"Zm9v","sort_order":3}"#, "field 'sort_order' must be one of NONE, ASCEND, DESCEND, or its number"),
      (#"{"key":"Zm9v","min_mod_revision":-1}"#, "field 'min_mod_revision' must not be negative"),
      (#"[]"#, "the body must be a JSON object"),
    ])
  func malformedRanges(body: String, message: String) {
    let error = refusal { try range(body) }
    #expect(error?.code == .invalidArgument)
    #expect(error?.message == message)
  }

  @Test(
    "A transaction that cannot be understood is refused and the place named",
    arguments: [
      (#"{"compare":[{"key":"Zm9v","target":"VERSION","mod_revision":"2"}]}"#, "compare[0].mod_revision"),
      (#"{"compare":[{"key":"Zm9v","target":"VALUE"}]}"#, "compare[0].value"),
      (#"{"compare":[{"target":"VALUE","value":"YQ=="}]}"#, "compare[0].key"),
      (#"{"compare":[{"key":"Zm9v","version":-1}]}"#, "compare[0].version"),
      (#"{"compare":{}}"#, "compare"),
      (#"{"success":[{}]}"#, "success[0]"),
      (#"{"failure":[{},{"request_put":{"key":"YQ=="}}]}"#, "failure[0]"),
      (#"{"success":[{"request_put":{"key":"YQ==","val":""}}]}"#, "success[0].request_put.val"),
      (#"{"success":[{"request_put":{"key":"YQ=="},"request_range":{"key":"YQ=="}}]}"#, "success[0]"),
      (#"{"success":[7]}"#, "success[0]"),
    ])
  func malformedTransactions(body: String, place: String) {
    let error = refusal { try transaction(body) }
    #expect(error?.code == .invalidArgument)
    #expect(error?.message.contains("field '\(place)'") == true, "\(error?.message ?? "taken")")
  }

  @Test(
    "What this store does not have is refused as UNIMPLEMENTED and named",
    arguments: [
      (#"{"success":[{"request_txn":{}}]}"#, "success[0].request_txn"),
      (#"{"compare":[{"key":"Zm9v","range_end":"Zm9w"}]}"#, "compare[0].range_end"),
      (#"{"compare":[{"key":"Zm9v","target":"VALUE","result":"LESS","value":""}]}"#, "compare[0].result"),
      (#"{"compare":[{"key":"Zm9v","target":"LEASE"}]}"#, "compare[0].target"),
      (#"{"success":[{"request_put":{"key":"Zm9v","lease":"1"}}]}"#, "success[0].request_put.lease"),
      (#"{"success":[{"request_put":{"key":"Zm9v","ignore_value":true}}]}"#, "success[0].request_put.ignore_value"),
      (#"{"success":[{"request_put":{"key":"Zm9v","ignore_lease":true}}]}"#, "success[0].request_put.ignore_lease"),
      (#"{"success":[{"request_range":{"key":"Zm9v","sort_target":"MOD"}}]}"#, "success[0].request_range.sort_target"),
      (#"{"success":[{"request_range":{"key":"Zm9v","max_mod_revision":"1"}}]}"#, "success[0].request_range"),
    ])
  func unimplemented(body: String, place: String) {
    let error = refusal { try transaction(body) }
    #expect(error?.code == .unimplemented)
    #expect(error?.message.contains("field '\(place)'") == true, "\(error?.message ?? "taken")")
  }

  @Test("Contradictions of a put have etcd's words")
  func putContradictions() {
    #expect(refusal { try put(#"{"value":"YQ=="}"#) }?.error == "etcdserver: key is not provided")
    #expect(
      refusal { try put(#"{"key":"YQ==","value":"YQ==","ignore_value":true}"#) }?.error
        == "etcdserver: value is provided")
    #expect(
      refusal { try put(#"{"key":"YQ==","lease":1,"ignore_lease":true}"#) }?.error == "etcdserver: lease is provided")
    let long = String(repeating: #"{"key":"YQ=="},"#, count: 128) + #"{"key":"YQ=="}"#
    #expect(
      refusal { try transaction(#"{"compare":[\#(long)]}"#) }?.error
        == "etcdserver: too many operations in txn request")
  }

  @Test("No error holds a key, a value or a member's name that is no field's")
  func errorsAreSilent() {
    let secret = "patient-9434765919"
    let bodies = [
      #"{"key":"\#(secret)"}"#, #"{"\#(secret)":1}"#, #"{"key":"Zm9v","sort_order":"\#(secret)"}"#,
      #"{"key":"Zm9v","limit":"\#(secret)"}"#, #"{"key":{"\#(secret)":1}}"#, #"{"key":"\#(secret)"#,
    ]
    for body in bodies {
      let error = refusal { try range(body) }
      #expect(error != nil)
      #expect(error?.response.text.contains("9434765919") == false)
    }
  }
}
