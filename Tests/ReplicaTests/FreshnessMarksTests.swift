import Base
import Testing

@testable import Replica

@Suite("How old a follower's state may be")
struct FreshnessMarksTests {
  private func at(_ milliseconds: Int64) -> Moment { .zero + .milliseconds(milliseconds) }

  @Test("Nothing vouches before an answer's index is applied")
  func unknown() {
    var marks = FreshnessMarks()
    #expect(marks.basis(applied: LogIndex(9)) == nil)
    marks.confirm(LogIndex(10), asked: at(5), applied: LogIndex(9))
    #expect(marks.basis(applied: LogIndex(9)) == nil)
    #expect(marks.basis(applied: LogIndex(10)) == at(5))
  }

  @Test("A replica that has fallen behind keeps the last answer that it reached, whatever comes after")
  func lagging() {
    var marks = FreshnessMarks()
    marks.confirm(LogIndex(10), asked: at(5), applied: LogIndex(10))
    for step in 1...1_000 {
      marks.confirm(LogIndex(10 + UInt64(step)), asked: at(5 + Int64(step)), applied: LogIndex(10))
    }
    #expect(marks.basis(applied: LogIndex(10)) == at(5))
    #expect(marks.basis(applied: LogIndex(11)) == at(6))
    #expect(marks.basis(applied: LogIndex(1_010)) == at(1_005))
  }

  @Test("The youngest reached answer counts, and an idle group's are not kept twice")
  func idle() {
    var marks = FreshnessMarks()
    for step in 1...100 { marks.confirm(LogIndex(10), asked: at(Int64(step)), applied: LogIndex(10)) }
    #expect(marks.basis(applied: LogIndex(10)) == at(100))
    // An answer that was overtaken says nothing new.
    marks.confirm(LogIndex(10), asked: at(50), applied: LogIndex(10))
    #expect(marks.basis(applied: LogIndex(10)) == at(100))
  }
}
