public import Base

extension StateHeader {
  /// Brings the sums (set hash, live keys and bytes, sessions, remembered requests, compaction) in line with `effects`
  /// of the entry at `revision`. The entry's own fields (applied, term, log time, chain head, entry hash) are the
  /// applier's. To be called once for each entry, in order.
  public mutating func absorb(_ effects: [StateEffect], revision: Revision) {
    for effect in effects { absorb(effect, revision) }
  }

  private mutating func absorb(_ effect: StateEffect, _ revision: Revision) {
    switch effect {
    case .put(let ordinal, let key, let value, let createRevision, let version, let replaced):
      if let replaced { remove(key, replaced) }
      setHash.insert(
        SetHash.member(
          key: key, create: createRevision, mod: revision, ordinal: ordinal, version: version,
          valueDigest: value.digest))
      liveKeys += 1
      liveBytes += UInt64(key.bytes.count + value.bytes.count)
    case .delete(_, let key, let replaced):
      remove(key, replaced)
    case .putSession(let id, _):
      // A session's id is the revision that opened it; at any other revision it is there already.
      if id == revision.rawValue { sessions += 1 }
    case .removeSession:
      precondition(sessions > 0, "a session ended and none was counted")
      sessions -= 1
    case .remember:
      remembered += 1
    case .forget:
      precondition(remembered > 0, "a request was forgotten and none was counted")
      remembered -= 1
    case .compact(let target):
      precondition(target > compacted, "compaction to \(target) after \(compacted)")
      compacted = target
    case .rememberInSession, .forgetInSession:
      break
    }
  }

  private mutating func remove(_ key: Key, _ head: RowHead) {
    let bytes = UInt64(key.bytes.count) + UInt64(head.valueBytes)
    precondition(liveKeys > 0, "a row was replaced and none was counted")
    precondition(liveBytes >= bytes, "a row of \(bytes) bytes was replaced and \(liveBytes) were counted")
    setHash.remove(SetHash.member(key: key, head: head))
    liveKeys -= 1
    liveBytes -= bytes
  }
}
