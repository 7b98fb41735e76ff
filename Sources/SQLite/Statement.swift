internal import CSQLite

/// A compiled statement, reused. Parameters count from 1, columns from 0, as in SQLite. It keeps its connection open.
public final class Statement {
  private let connection: Connection
  private let handle: OpaquePointer

  init(_ connection: Connection, _ handle: OpaquePointer) {
    self.connection = connection
    self.handle = handle
  }

  deinit { sqlite3_finalize(handle) }

  // MARK: parameters

  public func bind(_ parameter: Int32, _ value: Int64) throws(SQLiteError) {
    try connection.check(sqlite3_bind_int64(handle, parameter, value))
  }

  public func bindNull(_ parameter: Int32) throws(SQLiteError) {
    try connection.check(sqlite3_bind_null(handle, parameter))
  }

  public func bind(_ parameter: Int32, _ text: String) throws(SQLiteError) {
    var text = text
    let code = text.withUTF8 { utf8 in
      utf8.withMemoryRebound(to: CChar.self) {
        sqlite3_bind_text64(
          handle, parameter, $0.baseAddress ?? Self.noCharacters, UInt64($0.count), Code.transientMemory,
          UInt8(SQLITE_UTF8))
      }
    }
    try connection.check(code)
  }

  /// Binds a copy of `bytes`.
  public func bind(_ parameter: Int32, _ bytes: [UInt8]) throws(SQLiteError) {
    let code = bytes.withUnsafeBytes {
      sqlite3_bind_blob64(handle, parameter, $0.baseAddress ?? Self.nothing, UInt64($0.count), Code.transientMemory)
    }
    try connection.check(code)
  }

  /// Binds `bytes` without a copy while `body` runs, which steps the statement; then resets it and binds NULL.
  public func withBound<Result>(
    _ parameter: Int32, _ bytes: [UInt8], _ body: () throws(SQLiteError) -> Result
  ) throws(SQLiteError) -> Result {
    try bytes.withUnsafeBufferPointer { (buffer) throws(SQLiteError) -> Result in
      let code = sqlite3_bind_blob64(
        handle, parameter, buffer.baseAddress.map { UnsafeRawPointer($0) } ?? Self.nothing, UInt64(buffer.count),
        Code.staticMemory)
      try connection.check(code)
      defer {
        sqlite3_reset(handle)
        sqlite3_bind_null(handle, parameter)
      }
      return try body()
    }
  }

  /// An address for blobs and texts of no bytes, which at address nil would be NULL; never read.
  private nonisolated(unsafe) static let nothing = UnsafeRawPointer(
    UnsafeMutableRawPointer.allocate(byteCount: 1, alignment: 1))
  private nonisolated(unsafe) static let noCharacters = nothing.assumingMemoryBound(to: CChar.self)

  // MARK: running

  /// Goes to the next row; false at the end. At the end and after an error the statement is reset, so that it holds no
  /// read transaction open.
  public func step() throws(SQLiteError) -> Bool {
    let code = sqlite3_step(handle)
    if code == SQLITE_ROW { return true }
    sqlite3_reset(handle)
    guard code == SQLITE_DONE else { throw SQLiteError(extended: code) }
    return false
  }

  /// Runs to the end, passing over rows.
  public func run() throws(SQLiteError) {
    while try step() {}
  }

  /// Runs to the end with `bytes` at `parameter`, without a copy of them.
  public func run(blob bytes: [UInt8], at parameter: Int32) throws(SQLiteError) {
    try withBound(parameter, bytes) { () throws(SQLiteError) in try run() }
  }

  /// Makes ready to run again and ends what it was reading; parameters stay.
  public func reset() { sqlite3_reset(handle) }

  /// Binds NULL everywhere, so that a statement that is kept holds on to nobody's data.
  public func clear() {
    sqlite3_reset(handle)
    sqlite3_clear_bindings(handle)
  }

  // MARK: columns of the row that the last step reached

  public func int64(_ column: Int32) -> Int64 { sqlite3_column_int64(handle, column) }

  public func isNull(_ column: Int32) -> Bool { sqlite3_column_type(handle, column) == SQLITE_NULL }

  public func text(_ column: Int32) -> String {
    guard let text = sqlite3_column_text(handle, column) else { return "" }
    return String(decoding: UnsafeBufferPointer(start: text, count: byteCount(column)), as: UTF8.self)
  }

  /// A copy of a blob; empty for NULL.
  public func bytes(_ column: Int32) -> [UInt8] { withBlob(column) { Array($0) } }

  /// Bytes of a blob or text, without reading it.
  public func byteCount(_ column: Int32) -> Int { Int(sqlite3_column_bytes(handle, column)) }

  /// Lends a blob where SQLite has it, for the time of `body`, which must not step or reset this statement.
  public func withBlob<Result, Failure: Error>(
    _ column: Int32, _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    let address = sqlite3_column_blob(handle, column)
    return try body(UnsafeRawBufferPointer(start: address, count: address == nil ? 0 : byteCount(column)))
  }
}
