public import Base
import Wire

/// A client of a cluster as a value.
public struct ClientMachine: Sendable {
  public private(set) var deadline = Moment.never
  public init(_ configuration: ClientConfiguration, seed: UInt64) {}
  public mutating func handle(_ event: ClientEvent, at now: Moment, into effects: inout [ClientEffect]) {
    guard case .call(let id, _) = event else { return }
    let failure = CallFailure(code: .unavailable, outcome: .notApplied, message: "not connected")
    effects.append(.finish(id, .failure(failure)))
  }
}
