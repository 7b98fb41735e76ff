import Base
import Model
import Raft
import Replica
import SQLite
import Storage
import Wire

/// Faults of disks.
extension World {
  /// The faults that a seed draws for its disks; nil where stores are in memory.
  static func diskFaults(_ options: SimulationOptions, nodes: Int, _ turn: SQLiteTurn?) -> DiskFaults? {
    guard let turn else { return nil }
    var random = SplitMix64(seed: options.seed ^ 0xD15C)
    let plan = DiskPlan(&random, clock: turn.clock.forSQLite)
    return DiskFaults(plan, random: random, nodes: nodes)
  }

  /// Draws and injects the next fault of a disk, as ``injectNext()`` does with the others.
  func injectDiskFault() {
    guard !isHealing, let plan = disks?.plan else { return }
    let number = injections.begin(at: now - started)
    defer { injections.end() }
    var random = SplitMix64(seed: options.seed, stream: UInt64(number))
    queue.schedule(.diskFault, at: now + random.interval(.milliseconds(50), plan.faultEvery * 2))
    disks?.random = random
    // Rules prove little where nothing is written: it is let be for a while.
    guard options.keeps(number), writesBehind(10) < 80, !isHeld else { return }
    lookForWholeCopies()
    diskFault(plan)
  }

  private func diskFault(_ plan: DiskPlan) {
    let kind = draw(9)
    let node = draw(everyone.count)
    switch kind {
    case 0: if plan.hangs { hang(node) }
    case 1: if plan.failsSyncs { failSync(node) }
    case 2: if plan.failsCalls { failCall(node) }
    case 3: if plan.readsStale { readStale(node) }
    case 4: if plan.misdirects { misdirect(node) }
    case 5, 6: if plan.rots { rot(node) }
    case 7: if plan.helix { turnHelix() }
    default: if plan.holdsReaders { holdReader(node) }
    }
  }

  /// Draws from the generator of the fault at hand.
  private func draw(_ below: Int) -> Int { disks?.random.below(below) ?? 0 }

  private var allGroups: [GroupID] { genesis.groups.map(\.group) }

  // MARK: time and errors

  /// The disk answers nothing for a while; what was asked of it is answered then.
  private func hang(_ node: Int) {
    guard nodes[node].isUp else { return }
    let until = now + .milliseconds(Int64(50 + draw(draw(3) == 0 ? 5_000 : 800)))
    if let known = disks?.hungUntil[node], known < until { disks?.hungUntil[node] = until }
    note("the disk of \(nodes[node].id) hangs until \((until - started).milliseconds)")
    count(.hungDisk)
  }

  /// When something that the disk was asked is answered; nil when that is now.
  func diskAnswers(_ node: Int) -> Moment? {
    guard let until = disks?.hungUntil[node], until > now, !isHealing else { return nil }
    return until
  }

  private func failSync(_ node: Int) {
    // The log may look damaged afterwards.
    guard nodes[node].isUp, let disk = nodes[node].sqlite, allows(node, "raft.db") else { return }
    let path = draw(2) == 0 ? disk.path("raft.db-wal") : nil
    note("a sync of \(nodes[node].id) will fail")
    disk.files.fail(.sync, 1 + draw(6), of: path, with: .io(code: 5, what: "sync"))
    disks?.mayStop[node] = true
  }

  private func failCall(_ node: Int) {
    guard nodes[node].isUp, let disk = nodes[node].sqlite else { return }
    let call: MemoryFiles.Call = draw(2) == 0 ? .read : .write
    let path = draw(3) == 0 ? nil : pick(disk.names).map { disk.path($0) }
    note("a \(call) of \(nodes[node].id) will fail")
    disk.files.fail(call, 1 + draw(12), of: path, with: .io(code: 5, what: "a failing disk"))
    disks?.mayStop[node] = true
  }

  private func pick(_ names: [String]) -> String? { names.isEmpty ? nil : names[draw(names.count)] }

  // MARK: damage

  /// Which groups a damaged file damages: `raft.db` holds the promises of all.
  private func groups(of name: String) -> [GroupID] {
    for group in genesis.groups where name.hasPrefix("state-\(group.keyspace)-") { return [group.group] }
    return name.hasPrefix("snapshot-") ? [] : allGroups
  }

  /// Whether enough good copies are left of each group that the file holds anything of.
  private func allows(_ node: Int, _ name: String) -> Bool {
    groups(of: name).allSatisfy { group in
      survival.suffice(survival.sound.filter { $0 != node && !isDamaged($0, group) })
    }
  }

  func isDamaged(_ node: Int, _ group: GroupID) -> Bool { disks?.guardian.isDamaged(node, group) ?? false }

  /// Whether these nodes can serve every group though some of their copies are damaged.
  func canServe(_ nodes: [Int]) -> Bool {
    genesis.groups.allSatisfy { group in survival.suffice(nodes.filter { !isDamaged($0, group.group) }) }
  }

  private func damages(_ node: Int, _ name: String) {
    let groups = groups(of: name)
    guard !groups.isEmpty else { return }
    // The process that comes next looks at it.
    let incarnation = nodes[node].incarnation - (nodes[node].isUp ? 0 : 1)
    disks?.guardian.damages(node, groups, incarnation: incarnation)
    for group in groups { observe(.harmed(node: node, group: group)) }
  }

  /// A sync that failed, or was not over when the power went, says nothing of what was written before it, and neither
  /// can the log: what the disk kept of the last commit and what it dropped may look like damage to something that had
  /// been acknowledged. That costs the replica its voice until it has been caught up. A process that went on after a sync
  /// had failed has no such excuse.
  func mayTakeForDamage(_ node: Int) -> Bool {
    guard disks?.mayAlarm[node] ?? false else { return false }
    disks?.guardian.damages(node, allGroups, incarnation: nodes[node].incarnation - 1)
    for group in allGroups { observe(.harmed(node: node, group: group)) }
    return true
  }

  /// A bit changes at rest.
  private func rot(_ node: Int) {
    guard let disk = nodes[node].sqlite, let name = pick(disk.names), allows(node, name) else { return }
    rot(node, name)
  }

  private func rot(_ node: Int, _ name: String) {
    guard let disk = nodes[node].sqlite else { return }
    let bytes = disk.vulnerableBytes(name)
    guard bytes > 0 else { return }
    let bit = draw(bytes * 8)
    let isCached = draw(2) == 0
    if bit % 5 == 0, !name.hasSuffix("-wal") { return zero(node, name, page: bit / 8 / PageSeal.pageBytes, isCached) }
    guard disk.files.flipBit(bit, of: disk.path(name), isCached: isCached) else { return }
    note("bit \(bit) of \(name) of \(nodes[node].id) rots\(isCached ? " beneath the cache" : "")")
    damages(node, name)
    count(.bitRot)
  }

  /// A page is all zeros, as a file system leaves what it had promised and never written.
  private func zero(_ node: Int, _ name: String, page: Int, _ isCached: Bool) {
    let zeros = [UInt8](repeating: 0, count: PageSeal.pageBytes)
    guard let disk = nodes[node].sqlite,
      disk.files.damage(disk.path(name), at: page * PageSeal.pageBytes, with: zeros, isCached: isCached)
    else { return }
    note("page \(page + 1) of \(name) of \(nodes[node].id) is all zeros\(isCached ? " beneath the cache" : "")")
    damages(node, name)
    count(.zeroedPage)
  }

  private func misdirect(_ node: Int) {
    guard nodes[node].isUp, let disk = nodes[node].sqlite, let name = pick(disk.names), allows(node, name) else { return }
    // A log's last write that goes astray is a lie about its sync: see ``WALLayout``.
    guard name != "raft.db-wal" else { return }
    note("a write to \(name) of \(nodes[node].id) will go astray")
    disk.files.misdirectWrite(1 + draw(8), of: disk.path(name))
    damages(node, name)
  }

  private func readStale(_ node: Int) {
    guard nodes[node].isUp, let disk = nodes[node].sqlite, let name = pick(disk.names), allows(node, name) else { return }
    let sectors = (disk.files.contents(disk.path(name))?.count ?? 0) / 512
    guard sectors > 0 else { return }
    let first = draw(sectors)
    disk.files.freezeReads(of: disk.path(name), sectors: first..<min(sectors, first + 1 + draw(16)))
    note("sectors from \(first) on of \(name) of \(nodes[node].id) are read as they are now")
    damages(node, name)
    let end = now + .milliseconds(Int64(1 + draw(1_000)))
    queue.schedule(.diskThaws(node: node, incarnation: nodes[node].incarnation), at: end)
  }

  func diskThaws(_ node: Int, _ incarnation: Int) {
    guard isCurrent(node, incarnation) else { return }
    nodes[node].sqlite?.files.thawReads()
    countEffects(node)
  }

  /// Each file of each group goes bad on some minority, one after the other, until no node is clean.
  private func turnHelix() {
    guard let turn = disks?.helix else { return }
    disks?.helix += 1
    let node = turn % everyone.count
    guard let disk = nodes[node].sqlite else { return }
    let group = genesis.groups[(turn / everyone.count + node) % genesis.groups.count]
    let names = disk.names.filter { $0.hasPrefix("state-\(group.keyspace)-") }
    guard let name = pick(names), allows(node, name) else { return }
    rot(node, name)
    count(.helix)
  }

  /// A read takes long: for as long as it lasts no checkpoint gets past what it sees.
  private func holdReader(_ node: Int) {
    let group = genesis.groups[draw(genesis.groups.count)].group
    let length = Interval.milliseconds(Int64(10 + draw(240)))
    guard nodes[node].isUp, let store = nodes[node].stores as? SQLiteNodeStore,
      let file = nodes[node].replicas?.stateFile(of: group), nodes[node].readers[group] != nil,
      let reader = try? store.holdReader(of: file)
    else { return }
    nodes[node].heldReaders.append(reader)
    note("a read of \(group) at \(nodes[node].id) lasts \(length.milliseconds) ms")
    count(.heldReader)
    queue.schedule(.readersLetGo(node: node, incarnation: nodes[node].incarnation), at: now + length)
  }

  // MARK: what became of it

  /// The machine gets another disk while no process has the one before.
  func replaceDisk(of node: Int, with disk: any NodeDisk) {
    nodes[node].disk = disk
    disks?.counted[node] = nodes[node].sqlite?.files.effects ?? MemoryFiles.Effects()
  }

  /// Counts what the disk's faults have really done.
  func countEffects(_ node: Int) {
    guard let files = nodes[node].sqlite?.files, let before = disks?.counted[node] else { return }
    let effects = files.effects
    disks?.counted[node] = effects
    count(.unsyncedLost, effects.lostChanges - before.lostChanges)
    count(.tornWrite, effects.tornWrites - before.tornWrites)
    count(.reorderedWrites, effects.reorderedChanges - before.reorderedChanges)
    count(.failedCall, effects.failedCalls - before.failedCalls)
    count(.failedSync, effects.failedSyncs - before.failedSyncs)
    count(.misdirectedWrite, effects.misdirectedWrites - before.misdirectedWrites)
    count(.staleRead, effects.staleReads - before.staleReads)
  }

  private func count(_ fault: FaultKind, _ times: Int) { for _ in 0..<times { count(fault) } }

  /// A copy is whole again when another process has started from it, takes part, and has caught up with what was
  /// committed when it began to look well; and when all that its state file holds is as it was written.
  func lookForWholeCopies() {
    for copy in disks?.guardian.copies ?? [] {
      guard let damage = disks?.guardian.damaged[copy], nodes[copy.node].isUp,
        nodes[copy.node].incarnation > damage.incarnation,
        let status = nodes[copy.node].replicas?.groupStatus(at: now).first(where: { $0.group == copy.group }),
        status.role != "quarantined", status.role != "suspended"
      else { continue }
      guard let target = damage.target else {
        disks?.guardian.note(copy, target: newestCommit(copy.group))
        continue
      }
      guard status.applied >= target.rawValue, hasWholeState(copy) else { continue }
      note("\(nodes[copy.node].id) is whole again in \(copy.group)")
      disks?.guardian.isWhole(copy)
      observe(.mended(node: copy.node, group: copy.group))
    }
  }

  private func newestCommit(_ group: GroupID) -> LogIndex {
    nodes.reduce(.genesis) { newest, node in
      let commit = node.replicas?.groupStatus(at: now).first { $0.group == group }?.commit ?? 0
      return max(newest, LogIndex(commit))
    }
  }

  private func hasWholeState(_ copy: DiskGuard.Copy) -> Bool {
    guard let reader = nodes[copy.node].readers[copy.group], let header = try? reader.header(),
      let disk = nodes[copy.node].sqlite,
      disk.names.allSatisfy({ !groups(of: $0).contains(copy.group) || $0.hasSuffix("-wal") || disk.isWhole($0) })
    else { return false }
    var query = DigestQuery(revision: .zero, range: .all, limit: 0, perRow: false)
    var sum = Digest.zero
    while true {
      guard let slice = try? reader.digest(query), slice.damaged.isEmpty, slice.error.isEmpty else { return false }
      sum.insert(slice.setHash)
      guard let next = slice.next else { return sum == header.setHash }
      query.range = KeyRange(start: next, end: nil)
    }
  }

  /// Whether nothing is asked of a copy any more: it is damaged, and out of service for it, or waits for the word of
  /// somebody who is not there.
  func isExcused(_ node: Int, _ group: GroupID) -> Bool {
    guard isDamaged(node, group) else { return false }
    let awaited = nodes[node].replicas?.awaitedBySurvey(of: group) ?? []
    return survival.lost.contains(node) || awaited.contains { name in !core.contains { nodes[$0].id == name } }
  }

  /// From here on disks do as they are told.
  func healDisks() {
    for node in nodes.indices {
      disks?.hungUntil[node] = .zero
      nodes[node].letReadersGo()
      nodes[node].sqlite?.files.clearFaults()
    }
  }
}
