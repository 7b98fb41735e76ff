import Glibc

/// What the operating system refused to do with a file.
struct FileProblem: Error, Hashable, Sendable, CustomStringConvertible {
  let what: String
  let path: String
  let code: Int32

  init(_ what: String, _ path: String, code: Int32 = errno) {
    self.what = what
    self.path = path
    self.code = code
  }

  var isMissing: Bool { code == ENOENT || code == ENOTDIR }
  var description: String { "cannot \(what) '\(path)': \(SystemText.error(code))" }
}

enum SystemText {
  static func error(_ code: Int32) -> String {
    guard let text = strerror(code) else { return "errno \(code)" }
    return String(cString: text)
  }
}

/// Files that the tool itself reads and writes: settings, cluster files, values. (A node's data goes through the store's
/// own port.)
enum LocalFiles {
  /// The whole file.
  static func contents(of path: String, limit: Int = 64 << 20) throws(FileProblem) -> [UInt8] {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw FileProblem("read", path) }
    defer { close(descriptor) }
    return try contents(descriptor, named: path, limit: limit)
  }

  static func standardInput(limit: Int = 64 << 20) throws(FileProblem) -> [UInt8] {
    try contents(0, named: "standard input", limit: limit)
  }

  private static func contents(_ descriptor: Int32, named path: String, limit: Int) throws(FileProblem) -> [UInt8] {
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 64 << 10)
    while true {
      let count = chunk.withUnsafeMutableBytes { read(descriptor, $0.baseAddress, $0.count) }
      if count < 0, errno == EINTR { continue }
      guard count >= 0 else { throw FileProblem("read", path) }
      if count == 0 { return bytes }
      guard bytes.count + count <= limit else { throw FileProblem("read", path, code: EFBIG) }
      bytes += chunk[..<count]
    }
  }

  /// Puts `bytes` in the place of the file in one step: a reader sees the old content or the new, also after a crash.
  static func replace(_ path: String, with bytes: [UInt8], mode: mode_t = 0o644) throws(FileProblem) {
    let beside = "\(path).new.\(getpid())"
    let descriptor = open(beside, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode)
    guard descriptor >= 0 else { throw FileProblem("write", beside) }
    var done = 0
    while done < bytes.count {
      let count = bytes.withUnsafeBytes { write(descriptor, $0.baseAddress.map { $0 + done }, bytes.count - done) }
      if count < 0, errno == EINTR { continue }
      guard count > 0 else {
        let problem = FileProblem("write", beside)
        close(descriptor)
        unlink(beside)
        throw problem
      }
      done += count
    }
    let isDurable = fsync(descriptor) == 0
    let problem = FileProblem("sync", beside)
    close(descriptor)
    guard isDurable else {
      unlink(beside)
      throw problem
    }
    guard rename(beside, path) == 0 else {
      let problem = FileProblem("replace", path)
      unlink(beside)
      throw problem
    }
    try syncDirectory(directory(of: path))
  }

  static func syncDirectory(_ path: String) throws(FileProblem) {
    let descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { throw FileProblem("open", path) }
    defer { close(descriptor) }
    guard fsync(descriptor) == 0 else { throw FileProblem("sync", path) }
  }

  static func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }

  static func isDirectory(_ path: String) -> Bool {
    var status = stat()
    return lstat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
  }

  /// Makes the directory and those above it.
  static func makeDirectory(_ path: String) throws(FileProblem) {
    if mkdir(path, 0o755) == 0 || errno == EEXIST { return }
    guard errno == ENOENT else { throw FileProblem("make directory", path) }
    let above = directory(of: path)
    guard above != path else { throw FileProblem("make directory", path, code: ENOENT) }
    try makeDirectory(above)
    guard mkdir(path, 0o755) == 0 || errno == EEXIST else { throw FileProblem("make directory", path) }
  }

  /// Removes a file, or a directory with all in it; links are removed, not followed. A missing one is no error.
  static func remove(_ path: String) throws(FileProblem) {
    if isDirectory(path) {
      for name in try names(in: path) { try remove("\(path)/\(name)") }
      guard rmdir(path) == 0 || errno == ENOENT else { throw FileProblem("remove", path) }
    } else {
      guard unlink(path) == 0 || errno == ENOENT else { throw FileProblem("remove", path) }
    }
  }

  /// Names in a directory, in byte order.
  static func names(in path: String) throws(FileProblem) -> [String] {
    guard let directory = opendir(path) else { throw FileProblem("list", path) }
    defer { closedir(directory) }
    var names: [String] = []
    while let entry = readdir(directory) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
        pointer.withMemoryRebound(to: CChar.self, capacity: Int(NAME_MAX) + 1) { String(cString: $0) }
      }
      if name != ".", name != ".." { names.append(name) }
    }
    return names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
  }

  /// The part before the last `/`; `.` when there is none.
  static func directory(of path: String) -> String {
    guard let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")) else { return "." }
    return slash == path.utf8.startIndex ? "/" : String(path[..<slash])
  }

  static func workingDirectory() throws(FileProblem) -> String {
    guard let text = getcwd(nil, 0) else { throw FileProblem("find", "the working directory") }
    defer { free(text) }
    return String(cString: text)
  }

  /// The path from the root, whether or not something is there.
  static func absolute(_ path: String) throws(FileProblem) -> String {
    var parts: [Substring] = path.utf8.first == UInt8(ascii: "/") ? [] : try workingDirectory().split(separator: "/")
    for part in path.split(separator: "/") where part != "." {
      if part == ".." {
        if !parts.isEmpty { parts.removeLast() }
      } else {
        parts.append(part)
      }
    }
    return "/" + parts.joined(separator: "/")
  }
}
