import Base
import JSON

/// A task as a queue shows it: no word about the patient.
public struct QueueItem: Hashable, Sendable {
  public var task: ResourceID
  public var encounter: ResourceID?
  public var status: TaskStatus
  /// The nation's own code.
  public var priorityCode: String
  /// The common rank.
  public var rank: Int
  public var clockStart: Instant
  public var deadline: Instant?
  /// Who has claimed it, under which number, until when.
  public var lease: Lease?

  init(_ task: R4.Task, _ id: ResourceID) {
    self.task = id
    encounter = task.encounter
    status = task.status ?? .requested
    priorityCode = task.priorityCode ?? ""
    rank = task.rank ?? 9
    clockStart = task.clockStart ?? SharedRow.epoch
    deadline = task.deadline
    lease = task.lease
  }

  var row: JSONValue {
    .object(present: [
      "task": .string(task.text), "encounter": encounter.map { .string($0.text) }, "status": .string(status.rawValue),
      "priority": .string(priorityCode), "rank": .integer(rank), "start": .integer(clockStart.milliseconds),
      "deadline": deadline.map { .integer($0.milliseconds) },
      "lease": lease.map {
        [.integer($0.number), .string($0.holder), .integer($0.until.milliseconds), .bool($0.isHeld)]
      },
    ])
  }

  init?(_ row: JSONValue, home: Nation) {
    func instant(_ json: JSONValue?) -> Instant? { json?.int64.flatMap { Instant(milliseconds: $0) } }
    guard let task = row["task"]?.string.flatMap({ ResourceID($0, at: home) }),
      let status = row["status"]?.string.flatMap({ TaskStatus(rawValue: $0) }),
      let priorityCode = row["priority"]?.string, let rank = row["rank"]?.int64, let clockStart = instant(row["start"])
    else { return nil }
    self.task = task
    encounter = row["encounter"]?.string.flatMap { ResourceID($0, at: home) }
    self.status = status
    self.priorityCode = priorityCode
    self.rank = Int(rank)
    self.clockStart = clockStart
    deadline = instant(row["deadline"])
    if let lease = row["lease"], let number = lease[0]?.uint64, let holder = lease[1]?.string,
      let until = instant(lease[2])
    {
      self.lease = Lease(number: number, holder: holder, until: until, isHeld: lease[3]?.bool ?? false)
    }
  }

  /// Whether a desk may claim it at `at`.
  public func isFree(at: Instant) -> Bool { !(lease?.isRunning(at: at) ?? false) }
  /// Seconds until it should have been answered; negative when it is late.
  public func secondsToBreach(at: Instant) -> Int64? { deadline.map { $0.seconds(since: at) } }
}
