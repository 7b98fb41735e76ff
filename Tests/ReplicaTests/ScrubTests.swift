import Base
import Model
import Testing

@testable import Replica

@Suite("The background reading of a state")
struct ScrubTests {
  private let now = Moment(nanoseconds: 0)
  private let pause = Interval.seconds(1)

  private func header(keys: UInt64, bytes: UInt64 = 0, sum: Digest = Digest(1, 2, 3, 4)) -> StateHeader {
    StateHeader(
      applied: 10, appliedTerm: 1, base: 5, logTime: .zero, compacted: .zero, chainHead: .zero, setHash: sum,
      liveKeys: keys, liveBytes: bytes, sessions: 0, remembered: 0, featureLevel: 1, configuration: [],
      configurationIndex: 1, entryHash: .zero)
  }

  @Test("A pass reads as of the revision at which it began, and its sum must be the header's")
  func sums() {
    var scrub = Scrub()
    let (revision, start) = scrub.begin(1, header(keys: 3), at: now)
    #expect(revision == Revision(15) && start == Key([]))
    #expect(!scrub.isDue(at: now + .seconds(100)))
    #expect(scrub.took((Digest(1, 0, 0, 0), 2, Key([7])), pause: pause, at: now) == .well)
    let (again, next) = scrub.begin(2, header(keys: 9), at: now)
    #expect(again == Revision(15) && next == Key([7]))
    #expect(scrub.took((Digest(0, 2, 3, 4), 1, nil), pause: pause, at: now) == .well)
    #expect(scrub.passes == 1)

    _ = scrub.begin(3, header(keys: 3), at: now)
    #expect(scrub.took((Digest(1, 2, 3, 5), 3, nil), pause: pause, at: now) != .well)
    // A row that is missing with its head in the sum of others would still be missed by the count.
    _ = scrub.begin(4, header(keys: 3), at: now)
    #expect(scrub.took((Digest(1, 2, 3, 4), 2, nil), pause: pause, at: now) != .well)
  }

  @Test("A pass that compaction overtakes goes on with the newest revision and compares no sum")
  func overtaken() {
    var scrub = Scrub()
    _ = scrub.begin(1, header(keys: 3), at: now)
    _ = scrub.took((.zero, 0, Key([3])), pause: pause, at: now)
    _ = scrub.begin(2, header(keys: 3), at: now)
    var later = header(keys: 5)
    later.applied = 20
    scrub.overtaken(by: later)
    let (revision, next) = scrub.begin(3, later, at: now)
    #expect(revision == Revision(25) && next == Key([3]))
    #expect(scrub.took((.zero, 0, nil), pause: pause, at: now) == .well)
  }

  @Test("A small state is read once a minute, a large one within half a day")
  func pace() {
    var small = Scrub()
    _ = small.begin(1, header(keys: 3, sum: .zero), at: now)
    _ = small.took((.zero, 3, nil), pause: pause, at: now)
    #expect(!small.isDue(at: now + .seconds(59)) && small.isDue(at: now + .seconds(60)))

    // A terabyte, at 4 MiB a slice.
    var large = Scrub()
    _ = large.begin(1, header(keys: 1 << 30, bytes: 1 << 40, sum: .zero), at: now)
    _ = large.took((.zero, 1, Key([1])), pause: pause, at: now)
    let slices: Int64 = 2 + (1 << 40) / (4 << 20) + (1 << 30) / 2_500
    #expect(large.nextAt - now <= Interval.seconds(12 * 3_600) / slices)
    #expect(large.nextAt > now)
  }
}
