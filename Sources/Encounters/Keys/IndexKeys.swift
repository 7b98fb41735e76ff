import Base
import Identifiers

/// The keys under which identifiers of patients are made index keys: whoever sees keys of the store, in a file or a
/// trace, learns no number from them.
public struct IndexKeys: Sendable {
  private let nations: [HMAC]
  private let demographics: HMAC
  /// Tells these keys from others, and nothing about them. Each keyspace holds that of the keys with which its rows were
  /// made, so that rows of two keys never stand beside each other and a question by other keys is not answered "nobody".
  let seal: [UInt8]

  /// - Parameters:
  ///   - nations: one secret for the numbers of each nation's registry, in the order of ``Base/Nation/allCases``.
  ///   - demographics: for names, dates and postcodes, which no nation owns.
  public init(nations: [[UInt8]], demographics: [UInt8]) {
    precondition(nations.count == Nation.allCases.count, "\(nations.count) keys for four nations")
    self.nations = nations.map { HMAC(key: $0) }
    self.demographics = HMAC(key: demographics)
    var hasher = SHA256()
    for hmac in self.nations + [self.demographics] { hasher.update(hmac.code(of: Array("index keys".utf8))) }
    seal = Array(base32(hasher.finish().bytes, 26).utf8)
  }

  /// Fixed keys, for development and tests.
  public static let development = IndexKeys(
    nations: Nation.allCases.map { Array("quartet development index key of \($0)".utf8) },
    demographics: Array("quartet development index key of demographics".utf8))

  /// 26 characters that stand for the number in keys of every keyspace.
  func code(of number: PatientNumber) -> String {
    code(nations[Int(number.scheme.registry.rawValue) - 1], "number", [number.digits])
  }

  /// The same for the number of a prescription, registered by `nation`.
  func code(ofPrescription value: String, system: String, registry nation: Nation) -> String {
    code(nations[Int(nation.rawValue) - 1], "prescription", [system, value])
  }

  /// The same for some of the demographics of a person; `label` says which.
  func code(ofDemographics parts: [String], label: String) -> String { code(demographics, label, parts) }

  private func code(_ hmac: HMAC, _ label: String, _ parts: [String]) -> String {
    var writer = ByteWriter()
    writer.text(label)
    for part in parts { writer.text(part) }
    return base32(hmac.code(of: writer.bytes).bytes, 26)
  }
}
