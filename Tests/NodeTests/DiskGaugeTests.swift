import Base
import Testing

@testable import Node

@Suite("What the disk owes")
struct DiskGaugeTests {
  private let gauge = DiskGauge()
  private func at(_ milliseconds: Int64) -> Moment { Moment(nanoseconds: 1_000_000_000) + .milliseconds(milliseconds) }

  @Test("A write is outstanding from its begin to its end, and the longest is remembered")
  func writes() {
    #expect(gauge.age(at: at(0)) == .zero)
    gauge.begin(at: at(0))
    #expect(gauge.age(at: at(40)) == .milliseconds(40))
    gauge.end(at: at(50))
    #expect(gauge.age(at: at(60)) == .zero)
    #expect(gauge.worst(at: at(60)) == .milliseconds(50))
  }

  @Test("Upkeep that does not end is as much of a hanging disk as a write")
  func upkeep() {
    gauge.beginUpkeep(at: at(0))
    #expect(gauge.age(at: at(400)) == .milliseconds(400))
    gauge.endUpkeep()
    #expect(gauge.age(at: at(500)) == .zero)
    #expect(gauge.writeCount == 0)
  }

  @Test("The state thread counts only when it is slower than any batch, since a batch is computing as well")
  func state() {
    gauge.beginState(at: at(0))
    #expect(gauge.age(at: at(999)) == .zero)
    #expect(gauge.age(at: at(1_000)) == .milliseconds(1_000))
    gauge.begin(at: at(500))
    #expect(gauge.age(at: at(1_100)) == .milliseconds(1_100))
    gauge.endState()
    #expect(gauge.age(at: at(1_100)) == .milliseconds(600))
  }
}
