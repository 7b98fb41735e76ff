internal import Base

/// Which commits would survive a loss of power (design §6, "Cutting the log").
///
/// At `synchronous=NORMAL` a commit is in the WAL but not synced. A checkpoint syncs the WAL before it copies anything,
/// so a commit whose last frame was reported as backfilled is durable; that the checkpoint returned without an error
/// says nothing, because a reader may have kept it from copying. Nothing else ever moves ``durable``.
struct DurableFrames {
  private struct Commit {
    let applied: LogIndex
    /// The WAL's frame that ended it, in the present generation of the WAL; never too low.
    var frame: Int
  }

  /// The greatest applied index that would survive.
  private(set) var durable: LogIndex
  /// Invariant: ascending in both fields, all above ``durable``.
  private var commits: [Commit] = []
  /// Frames in the WAL after the last commit, as far as it is known.
  private(set) var frames = 0
  /// Frames of these that are in the database file.
  private(set) var backfilled = 0
  private var newest: LogIndex

  /// - Parameter applied: what a file shows that was just opened. Some of it may be in the WAL alone, and not synced:
  ///   only a checkpoint of everything makes it count.
  init(opened applied: LogIndex) {
    durable = .zero
    newest = applied
    commits = [Commit(applied: applied, frame: .max)]
  }

  /// A transaction that left the state at `applied` ended with the WAL's frame `frame`.
  mutating func committed(_ applied: LogIndex, frame: Int) {
    precondition(applied >= newest, "applied went from \(newest) back to \(applied)")
    // The WAL has begun anew, or the transaction wrote nothing. SQLite begins anew only after a checkpoint of
    // everything, which `checkpointed` has seen; should anything be left it waits for the new generation.
    if frame <= frames { backfilled = 0 }
    for index in commits.indices where commits[index].frame > frame { commits[index].frame = frame }
    frames = frame
    if applied > newest { commits.append(Commit(applied: applied, frame: frame)) }
    newest = applied
  }

  /// A checkpoint reported that of `log` frames `backfilled` are in the database file.
  mutating func checkpointed(log: Int, backfilled: Int) {
    frames = log
    self.backfilled = backfilled
    if backfilled >= log {
      durable = newest
      commits.removeAll()
      return
    }
    let count = commits.prefix { $0.frame <= backfilled }.count
    guard count > 0 else { return }
    durable = max(durable, commits[count - 1].applied)
    commits.removeFirst(count)
  }

  /// Frames that a checkpoint would have to copy.
  var pending: Int { frames - backfilled }
}
