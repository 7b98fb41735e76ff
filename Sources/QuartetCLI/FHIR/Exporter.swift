import Base
import JSON
import Model
import QuartetClient

/// Writes the resources of keyspaces, one a line, as they are stored: each keyspace as of one revision.
struct Exporter<Store: KeyValueStore> {
  /// Which resources.
  struct Selection {
    /// Nil: every type.
    var types: [String]?
    /// Patients, as `Patient/id`: with the resources that refer to them.
    var patient: String?
    var encounter: String?

    func holds(_ reference: String, _ resource: () -> JSONValue?) -> Bool {
      let wanted = [patient, encounter].compactMap { $0 }
      if wanted.isEmpty || wanted.contains(reference) { return true }
      guard let resource = resource() else { return false }
      return Self.refers(resource, to: wanted)
    }

    private static func refers(_ value: JSONValue, to wanted: [String]) -> Bool {
      switch value {
      case .array(let elements): elements.contains { refers($0, to: wanted) }
      case .object(let members):
        members.contains { member in
          if member.name == "reference", let text = member.value.string { return wanted.contains(text) }
          return refers(member.value, to: wanted)
        }
      case .null, .bool, .number, .string: false
      }
    }
  }

  struct Exported: Hashable {
    var keyspace: String
    var revision: Revision
    var count = 0
  }

  let selection: Selection
  let timeout: Interval
  let write: ([UInt8]) throws -> Void
  /// Told how many are written, after each page.
  let onProgress: (Int) -> Void

  /// Keys of one page: some hundred KB.
  private static var pageKeys: Int { 200 }

  /// - Parameter revision: zero: as it is now.
  func export(_ store: Store, asOf revision: Revision) async throws -> Exported {
    var exported = Exported(keyspace: store.name, revision: revision)
    let prefixes = selection.types.map { $0.sorted().map { "r/\($0)/" } } ?? ["r/"]
    for prefix in prefixes {
      // The first page of the first type says as of which revision all others are.
      let query = RangeQuery(range: KeyRange(prefix: Key(prefix)), revision: exported.revision, limit: Self.pageKeys)
      for try await page in store.pages(query, size: Self.pageKeys, options: ReadOptions(timeout: timeout)) {
        if exported.revision == .zero { exported.revision = page.revision }
        for row in page.value.items {
          guard let bytes = row.value?.bytes else { continue }
          let reference = String(decoding: row.key.bytes.dropFirst(2), as: UTF8.self)
          guard selection.holds(reference, { try? JSONValue(parsing: bytes) }) else { continue }
          try write(bytes + [0x0A])
          exported.count += 1
        }
        onProgress(exported.count)
      }
    }
    return exported
  }
}
