import Glibc
import Identifiers
import Testing

/// What the Python package `nhs-number` says of numbers, a line each; see `nhs-number-verdicts` beside this file.
private struct Verdict {
  let digits: String
  let isValid: Bool
  let range: Character

  init?(line: Substring) {
    let parts = line.split(separator: " ")
    guard parts.count == 3, parts[0].utf8.count == 10, ["+", "-"].contains(parts[1]), let range = parts[2].first else {
      return nil
    }
    digits = String(parts[0])
    isValid = parts[1] == "+"
    self.range = range
  }

  /// Its scheme, where a number of that range is a patient's of one of the four nations.
  var scheme: PatientNumber.Scheme? {
    switch range {
    case "E", "T": .nhs
    case "S": .chi
    case "N": .healthAndCare
    default: nil
    }
  }

  /// Whether our rules say the same.
  var isShared: Bool {
    do throws(IdentifierFault) {
      let number = try PatientNumber(digits)
      return isValid && number.scheme == scheme
    } catch {
      switch error {
      case .notIssued: return isValid && ["R", "U"].contains(range)
      case .foreign: return isValid && range == "I"
      case .date: return !isValid && range == "S"
      case .checkDigit: return !isValid
      default: return false
      }
    }
  }

  /// The package does not know the check digit that CHI numbers may have since 2026.
  var isKnownDifference: Bool {
    guard !isValid, range == "S" else { return false }
    let numbers = digits.compactMap(\.wholeNumberValue)
    return PatientNumber.CheckRule.modulo10.digit(for: numbers.dropLast()) == numbers[9]
      && PatientNumber.CheckRule.modulo11.digit(for: numbers.dropLast()) != numbers[9]
  }
}

private struct Oracle {
  static let folder = #filePath.split(separator: "/").dropLast().reduce("") { $0 + "/" + $1 }

  /// The verdicts of a text, and how many of them differ from ours, the known difference apart.
  static func judge(_ text: String) throws -> (count: Int, known: Int, differing: [String]) {
    let lines = text.split(separator: "\n")
    let verdicts = lines.compactMap(Verdict.init(line:))
    #expect(verdicts.count == lines.count)
    let differing = verdicts.filter { !$0.isShared }
    return (
      verdicts.count, differing.count { $0.isKnownDifference }, differing.filter { !$0.isKnownDifference }.map(\.digits)
    )
  }

  static func contents(_ file: UnsafeMutablePointer<FILE>) -> String {
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 65_536)
    while case let count = fread(&chunk, 1, chunk.count, file), count > 0 { bytes += chunk[..<count] }
    return String(decoding: bytes, as: UTF8.self)
  }
}

@Suite struct OracleTests {
  @Test("We agree with the verdicts kept of another implementation on thousands of numbers")
  func kept() throws {
    let file = try #require(fopen(Oracle.folder + "/Golden/nhs-number-verdicts.txt", "r"))
    defer { fclose(file) }
    let result = try Oracle.judge(Oracle.contents(file))
    #expect(result.differing == [])
    #expect(result.count == 4_000)
    #expect(result.known > 300, "CHI numbers by the rule of 2026 are among them")
  }

  @Test("We agree with another implementation on 100,000 fresh numbers", .enabled(if: getenv("QUARTET_LONG") != nil))
  func fresh() throws {
    let seed = UInt32.random(in: 0...UInt32.max)
    let pipe = try #require(popen("'\(Oracle.folder)/nhs-number-verdicts' 100000 \(seed) 2>&1", "r"))
    let text = Oracle.contents(pipe)
    let status = pclose(pipe)
    if status == 75 << 8 {
      try Test.cancel("the package nhs-number cannot be had: \(text.split(separator: "\n").last ?? "no reason given")")
    }
    try #require(status == 0, "\(text.suffix(300))")
    let result = try Oracle.judge(text)
    #expect(result.differing == [], "seed \(seed)")
    #expect(result.count == 100_000, "seed \(seed)")
    #expect(result.known > 8_000, "seed \(seed)")
  }
}
