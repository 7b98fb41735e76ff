import Base
import Model
import Testing

@testable import QuartetCLI

@Suite struct TransactionFileTests {
  private func parse(_ text: String) throws(CommandFailure) -> Transaction {
    try TransactionFile.parse(Array(text.utf8))
  }

  @Test("Every form of compare and operation is read")
  func everyForm() throws {
    let transaction = try parse(
      """
      {"compare": [{"key": "a", "version": 3}, {"key": "b", "value": "x", "is": "not-equal"},
                   {"key": "c", "mod_revision": 9, "is": "less"}, {"key": "d", "create_revision": 0, "is": "greater"}],
       "success": [{"put": "a", "value": "v", "previous": true}, {"get": "b"},
                   {"range": "p/", "prefix": true, "limit": 5, "keys_only": true, "reverse": true},
                   {"range": "", "count_only": true}, {"range": "a", "end": "c"}],
       "failure": [{"delete": "a"}, {"delete": "p/", "prefix": true, "previous": true}, {"delete": "a", "end": "b"},
                   {"put": {"hex": "ff00"}, "value": {"base64": "AAE="}}]}
      """)
    #expect(
      transaction.compares == [
        Compare(key: Key("a"), relation: .equal, target: .version(3)),
        Compare(key: Key("b"), relation: .notEqual, target: .value(Digest(of: Array("x".utf8)))),
        Compare(key: Key("c"), relation: .less, target: .modRevision(Revision(9))),
        Compare(key: Key("d"), relation: .greater, target: .createRevision(.zero)),
      ])
    #expect(
      transaction.success == [
        .put(key: Key("a"), value: Value(Array("v".utf8)), wantsPrevious: true),
        .range(RangeQuery(range: KeyRange(only: Key("b")), limit: 1)),
        .range(RangeQuery(range: KeyRange(prefix: Key("p/")), limit: 5, keysOnly: true, reverse: true)),
        .range(RangeQuery(range: .all, countOnly: true)),
        .range(RangeQuery(range: KeyRange(start: Key("a"), end: Key("c")))),
      ])
    #expect(
      transaction.failure == [
        .delete(KeyRange(only: Key("a")), wantsPrevious: false),
        .delete(KeyRange(prefix: Key("p/")), wantsPrevious: true),
        .delete(KeyRange(start: Key("a"), end: Key("b")), wantsPrevious: false),
        .put(key: Key([0xFF, 0x00]), value: Value([0, 1]), wantsPrevious: false),
      ])
  }

  @Test("The example of the help page is a transaction")
  func example() async throws {
    let page = try await run("help", "transactions").output
    let start = try #require(page.firstIndex(of: "{"))
    let end = try #require(page.range(of: "\n  }\n"))
    let transaction = try parse(String(page[start..<end]))
    #expect(transaction.compares.count == 4)
    #expect(transaction.success.count == 4)
    #expect(transaction.failure.count == 2)
  }

  @Test(
    "What is wrong is refused with its place, and no word of it is repeated",
    arguments: [
      ("[]", "the transaction is no object"), ("{", "no JSON"), ("{\"succes\":[]}", "unknown member"),
      ("{}", "does nothing"), ("{\"success\":{}}", "\"success\" is no list"),
      ("{\"success\":[{}]}", "success[0] has 0 of put, get, range, delete"),
      ("{\"success\":[{\"get\":\"secret\",\"put\":\"secret\"}]}", "success[0] has 2 of"),
      ("{\"success\":[{\"put\":\"secret\"}]}", "success[0] puts no \"value\""),
      ("{\"success\":[{\"get\":\"\"}]}", "success[0].get is empty"),
      ("{\"success\":[{\"get\":7}]}", "success[0].get must be a text"),
      ("{\"success\":[{\"put\":\"a\",\"value\":{\"base64\":\"secret!\"}}]}", "success[0].value must be"),
      ("{\"success\":[{\"get\":\"a\",\"limit\":1}]}", "unknown member"),
      ("{\"success\":[{\"range\":\"a\",\"end\":\"b\",\"prefix\":true}]}", "both \"end\" and \"prefix\""),
      ("{\"success\":[{\"range\":\"a\",\"limit\":-1}]}", "success[0].limit"),
      ("{\"compare\":[{\"key\":\"a\"}],\"success\":[{\"get\":\"a\"}]}", "compare[0] names 0 of"),
      ("{\"compare\":[{\"key\":\"a\",\"version\":1,\"value\":\"secret\"}]}", "compare[0] names 2 of"),
      ("{\"compare\":[{\"key\":\"a\",\"value\":\"secret\",\"is\":\"less\"}]}", "equal or not-equal"),
      ("{\"compare\":[{\"key\":\"a\",\"version\":1.5}]}", "compare[0].version is no whole number"),
      ("{\"compare\":[{\"version\":1}]}", "compare[0].key is missing"),
      ("{\"success\":[{\"delete\":\"a\",\"previous\":\"secret\"}]}", "true or false"),
    ])
  func refused(text: String, reason: String) {
    #expect {
      try parse(text)
    } throws: { error in
      guard let failure = error as? CommandFailure else { return false }
      return failure.exit == .badData && failure.message.contains(reason) && !failure.message.contains("secret")
    }
  }
}

extension String {
  /// Where `text` stands first.
  fileprivate func range(of text: String) -> String.Index? {
    indices.first { self[$0...].hasPrefix(text) }.map { index(after: index($0, offsetBy: text.count - 2)) }
  }
}
