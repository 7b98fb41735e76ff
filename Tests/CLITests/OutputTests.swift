import Base
import Testing

@testable import QuartetCLI

@Suite struct OutputTests {
  @Test(
    "Durations are read with their unit",
    arguments: [
      ("250ms", 250_000_000 as Int64?), ("1.5s", 1_500_000_000), ("10s", 10_000_000_000), ("5m", 300_000_000_000),
      ("4h", 14_400_000_000_000), ("7d", 604_800_000_000_000), ("3us", 3_000), ("0.25s", 250_000_000), ("10", nil),
      ("", nil), ("s", nil), ("-1s", nil), ("1.s", nil), ("1.2.3s", nil), ("99999999999d", nil), ("4294967295d", nil),
      ("1e3s", nil), ("+1s", 1_000_000_000),
    ])
  func intervals(text: String, nanoseconds: Int64?) {
    #expect(Quantities.interval(text)?.nanoseconds == nanoseconds)
  }

  @Test("Quantities are written for people")
  func quantities() {
    let intervals: [Int64] = [0, 1_000, 5_000_000, 1_500_000_000, 90_000_000_000, 600_000_000_000, 10_000_000_000_000]
    #expect(
      intervals.map { Quantities.text(Interval(nanoseconds: $0)) } == ["0", "<1ms", "5ms", "1.5s", "90s", "10m", "2h"])
    let bytes: [UInt64] = [0, 1_023, 1_024, 1_536, 10 << 20, 300 << 20, .max]
    #expect(
      bytes.map(Quantities.bytes) == ["0 B", "1023 B", "1.0 KiB", "1.5 KiB", "10 MiB", "300 MiB", "1677721 TiB"])
  }

  @Test("Bytes on one line lose nothing that tells them apart")
  func oneLine() {
    #expect(ByteText.oneLine(Array("a\tb\nc\\d é".utf8)) == "a\\tb\\nc\\\\d é")
    #expect(ByteText.oneLine([0x41, 0xFF, 0x00]) == "A\\xff\\x00")
    #expect(ByteText.oneLine([0x1B]) == "\\x1b")
  }

  @Test("Hexadecimal is read as it is written, and nothing else is")
  func hex() {
    let all = (0...255).map { UInt8($0) }
    #expect(ByteText.bytes(hex: ByteText.hex(all)) == all)
    #expect(["0", "0g", "+1", "0x", "é"].allSatisfy { ByteText.bytes(hex: $0) == nil })
  }

  @Test("Columns are as wide as they need, numbers stand on the right")
  func table() {
    var table = TextTable(["A", ">NUMBER", "LAST"])
    table.add(["long cell", "7", ""])
    table.add(["x", "12345678", "y"])
    #expect(table.lines == ["A            NUMBER  LAST", "long cell         7", "x          12345678  y"])
  }
}
