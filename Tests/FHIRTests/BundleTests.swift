import FHIR
import JSON
import Testing

/// Entries and fault of a text that comes in parts of `size` bytes.
private func scan(_ text: String, parts size: Int = 7) -> (entries: [String], lines: [Int], fault: BundleScanner.Fault?) {
  var scanner = BundleScanner(bytesMax: 200)
  var entries: [BundleScanner.Entry] = []
  var rest = Array(text.utf8)[...]
  while !rest.isEmpty {
    let scan = scanner.feed(Array(rest.prefix(size)))
    rest = rest.dropFirst(size)
    entries += scan.entries
    if let fault = scan.fault { return (texts(entries), entries.map(\.line), fault) }
  }
  do throws(BundleScanner.Fault) {
    try scanner.finish()
    return (texts(entries), entries.map(\.line), nil)
  } catch {
    return (texts(entries), entries.map(\.line), error)
  }
}

private func texts(_ entries: [BundleScanner.Entry]) -> [String] {
  entries.map { $0.bytes.map { String(decoding: $0, as: UTF8.self) } ?? "too large" }
}

@Suite struct BundleScannerTests {
  @Test("Entries come whole, with their lines, in whatever parts the text comes", arguments: [1, 2, 5, 1_000])
  func entries(size: Int) {
    let text = """
      {"type": "batch", "meta": {"entry": [1, "]"]},
       "entry" : [ {"a": "}],{"} ,
        {
         "b": [[{}]]}
       ], "resourceType": "Bundle", "note": "\\"entry\\": ["}

      """
    let found = scan(text, parts: size)
    #expect(found.entries == [#"{"a": "}],{"}"#, "{\n   \"b\": [[{}]]}"])
    #expect(found.lines == [2, 3])
    #expect(found.fault == nil)
    var scanner = BundleScanner(bytesMax: 200)
    _ = scanner.feed(Array(text.utf8))
    #expect(scanner.header["resourceType"] == "Bundle")
    #expect(scanner.header["type"] == "batch")
  }

  @Test(
    "What comes before a fault is given with it, and no text that is no JSON passes",
    arguments: [
      ("{\"entry\":[{},{},5,{}]}", 2, .entryNotAnObject(line: 1)), ("{\"entry\":[{},{}]} x", 2, .trailing(line: 1)),
      ("{\"entry\":[{}]}}", 1, .trailing(line: 1)), ("{\"entry\":[{}}}", 1, .bracket(line: 1)),
      ("{\"entry\":[{}\n{}]}", 1, .separator(line: 2)), ("{\"entry\":[{},]}", 1, .separator(line: 1)),
      ("{\"entry\":[,{}]}", 0, .separator(line: 1)), ("{\"entry\":[{},,{}]}", 1, .separator(line: 1)),
      ("{\"entry\":[{},\"x\"]}", 1, .entryNotAnObject(line: 1)), ("{\"entry\":[{},[]]}", 1, .entryNotAnObject(line: 1)),
      ("{\"entry\":[{},{", 1, .endOfText(line: 1)), ("{\"entry\":[{}]", 1, .endOfText(line: 1)),
      ("[{}]", 0, .notAnObject(line: 1)), ("", 0, .notAnObject(line: 1)), ("{}{}", 0, .trailing(line: 1)),
      ("{\"entry\":[{}],\n\"x\" 1}", 1, .malformed(line: 2, .expectedColon)),
      ("{\n\"x\":[1 2],\"entry\":[{}]}", 1, .malformed(line: 2, .expectedCommaOrEnd)),
      ("{\"entry\":[\n{},\n{}\n]\n,,\"x\":1}", 2, .malformed(line: 5, .expectedMemberName)),
      ("{\"entry\":[{}],\"entry\":[{}]}", 2, .malformed(line: 1, .duplicateMember)),
      ("{\"entry\":[{]}]}", 0, .bracket(line: 1)),
    ] as [(String, Int, BundleScanner.Fault)])
  func faults(text: String, entries: Int, fault: BundleScanner.Fault) {
    for size in [1, 3, 1_000] {
      let found = scan(text, parts: size)
      #expect(found.entries.count == entries)
      #expect(found.fault == fault)
    }
  }

  @Test("An entry that is too large is told and passed over; too much around them ends the reading")
  func large() {
    let long = String(repeating: "x", count: 300)
    let found = scan("{\"entry\":[{\"a\":\"\(long)\"},{\"b\":1}]}")
    #expect(found.entries == ["too large", "{\"b\":1}"])
    #expect(found.fault == nil)
    #expect(scan("{\"a\":\"\(long)\"}").fault == .tooLarge(line: 1))
  }
}

@Suite struct BundleLinksTests {
  private func json(_ text: String) throws -> JSONValue { try JSONValue(parsing: text) }

  @Test("References to entries lead to where they are stored; everything else stays as it is")
  func references() throws {
    var links = BundleLinks()
    let urn = "urn:uuid:0a6ff3b1-55f8-4a2c-9c57-3a4dd4b7e3f0"
    #expect(
      links.learn(try json(#"{"fullUrl":"\#(urn)","resource":{"resourceType":"Patient"}}"#))
        == "0a6ff3b1-55f8-4a2c-9c57-3a4dd4b7e3f0")
    links.learn(
      try json(
        #"{"fullUrl":"urn:uuid:1a6ff3b1-55f8-4a2c-9c57-3a4dd4b7e3f0","resource":{"resourceType":"Group","id":"g"}}"#))
    let resource = try json(
      #"""
      {"resourceType":"Observation","value":1.50,"subject":{"reference":"\#(urn)"},"note":"\#(urn)",
       "identifier":[{"system":"urn:ietf:rfc:3986","value":"\#(urn)"}],
       "x":[{"reference":"urn:uuid:1a6ff3b1-55f8-4a2c-9c57-3a4dd4b7e3f0"},{"reference":"Patient/other"}]}
      """#)
    let stored = links.stored(resource, id: "o")
    #expect(
      stored.text()
        == #"{"resourceType":"Observation","id":"o","value":1.50,"subject":{"reference":"Patient/0a6ff3b1-55f8-4a2c-9c57"#
        + #"-3a4dd4b7e3f0"},"note":"\#(urn)","identifier":[{"system":"urn:ietf:rfc:3986","value":"\#(urn)"}],"#
        + #""x":[{"reference":"Group/g"},{"reference":"Patient/other"}]}"#)
  }

  @Test("An id is the resource's own, or follows from the bundle alone: the same each time")
  func ids() throws {
    let resource = try json(#"{"resourceType":"Patient","active":true}"#)
    func id(_ fullURL: String?, _ condition: String? = nil) -> String {
      BundleLinks.id(of: resource, type: "Patient", fullURL: fullURL, condition: condition)
    }
    #expect(id("http://example.org/fhir/Patient/p7") == "p7")
    let derived = [id(nil), id("urn:uuid:not-one"), id(nil, "identifier=1"), id(nil, "identifier=2")]
    #expect(Set(derived).count == 4)
    #expect(derived == [id(nil), id("urn:uuid:not-one"), id(nil, "identifier=1"), id("urn:other", "identifier=2")])
    let isAllowed = { (byte: UInt8) in byte == 0x2D || (0x30...0x39).contains(byte) || (0x61...0x66).contains(byte) }
    #expect(derived.allSatisfy { $0.utf8.count == 36 && $0.utf8.allSatisfy(isAllowed) })
    let own = try json(#"{"resourceType":"Patient","id":"mine"}"#)
    #expect(BundleLinks.id(of: own, type: "Patient", fullURL: "urn:uuid:x", condition: "y") == "mine")
  }
}
