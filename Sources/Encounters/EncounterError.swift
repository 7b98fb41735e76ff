public import Base

/// Why an operation has no result, and what that means for it.
public struct EncounterError: Error, Hashable, Sendable, CustomStringConvertible {
  /// An open set: later versions add reasons.
  public struct Code: Hashable, Sendable, CustomStringConvertible {
    /// As over HTTP and in metrics.
    public let name: String
    init(_ name: String) { self.name = name }

    /// There is no such resource.
    public static let notFound = Code("not-found")
    /// The resource has another version than was expected: read it again and decide anew.
    public static let conflict = Code("conflict")
    /// There is one already: ``EncounterError/about`` says which.
    public static let duplicate = Code("duplicate")
    /// The resource's status does not allow it.
    public static let invalidTransition = Code("invalid-transition")
    /// A rule of the store would be broken: ``EncounterError/rule`` says which.
    public static let invariant = Code("invariant")
    /// Another has claimed it since, or the lease is over: claim it again.
    public static let leaseLost = Code("lease-lost")
    /// The request id was used before with other arguments.
    public static let requestReused = Code("request-reused")
    /// What was given is wrong: ``EncounterError/path`` says where.
    public static let invalid = Code("invalid")
    /// More than one transaction takes.
    public static let tooMuch = Code("too-much")
    /// No majority answered. The same request may be sent again.
    public static let unavailable = Code("unavailable")
    /// The deadline passed. The same request may be sent again.
    public static let deadline = Code("deadline")
    /// The index keys are not those that the store's rows were made with.
    public static let wrongIndexKeys = Code("wrong-index-keys")
    /// What is stored does not make sense: run `encounters check`.
    public static let damaged = Code("damaged")

    public var description: String { name }
  }

  public var code: Code
  public var outcome: Outcome
  /// What went wrong and what to do, for people. It never holds a patient's data.
  public var message: String
  /// Resources concerned, as `Type/id`.
  public var about: [String]
  /// The number of the rule, as `encounters check` reports it; of ``Code/invariant``.
  public var rule: Int?
  /// Where in the resource that was given, in FHIRPath's form; of ``Code/invalid``.
  public var path: String?

  public init(
    _ code: Code, _ message: String, about: [String] = [], rule: Int? = nil, path: String? = nil,
    outcome: Outcome = .notApplied
  ) {
    self.code = code
    self.outcome = outcome
    self.message = message
    self.about = about
    self.rule = rule
    self.path = path
  }

  public var description: String {
    let rule = rule.map { " of rule \($0)" } ?? ""
    let path = path.map { " at \($0)" } ?? ""
    return "\(code)\(rule)\(path) (\(outcome)): \(message)" + (about.isEmpty ? "" : " [\(about.joined(separator: ", "))]")
  }
}

extension EncounterError {
  static func notFound(_ type: String, _ id: ResourceID) -> EncounterError {
    EncounterError(.notFound, "there is no such \(type)", about: ["\(type)/\(id)"])
  }

  static func invalid(_ path: String, _ message: String) -> EncounterError {
    EncounterError(.invalid, message, path: path)
  }

  static func broken(rule: Int, _ message: String, _ about: [String] = []) -> EncounterError {
    EncounterError(.invariant, message, about: about, rule: rule)
  }

  static func wrongIndexKeys(_ nation: Nation) -> EncounterError {
    EncounterError(
      .wrongIndexKeys,
      "the index keys are not those that the rows of '\(nation)' were made with: nobody would be found by them; give those")
  }

  static func damaged(_ what: String, _ about: [String] = []) -> EncounterError {
    EncounterError(.damaged, "\(what): run `encounters check`", about: about)
  }
}
