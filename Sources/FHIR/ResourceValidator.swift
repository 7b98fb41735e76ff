import Base
import Identifiers
public import JSON

/// Judges whether a value is a resource of FHIR R4 by structure: names, kinds and forms of values, how often they stand,
/// codes of required bindings that can be listed, and identifiers of systems whose rules are known. Profiles, invariants,
/// terminologies and what references point to are not looked at.
public struct ResourceValidator: Sendable {
  /// What is to be judged.
  public enum Form: Hashable, Sendable {
    case whole
    /// The body of a PATCH: what is there must be right, what is not there may be missing, but for what lists hold.
    case partial
  }

  public var form: Form
  /// Whether a type that R4 has not is taken with what all resources have in common checked, or refused.
  public var takesUnknownTypes: Bool
  /// How much an identifier matters that breaks the rules of its system. Real messages have such: a service that takes
  /// them in warns, one that makes them refuses.
  public var identifierSeverity: ValidationIssue.Severity
  /// No more issues than this are gathered of one resource.
  public var issuesMax: Int

  public init(
    form: Form = .whole, takesUnknownTypes: Bool = false, identifierSeverity: ValidationIssue.Severity = .warning,
    issuesMax: Int = 32
  ) {
    self.form = form
    self.takesUnknownTypes = takesUnknownTypes
    self.identifierSeverity = identifierSeverity
    self.issuesMax = issuesMax
  }

  /// What was found out about a value.
  public struct Report: Hashable, Sendable {
    /// In the order of the text; an issue about STU3 comes alone, as the others follow from it.
    public var issues: [ValidationIssue]
    /// Whether elements are missing that the type must have, and nothing says that they were meant: as in the body of a
    /// PATCH.
    public var looksPartial: Bool

    public var errors: [ValidationIssue] { issues.filter { $0.severity == .error } }
    /// Whether there are no errors.
    public var isValid: Bool { !issues.contains { $0.severity == .error } }
    /// Whether it is a resource of STU3.
    public var isSTU3: Bool { issues.contains { if case .stu3 = $0.problem { true } else { false } } }
  }

  public func validate(_ json: JSONValue) -> Report {
    var walk = Walk(self)
    walk.resource(json, at: json["resourceType"]?.string.map(Walk.shown) ?? "")
    if let stu3 = walk.stu3 { return Report(issues: [stu3], looksPartial: false) }
    return Report(issues: walk.issues, looksPartial: walk.missesAtTop)
  }

  /// The types of which R4 has resources.
  public static let resourceTypes: [String] = Schema.r4.resourceNames
}

/// One way through a value. The path is written only when something is said of a place.
struct Walk {
  private let rules: ResourceValidator
  private let schema = Schema.r4
  private(set) var issues: [ValidationIssue] = []
  private(set) var stu3: ValidationIssue?
  private(set) var missesAtTop = false
  private var path: [Step] = []
  /// Lists around the place: a partial body gives whole elements of lists.
  private var lists = 0
  private var resources = 0

  private enum Step {
    case name(String)
    case index(Int)
  }

  init(_ rules: ResourceValidator) { self.rules = rules }

  // MARK: Issues

  private var place: String {
    var text = ""
    for step in path {
      switch step {
      case .name(let name): text += text.isEmpty ? name : ".\(name)"
      case .index(let index): text += "[\(index)]"
      }
    }
    return text
  }

  private mutating func say(_ problem: ValidationIssue.Problem, _ severity: ValidationIssue.Severity = .error) {
    let isFull = issues.count >= rules.issuesMax
    if case .stu3 = problem {
      if stu3 == nil { stu3 = ValidationIssue(path: place, problem: problem, severity: severity) }
    } else if !isFull {
      issues.append(ValidationIssue(path: place, problem: problem, severity: severity))
    }
  }

  private mutating func within(_ name: String, _ body: (inout Self) -> Void) {
    path.append(.name(name))
    body(&self)
    path.removeLast()
  }

  /// A name out of the text, when it looks like one and not like somebody's data.
  static func shown(_ name: String) -> String {
    let isName = name.utf8.allSatisfy { (0x30...0x39).contains($0) || (0x61...0x7A).contains($0 | 0x20) || $0 == 0x5F }
    return isName && name.utf8.count <= 48 ? name : ""
  }

  // MARK: Resources

  /// - Parameter root: what the path begins with; nil inside another resource.
  mutating func resource(_ json: JSONValue, at root: String?) {
    if let root { path.append(.name(root)) }
    defer { if root != nil { path.removeLast() } }
    guard let members = json.members, let type = json["resourceType"]?.string else { return say(.noResource) }
    resources += 1
    defer { resources -= 1 }
    let name = Self.shown(type)
    if let place = schema.place(name), schema.shapes[place].isResource {
      guard !schema.shapes[place].isAbstract else { return say(.abstractType(name)) }
      return object(members, place, isResource: true)
    }
    if STU3.standard.types.contains(name) { return say(.stu3(what: "the type '\(name)'")) }
    guard rules.takesUnknownTypes, !name.isEmpty, let common = schema.place("DomainResource") else {
      return say(.unknownType(name, nearest: Spelling.nearest(to: name, in: ResourceValidator.resourceTypes)))
    }
    let known = members.filter { $0.name == "resourceType" || schema.shapes[common].members[$0.name] != nil }
    object(known, common, isResource: true)
  }

  // MARK: Objects

  private mutating func object(_ members: [JSONMember], _ place: Int, isResource: Bool = false) {
    let shape = schema.shapes[place]
    if members.isEmpty { return say(.empty) }
    /// The member that stands for each element.
    var found = [String?](repeating: nil, count: shape.elements.count)
    /// Elements that a misspelt member was meant for.
    var meant: Set<Int> = []
    for member in members {
      if isResource, member.name == "resourceType" { continue }
      let isCompanion = member.name.utf8.first == UInt8(ascii: "_")
      let name = isCompanion ? String(member.name.dropFirst()) : member.name
      guard let known = shape.members[name], !isCompanion || known.content.isPrimitive else {
        meant.formUnion(unknown(member.name, shape))
        continue
      }
      if let other = found[known.element], other != name {
        within(name) { $0.say(.secondChoice(other)) }
      }
      found[known.element] = name
      let isList = shape.elements[known.element].isList
      if isCompanion {
        within(member.name) { $0.companion(member.value, isList: isList) }
      } else {
        let companion: JSONValue? =
          known.content.isPrimitive && isList ? members.first { $0.name == "_" + name }?.value : nil
        within(name) { $0.value(member.value, known.content, isList: isList, companion: companion) }
      }
    }
    for (position, element) in shape.elements.enumerated()
    where element.isRequired && found[position] == nil && !meant.contains(position) {
      missing(element.name)
    }
    check(members, shape)
  }

  private mutating func missing(_ name: String) {
    if rules.form == .partial, lists == 0, resources == 1 { return }
    if lists == 0, resources == 1, path.count == 1 { missesAtTop = true }
    within(name) { $0.say(.required) }
  }

  /// - Returns: the elements that the member may have been meant for.
  private mutating func unknown(_ name: String, _ shape: Schema.Shape) -> Set<Int> {
    let shown = Self.shown(name)
    if STU3.standard.elements[shape.name]?.contains(shown) ?? false {
      say(.stu3(what: "'\(shown)' in \(shape.name)"))
      return []
    }
    let names = shape.members.keys.sorted()
    // A difference in capitals alone is nearer than any other.
    let nearest =
      names.first { $0.lowercased() == shown.lowercased() } ?? Spelling.nearest(to: shown, in: names)
    say(.unknownElement(shown, nearest: shown.isEmpty ? nil : nearest))
    return nearest.flatMap { shape.members[$0]?.element }.map { [$0] } ?? []
  }

  // MARK: Values

  private mutating func value(_ value: JSONValue, _ content: Schema.Content, isList: Bool, companion: JSONValue?) {
    guard isList else {
      if value.array != nil { return say(.isAList) }
      return single(value, content)
    }
    guard let elements = value.array else { return say(value.isNull ? .null : .notAList) }
    if elements.isEmpty { return say(.empty) }
    lists += 1
    for (index, element) in elements.enumerated() {
      if element.isNull, case .object? = companion?[index] { continue }
      path.append(.index(index))
      single(element, content)
      path.removeLast()
    }
    lists -= 1
  }

  private mutating func single(_ value: JSONValue, _ content: Schema.Content) {
    if value.isNull { return say(.null) }
    switch content {
    case .primitive(let primitive, let codes):
      if let fault = primitive.fault(of: value) { return say(fault) }
      if let codes, let text = value.string, !codes.set.contains(text) { say(.notACode(of: codes.list)) }
    case .object(let place):
      guard let members = value.members else { return say(.wrongKind("an object")) }
      object(members, place)
    case .resource: resource(value, at: nil)
    }
  }

  /// What stands beside a primitive: its id and extensions; of a list of primitives a list with null for those without.
  private mutating func companion(_ value: JSONValue, isList: Bool) {
    guard let element = schema.place("Element") else { preconditionFailure("the table has no Element") }
    func isObject(_ value: JSONValue, _ walk: inout Self) {
      guard let members = value.members else { return walk.say(.wrongKind("an object")) }
      walk.object(members, element)
    }
    guard isList else { return isObject(value, &self) }
    guard let elements = value.array else { return say(.notAList) }
    for (index, item) in elements.enumerated() where !item.isNull {
      path.append(.index(index))
      isObject(item, &self)
      path.removeLast()
    }
  }

  // MARK: Rules of single types

  private mutating func check(_ members: [JSONMember], _ shape: Schema.Shape) {
    switch shape.name {
    case "Extension":
      let values = members.count { $0.name.hasPrefix("value") || $0.name.hasPrefix("_value") }
      let extensions = members.count { $0.name == "extension" }
      // A value whose own text is absent has a companion alone; both are one value.
      if (values > 0) == (extensions > 0) { say(.extensionOfBothOrNone) }
    case "Identifier": checkIdentifier(members)
    case "Coding": checkCoding(members)
    default: break
    }
  }

  private func text(_ name: String, _ members: [JSONMember]) -> String? { members.first { $0.name == name }?.value.string }

  private mutating func checkIdentifier(_ members: [JSONMember]) {
    guard let system = text("system", members), let value = text("value", members) else { return }
    do throws(IdentifierFault) {
      _ = try KnownIdentifier(system: system, value: value)
    } catch {
      within("value") { $0.say(.identifier(error), $0.rules.identifierSeverity) }
    }
  }

  /// SNOMED CT also has expressions, which are more than one code; and systems of codes that are none are not for us.
  private mutating func checkCoding(_ members: [JSONMember]) {
    guard let system = text("system", members), SNOMEDCode.systems.contains(system), let code = text("code", members),
      !code.isEmpty, code.utf8.allSatisfy({ (0x30...0x39).contains($0) })
    else { return }
    do throws(IdentifierFault) {
      _ = try SNOMEDCode(code)
    } catch {
      within("code") { $0.say(.identifier(error), $0.rules.identifierSeverity) }
    }
  }
}

extension Schema.Content {
  fileprivate var isPrimitive: Bool { if case .primitive = self { true } else { false } }
}

/// What tells a text of STU3.
struct STU3: Sendable {
  let types: Set<String>
  /// By the name of the type or part.
  let elements: [String: Set<String>]

  static let standard = STU3(R4Table.stu3)

  private init(_ text: String) {
    var types: Set<String> = []
    var elements: [String: Set<String>] = [:]
    var isOfElements = false
    for line in text.split(separator: "\n") {
      var words = line.split(separator: " ")
      if line.first != " " { isOfElements = words.removeFirst() == "elements" }
      for word in words {
        guard isOfElements else {
          types.insert(String(word))
          continue
        }
        let parts = word.split(separator: ":")
        elements[String(parts[0]), default: []].formUnion(parts[1].split(separator: ",").map(String.init))
      }
    }
    self.types = types
    self.elements = elements
  }
}
