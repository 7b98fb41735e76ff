import Base
import FHIR
import JSON

/// A resource as it stands in what is imported.
struct ImportEntry {
  var resource: JSONValue
  /// Nil: the one that it has, or that follows from its content.
  var id: String?
  var isConditional: Bool

  init(_ resource: JSONValue, id: String?, isConditional: Bool = false) {
    self.resource = resource
    self.id = id
    self.isConditional = isConditional
  }
}

/// One JSON text that is read twice: a file from its beginning, standard input out of memory.
struct ImportDocument {
  private enum Content {
    case file(ByteStream)
    case memory([[UInt8]])
  }

  private let content: Content
  private let name: String
  private var position = 0

  init(_ source: ImportSource, _ stream: ByteStream) throws {
    name = source.name
    if source.path != nil, stream.rewind() {
      content = .file(stream)
      return
    }
    var chunks: [[UInt8]] = []
    var count = 0
    while let chunk = try stream.next() {
      count += chunk.count
      guard count <= ImportSource.inputBytesMax else {
        throw CommandFailure.badData(
          "one JSON text of more than \(ImportSource.inputBytesMax >> 20) MiB has to be in a file that can be read twice, "
            + "or have one resource a line")
      }
      chunks.append(chunk)
    }
    content = .memory(chunks)
  }

  mutating func restart() throws {
    position = 0
    if case .file(let stream) = content, !stream.rewind() { throw FileProblem("read again", name) }
  }

  mutating func next() throws -> [UInt8]? {
    switch content {
    case .file(let stream): return try stream.next()
    case .memory(let chunks):
      guard position < chunks.count else { return nil }
      defer { position += 1 }
      return chunks[position]
    }
  }

  /// Nil when it is longer than `limit`.
  mutating func whole(limit: Int) throws -> [UInt8]? {
    try restart()
    var bytes: [UInt8] = []
    while let chunk = try next() {
      bytes += chunk
      if bytes.count > limit { return nil }
    }
    return bytes
  }
}

/// What is known of a bundle before the first of its entries is stored.
struct BundleContext {
  var type: String?
  private(set) var links = BundleLinks()
  private var members: Set<String> = []
  private var homes: Set<Nation> = []
  private var stu3: (issue: ValidationIssue, index: Int, line: Int)?
  private var count = 0

  static let types = ["transaction", "batch", "collection", "message", "searchset"]

  init(type: String?) { self.type = type }

  mutating func learn(
    _ entry: JSONValue, index: Int, line: Int, _ validator: ResourceValidator, _ finder: inout HomeFinder
  ) {
    count += 1
    guard let resource = entry["resource"], let type = resource["resourceType"]?.string,
      let id = links.learn(entry)
    else { return }
    members.insert("\(type)/\(id)")
    if let home = finder.home(of: links.stored(resource, id: id)) {
      homes.insert(home)
      finder.learn("\(type)/\(id)", at: home)
    }
    if stu3 == nil, let issue = validator.validate(resource).issues.first, issue.code == "stu3" {
      stu3 = (issue, index, line)
    }
  }

  /// Where what belongs together is at home: when all its resources that tell a nation tell the same.
  var home: Nation? { homes.count == 1 ? homes.first : nil }

  func contains(_ reference: String) -> Bool { members.contains(reference) }

  /// Why nothing of it is taken.
  func refusal(_ place: ImportPlace, _ order: Int) -> ImportRefusal? {
    if let stu3 {
      var place = place
      place.line = stu3.line
      place.entry = "entry[\(stu3.index)]"
      let others = count == 1 ? "" : "; none of the \(count) entries is taken"
      return ImportRefusal(place, order, stu3.issue.code, stu3.issue.reason + others, path: stu3.issue.path)
    }
    guard let type else { return ImportRefusal(place, order, "required", "is required", path: "Bundle.type") }
    guard Self.types.contains(type) else {
      return ImportRefusal(
        place, order, "bundleType", "is not one of \(Self.types.joined(separator: " | "))", path: "Bundle.type")
    }
    return nil
  }
}
