import Base
import JSON

/// What one resource adds to the index rows: a pure function of the resource, so that every row can be verified against
/// the resources and built again from them.
struct IndexEntry: Hashable {
  enum Place: Hashable {
    /// A row of this resource alone, with this value.
    case own(JSONValue)
    /// A place in a row that many resources share.
    case shared(SharedRow.Entry, SharedRow.Kind)
    /// The row names the one resource that holds what the key stands for; a second is refused by rule `rule`.
    case exclusive(rule: Int)
    /// The same in the keyspace of a registry, for ever: it is given up only by a command.
    case claim(Nation, rule: Int, owner: String)
  }

  var key: Key
  var place: Place
}

/// A row that many resources share, so that it can be compared as a whole: whoever decides by it and whoever adds to it
/// exclude each other.
struct SharedRow: Hashable {
  struct Entry: Hashable, Comparable {
    /// The resource's id: one entry each.
    var id: String
    /// When it happened; orders and prunes.
    var at: Instant
    var value: JSONValue

    static func < (left: Self, right: Self) -> Bool {
      left.at != right.at ? left.at < right.at : left.id.utf8.lexicographicallyPrecedes(right.id.utf8)
    }
  }

  enum Kind: Hashable {
    /// All entries stay.
    case whole
    /// Entries older than 96 h before the newest go, and the oldest beyond ``callsMax``.
    case calls
  }

  /// Calls of one key that are kept: of people who agree in sex and date of birth a nation has a handful in 96 h.
  static let callsMax = 512

  /// Entries at or before this were pruned: nothing can be said of that time. Never falls.
  var horizon: Instant
  /// In order.
  private(set) var entries: [Entry]

  static let epoch: Instant = {
    guard let epoch = Instant(milliseconds: 0) else { preconditionFailure("no epoch") }
    return epoch
  }()

  init() {
    horizon = Self.epoch
    entries = []
  }

  mutating func remove(_ id: String) { entries.removeAll { $0.id == id } }

  /// Puts `entry` in the place of the one with its id.
  mutating func set(_ entry: Entry, _ kind: Kind) {
    remove(entry.id)
    let place = entries.firstIndex { entry < $0 } ?? entries.endIndex
    entries.insert(entry, at: place)
    guard kind == .calls, let newest = entries.last else { return }
    let windowStart = newest.at.adding(seconds: -RepeatCaller.windowSeconds)
    if windowStart > horizon { horizon = windowStart }
    if entries.count > Self.callsMax { horizon = max(horizon, entries[entries.count - Self.callsMax - 1].at) }
    entries.removeAll { $0.at <= horizon }
  }

  /// Nil when there is nothing to be said: then the row is not there.
  var bytes: [UInt8]? {
    guard !entries.isEmpty || horizon > Self.epoch else { return nil }
    return JSONValue.object([
      JSONMember("horizon", .integer(horizon.milliseconds)),
      JSONMember(
        "entries", .array(entries.map { [.string($0.id), .integer($0.at.milliseconds), $0.value] })),
    ]).serialized()
  }

  /// Nil when the bytes are no such row.
  init?(_ bytes: [UInt8]) {
    guard let json = try? JSONValue(parsing: bytes),
      let horizon = json["horizon"]?.int64.flatMap({ Instant(milliseconds: $0) }), let list = json["entries"]?.array
    else { return nil }
    self.horizon = horizon
    entries = []
    for item in list {
      guard let id = item[0]?.string, let at = item[1]?.int64.flatMap({ Instant(milliseconds: $0) }),
        let value = item[2]
      else { return nil }
      entries.append(Entry(id: id, at: at, value: value))
    }
  }
}

/// A row of a registry: who has a number.
struct ClaimRow: Hashable {
  /// The resource, as `Type/id`, or what stands for a group of resources.
  var owner: String
  var home: Nation
  var request: Identifier
  var at: Instant

  var bytes: [UInt8] {
    JSONValue.object([
      JSONMember("owner", .string(owner)), JSONMember("home", .string(home.description)),
      JSONMember("request", .string(Keys.hex(request))), JSONMember("at", .integer(at.milliseconds)),
    ]).serialized()
  }

  init(owner: String, home: Nation, request: Identifier, at: Instant) {
    self.owner = owner
    self.home = home
    self.request = request
    self.at = at
  }

  init?(_ bytes: [UInt8]) {
    guard let json = try? JSONValue(parsing: bytes), let owner = json["owner"]?.string,
      let home = json["home"]?.string.flatMap({ Nation($0) }),
      let request = json["request"]?.string.flatMap({ Identifier($0) }),
      let at = json["at"]?.int64.flatMap({ Instant(milliseconds: $0) })
    else { return nil }
    self.init(owner: owner, home: home, request: request, at: at)
  }
}

/// Texts from resources become parts of keys only when they are short and have no slash.
func keyPart(_ text: String?) -> String? {
  guard let text, ResourceID(text) != nil else { return nil }
  return text
}
