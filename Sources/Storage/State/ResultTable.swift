internal import Base
internal import Model
internal import SQLite

/// What sessions remember of their requests, by sequence.
final class ResultTable {
  private let read: Statement
  private let write: Statement?
  private let deleteAll: Statement?
  private let deleteBelow: Statement?

  init(_ connection: Connection, isWritable: Bool) throws(SQLiteError) {
    read = try connection.prepare("SELECT content, seal FROM results WHERE session = ?1 AND sequence = ?2")
    guard isWritable else {
      (write, deleteAll, deleteBelow) = (nil, nil, nil)
      return
    }
    write = try connection.prepare(
      "INSERT OR REPLACE INTO results(session, sequence, content, seal) VALUES (?1, ?2, ?3, ?4)")
    deleteAll = try connection.prepare("DELETE FROM results WHERE session = ?1")
    deleteBelow = try connection.prepare("DELETE FROM results WHERE session = ?1 AND sequence < ?2")
  }

  static func seal(_ session: UInt64, _ sequence: UInt64, _ content: [UInt8]) -> Seal {
    Seal(.result, [session, sequence], [content])
  }

  func get(_ session: UInt64, sequence: UInt64) throws(SQLiteError) -> Remembered? {
    try read.bind(1, Int64(bitPattern: session))
    try read.bind(2, Int64(bitPattern: sequence))
    defer { read.reset() }
    guard try read.step() else { return nil }
    let content = read.bytes(0)
    return try Remembered(sealed: content, read.bytes(1), Self.seal(session, sequence, content))
  }

  func put(_ session: UInt64, sequence: UInt64, _ remembered: Remembered) throws(SQLiteError) {
    guard let write else { preconditionFailure("a result for a table opened for reading") }
    let content = remembered.bytes
    try write.bind(1, Int64(bitPattern: session))
    try write.bind(2, Int64(bitPattern: sequence))
    try write.bind(4, Self.seal(session, sequence, content).bytes)
    try write.run(blob: content, at: 3)
  }

  func removeAll(_ session: UInt64) throws(SQLiteError) {
    guard let deleteAll else { preconditionFailure("results of a table opened for reading") }
    try deleteAll.bind(1, Int64(bitPattern: session))
    try deleteAll.run()
  }

  func remove(_ session: UInt64, below sequence: UInt64) throws(SQLiteError) {
    guard let deleteBelow else { preconditionFailure("results of a table opened for reading") }
    try deleteBelow.bind(1, Int64(bitPattern: session))
    try deleteBelow.bind(2, Int64(bitPattern: sequence))
    try deleteBelow.run()
  }
}

extension Remembered {
  /// - Throws: damaged when `stored` is not `seal`, or the bytes are no memory of a request.
  init(sealed content: [UInt8], _ stored: [UInt8], _ seal: Seal) throws(SQLiteError) {
    guard stored == seal.bytes else { throw .damaged }
    do throws(DecodeError) { try self.init(bytes: content) } catch { throw .damaged }
  }
}
