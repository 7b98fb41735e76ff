import Base
import Model
import Raft
import Wire

/// Looking for damage before anybody asks for what is damaged.
extension Replicas {
  /// Readers that have so much to do are left alone for now.
  private static let readsMax = 2
  /// But not for longer than so many pauses.
  private static let patience: Int64 = 10

  mutating func scrub(_ slot: Int, at now: Moment, into effects: inout [ReplicaEffect]) {
    guard let pause = configuration.scrubPause, groups[slot].quarantine == nil, !groups[slot].isInstalling,
      groups[slot].scrub.isDue(at: now), !groups.contains(where: { $0.scrub.job != nil })
    else { return }
    let running = groups.reduce(jobs.count) { $0 + $1.reads.running.count }
    guard running <= Self.readsMax || now - groups[slot].scrub.nextAt >= pause * Self.patience else { return }
    let job = nextJob
    nextJob += 1
    let (revision, start) = groups[slot].scrub.begin(job, groups[slot].header, at: now)
    let query = DigestQuery(
      revision: revision, range: KeyRange(start: start, end: nil), limit: Scrub.rowsPerSlice, perRow: false)
    effects.append(.read(ReadJob(id: job, group: groups[slot].group, work: .digest(query))))
  }

  mutating func scrubbed(
    _ slot: Int, _ result: ReadDone.Result, at now: Moment, into effects: inout [ReplicaEffect]
  ) {
    let pause = configuration.scrubPause ?? .seconds(1)
    switch result {
    case .digest(let digest):
      if let damage = digest.damage { return foundDamage(slot, damage, at: now, into: &effects) }
      let slice = (digest.setHash, digest.rows, digest.next)
      if case .damaged(let what) = groups[slot].scrub.took(slice, pause: pause, at: now) {
        foundDamage(slot, what, at: now, into: &effects)
      }
    case .failed(.compacted): groups[slot].scrub.overtaken(by: groups[slot].header)
    case .failed(.storage(.corrupt(let what))): foundDamage(slot, "\(what)", at: now, into: &effects)
    case .failed: groups[slot].scrub.postponed(pause, at: now)
    case .value: preconditionFailure("a scrub gave a value")
    }
  }

  /// Whoever came upon it: the background pass, an administrator's verification, a client's read.
  mutating func foundDamage(
    _ slot: Int, _ what: String, at now: Moment, into effects: inout [ReplicaEffect]
  ) {
    leaveService(slot, "its state file is damaged: \(what)", at: now, into: &effects)
  }
}

extension Scrub {
  /// Live rows of one slice: a few tens of milliseconds of a reader's time.
  static let rowsPerSlice = 2_000
}

extension DigestResult {
  /// The damage that the slice met; nil for none.
  var damage: String? {
    if !error.isEmpty { return error }
    guard let first = damaged.first else { return nil }
    return damaged.count == 1 ? "one row (\(first))" : "\(damaged.count) rows (\(first) the first)"
  }
}
