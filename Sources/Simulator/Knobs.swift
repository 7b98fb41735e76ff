import Base
import Raft
import Replica

/// Limits and intervals of the program that a seed turns, mostly to the ends of what they may be, so that what happens at
/// a limit happens often (FoundationDB's "buggified knobs").
struct Knobs {
  var capacity = Capacity()
  var proposalsWaiting = Limits.proposalsWaitingMax
  var readsWaiting = Limits.readsWaitingMax
  var snapshotChunkBytes = Limits.snapshotChunkBytes
  var snapshotPatience = Interval.seconds(2)
  var readWaitMax = Interval.seconds(1)
  var freshnessInterval = Interval.milliseconds(500)
  var digestInterval = Limits.digestInterval
  var followerRest = Interval.milliseconds(250)
  var followerRestEntries: UInt64 = 4_096

  init(_ random: inout SplitMix64) {
    // One knob in three is turned.
    func turned<Value>(_ value: inout Value, _ values: [Value]) { if random.oneIn(3) { value = values[random.below(values.count)] } }
    turned(&capacity.appendBytes, [1, 300, 2_000])
    turned(&capacity.appendEntries, [1, 2, 16])
    turned(&capacity.appendsInFlight, [1, 2, 64])
    turned(&capacity.appendBytesInFlight, [1, 1_000])
    turned(&capacity.uncommittedBytes, [600, 3_000])
    turned(&capacity.tailBytes, [1_000, 20_000])
    turned(&capacity.tailEntries, [4, 16, 100])
    turned(&capacity.readsWaiting, [1, 3])
    turned(&capacity.promotionLag, [0, 4])
    turned(&proposalsWaiting, [1, 4])
    turned(&readsWaiting, [2, 6])
    turned(&snapshotChunkBytes, [100, 1_000, 5_000])
    turned(&snapshotPatience, [.milliseconds(200), .seconds(10)])
    turned(&readWaitMax, [.milliseconds(100), .seconds(5)])
    turned(&freshnessInterval, [.milliseconds(50), .seconds(5)])
    turned(&digestInterval, [8, 64])
    turned(&followerRest, [.zero, .seconds(2)])
    turned(&followerRestEntries, [2, 30])
  }

  func apply(to configuration: inout ReplicaConfiguration) {
    configuration.capacity = capacity
    configuration.proposalsWaiting = proposalsWaiting
    configuration.readsWaiting = readsWaiting
    configuration.snapshotChunkBytes = snapshotChunkBytes
    configuration.snapshotPatience = snapshotPatience
    configuration.readWaitMax = readWaitMax
    configuration.freshnessInterval = freshnessInterval
    configuration.followerRest = followerRest
    configuration.followerRestEntries = followerRestEntries
  }
}
