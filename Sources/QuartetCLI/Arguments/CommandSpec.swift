/// One command of the tool, described once: the parser, the help pages and the suggestions are made from it.
public struct CommandSpec: Sendable {
  /// What is typed, one word.
  public var name: String
  /// One line without a full stop, for the list of the command above.
  public var summary: String
  /// What the command does and when it is used, in paragraphs.
  public var discussion: String
  public var arguments: [ArgumentSpec]
  /// Its own; those of ``common`` come on top.
  public var options: [OptionSpec]
  public var examples: [Example]
  public var children: [CommandSpec]
  /// nil of a command that only groups others.
  public var action: Action?

  public struct Example: Hashable, Sendable {
    public var command: String
    public var meaning: String
    public init(_ command: String, _ meaning: String) {
      self.command = command
      self.meaning = meaning
    }
  }

  /// What a command runs.
  public enum Action: Sendable {
    /// On the main thread, which it may hold for as long as it likes.
    case blocking(@Sendable (Invocation) throws -> ExitCode)
    case asynchronous(@Sendable (Invocation) async throws -> ExitCode)
  }

  public init(
    _ name: String, _ summary: String, discussion: String = "", arguments: [ArgumentSpec] = [],
    options: [OptionSpec] = [], examples: [Example] = [], children: [CommandSpec] = [], action: Action? = nil
  ) {
    self.name = name
    self.summary = summary
    self.discussion = discussion
    self.arguments = arguments
    self.options = options
    self.examples = examples
    self.children = children
    self.action = action
  }

  /// Options that every command takes.
  public static let common = [
    OptionSpec("--json", "Print results as JSON, and errors as JSON on standard error; see 'quartet help json'."),
    OptionSpec("--help", "Print this page."),
  ]

  /// Own options and the common ones.
  var allOptions: [OptionSpec] { options + Self.common }

  func child(_ name: String) -> CommandSpec? { children.first { $0.name == name } }

  /// Every option of this command and those below, each name once.
  var optionsOfTree: [OptionSpec] {
    var found = allOptions
    for child in children {
      for option in child.optionsOfTree where !found.contains(where: { $0.name == option.name }) {
        found.append(option)
      }
    }
    return found
  }
}

/// A word that a command takes by its place.
public struct ArgumentSpec: Hashable, Sendable {
  public enum Count: Hashable, Sendable {
    case one
    case optional
    case any
  }
  /// In capitals, as in the usage line.
  public var name: String
  public var doc: String
  public var count: Count

  public init(_ name: String, _ doc: String, _ count: Count = .one) {
    self.name = name
    self.doc = doc
    self.count = count
  }

  var usage: String {
    switch count {
    case .one: name
    case .optional: "[\(name)]"
    case .any: "[\(name)…]"
    }
  }
}

/// An option: it may stand anywhere on the line, as `--name value` or `--name=value`.
public struct OptionSpec: Hashable, Sendable {
  /// With its hyphens.
  public var name: String
  /// What its value is called; nil for a flag.
  public var value: String?
  public var doc: String

  public init(_ name: String, _ value: String? = nil, _ doc: String) {
    self.name = name
    self.value = value
    self.doc = doc
  }

  init(_ name: String, _ doc: String) { self.init(name, nil, doc) }

  var usage: String { value.map { "\(name) \($0)" } ?? name }
}
