import Base
import Model
import QuartetClient
import QuartetTesting
import Testing

@Suite("A store in process, for services' own tests")
struct EphemeralTests {
  @Test("What is put is got, and tells where and when", .timeLimit(.minutes(1)))
  func putAndGet() async throws {
    let quartet = try await Quartet.ephemeral()
    defer { quartet.stop() }
    let england = quartet.keyspace("england")
    let put = try await england.put(Key("r/Patient/1"), Array("{}".utf8))
    let got = try await england.get(Key("r/Patient/1"))
    #expect(got.value?.value?.bytes == Array("{}".utf8))
    #expect(got.value?.modRevision == put.revision)
    #expect(got.origin.node == "ephemeral")
    #expect(got.origin.nation == "england")
    #expect(got.origin.keyspace == "england")
    let missing = try await england.get(Key("r/Patient/2"))
    #expect(missing.value == nil)
  }

  @Test("Every keyspace serves, apart from the others", .timeLimit(.minutes(1)))
  func keyspaces() async throws {
    let quartet = try await Quartet.ephemeral()
    defer { quartet.stop() }
    for name in ["england", "scotland", "wales", "northern-ireland", "system"] {
      _ = try await quartet.keyspace(name).put(Key("where"), Array(name.utf8))
    }
    for name in ["england", "scotland", "wales", "northern-ireland", "system"] {
      #expect(try await quartet.keyspace(name).get(Key("where")).value?.value?.bytes == Array(name.utf8))
    }
    await #expect(throws: QuartetError.self) { try await quartet.keyspace("ireland").get(Key("where")) }
  }
}
