import Base

/// Where a change stands among all changes.
struct ChangeID: Hashable, Comparable, Sendable {
  var revision: Revision
  var ordinal: UInt32
  static func < (left: Self, right: Self) -> Bool {
    left.revision != right.revision ? left.revision < right.revision : left.ordinal < right.ordinal
  }
}

/// What expires when, in order of time and then of id.
struct Deadlines<ID: Comparable & Sendable>: Sendable {
  private struct Deadline: Comparable, Sendable {
    let time: LogTime
    let id: ID
    static func < (left: Self, right: Self) -> Bool {
      left.time != right.time ? left.time < right.time : left.id < right.id
    }
  }

  private var deadlines = SortedMap<Deadline, Void>()

  mutating func add(_ id: ID, _ time: LogTime) { deadlines.set(Deadline(time: time, id: id), ()) }
  mutating func remove(_ id: ID, _ time: LogTime) { deadlines.remove(Deadline(time: time, id: id)) }

  func expired(before time: LogTime, limit: Int) -> [ID] {
    var ids: [ID] = []
    var place = deadlines.first
    while ids.count < limit, place != deadlines.end, deadlines.key(at: place).time < time {
      ids.append(deadlines.key(at: place).id)
      place = deadlines.place(after: place)
    }
    return ids
  }
}

extension MemoryState {
  /// The whole state as one value; a copy costs nothing until one side changes.
  public struct Contents: Sendable {
    struct Session: Sendable {
      var head: SessionHead
      var results = SortedMap<UInt64, Remembered>()
    }

    var header: StateHeader
    /// Every kept change of a key, oldest first. Invariant: no key has an empty history.
    private(set) var keys = SortedMap<Key, [StateRow]>()
    /// The key of each change: the order in which watches and snapshots see them.
    private(set) var changes = SortedMap<ChangeID, Key>()
    private(set) var sessions = SortedMap<UInt64, Session>()
    private(set) var requests = SortedMap<Identifier, Remembered>()
    private(set) var requestDeadlines = Deadlines<Identifier>()
    private(set) var sessionDeadlines = Deadlines<UInt64>()

    init(header: StateHeader) { self.header = header }

    // MARK: Reading

    /// The live row of `key`.
    func live(_ key: Key) -> StateRow? {
      guard let row = keys[key]?.last, row.value != nil else { return nil }
      return row
    }

    func row(_ key: Key, _ id: ChangeID) -> StateRow? {
      keys[key]?.last { $0.revision == id.revision && $0.ordinal == id.ordinal }
    }

    /// Hands the rows of `range` that were live at `revision` (nil: are live) to `body`, until it returns false.
    func scan(_ range: KeyRange, asOf revision: Revision?, reverse: Bool, _ body: (StateRow) -> Bool) {
      guard !range.isEmpty else { return }
      let start = keys.lowerBound(range.start)
      let end = range.end.map(keys.lowerBound) ?? keys.end
      var place = reverse ? end : start
      while place != (reverse ? start : end) {
        let at: SortedMap<Key, [StateRow]>.Place
        if reverse {
          guard let before = keys.place(before: place) else { return }
          at = before
          place = before
        } else {
          at = place
          place = keys.place(after: place)
        }
        let history = keys.value(at: at)
        let row = revision.map { revision in history.last { $0.revision <= revision } } ?? history.last
        if let row, row.value != nil, !body(row) { return }
      }
    }

    // MARK: Changing

    mutating func apply(_ effects: [StateEffect], revision: Revision) {
      for effect in effects { apply(effect, revision) }
      header.absorb(effects, revision: revision)
    }

    private mutating func apply(_ effect: StateEffect, _ revision: Revision) {
      switch effect {
      case .put(let ordinal, let key, let value, let createRevision, let version, let replaced):
        precondition(live(key)?.head == replaced, "a put at \(revision) replaces another row than the live one")
        append(
          StateRow(
            revision: revision, ordinal: ordinal, key: key, value: value, createRevision: createRevision,
            version: version))
      case .delete(let ordinal, let key, let replaced):
        precondition(live(key)?.head == replaced, "a deletion at \(revision) of another row than the live one")
        append(
          StateRow(revision: revision, ordinal: ordinal, key: key, value: nil, createRevision: .zero, version: 0))
      case .putSession(let id, let head):
        putSession(id, head)
      case .removeSession(let id):
        if let session = sessions.remove(id) { sessionDeadlines.remove(id, session.head.expires) }
      case .rememberInSession(let id, let sequence, let remembered):
        rememberInSession(id, sequence, remembered)
      case .forgetInSession(let id, let below):
        forgetInSession(id, below)
      case .remember(let request, let remembered):
        remember(request, remembered)
      case .forget(let request):
        if let remembered = requests.remove(request) { requestDeadlines.remove(request, remembered.keepUntil) }
      case .compact(let target):
        compact(target)
      }
    }

    /// Adds a change; rows of one key come in ascending order.
    mutating func append(_ row: StateRow) {
      let id = ChangeID(revision: row.revision, ordinal: row.ordinal)
      if let last = keys[row.key]?.last {
        precondition(
          ChangeID(revision: last.revision, ordinal: last.ordinal) < id, "a change at \(row.revision) out of order")
        keys.update(row.key) { $0.append(row) }
      } else {
        keys.set(row.key, [row])
      }
      changes.set(id, row.key)
    }

    mutating func putSession(_ id: UInt64, _ head: SessionHead) {
      if let before = sessions[id]?.head {
        sessionDeadlines.remove(id, before.expires)
        sessions.update(id) { $0.head = head }
      } else {
        sessions.set(id, Session(head: head))
      }
      sessionDeadlines.add(id, head.expires)
    }

    mutating func rememberInSession(_ id: UInt64, _ sequence: UInt64, _ remembered: Remembered) {
      sessions.update(id) { $0.results.set(sequence, remembered) }
    }

    private mutating func forgetInSession(_ id: UInt64, _ below: UInt64) {
      sessions.update(id) { session in
        while !session.results.isEmpty {
          let oldest = session.results.key(at: session.results.first)
          guard oldest < below else { break }
          session.results.remove(oldest)
        }
      }
    }

    mutating func remember(_ request: Identifier, _ remembered: Remembered) {
      precondition(requests[request] == nil, "a request is remembered twice")
      requests.set(request, remembered)
      requestDeadlines.add(request, remembered.keepUntil)
    }

    /// Forgets what was superseded at or below `target`: of each key the newest change at or below it stays if it is a
    /// put, and everything above it.
    private mutating func compact(_ target: Revision) {
      var superseded: [(Key, keep: ArraySlice<StateRow>, gone: ArraySlice<StateRow>)] = []
      for (key, history) in keys {
        guard let newest = history.lastIndex(where: { $0.revision <= target }) else { continue }
        let start = history[newest].value == nil ? newest + 1 : newest
        if start > 0 { superseded.append((key, history[start...], history[..<start])) }
      }
      for (key, keep, gone) in superseded {
        if keep.isEmpty { keys.remove(key) } else { keys.set(key, Array(keep)) }
        for row in gone { changes.remove(ChangeID(revision: row.revision, ordinal: row.ordinal)) }
      }
    }
  }
}
