import Base
import Raft

/// Log time never runs ahead of time and never goes back: that of an entry is at most that of the last entry before its
/// leader took over plus what has passed since (design §7, "Log time"; `peers.md` trap 29). Only then is a time to live a
/// minimum.
struct LogTimeNeverAhead: Rule {
  static let name = "log time"

  /// By how many parts per million the fastest clock of the world runs fast.
  let fastestClock: Int64

  private struct Reign {
    var term: Term
    /// When the leader took over, in true time.
    var since: Moment
    /// What its clock has leapt since.
    var leapt = Interval.zero
    /// Of the last entry before its first one.
    var inherited: LogTime?
  }
  private var reigns = ByReplica<Reign?>(nil)

  init(fastestClock: Int64) { self.fastestClock = fastestClock }

  mutating func judge(_ observation: Observation, _ facts: Facts) -> String? {
    switch observation {
    case .elected(let node, let group, let term, let since, _, _):
      reigns[node, group] = Reign(term: term, since: since)
      return nil
    case .clockLeapt(let node, let length):
      for group in facts.groups {
        guard var reign = reigns[node, group] else { continue }
        reign.leapt = reign.leapt + length
        reigns[node, group] = reign
      }
      return nil
    case .crashed(let node):
      reigns.forget(node: node)
      return nil
    case .submitted(let node, let group, let persist):
      guard let first = persist.entries.first else { return nil }
      var before = facts.appended[node, group].logTime(at: first.index - 1)
      for entry in persist.entries {
        if let problem = problem(node, group, entry, after: before, facts.now) { return problem }
        before = entry.header.logTime
      }
      return nil
    default: return nil
    }
  }

  private mutating func problem(
    _ node: Int, _ group: GroupID, _ entry: Entry, after before: LogTime?, _ now: Moment
  ) -> String? {
    guard let before else { return nil }
    let time = entry.header.logTime
    guard time >= before else { return "entry \(entry.id) of \(group) goes back from \(before) to \(time)" }
    guard let reign = reigns[node, group], reign.term == entry.term else { return nil }
    guard let inherited = reign.inherited else {
      reigns[node, group]?.inherited = before
      return time == before ? nil : "entry \(entry.id) of \(group), a leader's first, is \(time - before) after the last"
    }
    let passed = (now - reign.since).nanoseconds
    let shown = passed + passed / 1_000_000 * fastestClock + passed % 1_000_000 * fastestClock / 1_000_000
    guard (time - inherited).nanoseconds > shown + reign.leapt.nanoseconds + 1_000 else { return nil }
    return "entry \(entry.id) of \(group) is at \(time), \((time - inherited).nanoseconds / 1_000) µs after its leader took "
      + "over; \(passed / 1_000) µs have passed"
  }
}
