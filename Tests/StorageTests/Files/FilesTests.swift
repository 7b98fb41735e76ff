import Base
import Glibc
import Storage
import Testing

@Suite struct FilesTests {
  @Test(arguments: DiskKind.allCases)
  func `bytes are read as they were written, with zeros in the gaps`(_ kind: DiskKind) throws {
    let directory = try TemporaryDirectory()
    let files = kind.make()
    try files.createDirectory(directory.path)
    let file = try files.open(directory.path + "/a", .create)
    var model: [UInt8] = []
    var generator = SplitMix64(seed: 1)
    var mismatches = 0
    for round in 0..<600 {
      switch generator.below(8) {
      case 0:
        let size = generator.below(20_000)
        try file.truncate(to: Int64(size))
        model = Array(model.prefix(size)) + [UInt8](repeating: 0, count: max(0, size - model.count))
      case 1: try file.sync()
      case 2: try files.syncDirectory(directory.path)
      case 3...5:
        let offset = generator.below(20_000)
        let bytes = (0..<generator.below(9_000)).map { _ in UInt8(truncatingIfNeeded: generator.next()) }
        try file.write(bytes, at: Int64(offset))
        if bytes.isEmpty { break }
        if model.count < offset + bytes.count {
          model += [UInt8](repeating: 0, count: offset + bytes.count - model.count)
        }
        model.replaceSubrange(offset..<offset + bytes.count, with: bytes)
      default:
        let offset = generator.below(25_000)
        let count = 1 + generator.below(12_000)
        let expected = offset < model.count ? Array(model[offset..<min(model.count, offset + count)]) : []
        if try file.bytes(at: Int64(offset), count: count) != expected { mismatches += 1 }
      }
      if try file.size() != Int64(model.count) { mismatches += 1 }
      if round % 100 == 99, try files.contents(of: directory.path + "/a", limit: 1 << 20) != model { mismatches += 1 }
    }
    #expect(mismatches == 0)
    file.close()
    #expect(try files.contents(of: directory.path + "/a", limit: 1 << 20) == model)
  }

  @Test(arguments: DiskKind.allCases)
  func `names come, change and go`(_ kind: DiskKind) throws {
    let directory = try TemporaryDirectory()
    let files = kind.make()
    let inner = directory.path + "/x/y"
    try files.createDirectory(inner)
    try files.createDirectory(inner)
    #expect(try files.list(directory.path + "/x") == ["y"])
    for name in ["b", "a", "c"] { try files.open(inner + "/" + name, .create).write(Array(name.utf8), at: 0) }
    #expect(try files.list(inner) == ["a", "b", "c"])
    try files.rename(inner + "/a", to: inner + "/b")
    #expect(try files.contents(of: inner + "/b", limit: 10) == Array("a".utf8))
    #expect(try !files.exists(inner + "/a"))
    try files.syncDirectory(inner)
    let open = try files.open(inner + "/c", .readWrite)
    try files.delete(inner + "/c")
    try files.open(inner + "/c", .create).write([9], at: 0)
    #expect(try open.bytes(at: 0, count: 5) == Array("c".utf8))
    #expect(try files.contents(of: inner + "/c", limit: 5) == [9])
    try files.syncDirectory(inner)
    #expect(try files.list(inner) == ["b", "c"])
    #expect(throws: StorageError.missing) { try files.delete(inner + "/a") }
    #expect(throws: StorageError.missing) { try files.rename(inner + "/a", to: inner + "/z") }
    #expect(throws: StorageError.missing) { try files.open(inner + "/a", .readWrite) }
    #expect(throws: StorageError.missing) { try files.open(inner + "/none/a", .create) }
    #expect(throws: StorageError.tooLarge) { try files.contents(of: inner + "/b", limit: 0) }
    #expect(try files.freeSpace(inner) > 0)
    for name in ["b", "c"] { try files.delete(inner + "/" + name) }
    try files.syncDirectory(inner)
    rmdir(inner)
  }

  @Test(arguments: DiskKind.allCases)
  func `a data directory has one holder at a time, and a refusal names it`(_ kind: DiskKind) throws {
    let directory = try TemporaryDirectory()
    let files = kind.make()
    try files.createDirectory(directory.path)
    let lock = try files.lockDirectory(directory.path)
    let holder: Int32? = kind == .memory ? nil : getpid()
    #expect(throws: StorageError.locked(holder: holder)) { try files.lockDirectory(directory.path) }
    lock.release()
    lock.release()
    try files.lockDirectory(directory.path).release()
  }

  @Test func `a disk that is full says so in the store's words`() throws {
    let files = PosixFiles()
    guard try files.exists("/dev/full") else { return }
    let file = try files.open("/dev/full", .readWrite)
    #expect(throws: StorageError.full(what: "write")) { try file.write([1], at: 0) }
  }
}

@Suite struct MemoryFilesTests {
  @Test func `only what was synced survives, and only under a name that was synced`() throws {
    let files = MemoryFiles()
    let named = try files.open("/named", .create)
    let unnamed = try files.open("/unnamed", .create)
    for file in [named, unnamed] { try file.write([1, 2, 3], at: 0) }
    try named.sync()
    try files.syncDirectory("/")
    try files.delete("/unnamed")
    _ = try files.open("/late", .create)
    try files.rename("/named", to: "/renamed")
    try named.write([9], at: 1)
    files.cutPower()
    #expect(throws: StorageError.self) { try files.exists("/named") }
    files.restorePower(.dropsUnsynced)
    #expect(files.paths == ["/named", "/unnamed"])
    #expect(files.contents("/named") == [1, 2, 3])
    #expect(files.contents("/unnamed") == [])
    #expect(throws: StorageError.self) { try named.bytes(at: 0, count: 1) }
  }

  @Test func `a torn write survives in whole sectors, and the seed repeats it`() throws {
    func tear(_ seed: UInt64) throws -> [UInt8] {
      let files = MemoryFiles(seed: seed)
      let file = try files.open("/a", .create)
      try file.write([UInt8](repeating: 1, count: 4_096), at: 0)
      try file.sync()
      try files.syncDirectory("/")
      try file.write([UInt8](repeating: 2, count: 2_000), at: 700)
      files.restorePower(.tears)
      return files.contents("/a") ?? []
    }
    var kinds: Set<Int> = []
    var strayEdges = 0
    for seed in 0..<200 as Range<UInt64> {
      let image = try tear(seed)
      #expect(image.count == 4_096)
      kinds.insert(image.filter { $0 == 2 }.count)
      for index in 1..<image.count where image[index] != image[index - 1] {
        if index % 512 != 0 && index != 700 && index != 2_700 { strayEdges += 1 }
      }
    }
    #expect(strayEdges == 0)
    #expect(kinds.contains(0) && kinds.contains(2_000) && kinds.count > 4)
    #expect(try tear(5) == tear(5))
  }

  @Test func `a sync that failed once succeeds later and has lost what it failed on`() throws {
    let files = MemoryFiles()
    let file = try files.open("/a", .create)
    try files.syncDirectory("/")
    files.failSync(1)
    try file.write([1], at: 0)
    #expect(throws: StorageError.self) { try file.sync() }
    try file.write([2], at: 1)
    try file.sync()
    #expect(files.contents("/a") == [1, 2])
    #expect(files.durableContents("/a") == [0, 2])
    let copy = files.cloneDurable()
    #expect(copy.contents("/a") == [0, 2])
  }

  @Test func `calls fail by number, space runs out, syncs lie, bits flip`() throws {
    let files = MemoryFiles(MemoryFiles.Options(capacity: 10))
    let file = try files.open("/a", .create)
    files.failCall(2, with: .io(code: 5, what: "test"))
    try file.write([1], at: 0)
    #expect(throws: StorageError.io(code: 5, what: "test")) { try file.write([2], at: 0) }
    try file.write([3], at: 0)
    #expect(throws: StorageError.full(what: "write")) { try file.write([1], at: 10) }
    files.fillUp(atWrite: 2)
    try file.write([4], at: 0)
    #expect(throws: StorageError.full(what: "write")) { try file.write([5], at: 0) }
    #expect(try files.freeSpace("/") == 0)
    files.makeRoom()
    #expect(try files.freeSpace("/") == 9)
    #expect(files.flipBit(3, of: "/a"))
    #expect(files.contents("/a") == [4 ^ 8])
    #expect(!files.damage("/a", at: 0, with: [1, 2]))
    files.options.syncIsNoop = true
    try file.sync()
    try files.syncDirectory("/")
    #expect(files.counts.syncs == 1 && files.counts.directorySyncs == 1)
    files.restorePower(.dropsUnsynced)
    #expect(files.paths == [])
  }

  @Test func `the power goes at the change that was named`() throws {
    let files = MemoryFiles(MemoryFiles.Options(namesNeedDirectorySync: false))
    let file = try files.open("/a", .create)
    files.cutPower(at: 3)
    try file.write([1], at: 0)
    try file.sync()
    #expect(throws: StorageError.self) { try file.write([2], at: 0) }
    #expect(!files.isPowered)
    files.restorePower(.dropsUnsynced)
    #expect(files.contents("/a") == [1])
  }
}
