import Base
import Model
import Replica
import Wire

extension World {
  var stage: EncounterShift.Stage {
    guard let healed else { return .faulty }
    return now - healed < EncounterShift.settlingTime ? .settling : .over
  }

  /// Judges what nodes of the core hold of the domain at the end.
  func judgeShift(_ nodes: [SimulatedNode]) -> String? {
    guard let shift else { return nil }
    if let broken = shift.violation { return "\(EncounterShift.name): \(broken)" }
    let broken = shift.judge { nation in
      guard let group = genesis.groups.first(where: { $0.keyspace == nation.description })?.group,
        let node = nodes.first(where: { isMember($0, group) && !$0.damaged.contains(group) }),
        let reader = node.readers[group]
      else { return [] }
      return rows(reader)
    }
    return broken.map { "\(EncounterShift.name): \($0)" }
  }

  private func rows(_ reader: any StateReader) -> [KeyValue] {
    var rows: [KeyValue] = []
    var query = RangeQuery(range: .all, limit: Limits.rangeKeysMax)
    while let answer = try? reader.answer(.range(query)), case .range(let page) = answer.value {
      rows += page.items
      guard page.more, let last = page.items.last else { break }
      query.range.start = last.key.successor
    }
    return rows
  }
}

extension ClientCall.Body {
  var isRead: Bool { if case .read = self { true } else { false } }
}
