import Base
import Model
import Wire

/// Whether a history of one keyspace is linearizable over all its keys at once (Herlihy and Wing 1990; design §7,
/// "Transactions" and "Reads").
///
/// The store claims an order: every answer carries a revision. Given that claim nothing has to be searched: the order must
/// be one that real time allows (what returned before another began comes before it), and running the calls in that order,
/// each write at its revision, must explain every answer. Stale reads and reads of the past need not be new; what they
/// show must be true of the revision that they name.
public enum Transactions {
  static let name = "transactions"

  /// - Parameter history: of calls whose answers do not tell of a revision (unknown, or applied and forgotten), only those
  ///   that never had an effect: the log has told of the others (``ClientCall/settled(by:)``).
  /// - Returns: what the order does not explain; nil when it explains everything.
  public static func check(_ history: [ClientCall]) -> String? {
    var moves = history.compactMap { Move($0) }
    joinRepeats(&moves)
    return judgeRealTime(moves) ?? judgeAnswers(moves)
  }

  /// A call with its place in the order.
  private struct Move {
    var call: ClientCall
    var revision: Revision
    var invoked: Moment
    var returned: Moment

    init?(_ call: ClientCall) {
      switch call.answer {
      case .applied(_, let revision), .read(_, let revision): self.revision = revision
      case .appliedUnseen, .unknown, .notApplied, .unread: return nil
      }
      self.call = call
      invoked = call.firstInvoked
      returned = call.returned
    }

    /// Whether the order must put it where real time has it.
    var isTimed: Bool { !call.isRead || call.isLinearizableRead }
  }

  /// Calls that asked for the same request are one: it began with the first of them.
  private static func joinRepeats(_ moves: inout [Move]) {
    var first: [Identifier: Moment] = [:]
    for move in moves where !move.call.request.isZero {
      first[move.call.request] = min(first[move.call.request] ?? .never, move.invoked)
    }
    for place in moves.indices { moves[place].invoked = first[moves[place].call.request] ?? moves[place].invoked }
  }

  private static func judgeRealTime(_ moves: [Move]) -> String? {
    let begins = moves.indices.filter { moves[$0].isTimed }.sorted { moves[$0].invoked < moves[$1].invoked }
    let ends = begins.filter { moves[$0].returned != .never }.sorted { moves[$0].returned < moves[$1].returned }
    var newest: Int?
    var ended = 0
    for place in begins {
      while ended < ends.count, moves[ends[ended]].returned < moves[place].invoked {
        if newest.map({ moves[$0].revision < moves[ends[ended]].revision }) ?? true { newest = ends[ended] }
        ended += 1
      }
      guard let newest else { continue }
      let isAfter = moves[place].revision > moves[newest].revision
      guard isAfter || (moves[place].call.isRead && moves[place].revision == moves[newest].revision) else {
        return "\(text(moves[place])) began at \(moves[place].invoked), after \(text(moves[newest])) had ended at "
          + "\(moves[newest].returned)"
      }
    }
    return nil
  }

  private static func judgeAnswers(_ moves: [Move]) -> String? {
    var model = StoreModel()
    var last: (move: Move, result: TransactionResult?)?
    // Writes of one revision stand beside each other; they must be the same request.
    for move in moves.filter({ !$0.call.isRead }).sorted(by: { ($0.revision, $0.call.id) < ($1.revision, $1.call.id) }) {
      if let last, last.move.revision == move.revision {
        guard !move.call.request.isZero, move.call.request == last.move.call.request, move.call.body == last.move.call.body
        else { return "\(text(move)) and \(text(last.move)) claim one revision" }
      } else {
        last = (move, run(move, on: &model))
      }
      if let expected = last?.result, let problem = problem(move, expected) { return problem }
    }
    for move in moves {
      guard case .read(let request) = move.call.body, case .read(let value, _) = move.call.answer,
        let expected = model.answer(request.query, at: move.revision), expected != value
      else { continue }
      return "\(text(move)) does not show what the writes through it make"
    }
    return nil
  }

  private static func run(_ move: Move, on model: inout StoreModel) -> TransactionResult? {
    switch move.call.body {
    case .transaction(let transaction): return model.run(transaction, at: move.revision)
    case .compact(let target): model.compact(target, at: move.revision)
    case .openSession, .closeSession, .read: break
    }
    return nil
  }

  private static func problem(_ move: Move, _ expected: TransactionResult) -> String? {
    switch move.call.answer {
    case .applied(.transaction(let result), _):
      result == expected ? nil : "\(text(move)) gave something else than the writes before it make"
    case .applied(.appliedBefore(_, let succeeded), _):
      succeeded == expected.succeeded
        ? nil : "\(text(move)) is said to have \(succeeded ? "succeeded" : "failed"), against the writes before it"
    default: nil
    }
  }

  private static func text(_ move: Move) -> String {
    let kind =
      switch move.call.body {
      case .transaction: "a transaction"
      case .compact: "a compaction"
      case .openSession, .closeSession: "a session's command"
      case .read(let request): request.consistency == .linearizable ? "a read" : "a stale read"
      }
    return "\(kind) (call \(move.call.id) of client \(move.call.client)) at \(move.revision)"
  }
}

extension ClientCall {
  /// The call with the place that the log gives it, when its answer does not tell; and once more for each further time
  /// that a copy of it ran, after its name had been forgotten.
  func settled(by executions: [Facts.Execution]) -> [ClientCall] {
    let own = executions.filter { $0.call == id }
    func placed(_ execution: Facts.Execution, returned: Moment) -> ClientCall {
      var call = self
      let result = CommandResult.appliedBefore(revision: execution.revision, succeeded: execution.result.succeeded)
      call.answer = .applied(result, execution.revision)
      call.returned = returned
      return call
    }
    switch answer {
    case .read, .unread: return [self]
    case .applied(_, let revision):
      return [self] + own.filter { $0.revision != revision }.map { placed($0, returned: .never) }
    case .appliedUnseen:
      guard let first = own.first ?? executions.first else { return [self] }
      return [placed(first, returned: returned)] + own.dropFirst().map { placed($0, returned: .never) }
    case .unknown, .notApplied: return own.map { placed($0, returned: .never) }
    }
  }
}
