public import Base

/// Takes a message from the outbox, to send it.
public struct ClaimMessage: EncounterOperation {
  public static let name = "claimMessage"
  public var message: ResourceID
  public var holder: String
  public var seconds: Int64

  public init(_ message: ResourceID, holder: String, seconds: Int64 = 60) {
    self.message = message
    self.holder = holder
    self.seconds = seconds
  }

  public var home: Nation? { message.home }
}

/// The receiver has it. It may have got it more than once: the message's id never changes.
public struct AcknowledgeMessage: EncounterOperation {
  public static let name = "acknowledgeMessage"
  public var message: ResourceID
  public var lease: UInt64

  public init(_ message: ResourceID, lease: UInt64) {
    self.message = message
    self.lease = lease
  }

  public var home: Nation? { message.home }
}

/// Sending failed: to be tried again.
public struct PutBackMessage: EncounterOperation {
  public static let name = "putBackMessage"
  public var message: ResourceID
  public var lease: UInt64
  public var due: Instant

  public init(_ message: ResourceID, lease: UInt64, due: Instant) {
    self.message = message
    self.lease = lease
    self.due = due
  }

  public var home: Nation? { message.home }
}

/// It is not sent any more; a human takes over.
public struct GiveUpMessage: EncounterOperation {
  public static let name = "giveUpMessage"
  public var message: ResourceID
  public var reason: String

  public init(_ message: ResourceID, reason: String) {
    self.message = message
    self.reason = reason
  }

  public var home: Nation? { message.home }
}
