/// All commands.
enum CommandTree {
  static let clusterOption = OptionSpec(
    "--cluster", "FILE",
    "The cluster's file: a cluster.json or a topology file. Else $QUARTET_CLUSTER, else .quartet/cluster.json here or in "
      + "a directory above.")
  static let timeoutOption = OptionSpec("--timeout", "TIME", "How long each call may take. Default 10s.")

  static let root: CommandSpec = CommandSpec(
    "quartet", "Quartet, a replicated store of patient encounters in four nations",
    discussion: """
      Start with 'quartet dev': one command gives a five-node cluster on this machine with synthetic encounters in it. \
      Then, from another shell, read and write with 'quartet kv' and look at the cluster with 'quartet cluster status'.
      """,
    examples: [
      .init("quartet dev", "A cluster to try things on; Ctrl-C stops it."),
      .init("quartet kv put greeting hello --keyspace wales", "Write, and read back:"),
      .init("quartet kv get greeting --keyspace wales", "The value goes to standard output, byte for byte."),
      .init("quartet cluster status", "Who leads, who lags, and what may be lost now without harm."),
    ],
    children: [DevCommands.spec, NodeCommand.spec, ClusterCommands.spec, KVCommands.spec]
      + DeskGroup.all.map(\.spec)
      + [FHIRCommands.spec, GenerateCommand.spec, SimulateCommand.spec, HelpCommand.version, HelpCommand.help])
}
