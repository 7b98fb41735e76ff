import Base
import Encounters
import JSON
import Model
import QuartetClient
import Synchronization

/// Clients of encounters, each with a connection and sessions of its own, nearest to one node after the other.
struct EncounterCrowd: Sendable {
  let clients: [QuartetClient]
  let stores: [EncounterStore<Keyspace>]

  /// Ends the clients when `body` has.
  static func with<Value>(
    _ count: Int, of lab: LabCluster, _ body: (EncounterCrowd) async throws -> Value
  ) async throws -> Value {
    let crowd = try EncounterCrowd(count, of: lab)
    defer { for client in crowd.clients { client.close() } }
    return try await body(crowd)
  }

  private init(_ count: Int, of lab: LabCluster) throws {
    clients = try (0..<count).map { number in
      let turn = number % lab.nodes.count
      let options = QuartetClient.Options(name: "crowd \(number)", preferredNode: lab.nodes[turn].name)
      return try QuartetClient(nodes: (lab.nodes[turn...] + lab.nodes[..<turn]).map(\.client), options: options)
    }
    stores = clients.map { EncounterStore($0) }
  }

  /// All at once; the answers in the order of the clients.
  func all<Value: Sendable>(
    _ body: @escaping @Sendable (Int, EncounterStore<Keyspace>) async throws -> Value
  ) async throws -> [Value] {
    try await withThrowingTaskGroup(of: (Int, Value).self) { group in
      for (number, store) in stores.enumerated() {
        group.addTask { (number, try await body(number, store)) }
      }
      var answers = [Value?](repeating: nil, count: stores.count)
      for try await (number, value) in group { answers[number] = value }
      return answers.compactMap { $0 }
    }
  }
}

/// Counts what a race has done, so that something can happen in the middle of it.
final class Milestone: Sendable {
  private let threshold: Int
  private let done = Atomic<Int>(0)
  private let news = AsyncStream<Void>.makeStream()

  init(_ threshold: Int) { self.threshold = threshold }

  var count: Int { done.load(ordering: .relaxed) }

  func step() {
    if done.add(1, ordering: .relaxed).newValue == threshold { news.continuation.finish() }
  }

  func reached() async { for await _ in news.stream {} }
}

/// What the scenarios with encounters write down.
enum EncounterLab {
  static let agent = Agent(user: "555086689106", role: "call handler", organisation: "X26", software: "lab 1")
  static let morning = instant("2026-01-10T09:00:00Z")
  /// A service of each nation, in the order of `Nation.allCases`.
  static let services = zip(Nation.allCases, ["X26", "SN924", "7A1AU", "ZT001"]).map { service($0, $1) }
  static let ambulance = service(.england, "RX6")

  static func instant(_ text: String) -> Instant {
    guard let instant = Instant(text) else { preconditionFailure("no instant: \(text)") }
    return instant
  }

  static func service(_ nation: Nation, _ code: String) -> Service {
    guard let service = Service(nation, code) else { preconditionFailure("no ODS code: \(code)") }
    return service
  }

  static func unit(_ callsign: String) -> Encounters.Unit {
    guard let unit = Encounters.Unit(callsign, of: ambulance) else { preconditionFailure("no callsign: \(callsign)") }
    return unit
  }

  static func request(_ id: Identifier = .random(), at: Instant = morning) -> Request {
    Request(id, by: agent, at: at, deadline: .seconds(2))
  }

  /// Asks again while nobody answers.
  static func patiently<Value>(
    _ question: () async throws(EncounterError) -> Value
  ) async throws(EncounterError) -> Value {
    let end = ContinuousClock.now + .seconds(60)
    while true {
      do throws(EncounterError) {
        return try await question()
      } catch {
        let mayPass = error.code == .unavailable || error.code == .deadline || error.outcome == .unknown
        guard mayPass, ContinuousClock.now < end else { throw error }
      }
      try? await Task.sleep(nanoseconds: 5_000_000)
    }
  }
}

extension EncounterStore where Store == Keyspace {
  /// Sends one request until its outcome is known.
  @discardableResult
  func settle<Work: EncounterOperation>(
    _ work: Work, as request: Request = EncounterLab.request()
  ) async throws(EncounterError) -> Performed<Work.Result> {
    try await EncounterLab.patiently { () async throws(EncounterError) in try await perform(work, as: request) }
  }

  func openCall(at service: Service) async throws(EncounterError) -> ResourceID {
    let open = OpenEncounter(
      at: service, for: .new(R4.Patient(unknown: nil)), R4.Encounter(.virtual), status: .inProgress)
    return try await settle(open).result.encounter.id
  }
}

extension LabCluster {
  /// Every resource of a type as it stands, read below the operations.
  func stored<Resource: R4Resource>(_ type: Resource.Type) async throws -> [(nation: String, id: String, resource: Resource)] {
    var found: [(nation: String, id: String, resource: Resource)] = []
    for keyspace in Self.keyspaces {
      let range = KeyRange(prefix: Key("r/\(Resource.type)/"))
      for try await page in client.keyspace(keyspace).pages(RangeQuery(range: range)) {
        for row in page.value.items {
          let id = String(decoding: row.key.bytes, as: UTF8.self).split(separator: "/").last.map { String($0) } ?? ""
          guard let json = try? JSONValue(parsing: row.value?.bytes ?? []), let resource = Resource(json: json) else {
            throw LabFailure("\(Resource.type)/\(id) cannot be read")
          }
          found.append((nation: keyspace, id: id, resource: resource))
        }
      }
    }
    return found
  }

  /// Another text in a resource's row, past every rule.
  func forge(_ reference: String, in nation: Nation, _ text: String, to other: String) async throws {
    let keyspace = client.keyspace("\(nation)")
    let key = Key("r/\(reference)")
    let body = String(decoding: try await keyspace.get(key).value?.value?.bytes ?? [], as: UTF8.self)
    guard body.contains(text) else { throw LabFailure("\(reference) has no such text") }
    _ = try await keyspace.put(key, Array(body.replacing(text, with: other).utf8))
  }

  /// What a keyspace's leader suffers.
  enum Loss: Sendable {
    /// kill -9, until another leads.
    case death
    /// The same, of another node too.
    case deaths
    case pause(Interval)
  }

  /// Takes a keyspace's leader away once `moment` has come, and brings it back; returns once everybody has caught up.
  func lose(
    _ loss: Loss, leaderOf keyspace: String, when moment: () async throws -> Void = {}
  ) async throws {
    let leader = try await someLeader(of: keyspace)
    var victims = [leader.node]
    if case .deaths = loss, let other = nodes.first(where: { $0.name != leader.node && $0.nation != keyspace }) {
      victims.append(other.name)
    }
    try await moment()
    if case .pause(let length) = loss {
      try pause(leader.node)
      try await pass(length)
      try resume(leader.node)
    } else {
      try await kill(victims)
      _ = try await eventually("another leader of \(keyspace)") { () -> Bool? in
        guard let next = await self.leader(of: keyspace), next.term > leader.term else { return nil }
        return true
      }
      for victim in victims { try start(victim) }
    }
    try await untilCaughtUp()
  }
}
