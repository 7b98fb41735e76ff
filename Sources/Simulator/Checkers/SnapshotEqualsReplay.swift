import Base
import Model
import Raft
import Replica
import Storage
import Wire

/// What the nodes hold is what the committed entries make, one by one, from nothing: whoever was brought up by a snapshot,
/// or started again from what was durable, included (TH 5.1; design §6, "Snapshots").
struct SnapshotEqualsReplay {
  static let name = "snapshot equals replay"

  private let group: Genesis.Group
  private let header: StateHeader
  private let reader: any StateReader

  init(_ entries: [Entry], _ group: Genesis.Group, of genesis: Genesis) throws(ApplyError) {
    self.group = group
    let state: any StateStore
    do throws(StorageError) {
      let store = MemoryNodeStore()
      try store.createState(group.group, file: "replay", genesis: genesis)
      state = try store.openState(group.group, file: "replay")
      reader = try state.makeReader()
    } catch {
      throw .storage(error)
    }
    header = try Applier.apply(ApplyBatch(group: group.group, entries: entries, resultsFrom: nil), to: state).header
  }

  /// - Returns: how the node differs from the replay; nil when it does not.
  func judge(_ node: SimulatedNode) -> String? {
    guard let other = node.readers[group.group] else { return "\(node.id) has no state of '\(group.keyspace)'" }
    do throws(ReadError) {
      let theirs = try other.header()
      guard theirs == header else {
        return "\(Self.name): \(node.id) is at \(theirs.applied) of '\(group.keyspace)', its entries make another "
          + "state at \(header.applied)"
      }
      var queries = [ReadRequest.Query.range(RangeQuery(range: KeyRange(prefix: Key(""))))]
      for key in 0..<World.keysPerGroup {
        queries.append(.history(SimulatedClient.key(key), before: .zero, limit: Limits.rangeKeysMax))
      }
      for query in queries where try other.answer(query).value != reader.answer(query).value {
        return "\(Self.name): \(node.id) holds other rows of '\(group.keyspace)' than its entries make"
      }
    } catch {
      return "\(node.id) cannot be read: \(error)"
    }
    return nil
  }
}
