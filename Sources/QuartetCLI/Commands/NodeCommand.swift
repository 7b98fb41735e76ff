import Base
import Glibc
import Network
import Topology

/// `quartet node`: one node in this process.
enum NodeCommand {
  static let spec = CommandSpec(
    "node", "Run one node in this process",
    discussion: """
      Reads its settings from a file; --print-config prints one with every knob explained. A node serves once it belongs \
      to a cluster ('quartet cluster init', which 'quartet dev' does by itself). SIGTERM or Ctrl-C stops it gracefully: \
      leadership is handed over and what was accepted is made durable; a second signal ends it at once, which is safe too.

      For drills a fault file tells the node how its disk fails. It is looked at while the node runs; each line is one fault:
        hang               every call to the disk waits until the line is gone
        slow 200ms         every call takes that much longer (us, ms, s)
        full               whatever needs space finds none
        fail-sync          syncs fail, after which the process stops
        eio-read           reads fail, after which the process stops; eio-write: writes
        clear              no fault, as without the file
      The failing ones may be followed by 'once': the first call after the file was changed. 'in NAME' at the end of a line
      means only files whose name contains NAME: 'hang in raft.db', 'eio-read once in state-wales'.
      """,
    options: [
      OptionSpec("--config", "FILE", "The settings file."),
      OptionSpec("--print-config", nil, "Print a settings file with every knob explained, and end."),
      OptionSpec(
        "--power-loss-vfs", nil, "Keep what is not synced in memory only, so that kill -9 loses what a power cut would."
      ),
      OptionSpec("--fault-file", "FILE", "Let the disk fail as this file says, while it says so. For drills."),
      OptionSpec("--with-parent", "PID", "Stop gracefully when this process is no longer the parent."),
    ],
    examples: [
      .init("quartet node --print-config > england-1.conf", "Begin with this, and mend it."),
      .init("quartet node --config england-1.conf", "Run it."),
    ],
    action: .blocking { try run($0) })

  private static func run(_ invocation: Invocation) throws -> ExitCode {
    if invocation.has("--print-config") {
      invocation.console.write(NodeConfiguration.schema.example())
      return .ok
    }
    guard let path = invocation.text("--config") else {
      throw CommandFailure.usage("--config FILE is needed; 'quartet node --print-config' prints one to begin with")
    }
    let configuration = try configuration(
      path, powerLoss: invocation.has("--power-loss-vfs"), faultFile: invocation.text("--fault-file"))
    let parent = try invocation.integer("--with-parent", in: 1...Int32.max)
    // Before any thread is made, so that every thread inherits the mask and the signals wait for the one that asks.
    var stopping = Signals([SIGTERM, SIGINT, SIGHUP])
    stopping.block()
    Signals.ignore(SIGPIPE)
    let node: RunningNode
    do {
      node = try invocation.engine.startNode(configuration)
    } catch {
      throw CommandFailure(.storage, "cannotStart", "node \(configuration.node.id) cannot start: \(error)")
    }
    let signals = stopping
    let watcher = try WorkerThread(name: "signals") {
      _ = signals.wait()
      node.stop()
      let second = signals.wait()
      _exit(128 + second)
    }
    if let parent { try watch(parent, node) }
    let failure = node.wait()
    withExtendedLifetime(watcher) {}
    guard let failure else { return .ok }
    throw CommandFailure(.storage, "stopped", "node \(configuration.node.id) stopped: \(failure)")
  }

  private static func configuration(
    _ path: String, powerLoss: Bool, faultFile: String?
  ) throws(CommandFailure) -> NodeConfiguration {
    let bytes: [UInt8]
    do {
      bytes = try LocalFiles.contents(of: path, limit: 1 << 20)
    } catch {
      throw .badData("\(error)")
    }
    do {
      var configuration = try NodeConfiguration(parsing: bytes)
      if powerLoss { configuration.storage.powerLossVFS = true }
      if let faultFile { configuration.storage.faultFile = faultFile }
      if let named = configuration.storage.faultFile {
        configuration.storage.faultFile = try LocalFiles.absolute(named)
      }
      configuration.dataDirectory = try LocalFiles.absolute(configuration.dataDirectory)
      return configuration
    } catch let error as SettingsError {
      let count = error.problems.count
      throw .badData("\(count) thing\(count == 1 ? "" : "s") to mend in '\(path)':\n\(error)")
    } catch {
      throw CommandFailure(error)
    }
  }

  /// The kernel's own notice (PR_SET_PDEATHSIG) follows the thread that spawned, which may end long before its process;
  /// so the parent's pid is looked at. It changes once, when the parent is gone.
  private static func watch(_ parent: Int32, _ node: RunningNode) throws {
    _ = try WorkerThread(name: "parent") {
      while getppid() == parent { usleep(200_000) }
      node.stop()
    }
  }
}
