import Glibc

/// Counts what one thread takes from the heap through the Swift runtime: objects, arrays, boxes.
///
/// The runtime's call of `malloc` is bent to a counter in front of it, in the table where the loader put the address.
/// Its hooks for instruments cannot be turned on in a running process, and the C library keeps no count. A runtime that
/// is linked statically has no such table; then nothing is counted.
enum AllocationCounter {
  /// Begins to count for the thread that calls it. Calls after the first only choose another thread.
  static func begin() {
    _ = isBent
    countedThread = pthread_self()
    allocationCount = 0
  }

  /// Since ``begin()``; nil where nothing can be counted.
  static var made: Int? { isBent ? allocationCount : nil }

  private static let isBent: Bool = {
    guard let base = runtimeBase(), let slot = LoadedLibrary(base).slot(of: "malloc") else { return false }
    let page = UInt(sysconf(Int32(_SC_PAGESIZE)))
    let start = UnsafeMutableRawPointer(bitPattern: UInt(bitPattern: slot) / page * page)
    // The loader made the table read-only when it was done with it.
    guard mprotect(start, Int(page), PROT_READ | PROT_WRITE) == 0 else { return false }
    let counter: @convention(c) (Int) -> UnsafeMutableRawPointer? = { size in
      if pthread_equal(pthread_self(), countedThread) != 0 { allocationCount &+= 1 }
      return malloc(size)
    }
    slot.storeBytes(of: unsafeBitCast(counter, to: UInt.self), as: UInt.self)
    return true
  }()

  /// Where the runtime's first segment lies.
  private static func runtimeBase() -> UnsafeRawPointer? {
    for line in (System.text("/proc/self/maps") ?? "").split(separator: "\n") where line.hasSuffix("/libswiftCore.so") {
      return line.split(separator: "-").first.flatMap { UInt($0, radix: 16) }.flatMap {
        UnsafeRawPointer(bitPattern: $0)
      }
    }
    return nil
  }
}

/// Written by ``AllocationCounter/begin()`` alone, before the thread in question allocates.
nonisolated(unsafe) private var countedThread: pthread_t = 0
/// Written by the counted thread alone.
nonisolated(unsafe) private var allocationCount = 0

/// A shared library in memory, as the ELF format lays it out (64 bits).
private struct LoadedLibrary {
  private let base: UnsafeRawPointer
  private var values: [Int: UInt] = [:]

  init(_ base: UnsafeRawPointer) {
    self.base = base
    let headers = base + base.load(fromByteOffset: 32, as: Int.self)
    let size = Int(base.load(fromByteOffset: 54, as: UInt16.self))
    for number in 0..<Int(base.load(fromByteOffset: 56, as: UInt16.self)) {
      let header = headers + number * size
      // PT_DYNAMIC: pairs of tag and value up to tag 0.
      guard header.load(as: UInt32.self) == 2 else { continue }
      var entry = base + header.load(fromByteOffset: 16, as: Int.self)
      while entry.load(as: Int.self) != 0 {
        values[entry.load(as: Int.self)] = entry.load(fromByteOffset: 8, as: UInt.self)
        entry += 16
      }
    }
  }

  /// The loader turns offsets in the table into addresses, on most machines.
  private func address(_ tag: Int) -> UnsafeRawPointer? {
    guard let value = values[tag] else { return nil }
    return value < UInt(bitPattern: base) ? base + Int(value) : UnsafeRawPointer(bitPattern: value)
  }

  /// Where the address of an imported function stands.
  func slot(of name: String) -> UnsafeMutableRawPointer? {
    guard let symbols = address(6), let names = address(5) else { return nil }
    // DT_JMPREL with DT_PLTRELSZ, then DT_RELA with DT_RELASZ.
    for (table, length) in [(23, 2), (7, 8)] {
      guard let relocations = address(table), let bytes = values[length] else { continue }
      for position in stride(from: 0, to: Int(bytes), by: 24) {
        let symbol = Int(relocations.load(fromByteOffset: position + 8, as: UInt64.self) >> 32)
        guard symbol != 0 else { continue }
        let text = names + Int(symbols.load(fromByteOffset: symbol * 24, as: UInt32.self))
        guard strcmp(text.assumingMemoryBound(to: CChar.self), name) == 0 else { continue }
        return UnsafeMutableRawPointer(mutating: base + relocations.load(fromByteOffset: position, as: Int.self))
      }
    }
    return nil
  }
}
