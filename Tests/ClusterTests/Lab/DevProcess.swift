import Base
import Glibc
import JSON
import Network

/// A running `quartet dev`, as a person starts it.
final class DevProcess: Sendable {
  struct Node: Sendable, Hashable {
    var name: String
    var pid: Int32
    var client: String
    var http: String
  }

  let process: LabProcess
  let directory: String
  /// As they were when it began to serve.
  let nodes: [Node]
  private let binary: String

  private init(_ process: LabProcess, _ directory: String, _ nodes: [Node], _ binary: String) {
    self.process = process
    self.directory = directory
    self.nodes = nodes
    self.binary = binary
  }

  /// Starts it and waits until it says that it serves.
  static func start(_ words: String..., within limit: Interval = .seconds(60)) async throws -> DevProcess {
    guard let binary = Lab.binary else { throw LabFailure("no binary") }
    let directory = try LabFiles.temporaryDirectory()
    let port = try LabCluster.freeBasePort(nodes: 5)
    let output = "\(directory)/dev.out"
    let data = "\(directory)/data"
    let process = try LabProcess(
      [binary, "dev", "--data", data, "--base-port", "\(port)"] + words, output: output, errors: output)
    do {
      _ = try await eventually("quartet dev serves", within: limit) { () -> Bool? in
        if let code = process.exitCode { throw LabFailure("quartet dev ended with \(code): \(LabFiles.text(of: output))") }
        return LabFiles.text(of: output).contains("Serving after") ? true : nil
      }
      let nodes = try read("\(data)/cluster.json")
      return DevProcess(process, directory, nodes, binary)
    } catch {
      end(process, data)
      throw error
    }
  }

  var output: String { LabFiles.text(of: "\(directory)/dev.out") }
  var clusterFile: String { "\(directory)/data/cluster.json" }

  static func read(_ path: String) throws -> [Node] {
    let list = try JSONValue(parsing: LabFiles.bytes(of: path))["nodes"]?.array ?? []
    return list.map {
      Node(
        name: $0["name"]?.string ?? "", pid: Int32($0["pid"]?.int64 ?? 0), client: $0["client"]?.string ?? "",
        http: $0["http"]?.string ?? "")
    }
  }

  /// A node as cluster.json has it now.
  func current(_ name: String) async throws -> Node {
    guard let node = try Self.read(clusterFile).first(where: { $0.name == name }) else {
      throw LabFailure("no node \(name) in cluster.json")
    }
    return node
  }

  /// `quartet …` from another shell.
  func run(_ words: String..., within limit: Interval = .seconds(60)) async throws -> LabCluster.CommandResult {
    let name = "\(directory)/run-\(UInt64.random(in: 0...UInt64.max))"
    let process = try LabProcess(
      [binary] + words, output: name + ".out", errors: name + ".err", environment: ["QUARTET_CLUSTER": clusterFile])
    let code = try await process.end(within: limit)
    return LabCluster.CommandResult(
      code: code, output: LabFiles.bytes(of: name + ".out"), errors: LabFiles.text(of: name + ".err"))
  }

  /// Ends it and its nodes by force; nodes that it left behind too.
  func destroy() {
    Self.end(process, "\(directory)/data")
    if Lab.environment("QUARTET_KEEP") == nil { try? LabFiles.remove(directory) }
  }

  private static func end(_ process: LabProcess, _ data: String) {
    process.destroy()
    for node in (try? read("\(data)/cluster.json")) ?? [] where node.pid > 0 {
      // The number may be another process's by now: only one whose command line names this directory is ended.
      let words = LabFiles.text(of: "/proc/\(node.pid)/cmdline")
      if words.contains(data) { kill(node.pid, SIGKILL) }
    }
  }
}
