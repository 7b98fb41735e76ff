internal import CSQLite

extension Connection {
  /// Frames in the WAL after the last commit on this connection; 0 before the first.
  public var walFrames: Int { Int(frames.pointee) }

  /// Which life of the WAL it is: changes whenever the WAL starts anew (sqlite.org/fileformat.html, "WAL Header":
  /// checkpoint sequence number and first salt). Frame numbers of different lives do not compare. 0 when there is no
  /// WAL or it is empty.
  ///
  /// Read right after a commit it is the life that holds that commit's frames.
  public func walGeneration() throws(SQLiteError) -> UInt64 {
    // SQLITE_FCNTL_JOURNAL_POINTER, which in WAL mode gives the WAL.
    var file: UnsafeMutablePointer<sqlite3_file>?
    try check(sqlite3_file_control(handle, "main", 28, &file))
    guard let file, let methods = file.pointee.pMethods, try pragmaText("journal_mode") == "wal" else { return 0 }
    var words: (UInt32, UInt32) = (0, 0)
    let code = methods.pointee.xRead(file, &words, 8, 12)
    guard code == SQLITE_OK || code == Code.ioShortRead else { throw SQLiteError(extended: code) }
    return UInt64(UInt32(bigEndian: words.0)) << 32 | UInt64(UInt32(bigEndian: words.1))
  }

  /// Closing this connection, were it the file's last, leaves the WAL as it is: no checkpoint, nothing deleted. For
  /// connections that only read; and after an error of the disk, when SQLite would copy from a WAL that the disk may have
  /// dropped parts of, without looking at a checksum.
  public func leaveWALOnClose() { _ = quartet_no_checkpoint_on_close(handle) }

  /// How far a checkpoint goes (sqlite.org/c3ref/wal_checkpoint_v2.html).
  public enum CheckpointMode: Int32, Hashable, Sendable {
    /// What can be done without waiting for anybody.
    case passive = 0
    /// Everything, waiting for writers.
    case full = 1
    /// As `full`, and waits until the next writer starts the WAL anew.
    case restart = 2
    /// As `restart`, and cuts the WAL to nothing.
    case truncate = 3
  }

  /// What a checkpoint found: only `backfilledFrames` says what is durable; returning proves nothing.
  public struct Checkpoint: Hashable, Sendable {
    /// Frames in the WAL; nil when the database is not in WAL mode.
    public let logFrames: Int?
    /// Frames of these that are in the database file now.
    public let backfilledFrames: Int?
    /// Whether a reader or writer stood in the way of the mode asked for.
    public let wasBusy: Bool
  }

  /// Copies frames from the WAL to the database file. At `synchronous=NORMAL` and above the WAL is synced before, and
  /// the file after when all was copied: so a frame that is reported as backfilled survives a power loss.
  public func checkpoint(_ mode: CheckpointMode) throws(SQLiteError) -> Checkpoint {
    var log: Int32 = -1
    var done: Int32 = -1
    let code = sqlite3_wal_checkpoint_v2(handle, "main", mode.rawValue, &log, &done)
    guard code == SQLITE_OK || code & 0xFF == SQLITE_BUSY else { throw SQLiteError(extended: code) }
    return Checkpoint(
      logFrames: log < 0 ? nil : Int(log), backfilledFrames: done < 0 ? nil : Int(done),
      wasBusy: code != SQLITE_OK)
  }
}
