/// `quartet kv …`: what the commands take. What they do stands in ``KVReads`` and ``KVWrites``.
enum KVCommands {
  static let spec = CommandSpec(
    "kv", "Read and write keys",
    discussion: """
      A key belongs to a keyspace: england, scotland, wales, northern-ireland or system. Each keyspace has revisions of \
      its own; every answer tells its keyspace, revision, node and nation (with --json).

      Writes are acknowledged when a majority has them on disk. Reads are linearizable unless you ask for stale ones, \
      which answer from one node alone, also without a majority.
      """,
    examples: [
      .init("quartet kv put r/Patient/1 --file patient.json --keyspace wales", "Write a file's bytes as they are."),
      .init("quartet kv get r/Patient/1 --keyspace wales", "Read them back."),
      .init("quartet kv range r/Patient/ --prefix --limit 10 --keyspace wales", "Ten rows that begin so."),
    ],
    children: [get, put, delete, range, txn, history, outcome, compact])

  private static let keyspace = OptionSpec("--keyspace", "NAME", "The keyspace. Default england.")
  private static let hexKeys = OptionSpec("--hex-keys", nil, "Keys on the command line are hexadecimal.")
  private static let base = [keyspace, CommandTree.timeoutOption, CommandTree.clusterOption]
  private static let reading =
    [
      OptionSpec(
        "--consistency", "HOW",
        "linearizable (default): sees every write acknowledged before. stale: one node's own state, with its age."),
      OptionSpec("--max-age", "TIME", "How old a stale answer may be. Default 10s."),
      OptionSpec("--node", "NAME", "Ask this node only."),
    ] + base
  private static let writing =
    [
      OptionSpec(
        "--request-id", "ID",
        "The request's name, 32 hexadecimal digits: sent again under the same name it happens once."),
      OptionSpec(
        "--keep-for", "TIME", "How long the outcome is remembered under --request-id; at most 7d. Default 1h with it."),
    ] + base
  private static let forms = [
    OptionSpec("--hex", nil, "Print values in hexadecimal."),
    OptionSpec("--base64", nil, "Print values in Base64."),
  ]
  private static let revision = OptionSpec("--revision", "N", "As of this revision instead of now.")
  private static let keyArgument = ArgumentSpec("KEY", "The key, as text; write '--' before one that begins with '-'.")

  private static let get = CommandSpec(
    "get", "Print one key's value, byte for byte",
    discussion: """
      Nothing is added to the value, not even a line end. A key that is not there prints nothing and ends with exit code 1.
      """,
    arguments: [keyArgument], options: [revision] + forms + [hexKeys] + reading,
    examples: [
      .init("quartet kv get r/Patient/1 --keyspace wales > patient.json", "The bytes that were put."),
      .init("quartet kv get r/Patient/1 --revision 42 --json", "As it was at a revision, with where it comes from."),
      .init(
        "quartet kv get r/Patient/1 --consistency stale --max-age 1s --node wales-1",
        "What one node knows, also when it is cut off, if that is no older than a second."),
    ],
    action: .asynchronous { try await KVReads(invocation: $0).get() })

  private static let range = CommandSpec(
    "range", "Print the rows of a range of keys",
    discussion: """
      Without words: the whole keyspace. START alone: from it onward. START and END: up to, not including, END. START with \
      --prefix: every key that begins so. One line for each key: key, a tab, value; what is not printable stands as \
      \\xNN. Long ranges are read in pages, all as of one revision.
      """,
    arguments: [
      ArgumentSpec("START", "The first key, or the prefix.", .optional),
      ArgumentSpec("END", "The key to stop before.", .optional),
    ],
    options: [
      OptionSpec("--prefix", nil, "START is a prefix."),
      OptionSpec("--limit", "N", "At most so many keys. Default: all."),
      OptionSpec("--keys-only", nil, "Leave the values out."),
      OptionSpec("--count", nil, "Print only how many keys there are."),
      OptionSpec("--reverse", nil, "From the last key to the first."),
      revision,
    ] + forms + [hexKeys] + reading,
    examples: [
      .init("quartet kv range r/Patient/ --prefix --keys-only --keyspace scotland", "Which patients are there?"),
      .init("quartet kv range --count --keyspace england", "How many keys?"),
    ],
    action: .asynchronous { try await KVReads(invocation: $0).range() })

  private static let history = CommandSpec(
    "history", "Print what became of one key, newest first",
    discussion: "Changes go back as far as the keyspace was not compacted.",
    arguments: [keyArgument],
    options: [
      OptionSpec("--limit", "N", "At most so many changes. Default 100."),
      OptionSpec("--before", "REVISION", "Only changes below this revision."),
    ] + forms + [hexKeys] + reading,
    examples: [.init("quartet kv history r/Task/7 --limit 5", "The last five changes.")],
    action: .asynchronous { try await KVReads(invocation: $0).history() })

  private static let outcome = CommandSpec(
    "outcome", "Tell what became of a request",
    discussion: """
      Answers for requests that were sent with --request-id (or X-Request-ID over HTTP), from any node, also when the \
      sender is gone. Exit code 1: nothing is remembered, so it was not applied up to now, or its time has run out.
      """,
    arguments: [ArgumentSpec("REQUEST-ID", "The request's name.")], options: reading,
    examples: [.init("quartet kv outcome 8f14e45f-ceea-467f-a0d6-6f1a2b3c4d5e", "Was it applied, and where?")],
    action: .asynchronous { try await KVReads(invocation: $0).outcome() })

  private static let put = CommandSpec(
    "put", "Set one key to a value",
    discussion: "The value is a word of the command line, a file's bytes, or standard input ('-').",
    arguments: [
      keyArgument,
      ArgumentSpec("VALUE", "The value as text, or '-' to read standard input.", .optional),
    ],
    options: [
      OptionSpec("--file", "PATH", "The value is this file's bytes."),
      OptionSpec("--prev", nil, "Print the value that stood there before, byte for byte."),
      OptionSpec("--hex", nil, "Print the value before in hexadecimal."),
      OptionSpec("--base64", nil, "Print the value before in Base64."),
      hexKeys,
    ] + writing,
    examples: [
      .init("quartet kv put greeting hello", "A word."),
      .init("quartet kv put r/Patient/1 --file patient.json --keyspace wales", "A file."),
      .init("date | quartet kv put now -", "Standard input."),
      .init(
        "quartet kv put r/Task/7 open --request-id 8f14e45f-ceea-467f-a0d6-6f1a2b3c4d5e --keep-for 1h",
        "Safe to repeat, from any machine, for an hour."),
    ],
    action: .asynchronous { try await KVWrites(invocation: $0).put() })

  private static let delete = CommandSpec(
    "delete", "Delete one key or a range",
    discussion: """
      KEY alone: that key. KEY and END: from KEY up to, not including, END. KEY with --prefix: every key that begins so; \
      an empty prefix is refused without --all. A range deletes at most 10,000 keys, or none. It is no error when \
      there is nothing to delete.
      """,
    arguments: [
      ArgumentSpec("KEY", "The key, the first key, or the prefix."),
      ArgumentSpec("END", "The key to stop before.", .optional),
    ],
    options: [
      OptionSpec("--prefix", nil, "KEY is a prefix."),
      OptionSpec("--all", nil, "Allow an empty prefix: every key of the keyspace."),
      OptionSpec("--prev", nil, "With --json: the rows that stood there."),
      hexKeys,
    ] + writing,
    examples: [.init("quartet kv delete draft/ --prefix --keyspace wales", "All drafts.")],
    action: .asynchronous { try await KVWrites(invocation: $0).delete() })

  private static let txn = CommandSpec(
    "txn", "Compare, then do one list of operations or the other, atomically",
    discussion: "The file is JSON; 'quartet help transactions' shows every form.",
    arguments: [ArgumentSpec("FILE", "The transaction, or '-' for standard input.")], options: forms + writing,
    examples: [
      .init(
        #"echo '{"compare":[{"key":"lock","version":0}],"success":[{"put":"lock","value":"me"}]}' | quartet kv txn -"#,
        "Take a lock if nobody has it.")
    ],
    action: .asynchronous { try await KVWrites(invocation: $0).transaction() })

  private static let compact = CommandSpec(
    "compact", "Forget what was superseded at or below a revision",
    discussion: """
      Live rows stay; histories and reads as of older revisions go. This cannot be undone.
      """,
    arguments: [ArgumentSpec("REVISION", "The newest revision whose superseded rows go.")], options: writing,
    examples: [.init("quartet kv compact 12000 --keyspace england", "Keep only what happened after.")],
    action: .asynchronous { try await KVWrites(invocation: $0).compact() })
}
