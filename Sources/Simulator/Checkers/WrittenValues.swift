import Base
import Model
import Replica
import Wire

/// Every value stands in its key's history at most once, once if its write was acknowledged, and never if its writer was
/// told that it had no effect (TH 6.3; design §7, "Exactly once").
enum WrittenValues {
  static func judge(_ operations: [Operation], _ key: Int, _ group: Genesis.Group, _ node: SimulatedNode) -> String? {
    guard let reader = node.readers[group.group] else { return nil }
    var times: [UInt64: Int] = [:]
    do {
      let (value, _) = try reader.answer(.history(SimulatedClient.key(key), before: .zero, limit: Limits.rangeKeysMax))
      guard case .history(let items, _) = value else { return nil }
      for item in items {
        if let number = SimulatedClient.number(item.item.value) { times[number, default: 0] += 1 }
      }
    } catch {
      return "the history of '\(group.keyspace)' cannot be read: \(error)"
    }
    for operation in operations {
      let (number, isAcknowledged): (UInt64, Bool) =
        switch (operation.kind, operation.answer) {
        case (.write(let number), let answer): (number, answer == .written)
        case (.swap(_, let number), let answer): (number, answer == .swapped(true))
        case (.read, _): (0, false)
        }
      guard number != 0 else { continue }
      let found = times[number] ?? 0
      if found > 1 { return "exactly once: value \(number) was put \(found) times in '\(group.keyspace)' key \(key)" }
      if isAcknowledged, found == 0 { return "durability: value \(number), acknowledged, is not in '\(group.keyspace)' key \(key)" }
      if operation.answer == .notApplied || operation.answer == .swapped(false), found > 0 {
        return "outcome: value \(number) is there though its write was said to have had no effect"
      }
    }
    return nil
  }
}
