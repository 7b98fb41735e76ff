import Base
import Testing
import Topology

private let schema = SettingsSchema(
  title: "A schema for tests.",
  [
    SettingsSchema.Table(
      "", doc: "Top.",
      [
        Knob("name", .nodeName, .refused(example: .text("wales-1")), "The name."),
        Knob("level", .choice(["low", "high"]), .means(.text("low")), "The level."),
        Knob("file", .text, .off(example: .text("x")), "A file."),
      ]),
    SettingsSchema.Table(
      "times", doc: "Times.",
      [
        Knob("heartbeat", .duration(.milliseconds(10) ... .seconds(10)), .means(.duration(.milliseconds(50))), "Beat."),
        Knob("cap", .size(1_024...(1 << 30)), .means(.size(4 << 20)), "Cap."),
        Knob("count", .integer(1...9), .means(.integer(3)), "Count."),
        Knob("on", .boolean, .means(.boolean(false)), "On."),
      ]),
    SettingsSchema.Table(
      "node", isRepeated: true, countMin: 1, doc: "Nodes.",
      [
        Knob("peer", .address(listening: false), .refused(example: .text("h:1")), "Peer."),
        Knob("labels", .labels, .means(.text("")), "Labels."),
      ]),
  ])

private func problems(_ text: String) -> [String] {
  do throws(SettingsError) {
    _ = try schema.check(SettingsDocument(parsing: text))
    return []
  } catch {
    return error.problems.map(\.description)
  }
}

private let right = """
  # A comment.
  name = "wales-1" # with a comment behind it
  file = "a \\"b\\" \\\\ # no comment"

  [times]
  \theartbeat=1_500ms
  cap = 64KiB
  on = true
  [[node]]
  peer = "host-1.example:7401"
  labels = "building=b1, ca=north"
  [[node]]
  peer = "[2001:db8::1]:7401"
  """

@Suite struct SettingsTests {
  @Test("A file is read with its values, and defaults stand in for what is absent")
  func reads() throws {
    for text in [right, right.split(separator: "\n", omittingEmptySubsequences: false).joined(separator: "\r\n")] {
      let settings = try schema.check(SettingsDocument(parsing: text))
      #expect(settings[""].nodeName("name") == NodeID("wales-1"))
      #expect(settings[""].text("level") == "low")
      #expect(settings[""].optionalText("file") == "a \"b\" \\ # no comment")
      #expect(settings["times"].duration("heartbeat") == .milliseconds(1_500))
      #expect(settings["times"].size("cap") == 65_536)
      #expect(settings["times"].integer("count") == 3)
      #expect(settings["times"].boolean("on"))
      #expect(settings["times"].line(of: "cap") == 7)
      #expect(settings.all("node").map { $0.text("peer") } == ["host-1.example:7401", "[2001:db8::1]:7401"])
      #expect(settings.all("node")[0].labels("labels").map(\.description) == ["building=b1", "ca=north"])
    }
  }

  @Test(
    "Each fault is told with its line, what is wrong and how to mend it",
    arguments: [
      ("naem = \"b\"", "line 14: there is no key 'naem' here; take the line out"),
      ("lables = \"\"", "line 14: there is no key 'lables' here; did you mean 'labels'?"),
      ("peer = \"h:1\"", "line 14: key 'peer' is set at line 13 already; keep one of the two"),
      ("[times]", "line 14: table 'times' stands at line 5 already; join the two"),
      ("[node]\npeer = \"h:1\"", "line 14: table 'node' is repeated; write [[node]]"),
      ("[tims]", "line 14: there is no table 'tims'; did you mean 'times'?"),
      ("[unheard-of]", "line 14: there is no table 'unheard-of'; take the table out"),
      ("[[node]]", "line 14: key 'peer' is missing; add, for example, `peer = \"h:1\"`"),
      ("labels = 5", "line 14: 'labels' takes \(labelsTaken), not an integer; write \(labelsTaken)"),
      ("labels = \"a=b=c\"", "line 14: the value of 'labels' is not allowed; write \(labelsTaken)"),
      ("labels = \"a=b,a=c\"", "line 14: the value of 'labels' is not allowed; write \(labelsTaken)"),
      ("labels =", "line 14: \(noValue)"), ("labels = \"open", "line 14: \(noValue)"),
      ("labels = 'a'", "line 14: \(noValue)"), ("labels = 5lightyears", "line 14: \(noValue)"),
      ("labels = 99999999999999h", "line 14: \(noValue)"), ("labels = _5", "line 14: \(noValue)"),
      ("labels = 9223372036854775808", "line 14: \(noValue)"), ("labels = \"\\x\"", "line 14: \(noValue)"),
      ("labels = \"a=b\" x", "line 14: something stands behind the value; \(write)"),
      ("labels", "line 14: the line is neither comment nor `key = value` nor table; \(write)"),
      ("LABELS = \"\"", "line 14: the line is neither comment nor `key = value` nor table; \(write)"),
      ("[[node]", "line 14: the line begins like a table and is none; \(write)"),
      ("[]", "line 14: the line begins like a table and is none; \(write)"),
    ])
  func faults(line: String, told: String) {
    #expect(problems(right + "\n" + line) == [told])
  }

  @Test("Values out of range are told with the range, and all faults of a file at once, in order of lines")
  func all() {
    let text = """
      level = "medium"
      [times]
      heartbeat = 1ms
      cap = 2GiB
      count = 10
      on = "yes"
      """
    #expect(
      problems(text) == [
        "key 'name' is missing; add, for example, `name = \"wales-1\"`",
        "there is no [[node]]; add at least one [[node]]",
        "line 1: the value of 'level' is not allowed; write one of \"low\", \"high\"",
        "line 3: the value of 'heartbeat' is not allowed; write a duration from 10ms to 10s",
        "line 4: the value of 'cap' is not allowed; write a size from 1KiB to 1GiB",
        "line 5: the value of 'count' is not allowed; write an integer from 1 to 9",
        "line 6: 'on' takes true or false, not a text in double quotes; write true or false",
      ])
  }

  @Test(
    "Addresses need a host and a port in range",
    arguments: [
      "", "host", "host:", ":80", "host:0", "host:65536", "host:-1", "host:+1", "host:8o", "ho st:1", "::1:80", "[]:80",
      "[::1]", "[g::]:1", "a/b:1",
    ])
  func addresses(text: String) {
    #expect(problems("name = \"a\"\n[[node]]\npeer = \"\(text)\"").count == 1)
  }

  @Test("Every value that is written is read back as itself")
  func values() throws {
    let values: [SettingsValue] = [
      .text(""), .text("a \"b\" \\ # \n\t é"), .integer(0), .integer(.min), .integer(.max), .boolean(true),
      .boolean(false),
      .duration(.zero), .duration(.milliseconds(50)), .duration(.seconds(90)),
      .duration(Interval(nanoseconds: 1_234_567)),
      .size(0), .size(4 << 20), .size(1_000), .size(.max),
    ]
    let text = values.enumerated().map { "k\($0) = \($1)" }.joined(separator: "\n")
    let document = SettingsDocument(parsing: text)
    #expect(document.problems == [])
    #expect(document.tables[0].entries.map(\.value) == values)
  }

  @Test("Damaged files are read or refused, never worse")
  func fuzz() {
    var random = SplitMix64(seed: 5)
    let alphabet = Array("[]=\"\\#abc-_ \t\r\n0159msKiB".utf8) + [0x00, 0x80, 0xC3, 0xFF]
    var refused = 0
    for _ in 0..<20_000 {
      var bytes = Array(right.utf8)
      for _ in 0...random.below(3) { bytes[random.below(bytes.count)] = alphabet[random.below(alphabet.count)] }
      do throws(SettingsError) { _ = try schema.check(SettingsDocument(parsing: bytes)) } catch { refused += 1 }
    }
    #expect(refused > 5_000 && refused < 20_000)
  }

  @Test(
    "The example file of a schema is right as printed, and with every default switched on",
    arguments: [schema, NodeConfiguration.schema, TopologyFile.schema])
  func example(schema: SettingsSchema) throws {
    let example = schema.example()
    let asPrinted = try schema.check(SettingsDocument(parsing: example))
    let lines = example.split(separator: "\n", omittingEmptySubsequences: false)
    let allOn = lines.map { $0.hasPrefix("#") && !$0.hasPrefix("# ") ? $0.dropFirst() : $0 }.joined(separator: "\n")
    let switchedOn = try schema.check(SettingsDocument(parsing: allOn))
    for (table, declared) in zip(switchedOn.tables, schema.tables) {
      #expect(table.settings.map(\.key) == declared.knobs.map(\.key))
    }
    let defaults = asPrinted.tables.map { $0.settings.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" } }
    for (table, values) in zip(switchedOn.tables, defaults) {
      #expect(Set(values).isSubset(of: Set(table.settings.map { "\($0.key)=\($0.value)" })))
    }
    #expect(lines.allSatisfy { $0.utf8.count <= 120 })
  }
}

private let labelsTaken = "labels in double quotes, such as \"building=b1, ca=north\", each name once"
private let write = "write `key = value`, `[table]`, `[[table]]` or `# comment`"
private let noValue = "what stands behind `=` is no text in quotes, number, duration, size, true or false; \(write)"
