import Base
import Glibc
import Testing

extension ClusterScenarios {
  /// The simulator as people start it: what a seed gives depends on nothing but the seed.
  @Suite("quartet simulate", .serialized)
  struct Simulate {
    /// What a run printed, and how it ended.
    private func run(_ words: String...) async throws -> (code: Int32, output: String) {
      let directory = try LabFiles.temporaryDirectory()
      defer { try? LabFiles.remove(directory) }
      let process = try start(words, in: directory)
      defer { process.destroy() }
      let code = try await process.end(within: .seconds(60))
      return (code, LabFiles.text(of: directory + "/output"))
    }

    private func start(_ words: [String], in directory: String) throws -> LabProcess {
      let program = try #require(Lab.binary)
      return try LabProcess([program, "simulate"] + words, output: directory + "/output", errors: directory + "/errors")
    }

    @Test("Two processes tell the same seed in the same bytes")
    func trace() async throws {
      let first = try await run("--seed", "7", "--until", "8s", "--trace")
      let second = try await run("--seed", "7", "--until", "8s", "--trace")
      let told = { (output: String) in output.split(separator: "\n").filter { $0.hasPrefix("[") } }
      #expect(told(first.output).count > 1_000)
      #expect(told(first.output) == told(second.output))
      #expect(first.code == 0)
    }

    @Test("Many processes find what one finds")
    func jobs() async throws {
      let words = ["--seeds", "1..8", "--defect", "ignoresLogLength", "--json"]
      let one = try await run(words[0], words[1], words[2], words[3], words[4], "--jobs", "1")
      let three = try await run(words[0], words[1], words[2], words[3], words[4], "--jobs", "3")
      // How long it took is the one thing that differs.
      let lines = { (output: String) in output.split(separator: "\n").filter { !$0.contains("elapsed_ms") } }
      #expect(one.code == 1 && three.code == 1)
      #expect(lines(one.output) == lines(three.output))
      #expect(one.output.contains("\"rule\": \"leader completeness\""))
    }

    @Test("A seed that ends its process is a finding, and the others go on", .timeLimit(.minutes(2)))
    func killed() async throws {
      let directory = try LabFiles.temporaryDirectory()
      defer { try? LabFiles.remove(directory) }
      let process = try start(["--seeds", "1..6", "--jobs", "2"], in: directory)
      defer { process.destroy() }
      let children = "/proc/\(process.pid)/task/\(process.pid)/children"
      let victim = try await eventually("a child", every: .milliseconds(1)) {
        LabFiles.text(of: children).split(separator: " ").first.flatMap { Int32($0) }
      }
      kill(victim, SIGKILL)
      #expect(try await process.end(within: .seconds(60)) == 1)
      let output = LabFiles.text(of: directory + "/output")
      #expect(output.contains(": crash: the program was killed by signal 9 (SIGKILL)"))
      #expect(output.contains("6 seeds, "))
      #expect(output.contains("1 of 6 seeds broke a rule: "))
    }

    @Test("Interrupted, it tells what it has found until then and leaves no process behind", .timeLimit(.minutes(2)))
    func interrupted() async throws {
      let directory = try LabFiles.temporaryDirectory()
      defer { try? LabFiles.remove(directory) }
      let process = try start(["--seeds", "1..100000", "--jobs", "2"], in: directory)
      defer { process.destroy() }
      let children = try await eventually("two children") { () -> [Int32]? in
        let found = LabFiles.text(of: "/proc/\(process.pid)/task/\(process.pid)/children").split(separator: " ")
        return found.count == 2 ? found.compactMap { Int32($0) } : nil
      }
      process.signal(SIGINT)
      #expect(try await process.end() == 130)
      #expect(LabFiles.text(of: directory + "/output").contains("every rule held"))
      for child in children { #expect(kill(child, 0) != 0) }
    }
  }
}
