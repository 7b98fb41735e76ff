import Base
import Network
import Testing

@Suite struct ReactorTests {
  @Test("A thousand connections are echoed whole and closed once each")
  func echo() throws {
    let script = try Script()
    let address = try script.listen()
    let message = (0..<5_000).map { UInt8(truncatingIfNeeded: $0) }
    let clients = Set((0..<1_000).map { _ in script.reactor.connect(to: address, options: .roomy) })
    var echoed = 0
    var wrong = 0
    for client in clients { script.reactor.send(client, message) }
    script.onReceived = { [reactor = script.reactor] id, bytes in
      if clients.contains(id) {
        guard bytes.count >= message.count else { return }
        if bytes.take(message.count) != message { wrong += 1 }
        echoed += 1
        reactor.close(id)
        if echoed == clients.count { reactor.stop() }
      } else {
        reactor.send(id, bytes.take(bytes.count))
      }
    }
    script.run()
    #expect(echoed == 1_000)
    #expect(wrong == 0)
    #expect(script.accepted.count == 1_000)
    #expect(clients.allSatisfy { script.closed[$0] == [.local] })
  }

  @Test("What a turn sends to a peer arrives together, however many calls it took")
  func coalesced() throws {
    let script = try Script()
    let address = try script.listen()
    var sizes: [Int] = []
    script.onAccepted = { [reactor = script.reactor] id in
      for byte in 0..<100 { reactor.send(id, [UInt8(byte)]) }
    }
    script.onReceived = { [reactor = script.reactor] _, bytes in
      sizes.append(bytes.count)
      bytes.removeAll()
      reactor.stop()
    }
    _ = script.reactor.connect(to: address, options: .roomy)
    script.run()
    #expect(sizes == [100])
  }

  @Test("A refused connection is told as closed, once, and not from inside the call")
  func refused() throws {
    let closedPort = try Script().listen()
    let script = try Script()
    let id = script.reactor.connect(to: closedPort, options: .roomy)
    #expect(script.closed.isEmpty)
    script.onClosed = { [reactor = script.reactor] _, _ in reactor.stop() }
    script.run()
    guard case .connectFailed(let code)? = script.closed[id]?.first else {
      Issue.record("expected a failed connect, got \(String(describing: script.closed[id]))")
      return
    }
    #expect(code != 0)
    #expect(script.connected.isEmpty)
  }

  @Test("Closing tells of the end later, once, and makes further use harmless")
  func closeOnce() throws {
    let script = try Script()
    let address = try script.listen()
    let client = script.reactor.connect(to: address, options: .roomy)
    var reentrant = false
    script.onConnected = { [reactor = script.reactor] id in
      let before = script.closed.count
      reactor.close(id)
      reactor.close(id, afterFlush: true)
      reactor.send(id, [1])
      reactor.pauseReading(id)
      reactor.resumeReading(id)
      if script.closed.count != before || reactor.isOpen(id) { reentrant = true }
    }
    var ends = 0
    script.onClosed = { [reactor = script.reactor] _, _ in
      ends += 1
      if ends == 2 { reactor.stop() }
    }
    script.run()
    #expect(!reentrant)
    #expect(script.closed[client] == [.local])
    #expect(script.accepted.allSatisfy { script.closed[$0]?.count == 1 })
  }

  @Test("The last bytes of a peer are shown before its end")
  func lastBytes() throws {
    let script = try Script()
    let address = try script.listen()
    let client = script.reactor.connect(to: address, options: .roomy)
    script.onConnected = { [reactor = script.reactor] id in
      reactor.send(id, Array(repeating: 5, count: 100_000))
      reactor.close(id, afterFlush: true)
    }
    var total = 0
    script.onReceived = { _, bytes in
      total += bytes.count
      bytes.removeAll()
    }
    script.onClosed = { [reactor = script.reactor] id, _ in if id == client { reactor.stop() } }
    script.run()
    #expect(total == 100_000)
    #expect(script.accepted.map { script.closed[$0] } == [[.ended]])
    #expect(script.closed[client] == [.local])
  }

  @Test("A peer that ended its side is still answered where that is asked for")
  func halfClosed() throws {
    let script = try Script()
    let options = ConnectionOptions(outputBytesMax: 1 << 20, keepsOpenAfterEnd: true)
    let address = try script.listen(options)
    let client = script.reactor.connect(to: address, options: options)
    // The client's flush ends its side and throws away what comes; the server must be able to answer without an error.
    script.onConnected = { [reactor = script.reactor] id in
      reactor.send(id, [1, 2, 3])
      reactor.close(id, afterFlush: true)
    }
    var ended: [Int] = []
    script.onReceived = { [reactor = script.reactor] id, bytes in
      guard bytes.isEnded else { return }
      ended.append(bytes.count)
      bytes.removeAll()
      reactor.send(id, [9])
      reactor.close(id, afterFlush: true)
    }
    script.onClosed = { [reactor = script.reactor] _, _ in if script.closed.count == 2 { reactor.stop() } }
    script.run()
    #expect(ended == [3])
    #expect(script.closed[client] == [.local])
    #expect(script.accepted.map { script.closed[$0] } == [[.local]])
  }

  @Test("More output than allowed closes the connection with its reason")
  func outputOverflow() throws {
    let script = try Script()
    let address = try script.listen(ConnectionOptions(outputBytesMax: 100_000))
    _ = script.reactor.connect(to: address, options: .roomy)
    script.onConnected = { [reactor = script.reactor] in reactor.pauseReading($0) }
    script.onAccepted = { [reactor = script.reactor] id in
      while reactor.isOpen(id) { reactor.send(id, Array(repeating: 1, count: 30_000)) }
    }
    script.onClosed = { [reactor = script.reactor] _, _ in reactor.stop() }
    script.run()
    #expect(script.closed[script.accepted[0]] == [.outputOverflow])
  }

  @Test("A slow reader holds the sender's bytes back until it reads; then the sender is told that they drained")
  func slowReader() throws {
    let script = try Script()
    let address = try script.listen()
    let total = 20 << 20
    let client = script.reactor.connect(to: address, options: .roomy)
    var (drained, received, wrong, heldBack) = (0, 0, 0, 0)
    script.onConnected = { [reactor = script.reactor] in reactor.pauseReading($0) }
    script.onAccepted = { [reactor = script.reactor] id in
      reactor.withOutput(of: id) { output in
        for index in 0..<total { output.append(UInt8(truncatingIfNeeded: index % 253)) }
      }
    }
    script.onTurn = { [reactor = script.reactor] now in
      if heldBack == 0, let server = script.accepted.first, reactor.bufferedOutput(of: server) < total {
        heldBack = reactor.bufferedOutput(of: server)
        if heldBack > 0 { reactor.resumeReading(client) }
      }
      return heldBack == 0 ? now + .milliseconds(1) : .never
    }
    script.onDrained = { _ in drained += 1 }
    script.onReceived = { [reactor = script.reactor] _, bytes in
      bytes.withSpan { span in
        for index in span.indices where span[index] != UInt8((received + index) % 253) { wrong += 1 }
      }
      received += bytes.count
      bytes.removeAll()
      if received == total { reactor.stop() }
    }
    script.run()
    #expect(received == total)
    #expect(wrong == 0)
    #expect(heldBack > 1 << 20)
    #expect(drained == 1)
  }

  @Test("Input that the handler leaves lying closes the connection at its bound")
  func inputOverflow() throws {
    let script = try Script()
    let address = try script.listen(ConnectionOptions(outputBytesMax: 1, inputBytesMax: 10_000))
    let client = script.reactor.connect(to: address, options: .roomy)
    script.reactor.send(client, Array(repeating: 0, count: 1 << 20))
    script.onReceived = { _, _ in }
    script.onClosed = { [reactor = script.reactor] _, _ in reactor.stop() }
    script.run()
    #expect(script.closed[script.accepted[0]] == [.inputOverflow])
  }

  @Test("Bytes left unread while reading was paused are shown again on resuming")
  func shownAgain() throws {
    let script = try Script()
    let address = try script.listen()
    let client = script.reactor.connect(to: address, options: .roomy)
    script.reactor.send(client, [1, 2, 3])
    var shown: [Int] = []
    script.onReceived = { [reactor = script.reactor] id, bytes in
      shown.append(bytes.count)
      if shown.count == 1 {
        reactor.pauseReading(id)
      } else {
        bytes.removeAll()
        reactor.stop()
      }
    }
    script.onTurn = { [reactor = script.reactor] now in
      if shown.count == 1 { reactor.resumeReading(script.accepted[0]) }
      return .never
    }
    script.run()
    #expect(shown == [3, 3])
  }

  @Test("A turn comes at its deadline and not before")
  func deadlines() throws {
    let script = try Script()
    var early = 0
    var due = Moment.zero
    script.onTurn = { [reactor = script.reactor] now in
      if now < due { early += 1 }
      if script.turns == 10 { reactor.stop() }
      due = now + .milliseconds(2)
      return due
    }
    script.run()
    #expect(early == 0)
    #expect(script.turns == 10)
  }

  @Test("After a pause of the process everything that arrived meanwhile is shown before the turn judges the time")
  func pausedProcess() throws {
    let script = try Script()
    let address = try script.listen()
    let clients = (0..<50).map { _ in script.reactor.connect(to: address, options: .roomy) }
    var shown = Set<ConnectionID>()
    var atTurn = -1
    script.onReceived = { id, bytes in
      shown.insert(id)
      bytes.removeAll()
    }
    var pausedAt = 0
    script.onTurn = { [reactor = script.reactor] now in
      if pausedAt == 0, script.accepted.count == 50 {
        pausedAt = script.turns
        // These leave at the end of this turn; the late deadline is due before them.
        for client in clients { reactor.send(client, [1]) }
        return now - .seconds(1)
      }
      if pausedAt > 0, script.turns == pausedAt + 1 {
        atTurn = shown.count
        reactor.stop()
      }
      return .never
    }
    script.run()
    #expect(atTurn == 50)
  }

  @Test("Running out of descriptors neither spins nor stops the listener for good")
  func descriptorExhaustion() async throws {
    await #expect(processExitsWith: .success) {
      try exhaustDescriptors()
    }
  }

  @Test("A listener that was closed accepts no more; its connections stay")
  func closedListener() throws {
    let script = try Script()
    let (listener, address) = try script.reactor.listen(on: .loopback(port: 0), options: .roomy)
    let first = script.reactor.connect(to: address, options: .roomy)
    var second: ConnectionID?
    script.onAccepted = { [reactor = script.reactor] _ in
      reactor.close(listener)
      second = reactor.connect(to: address, options: .roomy)
    }
    var firstStayed = false
    script.onClosed = { [reactor = script.reactor] id, _ in
      guard id == second else { return }
      firstStayed = reactor.isOpen(first)
      reactor.stop()
    }
    script.run()
    #expect(firstStayed)
    #expect(script.closed[first] == [.stopped])
  }
}
