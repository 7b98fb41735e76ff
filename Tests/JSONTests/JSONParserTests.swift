import Base
import JSON
import Testing

/// What the parser made of `bytes`: the compact text of the value, or the reason and place of the refusal.
private func outcome(_ bytes: [UInt8], limits: JSONLimits = JSONLimits()) -> String {
  do throws(JSONError) {
    return try JSONValue(parsing: bytes, limits: limits).text()
  } catch {
    return "\(error.reason) @\(error.offset)"
  }
}

private func outcome(_ text: String) -> String { outcome(Array(text.utf8)) }

@Suite struct JSONParserTests {
  @Test(
    "Compact texts in canonical escapes come back byte for byte",
    arguments: [
      "null", "true", "false", "0", "-0", "1.00", "1.0", "1", "-12.5e+10", "1E400", "0.0000", "1e-7",
      "123456789012345678901234567890.123456789012345678901234567890",
      #""""#, #""a""#, #""\"\\\b\f\n\r\t\u0000\u001f""#, #""/""#, #""é ü 中 😀""#, "\"\u{7F}\"", "[]", "{}", "[[[[]]]]",
      #"{"z":1,"a":2,"m":{"b":[],"a":{}}}"#, #"{"":""}"#, #"[1,"a",null,true,{"x":[false]}]"#,
      #"{"valueDecimal":1.00,"other":100e-2}"#,
    ])
  func faithful(text: String) {
    #expect(outcome(text) == text)
  }

  @Test(
    "Other spellings of a value are accepted and written in the one canonical way",
    arguments: [
      (" \t\r\n[ 1 , 2 ] \n", "[1,2]"), (#""\/""#, #""/""#), (#""\u0041\u00e9""#, #""Aé""#),
      (#""\uD83D\uDE00""#, #""😀""#), (#""\ud83d\ude00x""#, #""😀x""#), (#""\u0009""#, #""\t""#),
      (#"{ "a" : { "b" : 1 } }"#, #"{"a":{"b":1}}"#), (#""\uFFFF""#, "\"\u{FFFF}\""),
      (#""é\né""#, #""é\né""#),
    ])
  func canonical(text: String, written: String) {
    #expect(outcome(text) == written)
  }

  @Test(
    "Everything outside RFC 8259 is refused with its reason and place",
    arguments: [
      ("", "the text ends inside a value @0"), ("  ", "the text ends inside a value @2"),
      ("[", "the text ends inside a value @1"), ("[1", "the text ends inside a value @2"),
      ("[1,", "the text ends inside a value @3"), ("[1,]", "a value is expected @3"),
      ("[,1]", "a value is expected @1"), ("[1 2]", "a comma or the closing bracket is expected @3"),
      ("[1}", "a comma or the closing bracket is expected @2"),
      ("]", "a value is expected @0"), ("{", "the text ends inside a value @1"),
      (#"{"a"}"#, "a colon is expected after the member's name @4"), (#"{"a":}"#, "a value is expected @5"),
      (#"{"a":1,}"#, "a member's name in double quotes is expected @7"),
      ("{a:1}", "a member's name in double quotes is expected @1"),
      ("{1:1}", "a member's name in double quotes is expected @1"),
      (#"{'a':1}"#, "a member's name in double quotes is expected @1"),
      (#"{"a":1 "b":2}"#, "a comma or the closing bracket is expected @7"),
      (#"{"a":1,"b":2,"a":3}"#, "the object has a member of the same name before @13"),
      (#"{"a":1,"\u0061":3}"#, "the object has a member of the same name before @7"),
      ("1 2", "something stands after the end of the value @2"),
      ("[] x", "something stands after the end of the value @3"),
      ("nul", "the text ends inside a value @3"), ("nulL", "a value is expected @0"),
      ("True", "a value is expected @0"),
      ("NaN", "a value is expected @0"), ("Infinity", "a value is expected @0"),
      ("-Infinity", "the number is malformed @1"),
      ("// x\n1", "a value is expected @0"), ("1 /* x */", "something stands after the end of the value @2"),
      ("01", "the number is malformed @1"), ("-01", "the number is malformed @2"), ("+1", "a value is expected @0"),
      (".5", "a value is expected @0"), ("-", "the text ends inside a value @1"),
      ("[1.]", "the number is malformed @3"),
      ("[1.e5]", "the number is malformed @3"), ("[1e]", "the number is malformed @3"),
      ("[1e+]", "the number is malformed @4"), ("1.2.3", "something stands after the end of the value @3"),
      ("0x10", "something stands after the end of the value @1"), ("--1", "the number is malformed @1"),
      (#"""#, "the text ends inside a value @1"), (#""a"#, "the text ends inside a value @2"),
      (#""\"#, "the text ends inside a value @2"), (#""\x""#, "the escape in the string is unknown @1"),
      (#""\u12"#, "the text ends inside a value @5"), (#""\u12G4""#, "the escape in the string is unknown @1"),
      (#""\U0041""#, "the escape in the string is unknown @1"),
      (#""\uD800""#, "the string has half of a surrogate pair @1"),
      (#""\uD800x""#, "the string has half of a surrogate pair @1"),
      (#""\uD800\n""#, "the string has half of a surrogate pair @1"),
      (#""\uD800\u0041""#, "the string has half of a surrogate pair @1"),
      (#""a\uDC00""#, "the string has half of a surrogate pair @2"),
      (#""\uD800\"#, "the text ends inside a value @8"), (#""\uD800"#, "the text ends inside a value @7"),
      ("\"a\nb\"", "the string has a control character that is not escaped @2"),
      ("\"\u{0}\"", "the string has a control character that is not escaped @1"),
      ("\u{FEFF}[]", "a byte order mark stands before the text @0"), ("\u{A0}1", "a value is expected @0"),
    ])
  func refused(text: String, answer: String) {
    #expect(outcome(text) == answer)
  }

  @Test(
    "Bytes that are not UTF-8 are refused at the byte where they begin",
    arguments: [
      ([0x22, 0x61, 0xFF, 0x22], 2), ([0x22, 0xC0, 0x80, 0x22], 1), ([0x22, 0xED, 0xA0, 0x80, 0x22], 1),
      ([0x22, 0xF4, 0x90, 0x80, 0x80, 0x22], 1), ([0x22, 0xC3, 0xA9, 0xC3, 0x22], 3), ([0x22, 0x80, 0x22], 1),
      ([0x22, 0x5C, 0x6E, 0xC3, 0xA9, 0xE2, 0x82, 0x22], 5), ([0x22, 0xE2, 0x5C, 0x6E, 0x22], 1),
    ] as [([UInt8], Int)])
  func notUTF8(bytes: [UInt8], offset: Int) {
    #expect(outcome(bytes) == "the string is not valid UTF-8 @\(offset)")
  }

  @Test("Nesting is accepted to the limit and refused one beyond it, also a hundred thousand deep")
  func depth() {
    func nest(_ depth: Int) -> [UInt8] {
      Array(String(repeating: "[", count: depth).utf8) + Array(String(repeating: "]", count: depth).utf8)
    }
    #expect(outcome(nest(128)) == String(decoding: nest(128), as: UTF8.self))
    #expect(outcome(nest(129)) == "values are nested deeper than 128 @128")
    #expect(outcome(Array(String(repeating: "{\"a\":[", count: 100_000).utf8)).hasPrefix("values are nested deeper"))
    #expect(outcome(nest(4), limits: JSONLimits(depthMax: 3)) == "values are nested deeper than 3 @3")
  }

  @Test("A text over the size limit is refused before it is read")
  func size() {
    #expect(outcome(Array("[1,2]".utf8), limits: JSONLimits(bytesMax: 5)) == "[1,2]")
    #expect(outcome(Array("[1,2]".utf8), limits: JSONLimits(bytesMax: 4)) == "the text is larger than 4 bytes @0")
  }

  @Test("An error names line and column, and never shows the text")
  func place() {
    do throws(JSONError) {
      _ = try JSONValue(parsing: "{\n  \"name\": \"Ann\",\n  \"secret\": oops\n}")
      Issue.record("accepted")
    } catch {
      #expect((error.line, error.column, error.offset) == (3, 13, 31))
      #expect(error.description == "a value is expected (line 3, column 13, byte 31)")
    }
  }

  @Test("A duplicate is found among thousands of members, and names equal only by Unicode's equivalence are two")
  func duplicates() throws {
    var members = (0..<5_000).map { "\"name\($0)\":\($0)" }
    let all = "{" + members.joined(separator: ",") + "}"
    #expect(outcome(all) == all)
    members[4_000] = "\"name17\":0"
    members[4_500] = "\"name16\":0"
    let broken = "{" + members.joined(separator: ",") + "}"
    let place = 1 + members[0..<4_000].map { $0.utf8.count + 1 }.reduce(0, +)
    #expect(outcome(broken) == "the object has a member of the same name before @\(place)")
    #expect(outcome("{\"\u{E9}\":1,\"e\u{301}\":2}") == "{\"\u{E9}\":1,\"e\u{301}\":2}")
  }

  @Test("A hundred thousand damaged texts are parsed or refused, and what is parsed comes back as itself")
  func fuzz() throws {
    let seeds = [
      #"{"resourceType":"Patient","name":[{"given":["Ann\u00e9"],"family":"O\"X"}],"n":[1.00,-2e5,true,null]}"#,
      #"[[],{},"\ud83d\ude00 \\ é",0.5,{"a":{"b":[false]}}]"#,
      #"{"a":1,"b":2,"c":"😀","d":[1,2,3,{"e":"\t"}]}"#,
    ].map { Array($0.utf8) }
    let alphabet = Array("{}[]\",:\\u0dDeE+-.123tfn/ \n".utf8) + [0x00, 0x1F, 0x80, 0xC3, 0xE2, 0xED, 0xF0, 0xFF]
    var random = SplitMix64(seed: 8_259)
    var accepted = 0
    var unfaithful = 0
    for _ in 0..<100_000 {
      var bytes = seeds[random.below(seeds.count)]
      for _ in 0...random.below(4) where !bytes.isEmpty {
        let place = random.below(bytes.count)
        switch random.below(4) {
        case 0: bytes[place] = alphabet[random.below(alphabet.count)]
        case 1: bytes.insert(alphabet[random.below(alphabet.count)], at: place)
        case 2: bytes.remove(at: place)
        default: bytes.removeLast(min(bytes.count, random.below(12)))
        }
      }
      do throws(JSONError) {
        let value = try JSONValue(parsing: bytes)
        accepted += 1
        if try JSONValue(parsing: value.serialized()) != value { unfaithful += 1 }
        if try JSONValue(parsing: value.serialized(.pretty)) != value { unfaithful += 1 }
      } catch {
        if error.offset > bytes.count { unfaithful += 1 }
      }
    }
    #expect(unfaithful == 0)
    #expect(accepted > 1_000 && accepted < 90_000, "the damage must be of both kinds: \(accepted)")
  }
}
