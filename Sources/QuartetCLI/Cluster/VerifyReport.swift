import Base
import JSON

/// What `quartet cluster verify` found.
struct VerifyReport: Sendable {
  /// A replica that was found damaged since its node started, and was rebuilt from the others by itself: it is well now,
  /// its disk may not be.
  struct Mended: Hashable, Sendable {
    var node: String
    var keyspace: String
  }

  var keyspaces: [DigestComparison.Report]
  var mended: [Mended] = []

  private var nodes: [DigestComparison.NodeReport] { keyspaces.flatMap(\.nodes) }

  var exit: ExitCode {
    if nodes.contains(where: { $0.isWrong }) { return .no }
    return nodes.allSatisfy { $0.verdict == .equal } ? .ok : .partly
  }

  var text: String {
    var table = TextTable(["KEYSPACE", ">REVISION", "NODE", ">ROWS", "SET HASH", "VERDICT"])
    for keyspace in keyspaces {
      for node in keyspace.nodes {
        table.add([
          keyspace.keyspace, "\(keyspace.revision)", node.name, node.isVerified ? "\(node.rows)" : "-",
          node.isVerified ? node.setHash.short : "-", node.words,
        ])
      }
    }
    return table.text + "\n" + conclusion + "\n"
  }

  private var conclusion: String {
    switch exit {
    case .ok:
      guard !mended.isEmpty else { return "every node holds the same in every keyspace" }
      let list = mended.map { "\($0.node) (\($0.keyspace))" }.joined(separator: ", ")
      return "every node holds the same now; found damaged since it started and rebuilt from the others: \(list); look at its disk"
    case .partly:
      return "what was verified is equal; not verified: " + names { !$0.isVerified }
    default:
      return "not equal or damaged: " + names { $0.isWrong }
    }
  }

  private func names(_ matches: (DigestComparison.NodeReport) -> Bool) -> String {
    var names: [String] = []
    for node in nodes where matches(node) && !names.contains(node.name) { names.append(node.name) }
    return names.joined(separator: ", ")
  }

  var json: JSONValue {
    [
      "verified": .bool(exit == .ok),
      "rebuilt": .array(mended.map { ["node": .string($0.node), "keyspace": .string($0.keyspace)] }),
      "keyspaces": .array(
        keyspaces.map { keyspace in
          [
            "name": .string(keyspace.keyspace), "revision": .integer(keyspace.revision.rawValue),
            "rows": .integer(keyspace.rows), "nodes": .array(keyspace.nodes.map(\.json)),
          ]
        }),
    ]
  }
}

extension DigestComparison.NodeReport {
  /// Whether something is wrong with what the node holds.
  var isWrong: Bool {
    if !damaged.isEmpty || !error.isEmpty { return true }
    switch verdict {
    case .equal, .notVerified: return false
    case .differs, .undecided: return true
    }
  }

  /// Whether its rows were compared.
  var isVerified: Bool { if case .notVerified = verdict { false } else { true } }

  var words: String {
    var parts: [String] = []
    switch verdict {
    case .equal: if damaged.isEmpty, error.isEmpty { parts.append("equal") }
    case .differs(nil): parts.append("differs; its rows could not be listed")
    case .differs(let difference?):
      let what =
        switch difference.kind {
        case .missing: "lacks the key with hash"
        case .additional: "has in addition the key with hash"
        case .otherContent: "differs first at the key with hash"
        }
      parts.append("differs: \(what) \(difference.key)")
    case .undecided: parts.append("no majority agrees")
    case .notVerified(let reason): parts.append("not verified: \(reason)")
    }
    if let first = damaged.first {
      parts.append("\(damaged.count) damaged row\(damaged.count == 1 ? "" : "s"), the first with key hash \(first)")
    }
    if !error.isEmpty { parts.append("storage error: \(error)") }
    return parts.joined(separator: "; ")
  }

  var json: JSONValue {
    var verdictName = "equal"
    var members: [JSONMember] = []
    switch verdict {
    case .equal: if isWrong { verdictName = "damaged" }
    case .differs(let difference):
      verdictName = "differs"
      members.append(JSONMember("first_key_hash", difference.map { .string($0.key.description) } ?? .null))
      if let difference { members.append(JSONMember("difference", .string("\(difference.kind)"))) }
    case .undecided: verdictName = "undecided"
    case .notVerified(let reason):
      verdictName = "notVerified"
      members.append(JSONMember("reason", .string(reason)))
    }
    return .object(
      [
        JSONMember("name", .string(name)), JSONMember("verdict", .string(verdictName)),
        JSONMember("rows", .integer(rows)), JSONMember("set_hash", .string(setHash.description)),
        JSONMember("damaged_key_hashes", .array(damaged.map { .string($0.description) })),
        JSONMember("error", .string(error)),
      ] + members)
  }
}
