/// Metrics in Prometheus' text format 0.0.4: lines of a family follow its HELP and TYPE.
struct PrometheusText {
  enum Kind: String {
    case gauge
    case counter
    case histogram
  }

  typealias Labels = KeyValuePairs<String, String>

  static let contentType = "text/plain; version=0.0.4; charset=utf-8"

  private(set) var text = ""
  private var names: Set<String> = []
  private var family = ""

  init() {}

  /// Begins a family; `name` gets the program's prefix.
  mutating func begin(_ name: String, _ kind: Kind, _ help: StaticString) {
    family = "quartet_" + name
    precondition(names.insert(family).inserted, "metric \(family) is written twice")
    text += "# HELP \(family) \(help)\n# TYPE \(family) \(kind.rawValue)\n"
  }

  /// A sample of the family that was begun; `suffix` is for the parts of a histogram.
  mutating func sample(_ labels: Labels = [:], suffix: String = "", _ value: some CustomStringConvertible) {
    text += family + suffix
    if !labels.isEmpty {
      text += "{" + labels.map { "\($0.key)=\"\(Self.escaped($0.value))\"" }.joined(separator: ",") + "}"
    }
    text += " \(value)\n"
  }

  /// A family of one sample without labels.
  mutating func single(_ name: String, _ kind: Kind, _ help: StaticString, _ value: some CustomStringConvertible) {
    begin(name, kind, help)
    sample([:], value)
  }

  static func escaped(_ value: String) -> String {
    var result = ""
    for scalar in value.unicodeScalars {
      switch scalar {
      case "\\": result += "\\\\"
      case "\"": result += "\\\""
      case "\n": result += "\\n"
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result
  }
}
