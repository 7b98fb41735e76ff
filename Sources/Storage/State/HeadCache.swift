internal import Base
internal import Model

/// Heads of keys that were lately asked for or changed: what is written often is asked for before each change, and the
/// answer is what the change before it left.
///
/// Of the writer's connection alone: nobody else changes rows. Two generations: when the younger is full it becomes the
/// older, and what nobody asked for meanwhile goes with that.
struct HeadCache {
  /// Of one generation: some 3 MB.
  private static let keysMax = 16_384

  /// nil: the key is not alive.
  private var young: [Key: RowHead?] = [:]
  private var old: [Key: RowHead?] = [:]

  /// nil: not known.
  mutating func head(_ key: Key) -> RowHead?? {
    if let known = young[key] { return known }
    guard let known = old[key] else { return nil }
    set(key, known)
    return known
  }

  mutating func set(_ key: Key, _ head: RowHead?) {
    if young.count >= Self.keysMax {
      swap(&young, &old)
      young.removeAll(keepingCapacity: true)
    }
    young.updateValue(head, forKey: key)
  }

  /// The transaction that changed some of them is taken back.
  mutating func forget() {
    young.removeAll(keepingCapacity: true)
    old.removeAll(keepingCapacity: true)
  }
}
