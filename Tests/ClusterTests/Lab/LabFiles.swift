import Glibc

/// The few file operations that scenarios need.
enum LabFiles {
  static func temporaryDirectory() throws -> String {
    let base = Lab.environment("TMPDIR") ?? "/tmp"
    var template = Array("\(base)/quartet-lab-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else { throw LabFailure("no temporary directory: errno \(errno)") }
    return String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  static func write(_ text: String, to path: String) throws { try write(Array(text.utf8), to: path) }

  /// Writes the file in one step, so that every reader sees the old or the new.
  static func write(_ bytes: [UInt8], to path: String) throws {
    guard let file = fopen(path + ".new", "w") else { throw LabFailure("cannot write \(path): errno \(errno)") }
    let count = fwrite(bytes, 1, bytes.count, file)
    guard fclose(file) == 0, count == bytes.count, rename(path + ".new", path) == 0 else {
      throw LabFailure("cannot write \(path): errno \(errno)")
    }
  }

  static func bytes(of path: String) -> [UInt8] {
    guard let file = fopen(path, "r") else { return [] }
    defer { fclose(file) }
    var all: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 1 << 20)
    while true {
      let count = fread(&buffer, 1, buffer.count, file)
      if count == 0 { return all }
      all += buffer[0..<count]
    }
  }

  static func text(of path: String) -> String { String(decoding: bytes(of: path), as: UTF8.self) }

  static func names(in directory: String) -> [String] {
    guard let stream = opendir(directory) else { return [] }
    defer { closedir(stream) }
    var names: [String] = []
    while let entry = readdir(stream) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      if name != ".", name != ".." { names.append(name) }
    }
    return names.sorted()
  }

  /// Runs a tool of the system to its end.
  static func run(_ words: String...) throws {
    let process = try LabProcess(words, output: "/dev/null", errors: "/dev/null")
    let code = process.wait()
    guard code == 0 else { throw LabFailure("\(words.joined(separator: " ")): exit code \(code)") }
  }

  /// A directory as it is, with every file; of a running node it is what a snapshot of the volume's files gives.
  static func copy(_ directory: String, to other: String) throws { try run("cp", "-a", directory, other) }
  static func remove(_ path: String) throws { try run("rm", "-rf", path) }

  /// Where `needle` begins in `bytes`.
  static func positions(of needle: [UInt8], in bytes: [UInt8]) -> [Int] {
    guard let first = needle.first, bytes.count >= needle.count else { return [] }
    return bytes.indices.dropLast(needle.count - 1).filter {
      bytes[$0] == first && bytes[$0..<$0 + needle.count].elementsEqual(needle)
    }
  }

  /// Changes one bit of the byte at `offset`.
  static func flip(_ path: String, at offset: Int) throws {
    let descriptor = open(path, O_RDWR)
    guard descriptor >= 0 else { throw LabFailure("cannot open \(path): errno \(errno)") }
    defer { close(descriptor) }
    var byte: UInt8 = 0
    guard pread(descriptor, &byte, 1, off_t(offset)) == 1 else { throw LabFailure("no byte \(offset) in \(path)") }
    byte ^= 0x04
    guard pwrite(descriptor, &byte, 1, off_t(offset)) == 1 else { throw LabFailure("cannot write \(path)") }
  }
}
