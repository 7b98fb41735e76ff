import Glibc
import QuartetCLI

@main
struct Main {
  static func main() {
    let engine = Engine(startNode: NodeEngine.start, simulate: SimulationEngine.run)
    exit(CommandLineTool.run(Array(CommandLine.arguments.dropFirst()), engine: engine).number)
  }
}
