import Glibc
import JSON

/// The other end of a ``SimulatorProcess``.
public enum SimulationWorker {
  /// What the program is started with instead of a command.
  public static let word = "simulation-worker"

  /// Answers requests until nobody asks any more.
  public static func serve(_ simulator: SimulatorEngine) -> Int32 {
    while let line = readLine() {
      guard let json = try? JSONValue(parsing: line), let request = SimulationLine.request(json) else { return 65 }
      let run: SimulatedRun
      do {
        run = try simulator.run(request) { _ in }
      } catch {
        run = SimulatedRun(seed: request.seed, violation: "start: \(error)")
      }
      Console.standard.jsonLine(SimulationLine.json(run))
    }
    return 0
  }
}
