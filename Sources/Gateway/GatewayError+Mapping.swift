import Base
import Model
import QuartetClient
import Wire

/// What etcd's clients are told for one of the store's reasons.
struct EtcdFace: Hashable, Sendable {
  var code: GRPCCode
  /// nil where etcd has no words for it.
  var text: String?
  init(_ code: GRPCCode, _ text: String? = nil) {
    self.code = code
    self.text = text
  }
}

extension FailureCode {
  var etcdFace: EtcdFace {
    switch self {
    // etcd's "not leader" is for its maintenance calls; a write that found none is told that the leader changed.
    case .notLeader: EtcdFace(.unavailable, EtcdText.leaderChanged)
    case .unavailable: EtcdFace(.unavailable, EtcdText.noLeader)
    case .deadlineExceeded: EtcdFace(.deadlineExceeded)
    case .overloaded: EtcdFace(.resourceExhausted, EtcdText.tooManyRequests)
    case .invalidArgument: EtcdFace(.invalidArgument)
    case .unknownKeyspace: EtcdFace(.notFound)
    case .tooLarge: EtcdFace(.invalidArgument, EtcdText.tooLarge)
    // Another moment, or another node, can do better: that is what UNAVAILABLE says.
    case .tooStale: EtcdFace(.unavailable)
    case .compacted: EtcdFace(.outOfRange, EtcdText.compacted)
    case .futureRevision: EtcdFace(.outOfRange, EtcdText.futureRevision)
    // The session is the gateway's own, so nothing that the caller did has to be mended.
    case .unknownSession: EtcdFace(.unavailable)
    case .acknowledgedBefore: EtcdFace(.alreadyExists)
    case .requestReused: EtcdFace(.alreadyExists)
    case .memoryFull: EtcdFace(.resourceExhausted, EtcdText.tooManyRequests)
    case .notServing: EtcdFace(.unavailable)
    case .diskFull, .noSpace: EtcdFace(.resourceExhausted, EtcdText.noSpace)
    case .unsupported: EtcdFace(.unimplemented)
    case .cancelled: EtcdFace(.cancelled)
    case .connectionLost: EtcdFace(.unavailable, EtcdText.connectionLost)
    case .unauthorised: EtcdFace(.permissionDenied, EtcdText.permissionDenied)
    case .internal: EtcdFace(.internal)
    }
  }
}

extension GatewayError {
  /// Every reason of the client library; one that a later version adds is UNKNOWN.
  init(_ error: QuartetError) {
    let face: EtcdFace
    if let code = FailureCode.allCases.first(where: { QuartetError.Code($0) == error.code }) {
      face = code.etcdFace
    } else if error.code == .resultNotKept {
      face = EtcdFace(.alreadyExists)
    } else if error.code == .malformedAnswer {
      face = EtcdFace(.internal)
    } else {
      face = EtcdFace(.unknown)
    }
    self.init(
      face.code, reason: error.code.name, error: face.text, message: error.message, outcome: error.outcome,
      revision: error.revision)
  }

  /// What the model refuses before anything is sent.
  init(_ invalid: CommandInvalid) {
    let text: String? =
      switch invalid {
      case .keyEmpty: EtcdText.emptyKey
      case .tooManyOperations, .tooManyCompares: EtcdText.tooManyOperations
      case .duplicateKey, .putInDeletedRange: EtcdText.duplicateKey
      case .keyTooLong, .rangeBoundTooLong, .valueTooLarge, .transactionTooLarge: EtcdText.tooLarge
      case .rangeEmpty, .valueDigestWrong, .valueCompareNotEquality, .negativeLimit, .keepForOutOfRange,
        .keepForWithoutRequest, .actorTextTooLong, .sequenceMissing, .sequenceWithoutSession, .acknowledgesItself,
        .sessionMissing, .sessionInSession, .timeToLiveOutOfRange, .compactRevisionZero:
        nil
      }
    self.init(
      .invalidArgument, reason: invalid.isTooLarge ? "tooLarge" : "invalidArgument", error: text,
      message: "\(invalid)")
  }
}
