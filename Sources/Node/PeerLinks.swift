import Base
import Network
import Replica

/// Connections between nodes: two for each pair, each dialled by the side whose messages it carries.
struct PeerLinks {
  struct Peer {
    let node: NodeID
    let address: Address
    var state = State.idle(until: .zero)
    var backoff = PeerLinks.backoffMin

    enum State {
      case idle(until: Moment)
      case dialling(ConnectionID)
      /// Greeted; not welcomed yet.
      case greeting(ConnectionID)
      case up(ConnectionID)
    }

    var connection: ConnectionID? {
      switch state {
      case .idle: nil
      case .dialling(let connection), .greeting(let connection), .up(let connection): connection
      }
    }
  }

  private struct Inbound {
    var hasPreamble = false
  }

  let listener: ListenerID
  private var peers: [Peer]
  private var inbound: [ConnectionID: Inbound] = [:]
  private var links: [ConnectionID: LinkID] = [:]
  private var connections: [LinkID: ConnectionID] = [:]
  private var nextLink: UInt64 = 1

  static let backoffMin = Interval.milliseconds(50)
  static let backoffMax = Interval.milliseconds(1_000)

  init(listener: ListenerID, peers: [(node: NodeID, address: Address)]) {
    self.listener = listener
    self.peers = peers.map { Peer(node: $0.node, address: $0.address) }
  }

  func owns(_ connection: ConnectionID) -> Bool { links[connection] != nil }
  func link(_ connection: ConnectionID) -> LinkID { links[connection] ?? LinkID(0) }
  func connection(_ link: LinkID) -> ConnectionID? { connections[link] }

  private mutating func name(_ connection: ConnectionID) {
    let link = LinkID(nextLink)
    nextLink += 1
    links[connection] = link
    connections[link] = connection
  }

  mutating func accepted(_ connection: ConnectionID) {
    name(connection)
    inbound[connection] = Inbound()
  }

  func awaitsPreamble(_ connection: ConnectionID) -> Bool { !(inbound[connection]?.hasPreamble ?? true) }
  mutating func passedPreamble(_ connection: ConnectionID) { inbound[connection]?.hasPreamble = true }

  /// When the next peer is to be dialled.
  var nextDial: Moment {
    var earliest = Moment.never
    for peer in peers { if case .idle(let until) = peer.state { earliest = min(earliest, until) } }
    return earliest
  }

  mutating func dial(_ reactor: Reactor, options: ConnectionOptions, at now: Moment) {
    for slot in peers.indices {
      guard case .idle(let until) = peers[slot].state, until <= now else { continue }
      let connection = reactor.connect(to: peers[slot].address, options: options)
      name(connection)
      peers[slot].state = .dialling(connection)
    }
  }

  private func slot(_ connection: ConnectionID) -> Int? { peers.firstIndex { $0.connection == connection } }

  mutating func connected(_ connection: ConnectionID) -> NodeID? {
    guard let slot = slot(connection) else { return nil }
    peers[slot].state = .greeting(connection)
    return peers[slot].node
  }

  mutating func welcomed(_ link: LinkID) {
    guard let connection = connections[link], let slot = slot(connection) else { return }
    peers[slot].state = .up(connection)
    peers[slot].backoff = Self.backoffMin
  }

  /// A refusal is an administrator's matter: no hurry to ask again.
  mutating func refused(_ link: LinkID, at now: Moment) -> NodeID? {
    guard let connection = connections[link], let slot = slot(connection) else { return nil }
    peers[slot].backoff = Self.backoffMax
    return peers[slot].node
  }

  func outbound(to node: NodeID) -> ConnectionID? {
    for peer in peers where peer.node == node { if case .up(let connection) = peer.state { return connection } }
    return nil
  }

  mutating func closed(_ connection: ConnectionID, at now: Moment) -> NodeID? {
    if let link = links.removeValue(forKey: connection) { connections[link] = nil }
    inbound[connection] = nil
    guard let slot = slot(connection) else { return nil }
    peers[slot].state = .idle(until: now + peers[slot].backoff)
    peers[slot].backoff = min(peers[slot].backoff * 2, Self.backoffMax)
    return peers[slot].node
  }

  /// Ends every link: what was agreed in their handshakes holds no more.
  func dropAll(_ reactor: Reactor) {
    for connection in links.keys { reactor.close(connection) }
  }
}
