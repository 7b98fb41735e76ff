import JSON
import Testing

@Suite struct JSONValueTests {
  private let patient: JSONValue = [
    "resourceType": "Patient", "active": true, "multipleBirthInteger": 2, "deceased": nil,
    "name": [["family": "Example", "given": ["Ann", "B"]]],
  ]

  @Test("Literals build values whose members keep their order")
  func literals() {
    let start = #"{"resourceType":"Patient","active":true,"multipleBirthInteger":2,"deceased":null,"#
    #expect(patient.text() == start + #""name":[{"family":"Example","given":["Ann","B"]}]}"#)
  }

  @Test("A path through members and places reaches a value, and a wrong one gives nil")
  func paths() {
    #expect(patient["name"]?[0]?["given"]?[1]?.string == "B")
    #expect(patient["active"]?.bool == true)
    #expect(patient["multipleBirthInteger"]?.int64 == 2)
    #expect(patient["deceased"]?.isNull == true)
    #expect(patient["absent"] == nil)
    #expect(patient[0] == nil)
    #expect(patient["name"]?[1] == nil)
    #expect(patient["name"]?[-1] == nil)
    #expect(patient["name"]?["family"] == nil)
    #expect(patient["active"]?.string == nil)
    #expect(patient.members?.map(\.name) == ["resourceType", "active", "multipleBirthInteger", "deceased", "name"])
  }

  @Test("Integers are read exactly to the ends of their types, and only where they were written as integers")
  func integers() throws {
    #expect(try JSONValue(parsing: "9223372036854775807").int64 == .max)
    #expect(try JSONValue(parsing: "-9223372036854775808").int64 == .min)
    #expect(try JSONValue(parsing: "9223372036854775808").int64 == nil)
    #expect(try JSONValue(parsing: "18446744073709551615").uint64 == .max)
    #expect(try JSONValue(parsing: "-1").uint64 == nil)
    #expect(try JSONValue(parsing: "1.0").int64 == nil)
    #expect(try JSONValue(parsing: "1e2").int64 == nil)
    #expect(try JSONValue(parsing: #""7""#).int64 == nil)
  }

  @Test("Protobuf's integers are read from numbers and from strings of digits, and written in quotes")
  func protobuf() {
    #expect(JSONValue.string("18446744073709551615").protobufUInt64 == .max)
    #expect(JSONValue.integer(5).protobufUInt64 == 5)
    #expect(JSONValue.string("-5").protobufInt64 == -5)
    #expect(JSONValue.string("+5").protobufInt64 == nil)
    #expect(JSONValue.string(" 5").protobufInt64 == nil)
    #expect(JSONValue.bool(true).protobufInt64 == nil)
    #expect(JSONValue.protobuf(UInt64.max).text() == #""18446744073709551615""#)
  }

  @Test("A number is equal to another only when it was written the same")
  func numbers() {
    #expect(JSONNumber("1.00") != JSONNumber("1.0"))
    #expect(JSONNumber("1.00")?.text == "1.00")
    #expect(["", "1 ", " 1", "01", "1.", "é", "--1", "1e", "0x1", "1,2"].allSatisfy { JSONNumber($0) == nil })
  }

  @Test("Strings are equal by their bytes, not by Unicode's equivalence")
  func strings() {
    #expect(JSONValue.string("\u{E9}") != .string("e\u{301}"))
    #expect(JSONValue.object([JSONMember("\u{E9}", 1)])["e\u{301}"] == nil)
  }

  @Test("A member is replaced in its place, added behind the last, or taken out")
  func setMember() {
    var value: JSONValue = ["a": 1, "b": 2]
    let changed = [value.setMember("a", to: "x"), value.setMember("c", to: 3), value.setMember("b", to: nil)]
    #expect(changed == [true, true, true])
    #expect(value.text() == #"{"a":"x","c":3}"#)
    var list: JSONValue = [1]
    #expect(list.setMember("a", to: 1) == false)
    #expect(list.text() == "[1]")
  }

  @Test("Members without a value are left out of an object built from optional ones")
  func present() {
    #expect(JSONValue.object(present: ["a": 1, "b": nil, "c": "x"]).text() == #"{"a":1,"c":"x"}"#)
  }

  @Test("The description of a value shows its shape and none of its content")
  func description() {
    let values: [JSONValue] = [patient, "secret", 12_345]
    #expect(values.map(\.description) == ["object of 5", "string of 6 bytes", "number of 5 bytes"])
    #expect(String(reflecting: patient) == "object of 5")
  }

  @Test("The pretty form has a member a line and empty lists closed at once")
  func pretty() {
    let value: JSONValue = ["a": [1, ["b": []]], "c": [:]]
    #expect(
      value.text(.pretty) == """
        {
          "a": [
            1,
            {
              "b": []
            }
          ],
          "c": {}
        }
        """)
  }
}
