import Base
import Model
import Raft
import Replica
import Wire

/// A committed entry, what it does by the model, and when it was first seen to be applied.
struct Committed {
  var entry: Entry
  /// nil for an entry that is no command.
  var command: Command?
  var result: CommandResult?
  /// What its caller is told: the entry's own revision, or that of the same command's first time.
  var revision: Revision
  var logTime: LogTime
  /// Whether it ran, here and for the first time.
  var isExecuted: Bool

  /// What the command is known by: nil when nothing names it.
  var name: CommandName? { command.flatMap { CommandName($0.envelope) } }
}

/// A command's name among all commands of its group: by the request id that is remembered, or by the call that made it.
enum CommandName: Hashable {
  case request(Identifier)
  case call(UInt64)

  init?(_ envelope: Envelope) {
    if !envelope.request.isZero, envelope.keepFor > .zero {
      self = .request(envelope.request)
    } else if !envelope.correlation.isZero {
      self = .call(envelope.correlation.low)
    } else {
      return nil
    }
  }
}

/// The committed entries of one group, in order, as they were first applied by anyone, and the states that they make one
/// after the other, from nothing, by the model.
final class CommittedLog {
  /// States are kept whole at every so many entries, so that the one at any index is near.
  private static let landmarkInterval = 256

  private(set) var entries: [Entry] = []
  /// When each entry was first seen to be applied.
  private var moments: [Moment] = []
  /// The header after each entry, the founding one first.
  private var headers: [StateHeader]
  private var landmarks: [MemoryState.Contents]
  private let state: MemoryState

  init(founding header: StateHeader) {
    state = MemoryState(header: header)
    headers = [header]
    landmarks = [state.contents]
  }

  var last: LogIndex { entries.last?.index ?? .genesis }

  /// The entry at an index; nil for what nobody has applied.
  subscript(index: LogIndex) -> Entry? {
    guard index > .genesis, index <= last else { return nil }
    return entries[Int(index - .genesis) - 1]
  }

  /// The header of the state at an index; nil for what nobody has applied.
  func header(at index: LogIndex) -> StateHeader? {
    guard index >= .genesis, index <= last else { return nil }
    return headers[Int(index - .genesis)]
  }

  /// The last entry that had been applied somewhere before `moment`.
  func last(before moment: Moment) -> LogIndex {
    var low = 0
    var high = moments.count
    while low < high {
      let middle = (low + high) / 2
      if moments[middle] < moment { low = middle + 1 } else { high = middle }
    }
    return .genesis + UInt64(low)
  }

  /// Takes in what of a batch is new.
  func append(_ batch: [Entry], at now: Moment) -> [Committed] {
    var new: [Committed] = []
    for entry in batch where entry.index == last + 1 {
      new.append(Self.run(entry, on: state))
      entries.append(entry)
      moments.append(now)
      headers.append(state.header)
      if entries.count % Self.landmarkInterval == 0 { landmarks.append(state.contents) }
    }
    return new
  }

  /// The state at an index that was applied.
  func state(at index: LogIndex) -> MemoryState {
    precondition(index >= .genesis && index <= last, "state at \(index) of \(last)")
    if index == last { return MemoryState(state.contents) }
    let count = Int(index - .genesis)
    let landmark = count / Self.landmarkInterval
    let replay = MemoryState(landmarks[landmark])
    for entry in entries[(landmark * Self.landmarkInterval)..<count] { _ = Self.run(entry, on: replay) }
    return replay
  }

  private static func run(_ entry: Entry, on state: MemoryState) -> Committed {
    let revision = Revision(entry.index.rawValue + state.header.base)
    let logTime = max(state.header.logTime, entry.header.logTime)
    var committed = Committed(
      entry: entry, command: nil, result: nil, revision: revision, logTime: logTime, isExecuted: false)
    guard entry.kind == .command, let command = try? Command(bytes: entry.payload),
      let evaluation = try? state.execute(
        command, index: entry.index.rawValue, term: entry.term.rawValue, logTime: logTime, entryHash: entry.hash)
    else {
      var header = state.header
      header.applied = entry.index.rawValue
      header.appliedTerm = entry.term.rawValue
      header.logTime = logTime
      header.entryHash = entry.hash
      if entry.kind == .configuration {
        header.configuration = entry.payload
        header.configurationIndex = entry.index.rawValue
      }
      header.chainHead = Chain.next(head: header.chainHead, entryHash: entry.hash, evaluation: nil)
      state.header = header
      return committed
    }
    committed.command = command
    committed.result = evaluation.result
    committed.isExecuted = evaluation.revision == revision && evaluation.result.isExecution
    committed.revision = evaluation.revision
    committed.logTime = evaluation.logTime
    return committed
  }
}

extension CommandResult {
  fileprivate var isExecution: Bool {
    if case .refused = self { false } else { true }
  }
}
