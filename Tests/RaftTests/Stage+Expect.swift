import Base
import Raft

extension Stage {
  /// Compares what is said with what is; returns the differences.
  func expect(_ command: Command) -> [String] {
    guard command.plain.first != "all" else {
      return world.up.flatMap { expect(command, $0) }
    }
    return command.numbers.flatMap { expect(command, World.id($0)) }
  }

  private func expect(_ command: Command, _ id: ReplicaID) -> [String] {
    var differences: [String] = []
    for (name, wanted) in command.named {
      let found = value(name, of: id)
      if found != wanted { differences.append("\(name) of \(id) is \(found)") }
    }
    return differences
  }

  private func value(_ name: String, of id: ReplicaID) -> String {
    let group = world.group(id)
    let (key, argument) = (name.prefix { $0 != "." }, UInt64(name.drop { $0 != "." }.dropFirst()))
    let peer = argument.flatMap { group.progress(of: World.id($0)) }
    switch key {
    case "role": return group.role.rawValue
    case "term": return "\(group.term)"
    case "leader": return group.leader.map(\.description) ?? "none"
    case "vote": return group.hardState.votedFor.map(\.description) ?? "none"
    case "commit": return "\(group.commit)"
    case "last": return "\(group.lastIndex)"
    case "durable": return "\(group.durableIndex)"
    case "first": return "\(group.firstIndex)"
    case "termAt": return group.term(at: LogIndex(argument!)).map(\.description) ?? "none"
    case "applied": return "\(world.nodes[id]!.disk.applied)"
    case "lease": return group.leaseValid(at: world.now) ? "yes" : "no"
    case "suspended": return group.hardState.suspended ? "yes" : "no"
    case "configuration": return group.configuration.line.replacing(" ", with: ",")
    case "match": return peer.map { "\($0.match)" } ?? "none"
    case "next": return peer.map { "\($0.next)" } ?? "none"
    case "state": return peer?.state.rawValue ?? "none"
    case "lost": return peer.map { $0.isLost ? "yes" : "no" } ?? "none"
    case "transfer": return group.transferTarget.map(\.description) ?? "none"
    case "deadline": return group.deadline == .never ? "never" : "some"
    case "home": return group.wayHome(at: world.localTime(id)).line
    case "pending": return "\(world.nodes[id]!.pending.count)"
    case "quorumAge": return group.quorumAge(at: world.now).map { "\($0.milliseconds)" } ?? "none"
    case "logTime": return group.mark(at: LogIndex(argument!)).map { "\($0.logTime.nanoseconds / 1_000_000)" } ?? "none"
    case "underway": return "\(world.network.filter { $0.from == id && argument.map(World.id) == $0.to }.count)"
    default: return "unknown"
    }
  }
}

/// A line of a scenario, taken apart.
struct Command {
  let verb: String
  var plain: [String] = []
  var named: [(name: String, value: String)] = []

  init(_ words: [String]) {
    verb = words[0]
    for word in words.dropFirst() {
      if let place = word.firstIndex(of: "=") {
        named.append((String(word[..<place]), String(word[word.index(after: place)...])))
      } else {
        plain.append(word)
      }
    }
  }

  subscript(name: String) -> String? { named.first { $0.name == name }?.value }
  func has(_ word: String) -> Bool { plain.contains(word) }
  func number(_ name: String) -> UInt64? { self[name].flatMap { UInt64($0) } }
  var numbers: [UInt64] { plain.compactMap { UInt64($0) } }
  var id: ReplicaID { World.id(numbers[0]) }

  /// `term/index`.
  func entry(_ name: String) -> EntryID {
    let parts = (self[name] ?? "0/0").split(separator: "/").compactMap { UInt64($0) }
    return EntryID(index: LogIndex(parts[1]), term: Term(parts[0]))
  }

  /// Members as in `1 2 3l 4d & 1 2 4`, after `skipped` words.
  func configuration(after skipped: Int = 0) -> Configuration {
    let halves = plain.dropFirst(skipped).split(separator: "&", omittingEmptySubsequences: false)
    let roles: [Character: MemberRole] = ["l": .learner, "w": .witness, "d": .departing]
    let members = (halves.first ?? []).map { word in
      let role = word.lazy.compactMap { roles[$0] }.first ?? .voter
      return World.member(World.id(UInt64(word.filter(\.isNumber))!), role, isHome: word.contains("h"))
    }
    let outgoing = halves.count > 1 ? halves[1].map { World.id(UInt64($0)!) } : []
    return Configuration(members: members, outgoing: outgoing)
  }

  /// Whether a message fits `[kind…] [from=] [to=]`.
  func selects(_ message: Message) -> Bool {
    if let from = number("from"), World.id(from) != message.from { return false }
    if let to = number("to"), World.id(to) != message.to { return false }
    return plain.isEmpty || plain.contains(message.body.name)
  }
}
