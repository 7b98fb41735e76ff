public import Base
import Glibc

/// One thread's sockets, deadline and wake-ups, on one epoll instance.
///
/// Everything but ``waker`` is used on the thread of ``run(_:)`` alone (or before it runs). Nothing is written before
/// the end of a turn: whatever a turn sends to one peer leaves in one system call.
public final class Reactor {
  /// Bytes read of one connection in one round; the next round reads more of it only after all others.
  static let roundBytesMax = 256 << 10
  /// Rounds of reading before the handler gets its turn, however much its peers send.
  static let roundsMax = 4
  /// Being later than this means that the process was held up: sockets are looked at once more before any deadline is
  /// judged.
  static let lateness = Interval.milliseconds(10)
  /// How long a peer may take no byte while a connection is closed after a flush.
  static let flushTimeout = Interval.seconds(5)
  /// How long the rest of a peer's bytes is thrown away after our side is ended.
  static let lingerTimeout = Interval.seconds(1)
  static let closingGrain = Interval.milliseconds(50)

  /// Wakes and stops this reactor from any thread.
  public let waker: Waker
  /// When the sockets were last read: the `now` of the present turn.
  public private(set) var now = Clock.now()
  /// Connections that are open, opening or closing.
  public internal(set) var connectionCount = 0

  let poller: Poller
  var slots: [Connection?] = []
  var freeSlots: [Int] = []
  var listeners: [ListenerID: Listener] = [:]
  var reserve = ReserveDescriptor()

  // What the sockets had to tell, until the handler is told.
  var acceptedNews: [(connection: Connection, listener: ListenerID, peer: Address)] = []
  var connectedNews: [Connection] = []
  var readableNews: [Connection] = []
  var drainedNews: [Connection] = []
  var closedNews: [(id: ConnectionID, reason: CloseReason)] = []

  var writable: [Connection] = []
  /// Connections that flush or linger, and when to look at them next.
  var closing: [Connection] = []
  var closingDue = Moment.never
  private var hasRun = false

  static let listenerTag: UInt64 = 1 << 63
  static let wakerTag = UInt64.max

  public init() throws(NetworkError) {
    poller = try Poller()
    waker = try Waker()
    let code = poller.add(waker.descriptor, .readable, tag: Self.wakerTag)
    guard code == 0 else { throw .system(call: "epoll_ctl", code: code) }
  }

  deinit {
    for case let connection? in slots where connection.descriptor >= 0 { _ = Glibc.close(connection.descriptor) }
    for listener in listeners.values { _ = Glibc.close(listener.descriptor) }
  }

  /// Wakes the reactor; other threads use ``waker``.
  public func wake() { waker.wake() }
  /// Ends ``run(_:)`` after the present turn; other threads use ``waker``.
  public func stop() { waker.stop() }

  /// Takes turns until ``Waker/stop()``. Then every connection is closed with ``CloseReason/stopped``, and told so.
  public func run(_ handler: any ReactorHandler) {
    precondition(!hasRun, "a reactor runs once")
    hasRun = true
    var deadline = Clock.now()
    while !waker.isStopping {
      gather(until: min(deadline, ownDeadline))
      deliver(to: handler)
      waker.noteAwake()
      deadline = handler.turn(at: now)
      expire()
      flush()
    }
    shutDown(handler)
  }

  /// Sleeps until something is ready or `deadline`, and reads everything that is ready.
  private func gather(until deadline: Moment) {
    var wait = hasNews || !waker.prepareToSleep() ? 0 : milliseconds(until: deadline)
    var round = 0
    var looksAgain = false
    repeat {
      let count = poller.wait(milliseconds: wait)
      if round == 0 { waker.noteAwake() }
      let started = Clock.now()
      looksAgain = (round == 0 && deadline < started - Self.lateness) || count == Poller.eventsMax
      for index in 0..<count {
        let (tag, interest) = poller[index]
        if handle(tag, interest, mayReadOn: round + 1 < Self.roundsMax) { looksAgain = true }
      }
      now = Clock.now()
      if started < now - Self.lateness { looksAgain = true }
      round += 1
      wait = 0
    } while looksAgain && round < Self.roundsMax
  }

  private var hasNews: Bool {
    !closedNews.isEmpty || !connectedNews.isEmpty || !readableNews.isEmpty || !drainedNews.isEmpty
      || !acceptedNews.isEmpty
  }

  private func milliseconds(until deadline: Moment) -> Int32 {
    guard deadline != .never else { return -1 }
    let left = (deadline - Clock.now()).nanoseconds
    guard left > 0 else { return 0 }
    // Rounded up: waking a fraction too early would only spin until the moment has come.
    return Int32(clamping: min((left + 999_999) / 1_000_000, 3_600_000))
  }

  /// Returns true if the same socket may have more.
  private func handle(_ tag: UInt64, _ interest: Poller.Interest, mayReadOn: Bool) -> Bool {
    if tag == Self.wakerTag {
      waker.drain()
      return false
    }
    if tag & Self.listenerTag != 0 { return acceptAll(ListenerID(raw: tag & ~Self.listenerTag)) }
    guard let connection = find(ConnectionID(raw: tag)) else { return false }
    if connection.state == .connecting {
      finishConnecting(connection)
      return false
    }
    if !interest.isDisjoint(with: [.writable, .error, .hangUp]), connection.isBlockedOnWrite {
      connection.isBlockedOnWrite = false
      noteWritable(connection)
    }
    if connection.interest.contains(.readable) { return read(connection) && mayReadOn }
    if !interest.isDisjoint(with: [.error, .hangUp]) {
      tearDown(connection, .broken(code: Socket.pendingError(connection.descriptor)))
    }
    return false
  }

  private func deliver(to handler: any ReactorHandler) {
    let accepted = take(&acceptedNews)
    for (connection, listener, peer) in accepted where connection.state == .open {
      handler.accepted(connection.id, on: listener, from: peer)
    }
    for connection in take(&connectedNews) where connection.state == .open { handler.connected(connection.id) }
    for connection in take(&readableNews) {
      connection.isInReadable = false
      show(connection, to: handler)
    }
    for connection in take(&drainedNews) where connection.state == .open && connection.isAboveLowMark {
      connection.isAboveLowMark = false
      handler.drained(connection.id)
    }
    while !closedNews.isEmpty {
      for (id, reason) in take(&closedNews) { handler.closed(id, reason: reason) }
    }
  }

  private func take<Element>(_ list: inout [Element]) -> [Element] {
    guard !list.isEmpty else { return [] }
    let taken = list
    list = []
    return taken
  }

  private func show(_ connection: Connection, to handler: any ReactorHandler) {
    guard connection.state == .open else { return }
    if !connection.isReadingPaused && (!connection.input.isEmpty || connection.input.isEnded) {
      handler.received(connection.id, bytes: &connection.input)
    }
    guard connection.state == .open else { return connection.input.removeAll() }
    if let reason = connection.endReason {
      tearDown(connection, reason)
    } else if connection.input.count > connection.options.inputBytesMax {
      tearDown(connection, .inputOverflow)
    }
  }

  private func shutDown(_ handler: any ReactorHandler) {
    flush()
    for id in Array(listeners.keys) { close(id) }
    // A handler may connect anew when told of a closed connection: until none is left.
    while connectionCount > 0 || hasNews {
      for case let connection? in slots { tearDown(connection, .stopped) }
      deliver(to: handler)
    }
  }
}
