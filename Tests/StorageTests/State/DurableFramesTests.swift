import Base
import Testing

@testable import Storage

@Suite("Which commits would survive")
struct DurableFramesTests {
  @Test("Nothing of a file that was just opened counts until a checkpoint has copied everything")
  func afterOpening() {
    var frames = DurableFrames(opened: LogIndex(9))
    #expect(frames.durable == .zero)
    frames.checkpointed(log: 40, backfilled: 39)
    #expect(frames.durable == .zero)
    frames.committed(LogIndex(10), frame: 44)
    frames.checkpointed(log: 44, backfilled: 42)
    #expect(frames.durable == .zero)
    frames.checkpointed(log: 44, backfilled: 44)
    #expect(frames.durable == LogIndex(10))
  }

  @Test("A checkpoint that a reader held back counts for the commits it reached, and for no other")
  func heldBack() {
    var frames = DurableFrames(opened: LogIndex(1))
    frames.checkpointed(log: 0, backfilled: 0)
    #expect(frames.durable == LogIndex(1))
    frames.committed(LogIndex(2), frame: 3)
    frames.committed(LogIndex(5), frame: 8)
    frames.committed(LogIndex(6), frame: 9)
    frames.checkpointed(log: 9, backfilled: 0)
    #expect(frames.durable == LogIndex(1))
    frames.checkpointed(log: 9, backfilled: 8)
    #expect(frames.durable == LogIndex(5))
    #expect(frames.pending == 1)
    frames.checkpointed(log: 9, backfilled: 9)
    #expect(frames.durable == LogIndex(6))
  }

  @Test("A WAL that begins anew proves nothing of the commit that began it")
  func beginsAnew() {
    var frames = DurableFrames(opened: LogIndex(1))
    frames.checkpointed(log: 0, backfilled: 0)
    frames.committed(LogIndex(2), frame: 10)
    frames.checkpointed(log: 10, backfilled: 10)
    frames.committed(LogIndex(3), frame: 10)
    #expect(frames.durable == LogIndex(2))
    #expect(frames.pending == 10)
    frames.committed(LogIndex(4), frame: 4)
    frames.checkpointed(log: 4, backfilled: 3)
    #expect(frames.durable == LogIndex(2))
    frames.checkpointed(log: 4, backfilled: 4)
    #expect(frames.durable == LogIndex(4))
  }
}
