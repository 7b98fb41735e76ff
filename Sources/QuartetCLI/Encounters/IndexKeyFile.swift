import Base
import Encounters
import Glibc
import JSON

/// The secret keys of indexes, out of a file that whoever runs the services keeps; see 'quartet help index-keys'.
struct IndexKeyFile: Sendable {
  let keys: IndexKeys
  /// Nil: the keys are those for development.
  let path: String?

  static let option = OptionSpec(
    "--index-keys", "FILE",
    "The keys by which people's numbers are indexed. Else $QUARTET_INDEX_KEYS, else those for development; see 'quartet help "
      + "index-keys'.")

  /// Said where the rows of a whole store are judged or made, so that nobody takes development's keys for secret ones.
  static let notice =
    "the index keys are those for development, which everybody knows: see 'quartet help index-keys' before real patients"

  private static let demographics = "demographics"
  /// Of each key, in bytes: less is guessed, more than a block of SHA-256 is hashed down anyway.
  private static let size = 32...64

  init(_ invocation: Invocation) throws(CommandFailure) {
    let variable = getenv("QUARTET_INDEX_KEYS").map { String(cString: $0) } ?? ""
    let path = invocation.text("--index-keys") ?? (variable.isEmpty ? nil : variable)
    self.path = path
    guard let path else {
      keys = .development
      return
    }
    let bytes: [UInt8]
    do {
      bytes = try LocalFiles.contents(of: path)
    } catch {
      throw CommandFailure(error)
    }
    keys = try Self.read(bytes, path)
  }

  /// Nothing of the file is repeated in an error.
  static func read(_ bytes: [UInt8], _ path: String) throws(CommandFailure) -> IndexKeys {
    let json: JSONValue
    do throws(JSONError) {
      json = try JSONValue(parsing: bytes)
    } catch {
      throw .badData("\(path): line \(error.line) is no JSON")
    }
    let names = Nation.allCases.map(\.description) + [demographics]
    let given = (json.members ?? []).map(\.name)
    for name in names where given.count(where: { $0 == name }) != 1 {
      throw .badData("\(path): it has one member '\(name)', besides \(names.filter { $0 != name }.joined(separator: ", "))")
    }
    guard given.count == names.count else { throw .badData("\(path): it has more members than \(names.count)") }
    var keys: [[UInt8]] = []
    for name in names {
      guard let key = json[name]?.string.flatMap(Self.bytes), size.contains(key.count) else {
        throw .badData(
          "\(path): '\(name)' is \(2 * size.lowerBound) to \(2 * size.upperBound) hexadecimal digits, as 'openssl rand -hex 32' prints")
      }
      guard !keys.contains(key) else { throw .badData("\(path): '\(name)' is the same key as another: each is its own") }
      keys.append(key)
    }
    return IndexKeys(nations: Array(keys.dropLast()), demographics: keys[keys.count - 1])
  }

  private static func bytes(_ hex: String) -> [UInt8]? {
    let digits = hex.utf8.map { Character(Unicode.Scalar($0)).hexDigitValue }
    guard digits.count % 2 == 0 else { return nil }
    var bytes: [UInt8] = []
    for place in stride(from: 0, to: digits.count, by: 2) {
      guard let high = digits[place], let low = digits[place + 1] else { return nil }
      bytes.append(UInt8(high << 4 | low))
    }
    return bytes
  }
}
