internal import Base
internal import Model
internal import SQLite

/// The table of single values.
final class MetaTable {
  private let read: Statement
  private let write: Statement

  init(_ connection: Connection) throws(SQLiteError) {
    read = try connection.prepare("SELECT content, seal FROM meta WHERE id = ?1")
    write = try connection.prepare("INSERT OR REPLACE INTO meta(id, content, seal) VALUES (?1, ?2, ?3)")
  }

  private static func seal(_ item: StateFile.Meta, _ content: [UInt8]) -> [UInt8] {
    Seal(.meta, [UInt64(item.rawValue)], [content]).bytes
  }

  /// nil when it was never set.
  /// - Throws: damaged when the bytes are not those that were set.
  func get(_ item: StateFile.Meta) throws(SQLiteError) -> [UInt8]? {
    try read.bind(1, item.rawValue)
    defer { read.reset() }
    guard try read.step() else { return nil }
    let content = read.bytes(0)
    guard read.bytes(1) == Self.seal(item, content) else { throw .damaged }
    return content
  }

  func set(_ item: StateFile.Meta, _ content: [UInt8]) throws(SQLiteError) {
    try write.bind(1, item.rawValue)
    try write.bind(2, content)
    try write.bind(3, Self.seal(item, content))
    try write.run()
  }

  func header() throws(SQLiteError) -> StateHeader {
    guard let bytes = try get(.header) else { throw .damaged }
    do throws(DecodeError) { return try StateHeader(bytes: bytes) } catch { throw .damaged }
  }

  /// The last row that was looked at after compaction; zero before the first.
  func swept() throws(SQLiteError) -> RowID {
    guard let bytes = try get(.swept) else { return RowID(rawValue: 0) }
    var reader = ByteReader(bytes)
    do throws(DecodeError) {
      let position = RowID(rawValue: try reader.i64("swept"))
      try reader.finish()
      return position
    } catch { throw .damaged }
  }

  func setSwept(_ position: RowID) throws(SQLiteError) {
    var writer = ByteWriter(reserving: 8)
    writer.i64(position.rawValue)
    try set(.swept, writer.bytes)
  }
}
