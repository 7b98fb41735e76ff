/// Which files of a data directory hold states and snapshots: `state-…` and `snapshot-…`, as the replica names them.
/// Only these are ever removed because nobody names them; whatever else an administrator keeps there stays.
enum StateFileName {
  static let databaseSuffixes = ["-wal", "-shm", "-journal"]
  /// Beside a state file that must not be used again; it holds the reason.
  static let condemnedSuffix = ".condemned"
  private static let lengthMax = 200

  /// Whether `name` is such a file, or SQLite's companion of one.
  static func isOne(_ name: String) -> Bool { name.hasPrefix("state-") || name.hasPrefix("snapshot-") }

  /// Whether the program may open, write or remove a file of this name on a peer's or the log's word: nothing that
  /// leads out of the directory.
  static func isValid(_ name: String) -> Bool {
    isOne(name) && name.utf8.count <= lengthMax
      && name.utf8.allSatisfy {
        (0x30...0x39).contains($0) || (0x61...0x7A).contains($0) || $0 == 0x2D || $0 == 0x2E || $0 == 0x5F
      }
  }

  /// The file that `name` belongs to: itself, or the database that it is a companion of.
  static func database(of name: String) -> String {
    for suffix in databaseSuffixes + [condemnedSuffix] where name.hasSuffix(suffix) { return String(name.dropLast(suffix.count)) }
    return name
  }
}
