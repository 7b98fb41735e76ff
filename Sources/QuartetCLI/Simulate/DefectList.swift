/// The file of planted defects: for each the profile and the seed that find it, and the rule that it is found by.
///
/// Lines are `defect profile seed rule`; what `#` begins is for people, and stays.
struct DefectList {
  /// A defect that needs more seeds than these is not found well enough.
  static let seedsMax: UInt64 = 200

  struct Item: Hashable {
    var defect: String
    var profile: String
    var seed: UInt64
    var rule: String
  }

  private let path: String
  private let simulator: SimulatorEngine
  private let comments: [String]
  private(set) var items: [Item]

  init(_ path: String, _ simulator: SimulatorEngine) throws {
    self.path = path
    self.simulator = simulator
    let text: String
    do { text = String(decoding: try LocalFiles.contents(of: path), as: UTF8.self) } catch {
      guard error.isMissing else { throw error }
      text = ""
    }
    let lines = text.split(separator: "\n")
    comments = lines.filter { $0.hasPrefix("#") }.map(String.init)
    items = lines.compactMap { line in
      let words = line.prefix { $0 != "#" }.split(separator: " ").map(String.init)
      guard words.count >= 4, let seed = UInt64(words[2]) else { return nil }
      return Item(defect: words[0], profile: words[1], seed: seed, rule: words[3...].joined(separator: " "))
    }
  }

  /// Defects that nothing was found for.
  var missing: [String] { simulator.defects.filter { name in !items.contains { $0.defect == name } } }

  /// Keeps what still finds its defect and looks for the rest, from seed 1 on. False when it was interrupted.
  mutating func find(
    _ runAll: ([SimulatedRequest]) throws -> [SimulatedRun], isInterrupted: () -> Bool, tell: (String) -> Void
  ) throws -> Bool {
    let known = items
    items = []
    let requests = known.filter { simulator.defects.contains($0.defect) }.map {
      SimulatedRequest(seed: $0.seed, profile: $0.profile, defect: $0.defect)
    }
    let runs = try runAll(requests)
    guard !isInterrupted() else { return false }
    for (request, run) in zip(requests, runs) { _ = try take(request, run, runAll) }
    tell("\(items.count) of \(simulator.defects.count) are found as before")
    for defect in missing {
      let preferred = known.first { $0.defect == defect }?.profile
      let profiles = [preferred].compactMap { $0 } + simulator.profiles.filter { $0 != preferred }
      for profile in profiles where !items.contains(where: { $0.defect == defect }) {
        try search(defect, profile, runAll)
        guard !isInterrupted() else { return false }
      }
      tell("\(defect): \(items.first { $0.defect == defect }.map { "seed \($0.seed), \($0.rule)" } ?? "not found")")
    }
    let names = simulator.defects
    items.sort { (names.firstIndex(of: $0.defect) ?? .max) < (names.firstIndex(of: $1.defect) ?? .max) }
    return true
  }

  private mutating func search(
    _ defect: String, _ profile: String, _ runAll: ([SimulatedRequest]) throws -> [SimulatedRun]
  ) throws {
    var next: UInt64 = 1
    while next <= Self.seedsMax {
      let seeds = next...min(next + 7, Self.seedsMax)
      next = seeds.upperBound + 1
      let requests = seeds.map { SimulatedRequest(seed: $0, profile: profile, defect: defect) }
      // The tests run each of them every time: of a few seeds the one that finds it soonest.
      let runs = zip(requests, try runAll(requests)).sorted { $0.1.events < $1.1.events }
      for (request, run) in runs {
        if try take(request, run, runAll) { return }
      }
    }
  }

  /// Whether the run found the defect; a seed that breaks a rule without it finds nothing.
  private mutating func take(
    _ request: SimulatedRequest, _ run: SimulatedRun, _ runAll: ([SimulatedRequest]) throws -> [SimulatedRun]
  ) throws -> Bool {
    guard let defect = request.defect, let rule = run.rule else { return false }
    var sound = request
    sound.defect = nil
    guard let other = try runAll([sound]).first, other.violation == nil else { return false }
    items.append(Item(defect: defect, profile: request.profile, seed: request.seed, rule: rule))
    return true
  }

  func write() throws {
    let lines = comments + items.map { "\($0.defect) \($0.profile) \($0.seed) \($0.rule)" }
    try LocalFiles.replace(path, with: Array((lines.joined(separator: "\n") + "\n").utf8))
  }
}
