import Base
import Model

/// The background reading of one group's whole state, a slice at a time: rot in rows that nobody asks for is found while
/// there are replicas to mend it from.
///
/// A pass covers the state as of the revision at which it began, and ends with a comparison of the rows' own set hash
/// with the one that the state's header kept from change to change.
struct Scrub: Sendable {
  struct Pass: Sendable {
    var revision: Revision
    /// What the rows must add up to; nil when compaction overtook the pass, so that it covers several revisions.
    var expected: (sum: Digest, rows: UInt64)?
    var next = Key([])
    var sum = Digest.zero
    var rows: UInt64 = 0
    var slices: UInt64 = 0
    var began: Moment
  }

  /// The read that is under way.
  private(set) var job: UInt64?
  private(set) var pass: Pass?
  private(set) var nextAt = Moment.zero
  /// Complete passes since the start of the process.
  private(set) var passes: UInt64 = 0
  /// Slices of the last complete pass, or what the state's size lets expect.
  private var slicesExpected: UInt64 = 1

  /// Passes over a small state cost little, but need not follow each other without a rest.
  private static let pausesPerPassMin: Int64 = 60
  /// A large state is read in half a day whatever the pause, so that it is read within a day though it grew meanwhile.
  private static let passMax = Interval.seconds(12 * 3_600)
  /// What one slice covers at least, twice over: a pass goes by key and by table.
  private static let sliceRows: UInt64 = 2_500
  private static let sliceBytes: UInt64 = 4 << 20

  /// Rests as between two passes. A process that has just started has others to catch up with; and an administrator who
  /// verifies it then is told of damage before it is mended.
  mutating func rest(_ pause: Interval, at now: Moment) { nextAt = now + pause * Self.pausesPerPassMin }

  func isDue(at now: Moment) -> Bool { job == nil && now >= nextAt }

  /// What the next slice reads.
  mutating func begin(_ job: UInt64, _ header: StateHeader, at now: Moment) -> (revision: Revision, start: Key) {
    self.job = job
    if let pass { return (pass.revision, pass.next) }
    let begun = Pass(
      revision: Revision(header.applied + header.base), expected: (header.setHash, header.liveKeys), began: now)
    pass = begun
    if passes == 0 { slicesExpected = 2 + header.liveKeys / Self.sliceRows + header.liveBytes / Self.sliceBytes }
    return (begun.revision, begun.next)
  }

  enum Finding: Equatable {
    case well
    /// Rows contradict their seals or digests, or SQLite says that its pages do.
    case damaged(String)
  }

  /// Takes in what a slice gave.
  mutating func took(_ slice: (setHash: Digest, rows: UInt64, next: Key?), pause: Interval, at now: Moment) -> Finding {
    job = nil
    guard var current = pass else { return .well }
    current.sum.insert(slice.setHash)
    current.rows += slice.rows
    current.slices += 1
    slicesExpected = max(slicesExpected, current.slices)
    if let next = slice.next {
      current.next = next
      pass = current
      nextAt = now + min(pause, Self.passMax / Int64(clamping: max(slicesExpected, 1)))
      return .well
    }
    pass = nil
    passes += 1
    slicesExpected = current.slices
    nextAt = max(now + pause, current.began + min(pause * Self.pausesPerPassMin, Self.passMax))
    guard let expected = current.expected, expected.sum != current.sum || expected.rows != current.rows else {
      return .well
    }
    return .damaged("it has \(current.rows) live rows, its header speaks of \(expected.rows) or of others")
  }

  /// The revision was compacted under the pass: it goes on with the newest, and compares no sums at its end.
  mutating func overtaken(by header: StateHeader) {
    job = nil
    pass?.revision = Revision(header.applied + header.base)
    pass?.expected = nil
  }

  /// Somebody has reason to look now.
  mutating func hurry() { nextAt = .zero }

  /// The read came to nothing, for a reason that is not the state's.
  mutating func postponed(_ pause: Interval, at now: Moment) {
    job = nil
    nextAt = now + pause
  }

  /// Ends the pass: the state is another one from now on, or is not to be read.
  mutating func stop() {
    job = nil
    pass = nil
  }
}
