internal import Base

/// The file that remembers, from before SQLite sees a damaged WAL or damaged pages until every group is suspended, that
/// there was damage.
///
/// Steps, each of them durable before the next: the marker; the copy of the WAL; damaged pages are sealed as they are;
/// then SQLite opens the file and forgets what came after the damage in the WAL; then all groups are suspended in one
/// transaction; then the marker goes. A start that
/// finds the marker takes up after whatever was done: without the copy SQLite has not opened the file yet.
struct DamageMarker {
  static let name = "raft.damaged"
  /// The copy of a damaged WAL is called this and a number.
  static let copyPrefix = "raft.db-wal.damaged-"
  private static let unfinished = ".unfinished"
  private static let bytesMax = 1_024

  let files: any Files
  let directory: String
  let database: String
  let sealsPages: Bool

  /// Looks at the WAL and the pages of a store that is about to be opened.
  /// - Returns: `damage`: words for an administrator when it is damaged, or was and nobody has been suspended for it yet;
  ///   `idle`: pages that are not whole and need not be, to be sealed once the WAL that says so is settled.
  func examine() throws(StorageError) -> (damage: String?, idle: [UInt32]) {
    let marker = directory + "/" + Self.name
    if try files.exists(marker) {
      let bytes = try files.contents(of: marker, limit: Self.bytesMax)
      // An empty or half marker says as much as a whole one: it would not be here without damage.
      let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n")
      let text = lines.count == 2 ? String(lines[0]) : "the write-ahead log of raft.db was damaged"
      let copy = try lines.count == 2 ? String(lines[1]) : nextCopyName()
      try keepCopy(copy)
      let found = try examinePages()
      try sealPages(found.damaged)
      return (text, found.idle)
    }
    let frame = try damagedFrame()
    let (pages, idle) = try examinePages()
    guard frame != nil || !pages.isEmpty else { return (nil, idle) }
    let copy = try nextCopyName()
    var words: [String] = []
    if let frame {
      let place = frame == 0 ? "its header" : "frame \(frame)"
      words.append("the write-ahead log of raft.db was damaged at \(place); it is kept as \(copy)")
    }
    if let first = pages.first { words.append("\(pages.count) pages of raft.db were damaged, the first is page \(first)") }
    let text = words.joined(separator: "; ")
    try write(marker, Array((text + "\n" + copy + "\n").utf8))
    try keepCopy(copy)
    try sealPages(pages)
    return (text, idle)
  }

  private func examinePages() throws(StorageError) -> (damaged: [UInt32], idle: [UInt32]) {
    try sealsPages ? PageExamination.everyPage(of: database, files) : ([], [])
  }

  func sealPages(_ pages: [UInt32]) throws(StorageError) { try PageExamination.seal(pages, of: database, files) }

  /// Removes the marker: every group is suspended, durably.
  func remove() throws(StorageError) {
    do throws(StorageError) { try files.delete(directory + "/" + Self.name) } catch {
      guard error.isMissing else { throw error }
    }
    try files.syncDirectory(directory)
  }

  private func damagedFrame() throws(StorageError) -> Int? {
    let wal = database + "-wal"
    guard try files.exists(wal) else { return nil }
    let file = try files.open(wal, .readOnly)
    defer { file.close() }
    var scanner = try WALScanner(file)
    if case .damaged(let frame) = try scanner.scan() { return frame }
    let outline = try scanner.outline()
    return try outline.hasLostFrames(of: database, files) ? outline.committed + 1 : nil
  }

  private func nextCopyName() throws(StorageError) -> String {
    var highest = 0
    for name in try files.list(directory) where name.hasPrefix(Self.copyPrefix) {
      if let number = Int(name.dropFirst(Self.copyPrefix.count)) { highest = max(highest, number) }
    }
    return Self.copyPrefix + "\(highest + 1)"
  }

  private func keepCopy(_ name: String) throws(StorageError) {
    let copy = directory + "/" + name
    guard try !files.exists(copy), try files.exists(database + "-wal") else { return }
    let source = try files.open(database + "-wal", .readOnly)
    defer { source.close() }
    let target = try files.open(copy + Self.unfinished, .create)
    defer { target.close() }
    try target.truncate(to: 0)
    var offset: Int64 = 0
    while true {
      let bytes = try source.bytes(at: offset, count: 1 << 20)
      if bytes.isEmpty { break }
      try target.write(bytes, at: offset)
      offset += Int64(bytes.count)
    }
    try target.sync()
    try files.rename(copy + Self.unfinished, to: copy)
    try files.syncDirectory(directory)
  }

  private func write(_ path: String, _ bytes: [UInt8]) throws(StorageError) {
    let file = try files.open(path, .create)
    defer { file.close() }
    try file.truncate(to: 0)
    try file.write(bytes, at: 0)
    try file.sync()
    try files.syncDirectory(directory)
  }
}
