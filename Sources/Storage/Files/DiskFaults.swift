public import Base

/// What a fault file says: the faults that a drill wants of a node's disk, one a line.
///
/// | line | what it does |
/// |---|---|
/// | `hang` | every call waits until the line is gone |
/// | `slow 200ms` | every call takes that much longer (`us`, `ms`, `s`) |
/// | `full` | whatever needs space finds none |
/// | `fail-sync` | syncs fail |
/// | `eio-read`, `eio-write` | reads, writes fail |
///
/// The failing ones may be followed by `once`: then only the first call after the file was changed fails. All may end with
/// `in NAME`: then only files are meant whose name contains NAME. `clear`, an empty file and no file mean no faults; `#`
/// begins a comment.
public struct DiskFaults: Hashable, Sendable {
  public struct Fault: Hashable, Sendable {
    public enum Kind: Hashable, Sendable {
      case hang
      case slow(Interval)
      case full
      case failedSync, failedRead, failedWrite
    }
    public var kind: Kind
    public var isOnce: Bool
    /// Part of the names of the files that are meant; empty: all.
    public var name: String
    /// The line as it was written.
    public var text: String
  }

  public private(set) var faults: [Fault] = []
  /// What was not understood, with the number of its line; those lines are passed over.
  public private(set) var problems: [(line: Int, what: String)] = []

  public init() {}

  public init(parsing text: String) {
    for (number, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
      let words = line.prefix { $0 != "#" }.split(whereSeparator: { $0 == " " || $0 == "\t" || $0 == "\r" }).map(String.init)
      guard !words.isEmpty, words != ["clear"] else { continue }
      do throws(Problem) { faults.append(try Self.fault(words)) } catch {
        problems.append((number + 1, error.text))
      }
    }
  }

  public static func == (left: Self, right: Self) -> Bool { left.faults == right.faults }
  public func hash(into hasher: inout Hasher) { hasher.combine(faults) }

  private struct Problem: Error {
    var text: String
  }

  private static func fault(_ words: [String]) throws(Problem) -> Fault {
    var rest = words[...]
    let verb = rest.removeFirst()
    var name = ""
    if rest.count >= 2, rest[rest.endIndex - 2] == "in" {
      name = rest.removeLast()
      rest.removeLast()
    }
    let kind: Fault.Kind
    switch verb {
    case "hang": kind = .hang
    case "full": kind = .full
    case "fail-sync": kind = .failedSync
    case "eio-read": kind = .failedRead
    case "eio-write": kind = .failedWrite
    case "slow":
      guard let length = rest.popFirst().flatMap(interval) else {
        throw Problem(text: "'slow' wants a length such as 200ms, of at most a minute")
      }
      kind = .slow(length)
    default: throw Problem(text: "there is no fault '\(verb)'")
    }
    var isOnce = false
    if rest.first == "once", [.failedSync, .failedRead, .failedWrite].contains(kind) {
      isOnce = true
      rest.removeFirst()
    }
    guard rest.isEmpty else { throw Problem(text: "'\(rest[rest.startIndex])' means nothing after '\(verb)'") }
    return Fault(kind: kind, isOnce: isOnce, name: name, text: words.joined(separator: " "))
  }

  private static func interval(_ text: String) -> Interval? {
    let units: [(suffix: String, nanoseconds: Int64)] = [("us", 1_000), ("ms", 1_000_000), ("s", 1_000_000_000)]
    for unit in units where text.hasSuffix(unit.suffix) {
      guard let count = Int64(text.dropLast(unit.suffix.count)), count > 0, count <= 60_000_000_000 / unit.nanoseconds
      else { continue }
      return Interval(nanoseconds: count * unit.nanoseconds)
    }
    return nil
  }
}
