public import Base

/// The values of a settings file that its schema found right, defaults filled in.
///
/// Asking for a table or key that the schema does not have, or for another type than it declares, is a fault of the
/// program: the schema and its reader stand side by side.
public struct CheckedSettings: Hashable, Sendable {
  public struct Setting: Hashable, Sendable {
    public var key: String
    public var value: SettingsValue
    /// 0 for a default.
    public var line: Int
  }

  public struct Table: Hashable, Sendable {
    public var name: String
    public var line: Int
    public var settings: [Setting]

    private func setting(_ key: String) -> Setting {
      guard let setting = settings.first(where: { $0.key == key }) else {
        preconditionFailure("no setting '\(key)' in table '\(name)'")
      }
      return setting
    }

    /// Where the key was set; the table's line when it was not.
    public func line(of key: String) -> Int {
      settings.first { $0.key == key && $0.line > 0 }?.line ?? line
    }

    public func text(_ key: String) -> String {
      guard case .text(let text) = setting(key).value else { preconditionFailure("'\(key)' is no text") }
      return text
    }

    /// Nil when the setting is off.
    public func optionalText(_ key: String) -> String? {
      settings.contains { $0.key == key } ? text(key) : nil
    }

    public func integer(_ key: String) -> Int {
      guard case .integer(let value) = setting(key).value else { preconditionFailure("'\(key)' is no integer") }
      return Int(value)
    }

    /// Nil when the setting is off.
    public func optionalInteger(_ key: String) -> Int? {
      settings.contains { $0.key == key } ? integer(key) : nil
    }

    public func boolean(_ key: String) -> Bool {
      guard case .boolean(let value) = setting(key).value else { preconditionFailure("'\(key)' is no boolean") }
      return value
    }

    public func duration(_ key: String) -> Interval {
      guard case .duration(let value) = setting(key).value else { preconditionFailure("'\(key)' is no duration") }
      return value
    }

    /// Bytes.
    public func size(_ key: String) -> Int {
      guard case .size(let value) = setting(key).value else { preconditionFailure("'\(key)' is no size") }
      return Int(value)
    }

    public func nodeName(_ key: String) -> NodeID {
      guard let id = NodeID(text(key)) else { preconditionFailure("'\(key)' is no node's name") }
      return id
    }

    public func nation(_ key: String) -> Nation {
      guard let nation = Nation(text(key)) else { preconditionFailure("'\(key)' is no nation") }
      return nation
    }

    public func supplier(_ key: String) -> Supplier {
      guard let supplier = Supplier(text(key)) else { preconditionFailure("'\(key)' is no supplier") }
      return supplier
    }

    public func labels(_ key: String) -> [NodeLabel] {
      guard let labels = Knob.labels(text(key)) else { preconditionFailure("'\(key)' is no list of labels") }
      return labels
    }
  }

  /// In the order of the file, then those that were absent.
  public let tables: [Table]

  /// The table of this name that stands once.
  public subscript(name: String) -> Table {
    guard let table = tables.first(where: { $0.name == name }) else { preconditionFailure("no table '\(name)'") }
    return table
  }

  /// All tables of this repeated name.
  public func all(_ name: String) -> [Table] { tables.filter { $0.name == name } }
}
