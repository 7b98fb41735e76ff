internal import Base
internal import Model
internal import SQLite

/// Remembered requests.
final class RequestTable {
  private let read: Statement
  private let write: Statement?
  private let delete: Statement?
  private let expired: Statement

  init(_ connection: Connection, isWritable: Bool) throws(SQLiteError) {
    read = try connection.prepare("SELECT until, content, seal FROM requests WHERE request = ?1")
    expired = try connection.prepare(
      "SELECT request FROM requests INDEXED BY requests_by_end WHERE until < ?1 ORDER BY until, request LIMIT ?2")
    guard isWritable else {
      (write, delete) = (nil, nil)
      return
    }
    write = try connection.prepare(
      "INSERT OR REPLACE INTO requests(request, until, content, seal) VALUES (?1, ?2, ?3, ?4)")
    delete = try connection.prepare("DELETE FROM requests WHERE request = ?1")
  }

  static func seal(_ request: Identifier, _ until: Int64, _ content: [UInt8]) -> Seal {
    Seal(.request, [request.high, request.low, UInt64(bitPattern: until)], [content])
  }

  func get(_ request: Identifier) throws(SQLiteError) -> Remembered? {
    try read.bind(1, request.bytes)
    defer { read.reset() }
    guard try read.step() else { return nil }
    let content = read.bytes(1)
    return try Remembered(sealed: content, read.bytes(2), Self.seal(request, read.int64(0), content))
  }

  /// Up to `limit` requests that are kept until before `time`, oldest first, ties by id.
  func expired(before time: LogTime, limit: Int) throws(SQLiteError) -> [Identifier] {
    try expired.bind(1, time.nanoseconds)
    try expired.bind(2, Int64(max(limit, 0)))
    defer { expired.reset() }
    var found: [Identifier] = []
    while try expired.step() {
      guard let request = Identifier(bytes: expired.bytes(0)) else { throw .damaged }
      found.append(request)
    }
    return found
  }

  func remember(_ request: Identifier, _ remembered: Remembered) throws(SQLiteError) {
    guard let write else { preconditionFailure("a request for a table opened for reading") }
    let content = remembered.bytes
    try write.bind(1, request.bytes)
    try write.bind(2, remembered.keepUntil.nanoseconds)
    try write.bind(4, Self.seal(request, remembered.keepUntil.nanoseconds, content).bytes)
    try write.run(blob: content, at: 3)
  }

  func forget(_ request: Identifier) throws(SQLiteError) {
    guard let delete else { preconditionFailure("a request of a table opened for reading") }
    try delete.bind(1, request.bytes)
    try delete.run()
  }
}
