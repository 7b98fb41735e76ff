import Base

/// A command line that fits its command.
public struct ParsedCommand: Sendable {
  /// The words that name the command, without the tool's own.
  public var path: [String]
  public var spec: CommandSpec
  public var arguments: [String]
  /// Option names with their values; a flag's is empty.
  public var options: [String: String]
}

/// Why a command line was refused, and what to type instead.
public struct UsageError: Error, Hashable, Sendable {
  /// The words that name the command that was meant, as far as it was understood.
  public var path: [String]
  public var message: String
  /// A better spelling or a next step; empty when there is none.
  public var hint: String
}

/// Reads a command line by the descriptions of the commands.
public struct ArgumentParser: Sendable {
  public let root: CommandSpec

  public enum Outcome: Sendable {
    case run(ParsedCommand)
    case help(path: [String], CommandSpec)
  }

  public init(root: CommandSpec) { self.root = root }

  /// - Parameter words: the command line without the program's name.
  public func parse(_ words: [String]) throws(UsageError) -> Outcome {
    var line = Line(spec: root)
    var position = 0
    while position < words.count {
      let word = words[position]
      position += 1
      if word == "--" {
        line.arguments += words[position...]
        break
      }
      if word.utf8.count > 1, word.utf8.first == UInt8(ascii: "-") {
        try takeOption(word, words, &position, &line)
      } else if !line.spec.children.isEmpty {
        guard let child = line.spec.child(word) else { throw unknownCommand(word, line) }
        line.spec = child
        line.path.append(word)
      } else {
        line.arguments.append(word)
      }
    }
    return try finish(line)
  }

  /// What was understood so far.
  private struct Line {
    var spec: CommandSpec
    var path: [String] = []
    var arguments: [String] = []
    var options: [(name: String, value: String)] = []
    var wantsHelp = false

    func error(_ message: String, hint: String = "") -> UsageError {
      UsageError(path: path, message: message, hint: hint)
    }
  }

  private func takeOption(
    _ word: String, _ words: [String], _ position: inout Int, _ line: inout Line
  ) throws(UsageError) {
    let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
    let name = parts[0] == "-h" ? "--help" : String(parts[0])
    if name == "--help" {
      line.wantsHelp = true
      return
    }
    // The option may stand before the words that name its command, so every command's options are looked at; a name
    // takes a value with all commands or with none.
    guard let option = line.spec.optionsOfTree.first(where: { $0.name == name }) else {
      throw unknownOption(name, line)
    }
    if option.value == nil {
      guard parts.count == 1 else { throw line.error("\(name) takes no value") }
      line.options.append((name, ""))
    } else if parts.count == 2 {
      line.options.append((name, String(parts[1])))
    } else {
      guard position < words.count else {
        throw line.error("\(name) needs a value", hint: "write \(option.usage)")
      }
      line.options.append((name, words[position]))
      position += 1
    }
  }

  private func finish(_ line: Line) throws(UsageError) -> Outcome {
    if line.wantsHelp { return .help(path: line.path, line.spec) }
    var options: [String: String] = [:]
    for (name, value) in line.options {
      guard line.spec.allOptions.contains(where: { $0.name == name }) else { throw unknownOption(name, line) }
      guard options.updateValue(value, forKey: name) == nil else { throw line.error("\(name) is given twice") }
    }
    guard line.spec.action != nil else {
      let names = line.spec.children.map(\.name).joined(separator: ", ")
      throw line.error("which command? There are \(names)")
    }
    let needed = line.spec.arguments.count { $0.count == .one }
    if line.arguments.count < needed {
      let missing = line.spec.arguments[line.arguments.count]
      throw line.error("\(missing.name) is missing", hint: missing.doc)
    }
    let isEndless = line.spec.arguments.contains { $0.count == .any }
    if !isEndless, line.arguments.count > line.spec.arguments.count {
      // The word itself may be somebody's data.
      let most = line.spec.arguments.count
      throw line.error(
        "there are \(line.arguments.count) words where at most \(most) \(most == 1 ? "is" : "are") taken",
        hint: "quote a word that has blanks in it")
    }
    return .run(
      ParsedCommand(path: line.path, spec: line.spec, arguments: line.arguments, options: options))
  }

  private func unknownOption(_ name: String, _ line: Line) -> UsageError {
    let shown = line.path.isEmpty ? "quartet" : "quartet " + line.path.joined(separator: " ")
    let candidates = line.path.isEmpty ? root.optionsOfTree : line.spec.optionsOfTree
    let nearest = Spelling.nearest(to: name, in: candidates.map(\.name))
    return line.error("'\(shown)' has no option \(name)", hint: nearest.map { "did you mean \($0)?" } ?? "")
  }

  private func unknownCommand(_ word: String, _ line: Line) -> UsageError {
    let nearest = Spelling.nearest(to: word, in: line.spec.children.map(\.name))
    let names = line.spec.children.map(\.name).joined(separator: ", ")
    return line.error(
      "there is no command '\((["quartet"] + line.path + [word]).joined(separator: " "))'",
      hint: nearest.map { "did you mean '\($0)'?" } ?? "there are \(names)")
  }
}
