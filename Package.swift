// swift-tools-version: 6.2
import PackageDescription

// Every target is built in language mode 6 with warnings as errors. The list of dependencies of each
// target is the drawing in ARCHITECTURE.md; `--explicit-target-dependency-import-check error`, which
// Tests/run and cluster/up pass, makes an import that is not listed here fail the build.
let strict: [SwiftSetting] = [
  .swiftLanguageMode(.v6),
  .treatAllWarnings(as: .error),
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("MemberImportVisibility"),
]

func library(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
  .target(name: name, dependencies: dependencies, swiftSettings: strict)
}

func tests(_ name: String, _ dependencies: [Target.Dependency], exclude: [String] = []) -> Target {
  .testTarget(name: name, dependencies: dependencies, exclude: exclude, swiftSettings: strict)
}

let package = Package(
  name: "quartet",
  products: [
    .library(name: "QuartetClient", targets: ["QuartetClient"]),
    .library(name: "QuartetEncounters", targets: ["Encounters"]),
    .library(name: "QuartetTesting", targets: ["QuartetTesting"]),
    .executable(name: "quartet", targets: ["quartet"]),
    .executable(name: "quartet-bench", targets: ["quartet-bench"]),
  ],
  dependencies: [],
  targets: [
    // Header shims over the system's libraries.
    .systemLibrary(name: "COpenSSL", providers: [.apt(["libssl-dev"])]),
    .systemLibrary(name: "CSQLite", providers: [.apt(["libsqlite3-dev"])]),
    .systemLibrary(name: "CLinux"),

    // base
    library("Base", ["COpenSSL"]),
    // cores: pure, each on Base alone
    library("Raft", ["Base"]),
    library("Model", ["Base"]),
    library("Topology", ["Base"]),
    library("JSON", ["Base"]),
    library("Identifiers", ["Base"]),
    library("SQLite", ["CSQLite", "Base"]),
    // made-up encounters for load and tests; pure
    library("Synthetic", ["Base", "JSON", "Identifiers"]),
    // formats
    library("FHIR", ["Base", "JSON", "Identifiers"]),
    library("Wire", ["Base", "Raft", "Model"]),
    // drive
    library("Replica", ["Base", "Raft", "Model", "Wire"]),
    library("ClientCore", ["Base", "Model", "Wire"]),
    // adapters
    library("Storage", ["Base", "Raft", "Model", "Wire", "Replica", "SQLite"]),
    library("Network", ["Base", "CLinux"]),
    library("HTTP", ["Base", "Network"]),
    // client
    library("QuartetClient", ["Base", "Raft", "Model", "Wire", "ClientCore", "Network"]),
    // domain
    library("Encounters", ["Base", "Model", "Wire", "JSON", "Identifiers", "QuartetClient"]),
    // edge
    library("Gateway", ["Base", "Model", "Wire", "JSON", "HTTP", "QuartetClient"]),
    library(
      "Node",
      [
        "Base", "Raft", "Model", "Wire", "Topology", "JSON", "Replica", "Storage", "SQLite", "Network", "HTTP",
        "QuartetClient", "Gateway", "CLinux",
      ]),
    library(
      "Simulator",
      [
        "Base", "Raft", "Model", "Wire", "Replica", "Storage", "SQLite", "ClientCore", "Encounters", "Identifiers", "JSON",
      ]),
    library("QuartetTesting", ["Base", "Model", "Wire", "Topology", "Network", "QuartetClient", "Node"]),
    // apps
    // everything of the command but the node and the simulator themselves, which the executable hands in
    library(
      "QuartetCLI",
      [
        "Base", "Model", "Wire", "Topology", "JSON", "Identifiers", "Synthetic", "FHIR", "Network", "QuartetClient",
        "Encounters",
      ]),
    .executableTarget(
      name: "quartet",
      dependencies: ["Base", "Topology", "QuartetCLI", "Node", "Simulator"],
      swiftSettings: strict),

    // what benchmarks compute, without a clock or a cluster
    .target(name: "Benchmarking", dependencies: ["Base", "Model", "JSON"], path: "Benchmarks/Core", swiftSettings: strict),
    .executableTarget(
      name: "quartet-bench",
      dependencies: [
        "Benchmarking", "Base", "Raft", "Model", "Wire", "JSON", "CSQLite", "Replica", "Storage", "Network",
        "QuartetClient",
      ],
      path: "Benchmarks/Load", swiftSettings: strict),

    // a prescribing service that tests kill
    .executableTarget(
      name: "prescriber", dependencies: ["Base", "Encounters", "Identifiers", "Network", "QuartetClient"],
      path: "Tests/Prescriber", swiftSettings: strict),
    // threads for tests that wait for one another
    .target(name: "TestSupport", path: "Tests/Support", swiftSettings: strict),
    tests("BaseTests", ["Base"]),
    tests("BenchmarkingTests", ["Benchmarking", "JSON", "Model", "Base"]),
    tests("RaftTests", ["Raft", "Base"], exclude: ["Scenarios"]),
    tests("ModelTests", ["Model", "Base"]),
    tests("WireTests", ["Wire", "Raft", "Model", "Base"], exclude: ["Golden"]),
    tests("TopologyTests", ["Topology", "Base"]),
    tests("JSONTests", ["JSON", "Base"]),
    tests("FHIRTests", ["FHIR", "Identifiers", "JSON", "Base"]),
    tests(
      "IdentifiersTests", ["Identifiers", "Base"], exclude: ["nhs-number-verdicts", "nhs-number-verdicts.py", "Golden"]),
    tests("SyntheticTests", ["Synthetic", "FHIR", "Identifiers", "JSON", "Base"]),
    tests("SQLiteTests", ["SQLite", "CSQLite", "Storage", "Base", "TestSupport"]),
    tests("ReplicaTests", ["Replica", "Raft", "Model", "Wire", "Storage", "Base"]),
    tests("ClientCoreTests", ["ClientCore", "Model", "Wire", "Base"]),
    tests("QuartetClientTests", ["QuartetClient", "ClientCore", "Network", "Wire", "Raft", "Model", "Base"]),
    tests(
      "StorageTests", ["Storage", "Replica", "SQLite", "CSQLite", "Raft", "Model", "Wire", "Base", "TestSupport"]),
    tests("NetworkTests", ["Network", "Base"]),
    tests("HTTPTests", ["HTTP", "Network", "Base"]),
    tests("GatewayTests", ["Gateway", "QuartetClient", "HTTP", "Network", "JSON", "Wire", "Model", "Base"]),
    tests(
      "EncountersTests",
      ["Encounters", "Simulator", "QuartetTesting", "QuartetClient", "Identifiers", "JSON", "Wire", "Model", "Base"]),
    tests("NodeTests", ["Node", "Network", "Replica", "Storage", "Model", "Wire", "Base"]),
    tests(
      "SimulatorTests", ["Simulator", "Replica", "Storage", "Raft", "Model", "Wire", "Base", "TestSupport"],
      exclude: ["Seeds.txt", "Defects.txt"]),
    tests(
      "CLITests",
      [
        "QuartetCLI", "QuartetTesting", "QuartetClient", "Encounters", "Synthetic", "Network", "Topology", "JSON", "Wire",
        "Model", "Base", "TestSupport",
      ],
      exclude: ["Golden"]),
    tests(
      "ClusterTests",
      [
        "QuartetTesting", "QuartetClient", "Encounters", "Identifiers", "Simulator", "Gateway", "Node", "JSON", "HTTP",
        "Network", "Topology", "Wire", "Model", "Base",
      ]),
  ]
)
