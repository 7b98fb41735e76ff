import Base
import Raft

/// One scenario file: commands, `----`, and the trace that they gave when somebody last looked at it and agreed.
///
/// `expect` lines state the point of the scenario and hold whatever the trace says; `REWRITE=1` writes the traces anew.
/// Blocks are separated by empty lines; a block without commands is a comment.
struct Scenario {
  struct Block {
    /// Commands, and comments among them.
    var script: [String] = []
    var trace: [String] = []
    var commands: [String] { script.filter { !$0.hasPrefix("#") } }
  }

  let name: String
  var blocks: [Block] = []
  /// What the scenario is for.
  var property: String? {
    let first = blocks.first?.script.first ?? ""
    return first.hasPrefix("# property: ") ? String(first.dropFirst("# property: ".count)) : nil
  }

  static let folder = TextFiles.folder + "/Scenarios"
  static var all: [String] { TextFiles.names(in: folder, ending: ".txt").map { String($0.dropLast(4)) } }

  init?(named name: String) {
    guard let text = TextFiles.read("\(Self.folder)/\(name).txt") else { return nil }
    self.name = name
    var block = Block()
    var isTrace = false
    for line in text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init) + [""] {
      if line.isEmpty {
        if !block.script.isEmpty { blocks.append(block) }
        block = Block()
        isTrace = false
      } else if line == "----" {
        isTrace = true
      } else if isTrace {
        block.trace.append(line)
      } else {
        block.script.append(line)
      }
    }
  }

  /// Runs the commands and gives the blocks with their traces, and what failed.
  func run() -> (blocks: [Block], failures: [String]) {
    let stage = Stage()
    var result: [Block] = []
    var failures: [String] = []
    for var block in blocks {
      block.trace = []
      for command in block.commands {
        stage.world.trace = []
        let failed = stage.perform(command)
        block.trace += stage.isQuiet ? [] : stage.world.trace ?? []
        failures += failed.map { "\(name): `\(command)`: \($0)" }
        failures += stage.world.laws.broken.map { "\(name): after `\(command)`: \($0)" }
        stage.world.laws.broken = []
      }
      result.append(block)
    }
    return (result, failures)
  }

  static func text(of blocks: [Block]) -> String {
    blocks.map { block in
      let trace = block.trace.isEmpty ? [] : ["----"] + block.trace
      return (block.script + trace).joined(separator: "\n")
    }.joined(separator: "\n\n") + "\n"
  }
}
