import Encounters
import Testing

@Suite("Instants of FHIR")
struct InstantTests {
  @Test(
    "Texts with any zone and fraction are read as one moment and written in one form",
    arguments: [
      ("2026-01-10T09:30:00Z", "2026-01-10T09:30:00Z"), ("2026-01-10T09:30:00.5+00:00", "2026-01-10T09:30:00.500Z"),
      ("2026-07-01T00:15:00+01:00", "2026-06-30T23:15:00Z"), ("2024-02-29T23:59:60Z", "2024-02-29T23:59:59Z"),
      ("1970-01-01T00:00:00Z", "1970-01-01T00:00:00Z"), ("9999-12-31T23:59:59.999Z", "9999-12-31T23:59:59.999Z"),
      ("2026-01-10T09:30:00.1239Z", "2026-01-10T09:30:00.123Z"),
    ])
  func reads(_ text: String, _ canonical: String) throws {
    let instant = try #require(Instant(text))
    #expect(instant.description == canonical)
    #expect(Instant(canonical) == instant)
  }

  @Test(
    "What is no instant is refused",
    arguments: [
      "", "2026-01-10", "2026-01-10T09:30Z", "2026-01-10T09:30:00", "2026-02-29T00:00:00Z", "2026-13-01T00:00:00Z",
      "2026-01-10T24:00:00Z", "2026-01-10T09:30:00.Z", "2026-01-10T09:30:00+1:00", "1969-12-31T23:59:59Z",
      "2026-01-10T09:30:00Zx", "10000-01-01T00:00:00Z",
    ])
  func refuses(_ text: String) { #expect(Instant(text) == nil) }

  @Test("Every day from 1970 to 2100 has a date that leads back to it")
  func everyDay() throws {
    for day in Int64(0)..<47_482 {
      let instant = try #require(Instant(milliseconds: day * 86_400_000 + 12_345_678))
      guard Instant(instant.description) == instant else {
        Issue.record("\(instant) does not come back")
        return
      }
    }
  }

  @Test("Sums stay within the years that have a text")
  func sums() throws {
    let start = try #require(Instant("1970-01-01T00:00:10Z"))
    #expect(start.adding(seconds: -60).milliseconds == 0)
    #expect(start.adding(seconds: .max).description == "9999-12-31T23:59:59.999Z")
    #expect(start.adding(seconds: 50).description == "1970-01-01T00:01:00Z")
  }
}
