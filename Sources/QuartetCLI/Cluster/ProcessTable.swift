import Glibc

/// What /proc tells of processes.
enum ProcessTable {
  /// The words of a process's command line; empty when it is gone or not ours to see.
  static func commandLine(of pid: Int32) -> [String] {
    guard pid > 0, let bytes = try? LocalFiles.contents(of: "/proc/\(pid)/cmdline") else { return [] }
    return bytes.split(separator: 0).map { String(decoding: $0, as: UTF8.self) }
  }

  static func name(of pid: Int32) -> String {
    guard let bytes = try? LocalFiles.contents(of: "/proc/\(pid)/comm") else { return "?" }
    return String(decoding: bytes.prefix { $0 != 0x0A }, as: UTF8.self)
  }

  /// Whether the process is the node that was started with this settings file: a pid alone may have been given to
  /// another process since.
  static func isNode(_ pid: Int32, configuration: String) -> Bool {
    let words = commandLine(of: pid)
    return words.contains("node") && words.contains(configuration)
  }

  static func linkTarget(_ path: String) -> String? {
    var buffer = [UInt8](repeating: 0, count: Int(PATH_MAX))
    let count = buffer.withUnsafeMutableBytes { bytes in
      bytes.withMemoryRebound(to: CChar.self) { characters in
        characters.baseAddress.map { readlink(path, $0, characters.count) } ?? -1
      }
    }
    return count < 0 ? nil : String(decoding: buffer[..<count], as: UTF8.self)
  }

  /// This program's own file.
  static func ownExecutable() throws(FileProblem) -> String {
    guard let path = linkTarget("/proc/self/exe") else { throw FileProblem("read", "/proc/self/exe") }
    return path
  }
}
