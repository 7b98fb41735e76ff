import Base
import JSON

/// Counts earlier calls by the rules of the Repeat Caller Service: a verified number counts fully, as do four of five
/// demographics; three of five count as perhaps. Two callers with different verified numbers are two people, whatever else
/// agrees.
struct CallTally {
  let marks: CallerMarks
  /// The call that is being recorded, if one is: it does not count as its own predecessor.
  let call: ResourceID?
  let windowStart: Instant
  private var certain: [ResourceID: Instant] = [:]
  private var possible: [ResourceID: Instant] = [:]
  private var unheard: [Nation] = []

  init(marks: CallerMarks, call: ResourceID?, windowStart: Instant) {
    self.marks = marks
    self.call = call
    self.windowStart = windowStart
  }

  mutating func missed(_ nation: Nation) {
    if !unheard.contains(nation) { unheard.append(nation) }
  }

  mutating func count(_ row: SharedRow, of nation: Nation, isNumbers: Bool) {
    for entry in row.entries where entry.at > windowStart {
      guard let id = ResourceID(entry.id, at: nation), id != call else { continue }
      if isNumbers {
        certain[id] = entry.at
        continue
      }
      let number = entry.value[5]?.string
      guard number == nil || marks.number == nil || number == marks.number else { continue }
      switch CallerMarks.agreement(marks.fields, CallerMarks.fields(entry.value)) {
      case 4...: certain[id] = entry.at
      case 3: possible[id] = entry.at
      default: break
      }
    }
  }

  var verdict: RepeatCaller {
    let all = certain.merging(possible) { certain, _ in certain }
    let answer: RepeatCaller.Answer = certain.count >= 2 ? .yes : all.count >= 2 ? .partial : .no
    let found = (answer == .partial ? all : certain).sorted { ($1.value, $0.key) < ($0.value, $1.key) }
    return RepeatCaller(answer: answer, earlier: found.map(\.key), unheard: unheard)
  }
}
