import Base
import Encounters
import Glibc
import JSON
import Network
import QuartetClient

/// What every command about encounters works with: the store, the words of the command line, and the request that the
/// words describe. Each command is an operation of `Encounters` and adds nothing to its rules.
struct EncounterDesk: Sendable {
  let store: EncounterStore<AnyKeyspace>
  let invocation: Invocation
  let indexKeys: IndexKeyFile
  /// Named here when the command line does not, so that a command whose outcome is unknown can say how to repeat it.
  let requestID: Identifier

  var console: Console { invocation.console }

  init(_ invocation: Invocation, keyspace: (Nation) -> any KeyValueStore) throws(CommandFailure) {
    indexKeys = try IndexKeyFile(invocation)
    store = EncounterStore(secrets: indexKeys.keys) { AnyKeyspace(keyspace($0)) }
    self.invocation = invocation
    requestID = try invocation.text("--request-id").map { (text) throws(CommandFailure) in
      try invocation.requestID(text)
    } ?? .random()
  }

  // MARK: Requests

  /// - Parameter step: of a command that is several operations, which; each has a request id that follows from the
  ///   command's, so that the command can be repeated as a whole.
  func request(step: String? = nil) throws(CommandFailure) -> Request {
    var id = requestID
    if let step {
      let digest = Digest(of: id.bytes + Array("cli \(step)".utf8))
      id = Identifier(high: digest.word0 | 1, low: digest.word1)
    }
    let version = step == nil ? try invocation.integer("--expect-version", in: 1...UInt64.max) : nil
    let correlation = try invocation.text("--correlation").map { (text) throws(CommandFailure) in
      guard let id = Identifier(text) else { throw .usage("--correlation takes 32 hexadecimal digits, hyphens aside") }
      return id
    }
    return Request(
      id, by: try agent(), at: try time(), correlation: correlation ?? requestID, deadline: try invocation.timeout(),
      expecting: version)
  }

  func perform<Work: EncounterOperation>(
    _ work: Work, step: String? = nil
  ) async throws(CommandFailure) -> Performed<Work.Result> {
    try await perform(step: step) { (request) async throws(EncounterError) in try await store.perform(work, as: request) }
  }

  /// Of operations that take more than one transaction, too.
  func perform<Result>(
    step: String? = nil, _ body: (Request) async throws(EncounterError) -> Performed<Result>
  ) async throws(CommandFailure) -> Performed<Result> {
    let request = try request(step: step)
    do {
      return try await body(request)
    } catch {
      var failure = CommandFailure(error)
      if failure.exit == .unknown || failure.exit == .unavailable {
        failure.message += "; the same command with --request-id \(requestID) goes on with this one"
      }
      throw failure
    }
  }

  func reading<Value>(_ body: () async throws(EncounterError) -> Value) async throws(CommandFailure) -> Value {
    do {
      return try await body()
    } catch {
      throw CommandFailure(error)
    }
  }

  private func agent() throws(CommandFailure) -> Agent {
    let user = getenv("USER").map { String(cString: $0) } ?? "uid \(getuid())"
    let agent = Agent(
      user: invocation.text("--user") ?? user, role: invocation.text("--role") ?? "",
      organisation: invocation.text("--organisation") ?? "", software: "quartet \(Versions.program)")
    for text in [agent.user, agent.role, agent.organisation] where text.utf8.count > 255 {
      throw .usage("--user, --role and --organisation take at most 255 bytes each")
    }
    return agent
  }

  /// When it happened: now, unless the command line tells.
  func time() throws(CommandFailure) -> Instant {
    if let at = try moment("--at") { return at }
    guard let now = Instant(milliseconds: Clock.wall().milliseconds) else {
      throw .internal("this machine's clock is not between the years 1970 and 9999")
    }
    return now
  }

  // MARK: Words

  /// The resource that a word names, `ID` or `Type/ID`, with its home, which is looked up when the id does not tell.
  func resource(_ type: String, _ word: String, called name: String) async throws(CommandFailure) -> ResourceID {
    let text = word.hasPrefix("\(type)/") ? String(word.dropFirst(type.utf8.count + 1)) : word
    guard let id = ResourceID(text) else {
      throw .usage("\(name) takes the id of one \(type): 1 to 64 of A-Z, a-z, 0-9, '-' and '.'")
    }
    let timeout = try invocation.timeout()
    return try await reading { () async throws(EncounterError) in try await store.locate(type, id, timeout: timeout) }
  }

  func resource(_ type: String, option: String) async throws(CommandFailure) -> ResourceID? {
    guard let word = invocation.text(option) else { return nil }
    return try await resource(type, word, called: option)
  }

  /// The resource that the first word names.
  func subject(_ type: String, _ name: String) async throws(CommandFailure) -> ResourceID {
    try await resource(type, invocation.required(0), called: name)
  }

  /// `england/X26`
  func service(_ text: String, called name: String) throws(CommandFailure) -> Service {
    let parts = text.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
    guard parts.count == 2, let nation = Nation(parts[0]), let service = Service(nation, parts[1]) else {
      throw .usage("\(name) takes NATION/ODS, such as england/X26 or northern-ireland/ZT001")
    }
    return service
  }

  func service(_ option: String) throws(CommandFailure) -> Service? {
    guard let text = invocation.text(option) else { return nil }
    return try service(text, called: option)
  }

  func neededService(_ option: String, _ meaning: String) throws(CommandFailure) -> Service {
    guard let service = try service(option) else { throw .usage("\(option) is needed: \(meaning), as NATION/ODS") }
    return service
  }

  func neededNation(_ meaning: String) throws(CommandFailure) -> Nation {
    guard let nation = try FHIRCommands.nation(invocation) else { throw .usage("--nation is needed: \(meaning)") }
    return nation
  }

  func moment(_ option: String) throws(CommandFailure) -> Instant? {
    guard let text = invocation.text(option) else { return nil }
    guard let moment = Instant(text) else { throw .usage("\(option) takes a time such as 2026-01-10T09:30:00Z") }
    return moment
  }

  func need(_ option: String, _ meaning: String) throws(CommandFailure) -> String {
    guard let text = invocation.text(option), !text.isEmpty else { throw .usage("\(option) is needed: \(meaning)") }
    return text
  }

  func member<Choice: RawRepresentable & CaseIterable>(
    _ option: String, of type: Choice.Type
  ) throws(CommandFailure) -> Choice? where Choice.RawValue == String {
    guard let text = invocation.text(option) else { return nil }
    guard let choice = Choice(rawValue: text) else {
      throw .usage("\(option) takes one of \(Choice.allCases.map(\.rawValue).joined(separator: ", "))")
    }
    return choice
  }

  /// A nation's own code of an ambulance's priority, or the urgency of a call that needs none.
  func priority(_ nation: Nation) throws(CommandFailure) -> Priority? {
    guard let text = invocation.text("--priority") else { return nil }
    if let priority = Priority(nation, text) { return priority }
    if let urgency = Priority.Urgency(rawValue: text) { return Priority(urgency) }
    throw .usage("--priority takes a code of \(nation), as C2 in England or red in Wales, or one of "
      + Priority.Urgency.allCases.map(\.rawValue).joined(separator: ", "))
  }

  func neededPriority(_ nation: Nation?) throws(CommandFailure) -> Priority {
    guard let nation, let priority = try priority(nation) else {
      throw .usage("--priority is needed, as C2 in England or red in Wales")
    }
    return priority
  }

  /// JSON out of the file that an option names, `-` being standard input. Nothing of it is repeated in an error.
  func document(_ option: String) throws(CommandFailure) -> JSONValue? {
    guard let path = invocation.text(option) else { return nil }
    do {
      let bytes = try path == "-" ? LocalFiles.standardInput() : LocalFiles.contents(of: path)
      return try JSONValue(parsing: bytes)
    } catch let error as JSONError {
      throw .badData("\(path): line \(error.line) is no JSON")
    } catch {
      throw CommandFailure(error)
    }
  }

  func document<Resource: R4Resource>(_ option: String, as type: Resource.Type) throws(CommandFailure) -> Resource? {
    guard let json = try document(option) else { return nil }
    guard let resource = Resource(json: json) else {
      throw .badData("\(option) takes a resource of type \(Resource.type)")
    }
    return resource
  }

  // MARK: Answers

  func report<Result>(_ performed: Performed<Result>, _ answer: DeskAnswer) {
    report(performed, answer.members, answer.lines)
  }

  /// What was done: as members of one object, or as the lines given.
  func report<Result>(_ performed: Performed<Result>, _ members: [JSONMember], _ lines: [String]) {
    if invocation.isJSON {
      var head = [
        JSONMember("request", .string(requestID.description)), JSONMember("keyspace", .string(performed.nation.description)),
        JSONMember("repeat", .bool(performed.isRepeat)),
      ]
      if let revision = performed.revision { head.append(JSONMember("revision", .integer(revision.rawValue))) }
      console.json(.object(head + members))
    } else {
      for line in lines { console.line(line) }
      if performed.isRepeat { console.say("this request had been carried out before; that is what it gave then") }
    }
  }
}

extension VersionedID {
  /// As commands print it.
  var json: JSONValue { ["reference": .string(reference), "version": .integer(version)] }
}
