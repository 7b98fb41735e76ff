import Base
import Encounters
import Identifiers
import JSON
import Model
import QuartetClient
import QuartetTesting
import Testing

/// Four keyspaces in memory with everything a test needs to act in them.
struct Ward {
  let keyspaces: [MemoryKeyspace]
  let store: EncounterStore<MemoryKeyspace>
  /// Saturday morning, 10 January 2026.
  static let morning = instant("2026-01-10T09:00:00Z")

  init() {
    let keyspaces = Nation.allCases.map { MemoryKeyspace("\($0)") }
    self.keyspaces = keyspaces
    store = EncounterStore { keyspaces[Int($0.rawValue) - 1] }
  }

  func keyspace(_ nation: Nation) -> MemoryKeyspace { keyspaces[Int(nation.rawValue) - 1] }

  static let agent = Agent(user: "555086689106", role: "call handler", organisation: "X26", software: "tests 1")

  func request(
    at: Instant = Ward.morning, id: Identifier = .random(), expecting: UInt64? = nil
  ) -> Request {
    Request(id, by: Self.agent, at: at, deadline: .seconds(600), expecting: expecting)
  }

  @discardableResult
  func run<Work: EncounterOperation>(
    _ operation: Work, at: Instant = Ward.morning, expecting: UInt64? = nil
  ) async throws(EncounterError) -> Work.Result {
    try await store.perform(operation, as: request(at: at, expecting: expecting)).result
  }

  /// The error that an operation ends with.
  func refusal(
    of operation: some EncounterOperation, at: Instant = Ward.morning, expecting: UInt64? = nil
  ) async throws -> EncounterError {
    do {
      _ = try await run(operation, at: at, expecting: expecting)
    } catch {
      return error
    }
    throw Unexpected("\(type(of: operation).name) was carried out")
  }

  // MARK: Common beginnings

  static let service111 = service(.england, "X26")
  static let ambulance = service(.england, "RX6")

  @discardableResult
  func openCall(
    at service: Service = Ward.service111, of subject: OpenEncounter.Subject = .new(R4.Patient(unknown: nil)),
    status: EncounterStatus = .inProgress, on: Instant = Ward.morning
  ) async throws -> Opened {
    try await run(OpenEncounter(at: service, for: subject, R4.Encounter(.virtual), status: status), at: on)
  }

  /// An encounter with an ambulance asked for.
  func openIncident(_ code: String = "C2", on: Instant = Ward.morning) async throws -> (encounter: ResourceID, task: ResourceID) {
    let opened = try await openCall(on: on)
    let arranged = try await run(
      RequestAmbulance(
        for: opened.encounter.id, from: Ward.ambulance, priority(.england, code), at: R4.Location("by the bandstand")),
      at: on)
    return (opened.encounter.id, try #require(arranged.task))
  }

  /// A task that is claimed and has its unit.
  func dispatch(_ unit: Encounters.Unit, to task: ResourceID, at: Instant = Ward.morning) async throws {
    let claim = try await run(ClaimTask(task, holder: "desk 1"), at: at)
    try await run(AllocateUnit(unit, to: task, lease: claim.lease), at: at)
  }

  func task(_ id: ResourceID) async throws -> R4.Task { try await store.read(R4.Task.self, id).resource }
  func encounter(_ id: ResourceID) async throws -> R4.Encounter {
    try await store.read(R4.Encounter.self, id, includingHidden: true).resource
  }
}

struct Unexpected: Error, CustomStringConvertible {
  let description: String
  init(_ description: String) { self.description = description }
}

// What a test writes down is right, or the test is wrong.

func instant(_ text: String) -> Instant {
  guard let instant = Instant(text) else { preconditionFailure("no instant: \(text)") }
  return instant
}

func service(_ nation: Nation, _ code: String) -> Service {
  guard let service = Service(nation, code) else { preconditionFailure("no ODS code: \(code)") }
  return service
}

func unit(_ callsign: String, of service: Service = Ward.ambulance) -> Encounters.Unit {
  guard let unit = Encounters.Unit(callsign, of: service) else { preconditionFailure("no callsign: \(callsign)") }
  return unit
}

func priority(_ nation: Nation, _ code: String) -> Priority {
  guard let priority = Priority(nation, code) else { preconditionFailure("no priority: \(code)") }
  return priority
}

func number(_ digits: String) -> PatientNumber {
  guard let number = try? PatientNumber(digits) else { preconditionFailure("no patient's number") }
  return number
}

extension Instant {
  func minutes(_ count: Int64) -> Instant { adding(seconds: count * 60) }
  func hours(_ count: Int64) -> Instant { adding(seconds: count * 3_600) }
}
