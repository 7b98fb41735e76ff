import Base
import Encounters
import JSON
import QuartetTesting
import Testing

@testable import QuartetCLI

@Suite struct IndexKeyTests {
  private static let names = Nation.allCases.map(\.description) + ["demographics"]

  private static func file(_ change: (inout [JSONMember]) -> Void = { _ in }) -> [UInt8] {
    var members = names.enumerated().map { place, name in
      JSONMember(name, .string(String(repeating: "0\(place)", count: 32)))
    }
    change(&members)
    return JSONValue.object(members).serialized()
  }

  @Test("What one set of keys has stored is found and checked with it, and by other keys it is refused by name")
  func sealed() async throws {
    let shift = Shift()
    let directory = try TemporaryDirectory()
    let path = "\(directory.path)/keys.json"
    try LocalFiles.replace(path, with: Self.file())
    let keys = ["--index-keys", path]
    try await shift.json(
      words: ["encounter", "open", "--service", "england/X26", "--number", "9434765919", "--new"] + keys)
    #expect(try await shift.json(words: ["patient", "find", "9434765919"] + keys)["patients"]?.array?.count == 1)
    let checked = try await shift.json(words: ["encounters", "check"] + keys)
    #expect(checked["clean"] == true && checked["index_keys"] == "given")
    for words in [
      ["encounters", "check"], ["encounters", "rebuild"], ["patient", "find", "9434765919"],
      ["encounter", "open", "--service", "england/X26"],
    ] {
      let failure = try await shift.failure(words: words)
      #expect(failure.code == "wrong-index-keys" && failure.exit == .notApplied, "\(words)")
    }
  }

  @Test("With development's keys a check says that everybody knows them")
  func notice() async throws {
    let shift = Shift()
    let recorder = Recorder()
    #expect(try await shift.run(["encounters", "check"], recorder) == .ok)
    #expect(recorder.errors.contains("index keys"))
    #expect(try await shift.json("encounters", "check")["index_keys"] == "development")
  }

  @Test("A file of keys that is wrong is told what is wrong, and nothing of it is repeated")
  func files() throws {
    _ = try IndexKeyFile.read(Self.file(), "keys")
    let wrong: [(bytes: [UInt8], says: String)] = [
      (Array("{".utf8), "no JSON"), (Array("[]".utf8), "'england'"),
      (Self.file { $0.removeLast() }, "'demographics'"), (Self.file { $0.append($0[0]) }, "no JSON"),
      (Self.file { $0.append(JSONMember("ireland", "00")) }, "more members"),
      (Self.file { $0[1].value = "0102" }, "'scotland'"),
      (Self.file { $0[1].value = .string(String(repeating: "0g", count: 32)) }, "'scotland'"),
      (Self.file { $0[1].value = .string(String(repeating: "01", count: 65)) }, "'scotland'"),
      (Self.file { $0[2].value = $0[1].value }, "'wales'"),
    ]
    for (bytes, says) in wrong {
      do {
        _ = try IndexKeyFile.read(bytes, "keys")
        Issue.record("taken: \(says)")
      } catch {
        #expect(error.exit == .badData)
        #expect(error.message.contains(says), "\(error.message)")
        #expect(!error.message.contains("0101"))
      }
    }
  }
}
