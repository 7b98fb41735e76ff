public import Base
public import Model
public import Wire

/// One thing that a client wanted of a keyspace, and what it was told: the black box that rules about clients judge.
public struct ClientCall: Hashable, Sendable {
  public enum Body: Hashable, Sendable {
    case transaction(Transaction)
    case compact(Revision)
    case openSession
    case closeSession
    case read(ReadRequest)
  }

  public enum Answer: Hashable, Sendable {
    /// It was applied at the revision, now or under the same name before, and this is what it gave.
    case applied(CommandResult, Revision)
    /// It was applied; what it gave is forgotten.
    case appliedUnseen
    case read(ReadResult.Value, Revision)
    /// It has had no effect and never will.
    case notApplied
    /// It may have had its effect, or have it later, or never.
    case unknown
    /// A read that was refused, or given up.
    case unread
  }

  /// By which copies of it are known in the log; no other call of the world has it.
  public var id: UInt64
  public var client: Int
  public var group: GroupID
  public var body: Body
  /// Remembered without a session, so that others may ask again; zero: none.
  public var request: Identifier
  public var invoked: Moment
  public var returned: Moment
  public var answer: Answer
  /// A client that takes up the request of another one: when that one first asked.
  public var firstInvoked: Moment

  public init(
    id: UInt64, client: Int, group: GroupID, body: Body, request: Identifier = .zero, invoked: Moment,
    firstInvoked: Moment? = nil, returned: Moment = .never, answer: Answer = .unknown
  ) {
    self.id = id
    self.client = client
    self.group = group
    self.body = body
    self.request = request
    self.invoked = invoked
    self.firstInvoked = firstInvoked ?? invoked
    self.returned = returned
    self.answer = answer
  }

  public var isRead: Bool { if case .read = body { true } else { false } }

  /// A read of what is newest, by everybody's clock.
  var isLinearizableRead: Bool {
    guard case .read(let request) = body, request.consistency == .linearizable else { return false }
    if case .range(let query) = request.query { return query.revision == .zero }
    return true
  }

  /// By which it is known in the log.
  var name: CommandName { request.isZero ? .call(id) : .request(request) }
}

/// What one client asked of one key, and what it was told: a ``ClientCall`` as one key sees it.
public struct Operation: Hashable, Sendable {
  public enum Kind: Hashable, Sendable {
    /// Puts a value that no other operation puts.
    case write(UInt64)
    case delete
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
