/// The page that `--help` prints of a command.
struct HelpPage {
  let path: [String]
  let spec: CommandSpec

  /// Columns that a line of text takes at most.
  static let width = 100

  var text: String {
    var lines = [spec.summary + ".", ""]
    lines += ["Usage: " + usage]
    for paragraph in spec.discussion.split(separator: "\n\n") {
      lines.append("")
      lines += Self.paragraph(String(paragraph))
    }
    let commands = spec.children.map { (name: $0.name, doc: $0.summary) }
    lines += Self.section("Commands", commands)
    lines += Self.section("Arguments", spec.arguments.map { (name: $0.name, doc: $0.doc) })
    lines += Self.section("Options", spec.allOptions.map { (name: $0.usage, doc: $0.doc) })
    if !spec.examples.isEmpty {
      lines += ["", "Examples:"]
      for example in spec.examples {
        lines += Self.wrap(example.meaning, indent: "  # ")
        lines.append("  \(example.command)")
      }
    }
    if !spec.children.isEmpty {
      let name = (["quartet"] + path + ["COMMAND", "--help"]).joined(separator: " ")
      lines += ["", "'\(name)' tells more of each."]
    }
    return lines.joined(separator: "\n") + "\n"
  }

  /// The words to type, in one line.
  var usage: String {
    var words = ["quartet"] + path
    if !spec.children.isEmpty { words.append("COMMAND") }
    words += spec.arguments.map(\.usage)
    words.append("[options]")
    return words.joined(separator: " ")
  }

  /// Lines that begin with a blank stay as they are; others are filled.
  private static func paragraph(_ text: String) -> [String] {
    if text.utf8.first == UInt8(ascii: " ") { return text.split(separator: "\n").map(String.init) }
    return wrap(text, indent: "")
  }

  private static func section(_ title: String, _ items: [(name: String, doc: String)]) -> [String] {
    guard !items.isEmpty else { return [] }
    let column = min(items.map(\.name.count).max() ?? 0, 28) + 4
    var lines = ["", "\(title):"]
    for (name, doc) in items {
      let filled = wrap(doc, indent: String(repeating: " ", count: column))
      if name.count + 4 > column {
        lines.append("  \(name)")
        lines += filled
      } else {
        let first = filled.first ?? ""
        lines.append("  \(name)" + first.dropFirst(name.count + 2))
        lines += filled.dropFirst()
      }
    }
    return lines
  }

  /// Fills lines of at most ``width`` columns.
  static func wrap(_ text: String, indent: String) -> [String] {
    var lines: [String] = []
    var line = indent
    for word in text.split(whereSeparator: { $0 == " " || $0 == "\n" }) {
      if line.count > indent.count, line.count + 1 + word.count > width {
        lines.append(line)
        line = indent
      }
      line += (line.count > indent.count ? " " : "") + word
    }
    lines.append(line)
    return lines
  }
}
