import Glibc
import JSON
import Network

/// The tool as a function of its words.
public enum CommandLineTool {
  /// Runs the command that `words` name (without the program's own) and returns its exit code.
  public static func run(_ words: [String], engine: Engine, console: Console = .standard) -> ExitCode {
    let isJSON = words.prefix { $0 != "--" }.contains("--json")
    do {
      switch try ArgumentParser(root: CommandTree.root).parse(words) {
      case .help(let path, let spec):
        console.write(HelpPage(path: path, spec: spec).text)
        return .ok
      case .run(let command):
        return try perform(Invocation(command: command, console: console, engine: engine))
      }
    } catch let error as UsageError {
      report(CommandFailure(error), isJSON, console)
      if !isJSON { console.say(usage(after: error)) }
      return .usage
    } catch {
      let failure = CommandFailure(error)
      report(failure, isJSON, console)
      return failure.exit
    }
  }

  private static func perform(_ invocation: Invocation) throws -> ExitCode {
    switch invocation.command.spec.action {
    case nil: preconditionFailure("the parser let through a command without an action")
    case .blocking(let action): return try action(invocation)
    case .asynchronous(let action):
      let queue = BlockingQueue<Result<ExitCode, any Error>>()
      Task.detached {
        do {
          queue.put(.success(try await action(invocation)))
        } catch {
          queue.put(.failure(error))
        }
      }
      var results: [Result<ExitCode, any Error>] = []
      guard queue.takeAll(into: &results), let result = results.first else {
        preconditionFailure("a command ended without a result")
      }
      return try result.get()
    }
  }

  private static func report(_ failure: CommandFailure, _ isJSON: Bool, _ console: Console) {
    if isJSON {
      console.say(failure.json.text(.compact))
    } else {
      console.say(raw: failure.text)
    }
  }

  private static func usage(after error: UsageError) -> String {
    var spec = CommandTree.root
    for word in error.path { spec = spec.child(word) ?? spec }
    let help = (["quartet"] + error.path + ["--help"]).joined(separator: " ")
    return "Usage: \(HelpPage(path: error.path, spec: spec).usage)\n'\(help)' tells more."
  }
}
