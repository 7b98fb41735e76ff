package import Base
import JSON
package import Model

/// What a request on its way needs next, whatever its operation.
package enum RequestDemand: Sendable {
  /// These rows; the pinned ones as of the revision, zero meaning now.
  case read([RowQuestion], asOf: Revision)
  /// This transaction, in the keyspace of the nation.
  case commit(Nation, Transaction)
  /// Some time: others write the same rows.
  case pause
  /// Its result, as the request's record has it.
  case done(Swift.Result<[UInt8], EncounterError>)
}

/// A ``Performance`` of any operation: for whoever drives many requests at once and one step at a time, in simulated
/// clusters and in tests.
package protocol RequestOnItsWay {
  var demand: RequestDemand { get }
  /// In the order of the questions.
  mutating func received(_ answers: [RowAnswer])
  mutating func readFailed()
  mutating func committed(_ result: TransactionResult, at revision: Revision)
  mutating func commitFailed(_ outcome: Outcome)
  mutating func paused()
}

package struct OneRequest<Work: EncounterOperation>: RequestOnItsWay {
  private var performance: Performance<Work>
  private var next: Performance<Work>.Demand
  private let then: (Work.Result) -> Void

  /// - Parameter then: told the result.
  package init(_ work: Work, home: Nation, as request: Request, then: @escaping (Work.Result) -> Void) {
    performance = Performance(work, as: request, home: home, secrets: .development)
    next = performance.start()
    self.then = then
    tell()
  }

  package var demand: RequestDemand {
    switch next {
    case .read(let questions, let revision): .read(questions, asOf: revision)
    case .commit(let nation, let transaction): .commit(nation, transaction)
    case .pause: .pause
    case .done(let result): .done(result.map { $0.result.recorded.serialized() })
    }
  }

  package mutating func received(_ answers: [RowAnswer]) { go { $0.received(answers) } }
  package mutating func readFailed() { go { $0.readFailed("nobody answers", isDeadline: false) } }
  package mutating func committed(_ result: TransactionResult, at revision: Revision) {
    go { $0.committed(result, at: revision) }
  }
  package mutating func commitFailed(_ outcome: Outcome) {
    go { $0.commitFailed(outcome, "no answer", isDeadline: false) }
  }
  package mutating func paused() { go { $0.paused() } }

  private mutating func go(_ step: (inout Performance<Work>) -> Performance<Work>.Demand) {
    next = step(&performance)
    tell()
  }

  private func tell() { if case .done(.success(let performed)) = next { then(performed.result) } }
}
