import Base
import Replica
import Storage
import Wire

/// Faults, and their end.
extension World {
  func fault() {
    // Rules prove little where nothing is written: it is let be for a while.
    guard writesBehind(10) < 80, !isHeld, duel == nil else { return }
    guard let mischief = plan.mischief.next(&random) else { return }
    perform(mischief)
  }

  private func perform(_ mischief: Mischief) {
    switch mischief {
    case .crash: crashOne(boots: false)
    case .reboot: crashOne(boots: true)
    case .crashAll: if random.oneIn(2) { crashAll() }
    case .crashInTurn: interruptOne(crashes: true)
    case .pause: pauseOne()
    case .pauseInTurn: interruptOne(crashes: false)
    case .split: split()
    case .oneWay: oneWay()
    case .ring: ring()
    case .bridge: bridge()
    case .flap: flap()
    case .cutNation: cutNation()
    case .cutSupplier: cutSupplier()
    case .cutForWeeks: if random.oneIn(3) { cutForWeeks() }
    case .clog: clog()
    case .badDay: badDay()
    case .clockLeap: leapClock()
    case .clockHalt: haltClock()
    case .wallClock: setWallClock()
    case .slowDisk: slowDisk()
    case .fullDisk: fillDisk()
    case .lowSpace: runLow()
    case .rot: rotRow()
    case .transfer: transfer()
    case .quiet: beQuiet(for: random.interval(.milliseconds(100), .milliseconds(1_500)))
    case .aimAtPromiser: huntPromiser()
    case .aimAtLeader: cutOffLeader()
    case .aimAtAnswers: delayAnswers()
    case .aimAtCandidate: helpCandidate()
    case .aimAtSnapshot: huntSnapshot()
    case .membership: changeMembership(in: random.below(genesis.groups.count))
    case .expel: if random.oneIn(3) { expel() }
    case .aimAtElection: huntElection()
    case .aimAtChange: huntChange()
    case .duel: startDuel()
    case .wipe: if random.oneIn(4) { wipe() }
    case .restoreBackup: restoreBackup()
    case .double: double()
    case .clientCrash: crashClients()
    }
  }

  private func slowDisk() {
    let node = random.below(everyone.count)
    nodes[node].diskFactor = nodes[node].diskFactor == 1 ? Int64(10 + random.below(90)) : 1
    note("the disk of \(nodes[node].id) is \(nodes[node].diskFactor) times slower")
    count(.slowDisk)
  }

  private func fillDisk() {
    let node = random.below(everyone.count)
    guard !nodes[node].disk.isFull else { return }
    note("the disk of \(nodes[node].id) is full")
    count(.fullDisk)
    nodes[node].disk.isFull = true
    queue.schedule(.diskHasSpace(node: node), at: now + random.interval(.milliseconds(20), .milliseconds(2_000)))
  }

  func giveSpace(_ node: Int) {
    guard nodes[node].disk.isFull else { return }
    note("the disk of \(nodes[node].id) has space again")
    nodes[node].disk.isFull = false
  }

  /// Some nodes, often a majority of a group, have little room left on their disks, and say so.
  private func runLow() {
    let victims = shuffled(Array(everyone)).prefix(1 + everyone.count / 2)
    note("\(names(Array(victims))) have little room left")
    count(.lowSpace)
    for node in victims { nodes[node].isLow = true }
    queue.schedule(.roomIsMade(nodes: Array(victims)), at: now + random.interval(.milliseconds(500), .milliseconds(4_000)))
  }

  /// An administrator moves leadership.
  private func transfer() {
    let group = genesis.groups[random.below(genesis.groups.count)]
    guard let leader = leader(of: group.group) else { return }
    note("\(nodes[leader].id) is asked to hand '\(group.keyspace)' over")
    count(.transfer)
    let token = ClientToken(connection: World.noConnection, number: 0)
    arrive(leader, .client(token, .transfer(keyspace: group.keyspace, to: "")))
    guard random.oneIn(2) else { return }
    // Whom it told to campaign may have won before it hears of it.
    delay(to: leader, by: random.interval(.milliseconds(20), .milliseconds(150)), for: .milliseconds(500))
  }

  func beQuiet(for length: Interval) {
    quietUntil = max(quietUntil, now + length)
    count(.quietTime)
  }
}
