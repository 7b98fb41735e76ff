package import Base
internal import SQLite

/// Looks at the pages of a database that nobody has open (``SQLite/PageSeal``).
///
/// Damaged is what is not as it was written, a page of zeros and one that is missing included, unless the WAL supersedes
/// it or nobody reads it (``IdlePages``).
struct PageExamination {
  private static let pagesAtOnce = 256

  private let file: any File

  init(_ file: any File) { self.file = file }

  /// Pages that are not as they were written, ascending: those that somebody relies on, and those that nobody does.
  /// A file that is not there has none.
  static func everyPage(
    of database: String, _ files: any Files
  ) throws(StorageError) -> (damaged: [UInt32], idle: [UInt32]) {
    guard try files.exists(database) else { return ([], []) }
    return try opened(database, files) { (examination, outline, idle) throws(StorageError) in
      var damaged: [UInt32] = []
      var unsealed: [UInt32] = []
      let end = try examination.forEachBroken { number in
        if outline.frames[number] != nil { return }
        if idle.contains(number) { unsealed.append(number) } else { damaged.append(number) }
      }
      // Where the header cannot be read nobody knows what is missing.
      guard idle.pages != .max, end < idle.pages else { return (damaged, unsealed) }
      for number in end + 1...idle.pages where outline.frames[number] == nil && !idle.contains(number) {
        damaged.append(number)
        // Of a file that was cut short the first says enough.
        break
      }
      return (damaged, unsealed)
    }
  }

  /// Of the pages that nobody relies on those that are not whole, without a look at the others.
  static func idlePages(of database: String, _ files: any Files) throws(StorageError) -> [UInt32] {
    guard try files.exists(database) else { return [] }
    return try opened(database, files) { (examination, outline, idle) throws(StorageError) in
      let end = UInt32(clamping: try examination.file.size() / Int64(PageSeal.pageBytes))
      var numbers = idle.leaves.filter { $0 > 0 && $0 <= end }.sorted()
      if idle.pages < end { numbers += idle.pages + 1...end }
      var unsealed: [UInt32] = []
      for number in numbers where outline.frames[number] == nil {
        if try examination.seal(of: number) == nil { unsealed.append(number) }
      }
      return unsealed
    }
  }

  private static func opened<Result>(
    _ database: String, _ files: any Files,
    _ body: (PageExamination, WALOutline, IdlePages) throws(StorageError) -> Result
  ) throws(StorageError) -> Result {
    let outline = try WALOutline(of: database, files)
    let file = try files.open(database, .readOnly)
    defer { file.close() }
    let wal = try outline.committed > 0 ? files.open(database + "-wal", .readOnly) : nil
    defer { wal?.close() }
    return try body(PageExamination(file), outline, try IdlePages(file, outline, wal: wal))
  }

  /// Seals pages as they are, durably, so that they can be read again: for who has seen to it that nobody relies on them.
  static func seal(_ pages: [UInt32], of database: String, _ files: any Files) throws(StorageError) {
    guard !pages.isEmpty else { return }
    let file = try files.open(database, .readWrite)
    defer { file.close() }
    for number in pages {
      let offset = Int64(number - 1) * Int64(PageSeal.pageBytes)
      var page = try file.bytes(at: offset, count: PageSeal.pageBytes)
      guard page.count == PageSeal.pageBytes else { continue }
      page.withUnsafeMutableBytes { _ = PageSeal().put(on: $0, number: number) }
      try file.write(page, at: offset)
    }
    try file.sync()
  }

  /// How many frames of a WAL were durable for certain, by the seals of the pages that were brought home from it.
  func framesBroughtHome(from life: UInt32, among pages: Set<UInt32>) throws(StorageError) -> Int {
    var frames: UInt32 = 0
    for number in pages.sorted() {
      guard let seal = try seal(of: number), seal.life == life else { continue }
      frames = max(frames, seal.frames)
    }
    return Int(frames)
  }

  private func seal(of number: UInt32) throws(StorageError) -> PageSeal? {
    let page = try file.bytes(at: Int64(number - 1) * Int64(PageSeal.pageBytes), count: PageSeal.pageBytes)
    return page.withUnsafeBytes { PageSeal(of: $0, number: number) }
  }

  /// Calls `body` for every page whose seal is broken, ascending; returns how many pages there are.
  private func forEachBroken(_ body: (UInt32) -> Void) throws(StorageError) -> UInt32 {
    var end: UInt32 = 0
    while true {
      let bytes = try file.bytes(
        at: Int64(end) * Int64(PageSeal.pageBytes), count: Self.pagesAtOnce * PageSeal.pageBytes)
      let count = bytes.count / PageSeal.pageBytes
      bytes.withUnsafeBytes { bytes in
        for place in 0..<count {
          let page = UnsafeRawBufferPointer(rebasing: bytes[place * PageSeal.pageBytes..<(place + 1) * PageSeal.pageBytes])
          let number = end + UInt32(place) + 1
          if PageSeal(of: page, number: number) == nil { body(number) }
        }
      }
      end += UInt32(count)
      if count < Self.pagesAtOnce { return end }
    }
  }
}

/// What simulations ask of a disk's images.
package enum SealedPages {
  /// Whether every page that somebody relies on is as it was written.
  package static func areWhole(_ database: String, _ files: any Files) throws(StorageError) -> Bool {
    try PageExamination.everyPage(of: database, files).damaged.isEmpty
  }
}
