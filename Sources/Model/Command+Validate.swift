public import Base

extension Command {
  /// Checks what must hold before the command is proposed: the published limits and the rules that concern the command
  /// alone. What depends on the state is for evaluation. Evaluation stays total for a command that was never checked.
  public func validate() throws(CommandInvalid) {
    try envelope.validate()
    switch body {
    case .transaction(let transaction):
      try transaction.validate()
    case .compact(let revision):
      guard revision > .zero else { throw .compactRevisionZero }
    case .openSession(let timeToLive):
      guard envelope.session == 0 else { throw .sessionInSession }
      guard timeToLive > .zero, timeToLive <= Limits.keepForMax else {
        throw .timeToLiveOutOfRange(limitSeconds: Limits.keepForMax.milliseconds / 1_000)
      }
    case .closeSession:
      guard envelope.session != 0 else { throw .sessionMissing }
    }
  }
}

extension Envelope {
  fileprivate func validate() throws(CommandInvalid) {
    guard keepFor >= .zero, keepFor <= Limits.keepForMax else {
      throw .keepForOutOfRange(limitSeconds: Limits.keepForMax.milliseconds / 1_000)
    }
    guard keepFor == .zero || !request.isZero else { throw .keepForWithoutRequest }
    if session == 0 {
      guard sequence == 0, lowestUnacknowledged == 0 else { throw .sequenceWithoutSession }
    } else {
      guard sequence >= 1 else { throw .sequenceMissing }
      guard lowestUnacknowledged <= sequence else { throw .acknowledgesItself }
    }
    for text in [actor.principal, actor.onBehalfOf, actor.role, actor.supplier, actor.purpose] {
      guard text.utf8.count <= Actor.textBytesMax else { throw .actorTextTooLong(limit: Actor.textBytesMax) }
    }
  }
}

extension Transaction {
  fileprivate func validate() throws(CommandInvalid) {
    guard compares.count <= Limits.transactionOperationsMax else {
      throw .tooManyCompares(count: compares.count, limit: Limits.transactionOperationsMax)
    }
    for compare in compares { try compare.validate() }
    try Self.validate(success)
    try Self.validate(failure)
    let bytes = encodedBytes
    guard bytes <= Limits.transactionBytesMax else {
      throw .transactionTooLarge(bytes: bytes, limit: Limits.transactionBytesMax)
    }
  }

  private static func validate(_ operations: [Operation]) throws(CommandInvalid) {
    guard operations.count <= Limits.transactionOperationsMax else {
      throw .tooManyOperations(count: operations.count, limit: Limits.transactionOperationsMax)
    }
    var puts: [Key] = []
    var deletes: [KeyRange] = []
    for operation in operations {
      try operation.validate()
      switch operation {
      case .put(let key, _, _): puts.append(key)
      case .delete(let range, _): deletes.append(range)
      case .range: break
      }
    }
    puts.sort()
    for (key, next) in zip(puts, puts.dropFirst()) where key == next { throw .duplicateKey }
    for key in puts {
      for range in deletes where range.contains(key) { throw .putInDeletedRange }
    }
  }
}

extension Compare {
  fileprivate func validate() throws(CommandInvalid) {
    try key.validate()
    guard case .value = target else { return }
    guard relation == .equal || relation == .notEqual else { throw .valueCompareNotEquality }
  }
}

extension Operation {
  fileprivate func validate() throws(CommandInvalid) {
    switch self {
    case .put(let key, let value, _):
      try key.validate()
      try value.validate()
    case .delete(let range, _):
      try range.validate()
    case .range(let query):
      try query.validate()
    }
  }
}

extension RangeQuery {
  /// Checks a query that stands alone, as ``Command/validate()`` does for those in a transaction.
  public func validate() throws(CommandInvalid) {
    try range.validate()
    guard limit >= 0 else { throw .negativeLimit }
  }
}

extension Value {
  fileprivate func validate() throws(CommandInvalid) {
    guard bytes.count <= Limits.valueBytesMax else {
      throw .valueTooLarge(bytes: bytes.count, limit: Limits.valueBytesMax)
    }
    guard format == 1, codec == 0, keyID == 0 else { return }
    guard digest == Digest(of: bytes) else { throw .valueDigestWrong }
  }
}

extension Key {
  fileprivate func validate() throws(CommandInvalid) {
    guard !bytes.isEmpty else { throw .keyEmpty }
    guard bytes.count <= Limits.keyBytesMax else {
      throw .keyTooLong(bytes: bytes.count, limit: Limits.keyBytesMax)
    }
  }
}

extension KeyRange {
  /// A bound may be one byte longer than a key, as the successor of the longest key is.
  fileprivate func validate() throws(CommandInvalid) {
    for bytes in [start.bytes.count, end?.bytes.count ?? 0] where bytes > Limits.keyBytesMax + 1 {
      throw .rangeBoundTooLong(bytes: bytes, limit: Limits.keyBytesMax + 1)
    }
    guard !isEmpty else { throw .rangeEmpty }
  }
}

extension Command {
  /// Every key that the command may read or change: what authorisation asks about.
  public var touched: [KeyRange] {
    guard case .transaction(let transaction) = body else { return [] }
    return transaction.compares.map { KeyRange(only: $0.key) }
      + (transaction.success + transaction.failure).map { operation in
        switch operation {
        case .put(let key, _, _): KeyRange(only: key)
        case .delete(let range, _): range
        case .range(let query): query.range
        }
      }
  }
}
