import Base
import Glibc
import Network
import QuartetClient
import Topology
import Wire

/// One run of one command: its words, and what it may use.
public struct Invocation: Sendable {
  public var command: ParsedCommand
  public var console: Console
  public var engine: Engine

  public init(command: ParsedCommand, console: Console, engine: Engine) {
    self.command = command
    self.console = console
    self.engine = engine
  }

  // MARK: Words

  public var isJSON: Bool { has("--json") }
  public func has(_ flag: String) -> Bool { command.options[flag] != nil }
  public func text(_ option: String) -> String? { command.options[option] }

  /// The word at this place, or nil.
  public func argument(_ position: Int) -> String? {
    command.arguments.indices.contains(position) ? command.arguments[position] : nil
  }

  /// The word at a place that the command cannot do without; the parser has seen that it is there.
  public func required(_ position: Int) -> String {
    precondition(position < command.arguments.count, "argument \(position) of '\(command.path)' is not required")
    return command.arguments[position]
  }

  func integer<Integer: FixedWidthInteger>(
    _ option: String, in range: ClosedRange<Integer>
  ) throws(CommandFailure) -> Integer? {
    guard let text = text(option) else { return nil }
    guard let value = Integer(text), range.contains(value) else {
      throw .usage("\(option) takes a whole number from \(range.lowerBound) to \(range.upperBound)")
    }
    return value
  }

  func interval(_ option: String) throws(CommandFailure) -> Interval? {
    guard let text = text(option) else { return nil }
    guard let value = Quantities.interval(text) else {
      throw .usage("\(option) takes a duration such as 250ms, 1.5s, 10s, 5m, 4h")
    }
    return value
  }

  func choice(_ option: String, of words: [String], default standard: String) throws(CommandFailure) -> String {
    guard let text = text(option) else { return standard }
    guard words.contains(text) else { throw .usage("\(option) takes \(words.joined(separator: " or "))") }
    return text
  }

  // MARK: The cluster

  func discovery() throws(CommandFailure) -> ClusterDiscovery {
    do {
      return ClusterDiscovery(
        option: text("--cluster"), variable: getenv("QUARTET_CLUSTER").map { String(cString: $0) },
        workingDirectory: try LocalFiles.workingDirectory())
    } catch {
      throw CommandFailure(error)
    }
  }

  func findCluster() throws(CommandFailure) -> ClusterDiscovery.Found { try discovery().find() }

  /// How long one call may take.
  func timeout() throws(CommandFailure) -> Interval { try interval("--timeout") ?? .seconds(10) }

  /// Runs `body` with the keyspace that the command line names. A name that is not one of those that every cluster has
  /// is looked up first, as no node could otherwise tell it from one whose leader is gone.
  func withKeyspace<Result>(_ body: (Keyspace) async throws -> Result) async throws -> Result {
    let name = keyspaceName
    return try await withClient { client, _ in
      if !ClusterDescription.standardKeyspaces.contains(name) {
        let known = try await client.cluster().keyspaces.map(\.name)
        guard known.contains(name) else {
          throw CommandFailure(
            .notApplied, "unknownKeyspace",
            "there is no keyspace '\(name)'; there are \(known.joined(separator: ", "))")
        }
      }
      return try await body(client.keyspace(name))
    }
  }

  /// Runs `body` with a client of the cluster and closes it. A failure for want of an answer becomes
  /// ``ExitCode/unreachable`` when no node of the cluster can be connected to at all.
  func withClient<Result>(
    _ body: (QuartetClient, ClusterFile) async throws -> Result
  ) async throws -> Result {
    let found = try findCluster()
    let client = try QuartetClient(
      nodes: found.cluster.nodes.map(\.client),
      options: QuartetClient.Options(name: "quartet \(command.path.first ?? "")", timeout: try timeout()))
    defer { client.close() }
    do {
      return try await body(client, found.cluster)
    } catch {
      let failure = CommandFailure(error)
      guard failure.exit == .unavailable else { throw failure }
      let reachable = found.cluster.nodes.contains { TCPProbe.answers($0.client, within: .milliseconds(300)) }
      if reachable { throw failure }
      throw CommandFailure(
        .unreachable, "unreachable",
        "none of the \(found.cluster.nodes.count) nodes of '\(found.path)' can be connected to: is the cluster running?"
      )
    }
  }
}
