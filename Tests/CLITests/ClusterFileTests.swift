import Base
import Glibc
import JSON
import Synchronization
import TestSupport
import Testing

@testable import QuartetCLI

@Suite struct ClusterFileTests {
  private func sample(pid: Int32 = 11) -> ClusterFile {
    ClusterFile(nodes: [
      ClusterFile.Node(
        name: "england-1", nation: "england", supplier: "A", pid: pid, client: "127.0.0.1:1", peer: "127.0.0.1:2",
        http: "127.0.0.1:3")
    ])
  }

  @Test("The file has exactly the documented shape and is read back")
  func shape() throws {
    #expect(
      sample().json.text()
        == #"{"nodes":[{"name":"england-1","nation":"england","supplier":"A","pid":11,"client":"127.0.0.1:1","#
        + #""peer":"127.0.0.1:2","http":"127.0.0.1:3"}]}"#)
    #expect(try ClusterFile(parsing: sample().bytes) == sample())
  }

  @Test("A topology file does as well")
  func topology() throws {
    let text = "base-port = 7400\n[[node]]\nname = \"wales-1\"\nnation = \"wales\"\nsupplier = \"B\"\n"
    let file = try ClusterFile(parsing: Array(text.utf8))
    #expect(file.nodes.map(\.client) == ["127.0.0.1:7400"])
    #expect(file.nodes.map(\.pid) == [0])
  }

  @Test(
    "What is neither is refused with the reason",
    arguments: [
      ("{", "no JSON"), ("{}", "no \"nodes\""), ("{\"nodes\":[]}", "no \"nodes\""),
      ("{\"nodes\":[{\"name\":\"a\"}]}", "node 0 has no \"nation\""), ("hello", "neither"), ("", "neither"),
    ])
  func refused(text: String, reason: String) {
    #expect {
      try ClusterFile(parsing: Array(text.utf8))
    } throws: {
      ($0 as? CommandFailure)?.message.contains(reason) == true
    }
  }

  @Test("The option goes before the variable, the variable before the search, the search goes upward")
  func discovery() throws {
    let directory = try TemporaryDirectory()
    let deep = directory.path + "/a/b/c"
    try LocalFiles.makeDirectory(deep)
    try LocalFiles.makeDirectory(directory.path + "/.quartet")
    try sample(pid: 1).write(to: directory.path + "/option.json")
    try sample(pid: 2).write(to: directory.path + "/variable.json")
    try sample(pid: 3).write(to: directory.path + "/.quartet/cluster.json")
    func found(_ option: String?, _ variable: String?) throws -> Int32? {
      let discovery = ClusterDiscovery(option: option, variable: variable, workingDirectory: deep)
      return try discovery.find().cluster.nodes.first?.pid
    }
    let option = directory.path + "/option.json"
    let variable = directory.path + "/variable.json"
    #expect(try found(option, variable) == 1)
    #expect(try found(nil, variable) == 2)
    #expect(try found(nil, nil) == 3)
    #expect(try found(nil, "") == 3)
  }

  @Test("When nothing is found, the error tells all that was tried")
  func nothingFound() throws {
    let directory = try TemporaryDirectory()
    let discovery = ClusterDiscovery(option: nil, variable: nil, workingDirectory: directory.path + "/a")
    #expect {
      try discovery.find()
    } throws: { error in
      guard let failure = error as? CommandFailure else { return false }
      return failure.exit == .unreachable && failure.message.contains(directory.path + "/a/.quartet/cluster.json")
        && failure.message.contains(directory.path + "/.quartet/cluster.json")
        && failure.message.contains("$QUARTET_CLUSTER")
    }
  }

  @Test("A reader at any time sees a whole file while it is replaced")
  func atomic() throws {
    let directory = try TemporaryDirectory()
    let path = directory.path + "/cluster.json"
    try sample(pid: 0).write(to: path)
    let isDone = Atomic(false)
    let torn = Atomic(0)
    let reads = Atomic(0)
    let read: @Sendable () -> Void = {
      while !isDone.load(ordering: .relaxed) || reads.load(ordering: .relaxed) == 0 {
        let isWhole = (try? ClusterFile(parsing: LocalFiles.contents(of: path))) != nil
        if !isWhole { torn.wrappingAdd(1, ordering: .relaxed) }
        reads.wrappingAdd(1, ordering: .relaxed)
      }
    }
    try withThreads([read]) {
      defer { isDone.store(true, ordering: .relaxed) }
      for pid in 1...200 as ClosedRange<Int32> { try sample(pid: pid).write(to: path) }
    }
    #expect(torn.load(ordering: .relaxed) == 0)
    #expect(try ClusterFile(parsing: LocalFiles.contents(of: path)).nodes.first?.pid == 200)
    #expect(try LocalFiles.names(in: directory.path) == ["cluster.json"])
  }

  @Test("What cannot be replaced stays as it was, and nothing is left beside it")
  func failedReplace() throws {
    let directory = try TemporaryDirectory()
    let path = directory.path + "/taken"
    try LocalFiles.makeDirectory(path + "/inside")
    #expect(throws: FileProblem.self) { try LocalFiles.replace(path, with: [1]) }
    #expect(try LocalFiles.names(in: directory.path) == ["taken"])
  }

  @Test("Paths are made absolute without looking at the disk")
  func absolutePaths() throws {
    #expect(try LocalFiles.absolute("/a/./b/../c//d/") == "/a/c/d")
    #expect(try LocalFiles.absolute("/../..") == "/")
    #expect(try LocalFiles.absolute("x") == LocalFiles.workingDirectory() + "/x")
  }

  @Test("Removing a tree does not follow links out of it")
  func remove() throws {
    let directory = try TemporaryDirectory()
    let outside = directory.path + "/outside"
    let tree = directory.path + "/tree"
    try LocalFiles.makeDirectory(tree + "/deep/er")
    try LocalFiles.replace(outside, with: [1])
    #expect(symlink(outside, tree + "/deep/link") == 0)
    #expect(symlink(directory.path, tree + "/up") == 0)
    try LocalFiles.remove(tree)
    #expect(try LocalFiles.names(in: directory.path) == ["outside"])
  }
}
