/// What a release of FHIR says of the structure of its types.
struct Schema: Sendable {
  /// A type or a part of one.
  struct Shape: Sendable {
    /// `Appointment`, `Appointment.participant`
    var name: String
    /// Own and inherited, in the order of the specification.
    var elements: [Element] = []
    /// By the name of each member that may stand for it: a choice has one for each of its types.
    var members: [String: Member] = [:]
    var isResource = false
    /// No resource is of such a type itself: it is what others have in common.
    var isAbstract: Bool { ["Resource", "DomainResource"].contains(name) }
  }

  struct Element: Sendable {
    /// Of a choice with its `[x]`.
    var name: String
    var isRequired: Bool
    var isList: Bool
  }

  struct Member: Sendable {
    /// Its place in ``Shape/elements``.
    var element: Int
    var content: Content
  }

  enum Content: Sendable {
    case primitive(Primitive, codes: Codes?)
    /// The shape at this place.
    case object(Int)
    case resource
  }

  /// The codes of a value set.
  final class Codes: Sendable {
    let list: [String]
    let set: Set<String>
    init(_ list: [String]) {
      self.list = list
      set = Set(list)
    }
  }

  private(set) var shapes: [Shape] = []
  private var places: [String: Int] = [:]

  /// R4 4.0.1.
  static let r4 = Schema(texts: R4Table.texts, codes: R4Table.codes, openTypes: R4Table.openTypes)

  func place(_ name: String) -> Int? { places[name] }

  /// Types of which there are resources.
  var resourceNames: [String] { shapes.filter { $0.isResource && !$0.isAbstract }.map(\.name) }
}

// MARK: Reading the table

extension Schema {
  /// A type as it stands in the table.
  private struct Entry {
    var name: String
    var base: String
    var words: [Substring]
  }

  init(texts: [String], codes: String, openTypes: String) {
    var entries: [Entry] = []
    for text in texts { Self.read(text, into: &entries) }
    for (place, entry) in entries.enumerated() { places[entry.name] = place }
    precondition(places.count == entries.count, "a type stands twice in the table")
    let bases = Dictionary(uniqueKeysWithValues: entries.map { ($0.name, $0.base) })
    let byName = Dictionary(uniqueKeysWithValues: entries.map { ($0.name, $0) })
    let codes = Self.codes(codes)
    let open = openTypes.split(whereSeparator: \.isWhitespace)
    for entry in entries {
      var shape = Shape(name: entry.name)
      var lineage: [Entry] = []
      var next = entry.name
      while let ancestor = byName[next] {
        lineage.insert(ancestor, at: 0)
        next = bases[next] ?? ""
      }
      shape.isResource = lineage[0].name == "Resource"
      for ancestor in lineage {
        for word in ancestor.words { add(word, of: ancestor.name, to: &shape, codes, open) }
      }
      shapes.append(shape)
    }
  }

  private static func read(_ text: String, into entries: inout [Entry]) {
    var type = ""
    for line in text.split(separator: "\n") {
      var words = line.split(separator: " ")
      guard let first = words.first else { continue }
      if line.first == " " {
        entries[entries.count - 1].words += words
        continue
      }
      words.removeFirst()
      if first.first == "." {
        // Which of the two bases it has, its parent's line says.
        let name = type + first
        let parent = name.split(separator: ".").dropLast().joined(separator: ".")
        let element = name.split(separator: ".").last ?? ""
        let isPlain = entries.last { $0.name == parent }?.words.contains { $0.hasPrefix("\(element):&") } ?? false
        entries.append(Entry(name: name, base: isPlain ? "Element" : "BackboneElement", words: words))
      } else {
        let parts = first.split(separator: "<")
        type = String(parts[0])
        entries.append(Entry(name: type, base: parts.count > 1 ? String(parts[1]) : "", words: words))
      }
    }
  }

  private static func codes(_ text: String) -> [Substring: Codes] {
    var sets: [Substring: [String]] = [:]
    var name: Substring = ""
    for line in text.split(separator: "\n") {
      var words = line.split(separator: " ")
      if line.first != " " { name = words.removeFirst() }
      sets[name, default: []] += words.map(String.init)
    }
    return sets.mapValues(Codes.init)
  }

  /// Adds the element that `word` writes, of the type `owner`.
  private func add(
    _ word: Substring, of owner: String, to shape: inout Shape, _ codes: [Substring: Codes], _ open: [Substring]
  ) {
    let parts = word.split(separator: ":", maxSplits: 1)
    precondition(parts.count == 2, "the table has a word that is no element")
    let name = String(parts[0])
    let mark = parts[1].last.flatMap { "!*+".contains($0) ? $0 : nil }
    var types = (mark == nil ? parts[1] : parts[1].dropLast()).split(separator: "|")
    if types == ["open"] { types = open }
    shape.elements.append(
      Element(name: name, isRequired: mark == "!" || mark == "+", isList: mark == "*" || mark == "+"))
    for type in types {
      let member =
        name.hasSuffix("[x]") ? name.dropLast(3) + type.prefix(1).uppercased() + type.dropFirst() : name[...]
      let content = content(type, of: "\(owner).\(name)", codes)
      shape.members[String(member)] = Member(element: shape.elements.count - 1, content: content)
    }
  }

  private func content(_ type: Substring, of path: String, _ codes: [Substring: Codes]) -> Content {
    if type == "Resource" { return .resource }
    if type.hasPrefix("code=") {
      guard let set = codes[type.dropFirst(5)] else { preconditionFailure("the table has no value set \(type)") }
      return .primitive(.code, codes: set)
    }
    if let primitive = Primitive(rawValue: String(type)) { return .primitive(primitive, codes: nil) }
    let name =
      switch type.first {
      case "@", "&": path
      case "#": String(type.dropFirst())
      default: String(type)
      }
    guard let place = places[name] else { preconditionFailure("the table has no type \(name)") }
    return .object(place)
  }
}
