import Base
import Glibc

extension Reactor {
  /// Starts connecting to `address`. Success is told as `connected`, failure as `closed`; bytes sent before wait.
  /// There is no time-out but the kernel's (about two minutes): close what takes too long.
  public func connect(to address: Address, options: ConnectionOptions) -> ConnectionID {
    guard let target = address.socketAddress() else { return failedConnection(EAFNOSUPPORT) }
    let made = Socket.make(family: target.family)
    guard made >= 0 else { return failedConnection(-made) }
    Socket.setNoDelay(made)
    let result = Socket.connect(made, to: target)
    guard result == 0 || result == EINPROGRESS else {
      _ = Glibc.close(made)
      return failedConnection(result)
    }
    guard let connection = adopt(made, options, state: result == 0 ? .open : .connecting) else {
      return failedConnection(ENOMEM)
    }
    if result == 0 { connectedNews.append(connection) }
    return connection.id
  }

  private func failedConnection(_ code: Int32) -> ConnectionID {
    let id = ConnectionID(slot: 0)
    closedNews.append((id, .connectFailed(code: code)))
    return id
  }

  func finishConnecting(_ connection: Connection) {
    let code = Socket.pendingError(connection.descriptor)
    guard code == 0 else { return tearDown(connection, .connectFailed(code: code)) }
    connection.state = .open
    connectedNews.append(connection)
    updateInterest(connection)
    if connection.output.count > 0 { noteWritable(connection) }
  }

  /// Takes a socket over; nil, closing it, if the kernel or the reactor has no room for it.
  func adopt(_ descriptor: Int32, _ options: ConnectionOptions, state: Connection.State) -> Connection? {
    guard let slot = freeSlots.popLast() ?? newSlot() else {
      _ = Glibc.close(descriptor)
      return nil
    }
    if let longest = options.unacknowledgedMax { Socket.setUnacknowledgedMax(descriptor, longest) }
    let connection = Connection(id: ConnectionID(slot: slot), options: options, descriptor: descriptor, state: state)
    connection.registered = connection.interest
    guard poller.add(descriptor, connection.registered, tag: connection.id.raw) == 0 else {
      freeSlots.append(slot)
      _ = Glibc.close(descriptor)
      return nil
    }
    slots[slot] = connection
    connectionCount += 1
    return connection
  }

  private func newSlot() -> Int? {
    guard slots.count < ConnectionID.slotsMax else { return nil }
    slots.append(nil)
    return slots.count - 1
  }

  func find(_ id: ConnectionID) -> Connection? {
    guard id.slot < slots.count, let connection = slots[id.slot], connection.id == id else { return nil }
    return connection
  }

  /// The connection if the handler may still use it.
  private func usable(_ id: ConnectionID) -> Connection? {
    guard let connection = find(id), connection.state == .open || connection.state == .connecting else { return nil }
    return connection
  }

  /// Queues `bytes`; they are written at the end of the turn. Nothing happens if the connection is gone.
  public func send(_ id: ConnectionID, _ bytes: [UInt8]) {
    withOutput(of: id) { $0.append(contentsOf: bytes) }
  }

  /// Lets `write` append to the connection's output without a copy. What stands there must stay; within `write` the
  /// same connection must not be used otherwise.
  /// - Returns: nil, without calling `write`, if the connection is gone.
  @discardableResult
  public func withOutput<Result>(of id: ConnectionID, _ write: (inout [UInt8]) -> Result) -> Result? {
    guard let connection = usable(id) else { return nil }
    let before = connection.output.bytes.count
    let result = write(&connection.output.bytes)
    precondition(connection.output.bytes.count >= before, "output was removed: \(before) bytes before")
    let waiting = connection.output.count
    if waiting > connection.options.outputBytesMax {
      tearDown(connection, .outputOverflow)
    } else if waiting > 0 {
      if waiting > connection.options.outputBytesLow { connection.isAboveLowMark = true }
      if connection.state == .open { noteWritable(connection) }
    }
    return result
  }

  /// Bytes that wait to be written; 0 if the connection is gone.
  public func bufferedOutput(of id: ConnectionID) -> Int { usable(id)?.output.count ?? 0 }

  /// True until the connection is closed from either side.
  public func isOpen(_ id: ConnectionID) -> Bool { usable(id) != nil }

  /// Reads no more of the connection until ``resumeReading(_:)``, so that the peer has to wait: back-pressure.
  public func pauseReading(_ id: ConnectionID) {
    guard let connection = usable(id), !connection.isReadingPaused else { return }
    connection.isReadingPaused = true
    // Epoll is told at the end of the turn: pausing and resuming within a turn costs nothing.
    if connection.state == .open { noteWritable(connection) }
  }

  /// Reads again; bytes that were left unread are shown again in the next turn.
  public func resumeReading(_ id: ConnectionID) {
    guard let connection = usable(id), connection.isReadingPaused else { return }
    connection.isReadingPaused = false
    guard connection.state == .open else { return }
    noteWritable(connection)
    noteReadable(connection)
  }

  /// Closes the connection; `closed` follows, later, from the reactor. Bytes that wait are dropped, or, with
  /// `afterFlush`, written first: as long as the peer keeps reading, and at most 5 s without a byte taken.
  public func close(_ id: ConnectionID, afterFlush: Bool = false) {
    guard let connection = usable(id) else { return }
    guard afterFlush, connection.state == .open, connection.endReason == nil else {
      return tearDown(connection, .local)
    }
    connection.state = .flushing
    awaitClosing(connection, for: Self.flushTimeout)
    if connection.output.count == 0 { finishFlushing(connection) } else { noteWritable(connection) }
  }

  private func awaitClosing(_ connection: Connection, for interval: Interval) {
    connection.closeDeadline = now + interval
    closingDue = min(closingDue, connection.closeDeadline)
    guard !connection.isInClosing else { return }
    connection.isInClosing = true
    closing.append(connection)
  }

  func finishFlushing(_ connection: Connection) {
    if connection.hasPeerEnded || shutdown(connection.descriptor, Int32(SHUT_WR)) != 0 {
      return tearDown(connection, .local)
    }
    connection.state = .lingering
    awaitClosing(connection, for: Self.lingerTimeout)
    updateInterest(connection)
  }

  /// Gives descriptor and slot back and remembers to tell the handler: the one place where a connection ends.
  func tearDown(_ connection: Connection, _ reason: CloseReason) {
    guard connection.state != .closed else { return }
    connection.state = .closed
    _ = Glibc.close(connection.descriptor)
    connection.descriptor = -1
    connection.output.removeAll()
    slots[connection.id.slot] = nil
    freeSlots.append(connection.id.slot)
    connectionCount -= 1
    closedNews.append((connection.id, reason))
  }

  /// Ends closings and back-offs whose time has come.
  func expire() {
    for (id, listener) in listeners where listener.pausedUntil <= now { resume(id) }
    guard closingDue <= now else { return }
    for connection in closing where connection.closeDeadline <= now {
      tearDown(connection, connection.state == .flushing ? .flushTimedOut : .local)
    }
    closing.removeAll { $0.state == .closed }
    closingDue = .never
    for connection in closing { closingDue = min(closingDue, connection.closeDeadline) }
    // Not looked at more often than this: many closings must not make every turn walk all of them.
    closingDue = closing.isEmpty ? .never : max(closingDue, now + Self.closingGrain)
  }

  /// When ``expire()`` has something to do.
  var ownDeadline: Moment {
    var deadline = closingDue
    for listener in listeners.values { deadline = min(deadline, listener.pausedUntil) }
    return closedNews.isEmpty ? deadline : .zero
  }
}
