/// Why a command is refused before it is proposed. The texts carry numbers and names of fields, never anybody's data.
public enum CommandInvalid: Error, Hashable, Sendable, CustomStringConvertible {
  case keyEmpty
  case keyTooLong(bytes: Int, limit: Int)
  case rangeBoundTooLong(bytes: Int, limit: Int)
  /// The range's end is not after its start: no key can lie in it.
  case rangeEmpty
  case valueTooLarge(bytes: Int, limit: Int)
  /// A plain value whose digest is not that of its bytes.
  case valueDigestWrong
  case tooManyOperations(count: Int, limit: Int)
  case tooManyCompares(count: Int, limit: Int)
  case transactionTooLarge(bytes: Int, limit: Int)
  /// A key put twice in one list.
  case duplicateKey
  /// A key put in a list that also deletes a range with it: the order of the two would be a trap for the reader.
  case putInDeletedRange
  /// Values have equality, no order.
  case valueCompareNotEquality
  case negativeLimit
  case keepForOutOfRange(limitSeconds: Int64)
  /// To be remembered a request needs an id.
  case keepForWithoutRequest
  case actorTextTooLong(limit: Int)
  case sequenceMissing
  /// A sequence or acknowledgement without a session.
  case sequenceWithoutSession
  /// A command cannot acknowledge itself.
  case acknowledgesItself
  case sessionMissing
  /// A session cannot be opened within another.
  case sessionInSession
  case timeToLiveOutOfRange(limitSeconds: Int64)
  case compactRevisionZero

  /// Whether a published limit of sizes is what it breaks, so that less of the same would pass.
  public var isTooLarge: Bool {
    switch self {
    case .keyTooLong, .rangeBoundTooLong, .valueTooLarge, .tooManyOperations, .tooManyCompares, .transactionTooLarge,
      .actorTextTooLong:
      true
    case .keyEmpty, .rangeEmpty, .valueDigestWrong, .duplicateKey, .putInDeletedRange, .valueCompareNotEquality,
      .negativeLimit, .keepForOutOfRange, .keepForWithoutRequest, .sequenceMissing, .sequenceWithoutSession,
      .acknowledgesItself, .sessionMissing, .sessionInSession, .timeToLiveOutOfRange, .compactRevisionZero:
      false
    }
  }

  public var description: String {
    switch self {
    case .keyEmpty: "a key must have at least one byte"
    case .keyTooLong(let bytes, let limit): "a key has \(bytes) bytes, at most \(limit) are allowed"
    case .rangeBoundTooLong(let bytes, let limit): "a range's bound has \(bytes) bytes, at most \(limit) are allowed"
    case .rangeEmpty: "a range must end after its start"
    case .valueTooLarge(let bytes, let limit): "a value has \(bytes) bytes, at most \(limit) are allowed"
    case .valueDigestWrong: "a value's digest is not that of its bytes"
    case .tooManyOperations(let count, let limit): "a list has \(count) operations, at most \(limit) are allowed"
    case .tooManyCompares(let count, let limit): "a transaction has \(count) compares, at most \(limit) are allowed"
    case .transactionTooLarge(let bytes, let limit): "the transaction has \(bytes) bytes, at most \(limit) are allowed"
    case .duplicateKey: "a list puts the same key twice"
    case .putInDeletedRange: "a list puts a key and deletes a range that holds it"
    case .valueCompareNotEquality: "values can be compared for equal and notEqual only"
    case .negativeLimit: "a range's limit must not be negative"
    case .keepForOutOfRange(let seconds): "keepFor must lie between 0 and \(seconds) s"
    case .keepForWithoutRequest: "keepFor needs a request id"
    case .actorTextTooLong(let limit): "each text of the actor may have at most \(limit) bytes"
    case .sequenceMissing: "a command of a session needs a sequence of at least 1"
    case .sequenceWithoutSession: "sequence and lowestUnacknowledged need a session"
    case .acknowledgesItself: "lowestUnacknowledged must not be above the command's own sequence"
    case .sessionMissing: "closing a session needs its id"
    case .sessionInSession: "a session is opened outside any session"
    case .timeToLiveOutOfRange(let seconds): "a session's time to live must lie above 0 and be at most \(seconds) s"
    case .compactRevisionZero: "compaction needs a revision of at least 1"
    }
  }
}
