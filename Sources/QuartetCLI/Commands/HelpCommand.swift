import Base
import JSON

/// `quartet help` and `quartet version`.
enum HelpCommand {
  static let version = CommandSpec(
    "version", "Print the program's version and the formats that it speaks",
    examples: [.init("quartet version --json", "For programs.")],
    action: .blocking { invocation in
      let range = Versions.protocolRange
      if invocation.isJSON {
        invocation.console.json([
          "version": .string(Versions.program), "feature_level": .integer(Versions.featureLevel),
          "protocol_min": .integer(range.lowerBound), "protocol_max": .integer(range.upperBound),
        ])
      } else {
        invocation.console.line(
          "quartet \(Versions.program), feature level \(Versions.featureLevel), "
            + "protocol \(range.lowerBound) to \(range.upperBound)")
      }
      return .ok
    })

  static let help = CommandSpec(
    "help", "Print the page of a command or a topic",
    discussion: "Topics: " + topics.map(\.name).joined(separator: ", ") + ".",
    arguments: [ArgumentSpec("TOPIC", "The words of a command, or a topic.", .any)],
    examples: [
      .init("quartet help kv put", "The same as 'quartet kv put --help'."),
      .init("quartet help exit-codes", "What the numbers mean that commands end with."),
    ],
    action: .blocking { invocation in
      let words = invocation.command.arguments
      if words.count == 1, let topic = topics.first(where: { $0.name == words[0] }) {
        invocation.console.write(topic.text)
        return .ok
      }
      var spec = CommandTree.root
      for (position, word) in words.enumerated() {
        guard let child = spec.child(word) else {
          let known = spec.children.map(\.name) + (position == 0 ? topics.map(\.name) : [])
          let nearest = Spelling.nearest(to: word, in: known)
          throw UsageError(
            path: ["help"], message: "there is no command or topic '\(words.joined(separator: " "))'",
            hint: nearest.map { "did you mean '\($0)'?" } ?? "topics are \(topics.map(\.name).joined(separator: ", "))")
        }
        spec = child
      }
      invocation.console.write(HelpPage(path: words, spec: spec).text)
      return .ok
    })

  static let topics: [(name: String, text: String)] = [
    ("exit-codes", exitCodes), ("json", json), ("transactions", transactions), ("cluster-file", clusterFile),
    ("index-keys", indexKeys),
  ]

  private static let exitCodes: String = {
    var lines = [
      "Exit codes. Of writes, 2 and 4 mean that nothing was changed, 3 that nobody knows yet.", "",
    ]
    for code in ExitCode.all {
      let number = String(repeating: " ", count: 5 - "\(code.number)".count) + "\(code.number)  "
      let filled = HelpPage.wrap(code.meaning, indent: "       ")
      lines.append(number + (filled.first ?? "").dropFirst(7))
      lines += filled.dropFirst()
    }
    return lines.joined(separator: "\n") + "\n"
  }()

  private static let json = """
    JSON output (--json). Members are added in later versions and never change their meaning or go.

    Every answer of 'quartet kv' has a header, which says where it comes from:
      "header": {"keyspace", "revision", "node", "nation", "cluster", "term"}
    and a stale one "age_ms" beside it: the answer held at some moment at most so long ago.

    A row:
      {"key", "value", "create_revision", "mod_revision", "version", "bytes", "digest"}
    Bytes that are no UTF-8 stand in Base64 under "key_base64" or "value_base64" instead. --base64 and --hex
    do so with every value ("value_base64", "value_hex").

      kv get        {"header", "found", "row"}
      kv put        {"header", "previous"}
      kv delete     {"header", "deleted", "previous": [row…]}
      kv range      {"header", "count", "more", "rows": [row…]}
      kv history    {"header", "more", "rows": [row…]}; a deletion has "deleted": true and version 0
      kv txn        {"header", "succeeded", "responses": [{"put"|"delete"|"range": …}…]}
      kv outcome    {"header", "remembered", "revision", "succeeded", "log_time_ms"}
      kv compact    {"header", "compacted"}
    "previous", "row" are null where there is none.

      cluster status    {"cluster", "margin", "writes_possible", "nodes": […], "keyspaces": […]}
      cluster verify    {"verified", "keyspaces": [{"name", "revision", "rows", "nodes": [{"name", "verdict", …}]}]}
      cluster init      {"cluster", "epoch", "nodes": […], "keyspaces": […]}
      cluster transfer  {"keyspace", "leader", "term"}
      simulate          {"seeds", "failures": [{"seed", "violation", "replay"}], …}

    Every change by 'quartet encounter', 'patient', 'dispatch', 'callback', 'appointment', 'prescription':
      {"request", "keyspace", "repeat", "revision", …} and what was changed by what it is: "encounter", "task",
      "callback", "appointment", "item", "patient", each {"reference": "Type/id", "version"}; a claim's "lease" and "until".
      "repeat": the request had been carried out before, and this is what it gave then; "revision" is left out then.

    Errors are one line of JSON on standard error:
      {"error", "code", "outcome", "message"}
    "error" is a name that does not change, "code" the exit code, "outcome" one of notApplied, applied, unknown.

    """

  private static let transactions = """
    Transactions ('quartet kv txn FILE', or '-' for standard input). The file is one JSON object:

      {
        "compare": [
          {"key": "stock/7", "version": 3},
          {"key": "lock/7", "version": 0},
          {"key": "state/7", "value": "open", "is": "not-equal"},
          {"key": "stock/7", "mod_revision": 120, "is": "less"}
        ],
        "success": [
          {"put": "state/7", "value": "taken", "previous": true},
          {"get": "stock/7"},
          {"range": "audit/", "prefix": true, "limit": 10, "keys_only": true},
          {"delete": "hold/7"}
        ],
        "failure": [
          {"range": "a", "end": "b"},
          {"delete": "queue/", "prefix": true}
        ]
      }

    All compares must hold for "success" to run, else "failure" runs; either at one revision, or nothing.
    A compare names one of value, version, create_revision, mod_revision, and is: equal (when left out),
    not-equal, greater, less; a value is equal or not-equal. A key that is not there has version 0.
    Keys and values are texts, or {"base64": "…"} or {"hex": "…"} for any bytes.
    Exit code 0: the compares held; 1: they did not, and "failure" ran.

    """

  private static let clusterFile = """
    The cluster's file. Commands find the cluster by --cluster FILE, else $QUARTET_CLUSTER, else the file
    .quartet/cluster.json in the working directory or the nearest directory above that has one.

      {"nodes": [{"name": "england-1", "nation": "england", "supplier": "A", "pid": 4711,
                  "client": "127.0.0.1:7400", "peer": "127.0.0.1:7401", "http": "127.0.0.1:7402"}]}

    'quartet dev' writes it and keeps it true while nodes die and are started again; pid 0 is a node that
    does not run. It is replaced in one step, so a reader always sees a whole file. A topology file (see
    cluster/five-nodes.topology) can be given in its place.

    """

  private static let indexKeys = """
    Index keys. People are found by their numbers and names through rows whose keys are keyed hashes (HMAC-SHA-256): whoever
    sees keys of the store, in a backup or a trace, learns nobody's number. The secret keys stand in a file, which
    --index-keys FILE or $QUARTET_INDEX_KEYS names; all services of one store use the same, for ever:

      {"england": "…", "scotland": "…", "wales": "…", "northern-ireland": "…", "demographics": "…"}

    Each is 64 to 128 hexadecimal digits, as 'openssl rand -hex 32' prints, and none is another's. Keep the file as you keep
    passwords, and a copy apart: without it nobody is found by number any more. Without a file keys for development are used,
    which everybody knows.

    Each keyspace holds a seal of the keys that its first operation had. Other keys are refused with code wrong-index-keys
    before anything is read or written by them.

    """
}
