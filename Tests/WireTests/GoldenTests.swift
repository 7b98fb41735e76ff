import Base
import Glibc
import Testing
import Wire

@Suite struct GoldenTests {
  private static let folder = #filePath.split(separator: "/").dropLast().reduce("") { $0 + "/" + $1 } + "/Golden/"

  @Test("every format still has the bytes of its golden file, and the file still gives the value")
  func golden() {
    let rewrite = getenv("REWRITE").map { String(cString: $0) } == "1"
    for sample in Golden.samples {
      let path = Self.folder + sample.name + ".bin"
      if rewrite { write(sample.bytes, to: path) }
      let kept = read(path)
      #expect(kept == sample.bytes, "\(sample.name) is now\n\(hexDump(sample.bytes))")
      #expect(sample.returns(kept), "\(sample.name) no longer gives its value")
    }
    if rewrite { write(Array(Self.dump.utf8), to: Self.folder + "dump.txt") }
    #expect(read(Self.folder + "dump.txt") == Array(Self.dump.utf8), "dump.txt does not tell what the files hold")
  }

  @Test("every golden file has its sample, and every format has a golden file")
  func complete() {
    let names = Golden.samples.map { $0.name + ".bin" }
    #expect(Set(names).count == names.count)
    #expect(Set(files()).subtracting(["dump.txt"]) == Set(names))
    let formats = Set(Golden.samples.map(\.coder))
    for coder in Coder.all { #expect(formats.contains(coder.name), "\(coder.name) has no golden file") }
  }

  /// All samples in hexadecimal, so that a difference can be read in a review.
  private static var dump: String {
    Golden.samples.map { "\($0.name)\n\(hexDump($0.bytes))\n" }.joined(separator: "\n")
  }

  private func read(_ path: String) -> [UInt8] {
    guard let file = fopen(path, "r") else { return [] }
    defer { fclose(file) }
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 65_536)
    while true {
      let count = fread(&buffer, 1, buffer.count, file)
      guard count > 0 else { return bytes }
      bytes += buffer[..<count]
    }
  }

  private func write(_ bytes: [UInt8], to path: String) {
    guard let file = fopen(path, "w") else {
      Issue.record("\(path) cannot be written")
      return
    }
    #expect(fwrite(bytes, 1, bytes.count, file) == bytes.count)
    fclose(file)
  }

  private func files() -> [String] {
    guard let folder = opendir(Self.folder) else { return [] }
    defer { closedir(folder) }
    var names: [String] = []
    while let entry = readdir(folder) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      if name != ".", name != ".." { names.append(name) }
    }
    return names
  }
}
