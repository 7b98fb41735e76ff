internal import Base
internal import Model

/// Heads of keys that were lately asked for or changed: what is written often is asked for before each change, and the
/// answer is what the change before it left.
///
/// Of the writer's connection alone: nobody else changes rows. Two generations: when the younger is full it becomes the
/// older, and what nobody asked for meanwhile goes with that.
struct HeadCache {
  /// Of one generation.
  private static let bytesMax = 3 << 20
  /// Of an entry, beside its key.
  private static let entryBytes = 160

  /// nil: the key is not alive.
  private var young: [Key: RowHead?] = [:]
  private var old: [Key: RowHead?] = [:]
  private var youngBytes = 0

  /// nil: not known.
  mutating func head(_ key: Key) -> RowHead?? {
    if let known = young[key] { return known }
    guard let known = old[key] else { return nil }
    set(key, known)
    return known
  }

  mutating func set(_ key: Key, _ head: RowHead?) {
    guard young.updateValue(head, forKey: key) == nil else { return }
    youngBytes += key.bytes.count + Self.entryBytes
    guard youngBytes > Self.bytesMax else { return }
    swap(&young, &old)
    young.removeAll(keepingCapacity: true)
    youngBytes = 0
  }

  /// The transaction that changed some of them is taken back.
  mutating func forget() {
    young.removeAll(keepingCapacity: true)
    old.removeAll(keepingCapacity: true)
    youngBytes = 0
  }
}
