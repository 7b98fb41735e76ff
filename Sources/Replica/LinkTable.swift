import Base
import Wire

/// Links that passed the handshake. Each carries one direction; messages leave on links that this node dialled.
struct LinkTable: Sendable {
  struct Link: Sendable {
    var link: LinkID
    var node: NodeID
    var hello: PeerHello
    /// This node dialled it.
    var isOutbound: Bool
  }
  private(set) var links: [Link] = []
  /// Why a peer refused this node, or was refused by it; cleared when a link comes about.
  private(set) var refusals: [(node: NodeID, text: String)] = []

  mutating func open(_ link: Link) {
    links.append(link)
    refusals.removeAll { $0.node == link.node }
  }

  mutating func close(_ link: LinkID) { links.removeAll { $0.link == link } }

  mutating func refuse(_ node: NodeID, _ text: String) {
    refusals.removeAll { $0.node == node }
    refusals.append((node, text))
    refusals.sort { $0.node < $1.node }
  }

  func node(of link: LinkID) -> NodeID? {
    for position in links.indices where links[position].link == link { return links[position].node }
    return nil
  }
  func outbound(to node: NodeID) -> Link? { links.last { $0.isOutbound && $0.node == node } }
  /// The nodes that there is a link to or from, ascending.
  var nodes: [NodeID] { Set(links.map(\.node)).sorted() }
  func refusal(of node: NodeID) -> String { refusals.first { $0.node == node }?.text ?? "" }

  /// Links of the same store from an earlier start of it, or from another process.
  func stale(against hello: PeerHello) -> [LinkID] {
    links.filter { $0.hello.store == hello.store && $0.hello.nonce != hello.nonce }.map(\.link)
  }
}
