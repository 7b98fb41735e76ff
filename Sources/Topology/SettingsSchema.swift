import Base

/// What a settings file may say. The same declaration checks a file, gives the defaults, and prints the example that
/// documents every knob.
public struct SettingsSchema: Hashable, Sendable, CustomStringConvertible {
  public struct Table: Hashable, Sendable {
    /// Empty for the keys before the first table.
    public var name: String
    /// Stands as often as wanted, as `[[name]]`.
    public var isRepeated: Bool
    /// How often it stands at least, if repeated.
    public var countMin: Int
    public var doc: String
    public var knobs: [Knob]

    public init(_ name: String, isRepeated: Bool = false, countMin: Int = 0, doc: String, _ knobs: [Knob]) {
      self.name = name
      self.isRepeated = isRepeated
      self.countMin = countMin
      self.doc = doc
      self.knobs = knobs
    }
  }

  /// One sentence at the top of the example.
  public let title: String
  /// The one without a name first.
  public let tables: [Table]

  public init(title: String, _ tables: [Table]) {
    precondition(tables.first?.name == "", "the first table of a schema has no name")
    self.title = title
    self.tables = tables
  }

  /// Checks `document` and fills in the defaults.
  public func check(_ document: SettingsDocument) throws(SettingsError) -> CheckedSettings {
    var problems = document.problems
    var checked: [CheckedSettings.Table] = []
    for (position, table) in document.tables.enumerated() where table.name != SettingsDocument.unreadable {
      guard let declared = tables.first(where: { $0.name == table.name }) else {
        let nearest = Spelling.nearest(to: table.name, in: tables.dropFirst().map(\.name))
        problems.append(SettingsProblem(line: table.line, .unknownTable(name: table.name, nearest: nearest)))
        continue
      }
      if declared.isRepeated != table.isRepeated {
        problems.append(
          SettingsProblem(line: table.line, .tableForm(name: table.name, repeated: declared.isRepeated)))
      } else if !declared.isRepeated, let other = document.tables[..<position].first(where: { $0.name == table.name }) {
        problems.append(SettingsProblem(line: table.line, .duplicateTable(name: table.name, first: other.line)))
        continue
      }
      checked.append(check(table, against: declared, &problems))
    }
    for declared in tables {
      let count = checked.count { $0.name == declared.name }
      if declared.isRepeated, count < declared.countMin {
        problems.append(SettingsProblem(line: 0, .missingTable(name: declared.name)))
      } else if !declared.isRepeated, count == 0 {
        let empty = SettingsDocument.Table(name: declared.name, isRepeated: false, line: 0, entries: [])
        checked.append(check(empty, against: declared, &problems))
      }
    }
    guard problems.isEmpty else { throw SettingsError(problems) }
    return CheckedSettings(tables: checked)
  }

  private func check(
    _ table: SettingsDocument.Table, against declared: Table, _ problems: inout [SettingsProblem]
  ) -> CheckedSettings.Table {
    var values: [CheckedSettings.Setting] = []
    for entry in table.entries {
      if let knob = declared.knobs.first(where: { $0.key == entry.key }) {
        if let kind = knob.refusal(of: entry.value) { problems.append(SettingsProblem(line: entry.line, kind)) }
        values.append(CheckedSettings.Setting(key: entry.key, value: entry.value, line: entry.line))
      } else {
        let nearest = Spelling.nearest(to: entry.key, in: declared.knobs.map(\.key))
        problems.append(SettingsProblem(line: entry.line, .unknownKey(key: entry.key, nearest: nearest)))
      }
    }
    for knob in declared.knobs where !values.contains(where: { $0.key == knob.key }) {
      switch knob.absence {
      case .refused(let example):
        problems.append(SettingsProblem(line: table.line, .missingKey(key: knob.key, example: example.description)))
      case .means(let value):
        values.append(CheckedSettings.Setting(key: knob.key, value: value, line: 0))
      case .off: break
      }
    }
    return CheckedSettings.Table(name: declared.name, line: table.line, settings: values)
  }

  /// A complete file with every knob explained. Knobs that may be absent stand as comments, with their default.
  public func example() -> String {
    var lines = Self.comment(title) + [""]
    for table in tables {
      lines += Self.comment(table.doc)
      if !table.name.isEmpty { lines.append(table.isRepeated ? "[[\(table.name)]]" : "[\(table.name)]") }
      lines.append("")
      for knob in table.knobs {
        lines += Self.comment(knob.doc) + Self.comment("Takes \(knob.allowed).")
        switch knob.absence {
        case .refused(let value): lines.append("\(knob.key) = \(value)")
        case .means(let value): lines.append("#\(knob.key) = \(value)")
        case .off(let value): lines += Self.comment("Off when absent.") + ["#\(knob.key) = \(value)"]
        }
        lines.append("")
      }
    }
    return lines.dropLast().joined(separator: "\n") + "\n"
  }

  /// The title.
  public var description: String { title }

  private static func comment(_ text: String) -> [String] {
    var lines: [String] = []
    for word in text.split(whereSeparator: { $0 == " " || $0 == "\n" }) {
      if let last = lines.last, last.utf8.count + word.utf8.count < 110 {
        lines[lines.count - 1] = last + " " + word
      } else {
        lines.append("# " + word)
      }
    }
    return lines
  }
}
