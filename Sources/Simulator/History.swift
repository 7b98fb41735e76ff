public import Base

/// What one client asked of one key, and what it was told: the black box that checkers judge.
public struct Operation: Hashable, Sendable {
  public enum Kind: Hashable, Sendable {
    /// Puts a value that no other operation puts.
    case write(UInt64)
    /// Puts `new` if the key holds `expected` (nil: if it is absent).
    case swap(expected: UInt64?, new: UInt64)
    case read
  }

  public enum Answer: Hashable, Sendable {
    case written
    case swapped(Bool)
    case value(UInt64?)
    /// It has had no effect and never will.
    case notApplied
    /// It may have had its effect, or have it later, or never.
    case unknown
  }

  public var client: Int
  public var key: Int
  public var kind: Kind
  public var invoked: Moment
  public var returned: Moment
  public var answer: Answer

  public init(client: Int, key: Int, kind: Kind, invoked: Moment, returned: Moment, answer: Answer) {
    self.client = client
    self.key = key
    self.kind = kind
    self.invoked = invoked
    self.returned = returned
    self.answer = answer
  }
}
