internal import Base

/// Which commits would survive a loss of power (design §6, "Cutting the log").
///
/// At `synchronous=NORMAL` a commit is in the WAL but not synced. A checkpoint syncs the WAL before it copies anything,
/// so a commit whose last frame was reported as backfilled is durable; that the checkpoint returned without an error
/// says nothing, because a reader may have kept it from copying. The WAL begins anew only after every frame was
/// backfilled and the database file synced, so a new generation proves all commits of the one before.
struct DurableFrames {
  private struct Commit {
    let applied: LogIndex
    let frame: Int
  }

  /// The greatest applied index that would survive.
  private(set) var durable: LogIndex
  /// Invariant: ascending in both fields, all of the present generation, none durable.
  private var commits: [Commit] = []
  /// Frames in the WAL after the last commit.
  private(set) var frames = 0
  /// Frames of these that are in the database file.
  private(set) var backfilled = 0
  /// How often the WAL began anew.
  private(set) var generation = 0
  private var newest: LogIndex

  /// - Parameters:
  ///   - durable: known to survive; zero when nothing is known.
  ///   - applied: what the file and its WAL show.
  ///   - frames: in the WAL, whose last commit is that of `applied`.
  init(durable: LogIndex, applied: LogIndex, frames: Int) {
    self.durable = durable
    newest = applied
    self.frames = frames
    if applied > durable { commits = [Commit(applied: applied, frame: frames)] }
  }

  /// A transaction that left the state at `applied` ended with the WAL's frame `frame`.
  mutating func committed(_ applied: LogIndex, frame: Int) {
    precondition(applied >= newest, "applied went from \(newest) back to \(applied)")
    if frame <= frames {
      generation += 1
      backfilled = 0
      durable = max(durable, newest)
      commits.removeAll()
    }
    frames = frame
    // A commit that applied nothing (compaction) moves no mark: the earlier frame is enough for this index.
    if applied > newest || (applied > durable && commits.isEmpty) {
      commits.append(Commit(applied: applied, frame: frame))
    }
    newest = applied
  }

  /// A checkpoint reported that of `log` frames `backfilled` are in the database file.
  mutating func checkpointed(log: Int, backfilled: Int) {
    frames = log
    self.backfilled = backfilled
    if backfilled >= log {
      // Also a WAL that was found empty: everything is in the file, which was synced before the WAL was emptied.
      durable = max(durable, newest)
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
