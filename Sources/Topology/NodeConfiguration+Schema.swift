import Base

extension NodeConfiguration {
  /// Every knob of a node. The example file, which `schema.example()` prints, is its documentation.
  public static let schema = SettingsSchema(
    title: "Settings of one Quartet node. Lines that begin with # and no blank show the default.",
    [own, listen, nodes, raft, log, storage, service, diagnostics])

  private static let own = SettingsSchema.Table(
    "", doc: "Who this node is and where its data lies.",
    [
      Knob("name", .nodeName, .refused(example: .text("england-1")), "The node's name, never given to another store."),
      Knob("nation", .nation, .refused(example: .text("england")), "The nation where the node stands."),
      Knob(
        "supplier", .supplier, .refused(example: .text("A")),
        "The organisation that runs the node. Survival counts suppliers, so write it alike everywhere."),
      labels,
      Knob(
        "data", .text, .refused(example: .text("/var/lib/quartet/england-1")),
        "The data directory. One process at a time uses it; it is locked."),
    ])

  private static let labels = Knob(
    "labels", .labels, .means(.text("")),
    "Further failure domains of the node, such as its building or certificate authority, that survival goals may name.")

  private static let listen = SettingsSchema.Table(
    "listen", doc: "The addresses at which this node listens.",
    [
      Knob("client", .address(listening: true), .means(.text("127.0.0.1:7400")), "For native clients."),
      Knob("peer", .address(listening: true), .means(.text("127.0.0.1:7401")), "For other nodes."),
      Knob(
        "http", .address(listening: true), .means(.text("127.0.0.1:7402")),
        "For FHIR, plain keys, health and metrics."),
    ])

  private static let nodes = SettingsSchema.Table(
    "node", isRepeated: true,
    doc: """
      One table for each node of the cluster, with the addresses at which the others and clients reach it. This \
      node may be among them, so that all nodes can share one list.
      """,
    [
      Knob("name", .nodeName, .refused(example: .text("scotland-1")), "The node's name."),
      Knob("nation", .nation, .refused(example: .text("scotland")), "The nation where it stands."),
      Knob("supplier", .supplier, .refused(example: .text("B")), "The organisation that runs it."),
      labels,
      Knob("client", .address(listening: false), .refused(example: .text("127.0.0.1:7410")), "For native clients."),
      Knob("peer", .address(listening: false), .refused(example: .text("127.0.0.1:7411")), "For other nodes."),
      Knob("http", .address(listening: false), .refused(example: .text("127.0.0.1:7412")), "For HTTP."),
    ])

  private static let raft = SettingsSchema.Table(
    "raft",
    doc: """
      Timers of consensus. The defaults suit round trips of up to about 15 ms, as within the United Kingdom, and let \
      writes resume within a second of a leader's loss. All nodes should have the same.
      """,
    [
      Knob(
        "heartbeat", .duration(.milliseconds(5) ... .seconds(10)), .means(.duration(.milliseconds(50))),
        "How often a leader tells followers that it is alive."),
      Knob(
        "election-min", .duration(.milliseconds(15) ... .seconds(60)), .means(.duration(.milliseconds(300))),
        "The shortest silence after which a follower stands for election. At least three heartbeats."),
      Knob(
        "election-max", .duration(.milliseconds(20) ... .seconds(120)), .means(.duration(.milliseconds(600))),
        "The longest such silence; each round draws one between the two. At least one and a half times election-min."),
      Knob(
        "max-drift", .duration(.zero ... .seconds(10)), .means(.duration(.milliseconds(30))),
        """
        By how much the clocks of two nodes may come apart during one lease; a lease ends that much before \
        election-min. At most a quarter of election-min.
        """),
      Knob(
        "leader-preference", .choice(["nation", "none"]), .means(.text("nation")),
        """
        Where leaders should be. With "nation" the leader of each keyspace that is called like a nation is brought to a \
        node of that nation, by handing leadership over, once such a node has been well for leader-patience; a transfer by \
        hand lasts until then. Elections are not touched by it.
        """),
      Knob(
        "system-leader", .nation, .off(example: .text("wales")),
        "The nation to which the leader of the keyspace 'system' is brought in the same way."),
      Knob(
        "leader-patience", .duration(.seconds(1) ... .seconds(3_600)), .means(.duration(.seconds(10))),
        """
        How long a node must have been heard, caught up and quick to write before it is handed leadership by preference; \
        and how long it is left alone after leadership was lost there, twice as long each time.
        """),
    ])

  private static let log = SettingsSchema.Table(
    "log", doc: "How much of each group's log is kept for followers that lag; one further behind takes a snapshot.",
    [
      Knob(
        "retention-bytes", .size((1 << 20)...(1 << 40)), .means(.size(256 << 20)),
        "Bytes of applied entries that are kept."),
      Knob(
        "retention-entries", .integer(1_000...1_000_000_000), .means(.integer(100_000)),
        "Applied entries that are kept; the log is cut when either is exceeded."),
    ])

  private static let storage = SettingsSchema.Table(
    "storage", doc: "The files of SQLite and the space they take.",
    [
      Knob(
        "checkpoint-pages", .integer(100...1_000_000), .means(.integer(4_000)),
        "Pages of 4 KiB in a write-ahead log at which the writing thread begins to move them into the database."),
      Knob(
        "wal-cap", .size((1 << 20)...(1 << 36)), .means(.size(128 << 20)),
        "The size of a write-ahead log at which readers that hold it are cancelled. At least two checkpoints."),
      Knob("reader-threads", .integer(1...64), .means(.integer(2)), "Threads that read for clients."),
      Knob(
        "reserve", .size(0...(1 << 36)), .means(.size(64 << 20)),
        "Disk space set aside at the start and used to finish what was accepted when the disk is full."),
      Knob(
        "low-space", .size(0...(1 << 40)), .means(.size(128 << 20)),
        """
        Free space of the data directory's volume below which the node says that it is low. Once a majority of a \
        keyspace's nodes is low, new data is refused; deletes and compaction are still accepted.
        """),
      Knob(
        "power-loss-vfs", .boolean, .means(.boolean(false)),
        "Keeps what was not synced in memory only, so that a kill loses what a power cut would. For drills."),
      Knob(
        "fault-file", .text, .off(example: .text("/run/quartet/england-1.faults")),
        "A file that tells the node which disk faults to inject; 'quartet node --help' lists them. For drills."),
      Knob(
        "scrub-pause", .duration(.milliseconds(10) ... .seconds(3_600)), .means(.duration(.seconds(1))),
        """
        The rest between two slices of the background reading that finds rows which have rotted on the disk: a slice is at \
        most 5,000 rows or 8 MiB. Large states are read within a day whatever stands here, small ones once in sixty pauses.
        """),
    ])

  private static let service = SettingsSchema.Table(
    "service", doc: "What clients may ask for; beyond it they are refused early.",
    [
      Knob("max-connections", .integer(16...100_000), .means(.integer(4_096)), "Connections of clients at one time."),
      Knob(
        "http-header-max", .size(1_024...(1 << 20)), .means(.size(32 << 10)),
        "Bytes of the first line and headers of a request."),
      Knob(
        "http-body-max", .size((64 << 10)...(64 << 20)), .means(.size(8 << 20)),
        "Bytes of the body of a request; Base64 adds a third to the store's own limits."),
      Knob(
        "http-idle", .duration(.seconds(1) ... .seconds(3_600)), .means(.duration(.seconds(30))),
        "How long a connection may be silent between and within requests, watches apart."),
      Knob(
        "http-request-max", .duration(.seconds(1) ... .seconds(3_600)), .means(.duration(.seconds(60))),
        "How long the sending of one request may take. At least http-idle."),
    ])

  private static let diagnostics = SettingsSchema.Table(
    "diagnostics", doc: "What the node says about itself. Keys and values of data are never logged.",
    [
      Knob(
        "log-level", .choice(LogLevel.allCases.map(\.rawValue)), .means(.text("info")),
        "The least serious message that is written.")
    ])
}
