import Glibc
import QuartetCLI

@main
struct Main {
  static func main() {
    let words = Array(CommandLine.arguments.dropFirst())
    if words == [SimulationWorker.word] { exit(SimulationWorker.serve(SimulationEngine.simulator)) }
    let engine = Engine(startNode: NodeEngine.start, simulator: SimulationEngine.simulator)
    exit(CommandLineTool.run(words, engine: engine).number)
  }
}
