import Base
import Model
import QuartetClient
import QuartetTesting
import Testing

@Suite("README")
struct ReadmeTests {
  @Test("The example in README is the file that this suite compiles, to the letter")
  func isCompiled() throws {
    let readme = try text(of: "../../README.md")
    let example = try text(of: "ReadmeExample.swift")
    #expect(readme.contains("```swift\n" + example + "```"))
  }

  @Test("The example does what it says, once", .timeLimit(.minutes(1)))
  func runs() async throws {
    let quartet = try await Quartet.ephemeral()
    defer { quartet.stop() }
    let first = try await openEncounter("e1", Array(#"{"status":"planned"}"#.utf8), at: [quartet.address])
    let second = try await openEncounter("e1", Array(#"{"status":"other"}"#.utf8), at: [quartet.address])
    #expect(first > .zero)
    #expect(first == second)
  }

  private func text(of path: String, here: String = #filePath) throws -> String {
    let folder = here.split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(separator: "/")
    return try TextFile.read("\(folder)/\(path)")
  }
}
