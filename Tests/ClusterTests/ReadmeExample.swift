import Base
import Model
import QuartetClient

/// Opens an encounter unless it exists, and reads it back at whichever node answers.
func openEncounter(_ id: String, _ body: [UInt8], at nodes: [String]) async throws -> Revision {
  let quartet = try QuartetClient(nodes: nodes)
  defer { quartet.close() }
  let england = quartet.keyspace("england")
  let key = Key("r/Encounter/\(id)")

  let create = Transaction(
    compares: [Compare(key: key, relation: .equal, target: .version(0))],
    success: [.put(key: key, value: Value(body), wantsPrevious: false)],
    failure: [.range(RangeQuery(range: KeyRange(only: key)))])
  do {
    // Named and remembered for 96 hours: any machine may send it again, and it has one effect.
    let written = try await england.transaction(
      create, options: WriteOptions(request: .random(), keepFor: .seconds(96 * 3_600)))
    print(written.value.succeeded ? "opened" : "was open", "at revision", written.revision, "by", written.node)
  } catch {
    // notApplied, applied or unknown: there is no fourth case, and unknown can be asked about.
    print(error.code, error.outcome, error.message)
    throw error
  }

  let read = try await england.get(key)
  return read.value?.modRevision ?? .zero
}
