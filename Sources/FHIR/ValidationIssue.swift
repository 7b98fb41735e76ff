public import Identifiers

/// One fault of a resource: where it is, and what is wrong. It holds no value of the resource, as that is a patient's data:
/// only the names of elements, and the names of members where they look like one.
public struct ValidationIssue: Error, Hashable, Sendable, CustomStringConvertible {
  /// As `Appointment.participant[0].status`.
  public var path: String
  public var problem: Problem
  public var severity: Severity

  public enum Severity: Hashable, Sendable {
    /// It is no resource of R4.
    case error
    /// It is one, but something in it cannot be what it says.
    case warning
  }

  public enum Problem: Hashable, Sendable {
    /// No object, or one without a `resourceType`.
    case noResource
    /// A type that R4 has not; the nearest that it has.
    case unknownType(String, nearest: String?)
    /// A type that exists, where no resource of it can stand, as `Resource` itself.
    case abstractType(String)
    /// It is of STU3: `what` is the type or the element that only STU3 has.
    case stu3(what: String)
    case required
    /// A member that the type does not have; the nearest that it has. Empty when the name may be somebody's data.
    case unknownElement(String, nearest: String?)
    case notAList
    case isAList
    /// Not of the kind of value that is told in words.
    case wrongKind(String)
    /// A text, list or object with nothing in it.
    case empty
    /// `null` where none can be: it holds a place in a list of primitives whose extensions stand beside it.
    case null
    /// A second type for the one value that is allowed.
    case secondChoice(String)
    /// A primitive that is not of its form, which is told in words.
    case formTold(String)
    /// Not one of the codes that the element is bound to.
    case notACode(of: [String])
    /// An extension with a value and extensions, or with neither.
    case extensionOfBothOrNone
    /// A value that breaks the rules of its system.
    case identifier(IdentifierFault)

    static func format(_ primitive: Primitive) -> Problem { .formTold(primitive.form) }
  }

  /// A name for programs; never changes.
  public var code: String {
    switch problem {
    case .noResource: "noResource"
    case .unknownType: "unknownType"
    case .abstractType: "abstractType"
    case .stu3: "stu3"
    case .required: "required"
    case .unknownElement: "unknownElement"
    case .notAList: "notAList"
    case .isAList: "isAList"
    case .wrongKind: "wrongKind"
    case .empty: "empty"
    case .null: "null"
    case .secondChoice: "secondChoice"
    case .formTold: "format"
    case .notACode: "notACode"
    case .extensionOfBothOrNone: "extension"
    case .identifier: "identifier"
    }
  }

  /// What is wrong, in words that follow ``path``.
  public var reason: String {
    switch problem {
    case .noResource: return "is no resource: an object with a resourceType is expected"
    case .unknownType(let name, let nearest):
      return "\(name.isEmpty ? "its type" : "'\(name)'") is no type of R4\(Self.hint(nearest))"
    case .abstractType(let name): return "'\(name)' is what resources have in common: no resource is of it"
    case .stu3(let what): return "this is STU3 (FHIR 3.0), not R4: only STU3 has \(what)"
    case .required: return "is required"
    case .unknownElement(let name, let nearest):
      return "unknown element\(name.isEmpty ? "" : " '\(name)'")\(Self.hint(nearest))"
    case .notAList: return "must be a list"
    case .isAList: return "must not be a list"
    case .wrongKind(let words): return "must be \(words)"
    case .empty: return "is empty"
    case .null: return "is null"
    case .secondChoice(let other): return "stands beside '\(other)': only one of them can be given"
    case .formTold(let words): return "is not \(words)"
    case .notACode(let codes): return "is not one of \(codes.joined(separator: " | "))"
    case .extensionOfBothOrNone: return "has to have a value or extensions, and not both"
    case .identifier(let fault): return "\(fault)"
    }
  }

  private static func hint(_ nearest: String?) -> String { nearest.map { ": did you mean '\($0)'?" } ?? "" }

  public var description: String { "\(path): \(reason)" }
}
