import Base
import Glibc

extension Reactor {
  func updateInterest(_ connection: Connection) {
    let interest = connection.interest
    guard connection.state != .closed, interest != connection.registered else { return }
    connection.registered = interest
    poller.change(connection.descriptor, interest, tag: connection.id.raw)
  }

  func noteReadable(_ connection: Connection) {
    guard !connection.isInReadable else { return }
    connection.isInReadable = true
    readableNews.append(connection)
  }

  func noteWritable(_ connection: Connection) {
    guard !connection.isInWritable else { return }
    connection.isInWritable = true
    writable.append(connection)
  }

  /// Reads until nothing is ready or the round's share is used up; true in the latter case.
  func read(_ connection: Connection) -> Bool {
    if connection.state == .lingering { return discard(connection) }
    var left = Self.roundBytesMax
    while left > 0 {
      var result = Socket.Transfer.wouldBlock
      var asked = 0
      let descriptor = connection.descriptor
      let share = left
      _ = connection.input.fill(minimum: 2_048) { memory in
        asked = min(memory.count, share)
        result = Socket.receive(descriptor, into: UnsafeMutableRawBufferPointer(rebasing: memory[..<asked]))
        if case .moved(let amount) = result { return amount }
        return 0
      }
      switch result {
      case .moved(let amount):
        left -= amount
        noteReadable(connection)
        // Less than asked for: the socket is empty, and asking again would cost a call to learn it. Epoll is
        // level-triggered.
        if amount < asked { return false }
      case .wouldBlock:
        connection.input.releaseIfEmpty()
        return false
      case .ended:
        noteEnd(connection, .ended)
        return false
      case .failed(let code):
        noteEnd(connection, .broken(code: code))
        return false
      }
    }
    return true
  }

  private func noteEnd(_ connection: Connection, _ reason: CloseReason) {
    connection.hasPeerEnded = true
    if reason == .ended && connection.options.keepsOpenAfterEnd {
      connection.input.isEnded = true
    } else {
      connection.endReason = reason
    }
    noteReadable(connection)
    updateInterest(connection)
  }

  /// Throws away what a peer still sends to a connection whose answer is complete.
  private func discard(_ connection: Connection) -> Bool {
    var left = Self.roundBytesMax
    return withUnsafeTemporaryAllocation(byteCount: 16 << 10, alignment: 16) { memory in
      while left > 0 {
        switch Socket.receive(connection.descriptor, into: memory) {
        case .moved(let amount): left -= amount
        case .wouldBlock: return false
        case .ended, .failed:
          tearDown(connection, .local)
          return false
        }
      }
      return true
    }
  }

  /// Writes what waits: one system call per connection.
  func flush() {
    guard !writable.isEmpty else { return }
    let batch = writable
    writable.removeAll(keepingCapacity: true)
    for connection in batch {
      connection.isInWritable = false
      guard connection.state == .open || connection.state == .flushing else { continue }
      if !connection.isBlockedOnWrite && connection.output.count > 0 { write(connection) }
      updateInterest(connection)
    }
  }

  private func write(_ connection: Connection) {
    let descriptor = connection.descriptor
    switch connection.output.write(with: { Socket.send(descriptor, $0) }) {
    case .moved(let amount):
      if connection.state == .flushing && amount > 0 { connection.closeDeadline = now + Self.flushTimeout }
      connection.isBlockedOnWrite = connection.output.count > 0
    case .wouldBlock:
      connection.isBlockedOnWrite = true
    case .failed(let code):
      // What the peer sent before it went away is still shown to the handler.
      guard connection.state == .open, connection.interest.contains(.readable) else {
        return tearDown(connection, .broken(code: code))
      }
      connection.output.removeAll()
      _ = read(connection)
      if connection.endReason == nil { connection.endReason = .broken(code: code) }
      return noteReadable(connection)
    case .ended:
      connection.isBlockedOnWrite = true
    }
    if connection.output.count == 0 && connection.state == .flushing { return finishFlushing(connection) }
    if connection.isAboveLowMark && connection.output.count <= connection.options.outputBytesLow {
      drainedNews.append(connection)
    }
  }
}
