import Base
import JSON

/// What a request did: written in the same transaction, never changed, never removed. It answers repeats, and it is the
/// audit's record.
struct RequestRecord: Hashable {
  var request: Identifier
  var operation: String
  /// Of the arguments: tells a repeat from another use of the id.
  var arguments: Digest
  var result: JSONValue
  /// Every version that it wrote.
  var writes: [VersionedID]
  var agent: Agent
  var correlation: Identifier
  var at: Instant
  var patient: ResourceID?
  var encounter: ResourceID?

  var bytes: [UInt8] {
    JSONValue.object(present: [
      "operation": .string(operation), "arguments": .string(arguments.description), "result": result,
      "writes": .array(writes.map { [.string($0.type), .string($0.id.text), .integer($0.version)] }),
      "user": .string(agent.user), "role": .string(agent.role), "organisation": .string(agent.organisation),
      "software": .string(agent.software),
      "correlation": correlation.isZero ? nil : .string(Keys.hex(correlation)), "at": .integer(at.milliseconds),
      "patient": patient.map { .string($0.text) }, "encounter": encounter.map { .string($0.text) },
    ]).serialized()
  }

  init(
    request: Identifier, operation: String, arguments: Digest, result: JSONValue, writes: [VersionedID], agent: Agent,
    correlation: Identifier, at: Instant, patient: ResourceID?, encounter: ResourceID?
  ) {
    self.request = request
    self.operation = operation
    self.arguments = arguments
    self.result = result
    self.writes = writes
    self.agent = agent
    self.correlation = correlation
    self.at = at
    self.patient = patient
    self.encounter = encounter
  }

  /// Nil when the bytes are no record.
  init?(_ bytes: [UInt8], request: Identifier, home: Nation) {
    guard let json = try? JSONValue(parsing: bytes), let operation = json["operation"]?.string,
      let arguments = json["arguments"]?.string.flatMap({ Digest(hex: $0) }), let result = json["result"],
      let list = json["writes"]?.array, let at = json["at"]?.int64.flatMap({ Instant(milliseconds: $0) })
    else { return nil }
    var writes: [VersionedID] = []
    for item in list {
      guard let type = item[0]?.string, let id = item[1]?.string.flatMap({ ResourceID($0, at: home) }),
        let version = item[2]?.uint64
      else { return nil }
      writes.append(VersionedID(type: type, id: id, version: version))
    }
    let agent = Agent(
      user: json["user"]?.string ?? "", role: json["role"]?.string ?? "",
      organisation: json["organisation"]?.string ?? "", software: json["software"]?.string ?? "")
    self.init(
      request: request, operation: operation, arguments: arguments, result: result, writes: writes, agent: agent,
      correlation: json["correlation"]?.string.flatMap { Identifier($0) } ?? .zero, at: at,
      patient: json["patient"]?.string.flatMap { ResourceID($0, at: home) },
      encounter: json["encounter"]?.string.flatMap { ResourceID($0, at: home) })
  }
}
