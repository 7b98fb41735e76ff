import Glibc
import JSON

/// Real FHIR files where they are at hand: in the folder that QUARTET_FHIR_SAMPLES names, or `../shared/fhir-samples`
/// beside the package.
enum Samples {
  static let folder: String? = {
    if let named = getenv("QUARTET_FHIR_SAMPLES") { return String(cString: named) }
    // This file is at Tests/FHIRTests in the package; the folder may also be beside a worktree's parent.
    let parts = #filePath.split(separator: "/").dropLast(3)
    for above in 1...2 {
      let folder = "/" + parts.dropLast(above).joined(separator: "/") + "/shared/fhir-samples"
      if access(folder, R_OK) == 0 { return folder }
    }
    return nil
  }()

  static var areHere: Bool { folder != nil }

  /// Names of the files, in order.
  static var names: [String] {
    guard let folder, let directory = opendir(folder) else { return [] }
    defer { closedir(directory) }
    var names: [String] = []
    while let entry = readdir(directory) {
      let name = withUnsafeBytes(of: entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
      if name.hasSuffix(".json") { names.append(name) }
    }
    return names.sorted()
  }

  static func json(_ name: String) throws -> JSONValue { try JSONValue(parsing: try bytes(name)) }

  static func bytes(_ name: String) throws -> [UInt8] {
    struct Unreadable: Error {}
    guard let folder, let file = fopen("\(folder)/\(name)", "rb") else { throw Unreadable() }
    defer { fclose(file) }
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 65_536)
    while case let count = fread(&chunk, 1, chunk.count, file), count > 0 { bytes.append(contentsOf: chunk[..<count]) }
    return bytes
  }
}
