/// Where a WAL's transactions lie (sqlite.org/fileformat.html, "The Write-Ahead Log"): which of its bytes can go bad
/// without looking like a torn end.
///
/// A process cannot tell the loss of its very last transaction from one that was never written whole; nothing but
/// another node knows better. A fault there would be a disk that lies about its syncs, which no store survives.
struct WALLayout {
  private static let headerBytes = 32
  private static let frameBytes = 24 + 4_096

  /// Bytes before the last transaction of the WAL's present life.
  let settledBytes: Int

  init(_ bytes: [UInt8]) {
    var settled = 0
    var start = Self.headerBytes
    var place = Self.headerBytes
    let salts = bytes.count >= Self.headerBytes ? Array(bytes[16..<24]) : []
    while place + Self.frameBytes <= bytes.count, Array(bytes[place + 8..<place + 16]) == salts {
      let isCommit = bytes[place + 4..<place + 8].contains { $0 != 0 }
      place += Self.frameBytes
      guard isCommit else { continue }
      settled = start
      start = place
    }
    settledBytes = settled > Self.headerBytes ? settled : 0
  }
}
