import Base
import Glibc
import Simulator
import Testing

@Suite struct DeterminismTests {
  private static let seed: UInt64 = 7
  private static let variable = "QUARTET_FINGERPRINT_FILE"

  private static func options(
    _ seed: UInt64, _ profile: SimulationProfile = .core, tracing: Bool = false
  ) -> SimulationOptions {
    SimulationOptions(seed: seed, profile: profile, faultyTime: .seconds(15), tracing: tracing)
  }

  @Test("a seed repeats itself, line by line", arguments: [1, 2, 7, 11] as [UInt64], [.core, .encounters] as [SimulationProfile])
  func repeats(seed: UInt64, profile: SimulationProfile) throws {
    let first = try World(Self.options(seed, profile, tracing: true)).run()
    let second = try World(Self.options(seed, profile, tracing: true)).run()
    let differing = zip(first.trace, second.trace).first { $0 != $1 }
    #expect(differing == nil)
    #expect(first == second)
    #expect(first.trace.count > 100)
  }

  @Test("looking on changes nothing")
  func tracing() throws {
    let seen = try World(Self.options(Self.seed, tracing: true)).run()
    let unseen = try World(Self.options(Self.seed)).run()
    #expect(seen.fingerprint == unseen.fingerprint)
  }

  @Test("other seeds give other worlds")
  func differs() throws {
    let prints = try (1...8).map { try World(Self.options($0)).run().fingerprint }
    #expect(Set(prints).count == prints.count)
  }

  /// Dictionaries and sets have another order in every process; whoever iterates one is found out here.
  @Test("a seed repeats itself in another process, to the last byte of its trace")
  func processes() throws {
    var trace = SHA256()
    var prints: [Digest] = []
    for profile in [SimulationProfile.core, .encounters] {
      let world = try World(Self.options(Self.seed, profile, tracing: true)) { trace.update(Array("\($0)\n".utf8)) }
      prints.append(world.run().fingerprint)
    }
    let own = "\(prints) \(trace.finish())"
    if let path = getenv(Self.variable) {
      // This is the other process.
      let file = try #require(fopen(path, "w"))
      fputs(own, file)
      fclose(file)
      return
    }
    var path = Array("\(getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp")/fingerprint-XXXXXX".utf8CString)
    let descriptor = mkstemp(&path)
    try #require(descriptor >= 0)
    close(descriptor)
    let name = String(decoding: path.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    defer { unlink(name) }
    #expect(try run(with: "\(Self.variable)=\(name)") == 0)
    let file = try #require(fopen(name, "r"))
    defer { fclose(file) }
    var other = ""
    while case let byte = getc(file), byte != EOF { other.append(Character(Unicode.Scalar(UInt8(byte)))) }
    #expect(other == own)
  }

  /// Runs this test in a process of its own; returns how it ended.
  private func run(with setting: String) throws -> Int32 {
    // The runner's own arguments say which test library and which bundle; the filter is put last.
    let given = CommandLine.arguments.dropFirst()
    var words = [CommandLine.arguments[0]]
    var isSkipping = false
    for word in given {
      if isSkipping {
        isSkipping = false
        continue
      }
      if ["--filter", "--skip", "--xunit-output", "--event-stream-output-path"].contains(word) {
        isSkipping = true
        continue
      }
      words.append(word)
    }
    words += ["--filter", "DeterminismTests.processes"]
    var arguments: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) } + [nil]
    var settings: [UnsafeMutablePointer<CChar>?] = [strdup(setting)]
    var place = 0
    while let entry = environ[place] {
      settings.append(strdup(entry))
      place += 1
    }
    settings.append(nil)
    defer { for pointer in arguments + settings { free(pointer) } }
    var child: pid_t = 0
    try #require(posix_spawn(&child, "/proc/self/exe", nil, nil, &arguments, &settings) == 0)
    var status: Int32 = 0
    try #require(waitpid(child, &status, 0) == child)
    return status
  }
}
