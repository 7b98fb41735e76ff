import Base
import Glibc
import Network

struct Misbehaved: Error {}

/// Runs in a process of its own: takes all descriptors away, connects, and looks that the reactor sheds the connection,
/// does not spin, and serves again once descriptors are back.
func exhaustDescriptors() throws {
  var limit = rlimit(rlim_cur: 64, rlim_max: 64)
  guard setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { throw Misbehaved() }
  let script = try Script()
  let address = try script.listen()
  let client = script.reactor.connect(to: address, options: .roomy)
  var hoard: [Int32] = []
  while true {
    let taken = dup(0)
    if taken < 0 { break }
    hoard.append(taken)
  }
  var later: ConnectionID?
  var served = false
  script.onClosed = { [reactor = script.reactor] id, _ in
    guard id == client else { return }
    for taken in hoard { close(taken) }
    later = reactor.connect(to: address, options: .roomy)
  }
  script.onAccepted = { [reactor = script.reactor] _ in
    served = later != nil
    reactor.stop()
  }
  script.reactor.run(script)
  guard served, !script.timedOut, script.turns < 200 else { throw Misbehaved() }
}
