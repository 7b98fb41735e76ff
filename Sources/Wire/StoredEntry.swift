public import Base
public import Raft

/// A row of the log on disk: an entry that can be checked on its own.
///
/// | bytes | what |
/// |---|---|
/// | 2 | version of the row, ``version`` |
/// | 79 | the entry's canonical header |
/// | 4, n | payload |
/// | 32 | the entry's hash: SHA-256 over header and payload |
///
/// Reading computes the hash again. Whether the row is the one that its place asks for (group, index) is the reader's
/// to compare, and that it follows the row before it shows in `previousHash`.
public struct StoredEntry: Hashable, WireForm {
  public static let version: UInt16 = 1
  public var entry: Entry
  public init(_ entry: Entry) { self.entry = entry }

  /// Bytes of the row.
  public var byteCount: Int { 2 + Entry.wireByteCountMin + entry.payload.count + 32 }

  public func encode(into writer: inout ByteWriter) {
    writer.u16(Self.version)
    entry.write(to: &writer)
    writer.digest(entry.hash)
  }

  public init(decoding bytes: [UInt8]) throws(DecodeError) {
    var reader = ByteReader(bytes)
    try reader.version(Self.version, "row's version")
    entry = try Entry(from: &reader)
    guard try reader.digest("row's hash") == entry.hash else { throw .invalid(field: "row's hash") }
    try reader.finish()
  }

  /// The row of `entry`, in memory of exactly its size.
  public static func bytes(of entry: Entry) -> [UInt8] {
    let row = StoredEntry(entry)
    var writer = ByteWriter(reserving: row.byteCount)
    row.encode(into: &writer)
    return writer.bytes
  }
}
