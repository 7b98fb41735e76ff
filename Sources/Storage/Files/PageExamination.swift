internal import Base
internal import SQLite

/// Looks at the pages of a database that nobody has open (``SQLite/PageSeal``).
struct PageExamination {
  private static let pagesAtOnce = 256

  private let file: any File

  init(_ file: any File) { self.file = file }

  /// Pages that are not as they were written, ascending.
  /// - Parameter superseded: pages that the WAL holds: what the file has in their place may be half written.
  func damagedPages(except superseded: Set<UInt32>) throws(StorageError) -> [UInt32] {
    var damaged: [UInt32] = []
    var number: UInt32 = 1
    while true {
      let bytes = try file.bytes(
        at: Int64(number - 1) * Int64(PageSeal.pageBytes), count: Self.pagesAtOnce * PageSeal.pageBytes)
      let count = bytes.count / PageSeal.pageBytes
      bytes.withUnsafeBytes { bytes in
        for place in 0..<count {
          let page = UnsafeRawBufferPointer(rebasing: bytes[place * PageSeal.pageBytes..<(place + 1) * PageSeal.pageBytes])
          let current = number + UInt32(place)
          guard !superseded.contains(current), PageSeal(of: page, number: current) == nil else { continue }
          // Nobody has written to it yet.
          if page.allSatisfy({ $0 == 0 }) { continue }
          damaged.append(current)
        }
      }
      number += UInt32(count)
      if count < Self.pagesAtOnce { return damaged }
    }
  }

  /// Seals pages as they are, durably, so that they can be read again: for who has seen to it that nobody relies on them.
  func seal(_ pages: [UInt32]) throws(StorageError) {
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
      let page = try file.bytes(at: Int64(number - 1) * Int64(PageSeal.pageBytes), count: PageSeal.pageBytes)
      guard let seal = page.withUnsafeBytes({ PageSeal(of: $0, number: number) }), seal.life == life else { continue }
      frames = max(frames, seal.frames)
    }
    return Int(frames)
  }
}
