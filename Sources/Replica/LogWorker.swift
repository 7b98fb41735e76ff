public import Base

/// Makes ``LogOperation``s durable: what to do when the disk is full, when it fails, and when nobody waits (design §6,
/// "Errors"). Owned by one thread, or by the simulator; it never waits itself.
public final class LogWorker {
  /// How long to wait before a write that found no space is tried again.
  public static let fullRetry = Interval.milliseconds(200)

  public enum Attempt: Hashable, Sendable {
    /// All of it is durable: say so, then call ``tidy(isIdle:)``.
    case durable
    /// Nothing of it holds. The same operations again, before any others, after so long.
    case noSpace(retryAfter: Interval)
    /// The process says so and stops; nothing of it is acknowledged.
    case failed(StorageFailure)
  }

  private let stores: any NodeStore
  /// The reserve was given back for the operations at hand.
  private var gaveReserve = false

  public init(_ stores: any NodeStore) { self.stores = stores }

  /// Whether operations wait for space.
  public private(set) var isFull = false

  /// Tries to make all of `operations` durable.
  public func attempt(_ operations: [LogOperation]) -> Attempt {
    do throws(StorageError) {
      try stores.log.perform(operations)
      isFull = false
      return .durable
    } catch .full {
      isFull = true
      return gaveReserve ? .noSpace(retryAfter: Self.fullRetry) : giveReserve()
    } catch {
      return .failed(StorageFailure(error, of: "raft.db"))
    }
  }

  /// The reserve is for exactly this: what was accepted before the disk was full.
  private func giveReserve() -> Attempt {
    gaveReserve = true
    do throws(StorageError) { try stores.setReserve(false) } catch .full {
      // Even deleting found no room; the write is tried again all the same.
    } catch {
      return .failed(StorageFailure(error, of: "reserve"))
    }
    return .noSpace(retryAfter: .zero)
  }

  /// What is better done when the answers to a write are out: the reserve is taken again, and the log is kept in order if
  /// nobody waits. Apart from the write: that one has succeeded, whatever comes of this, and must never be repeated.
  /// - Returns: what failed; then the process stops.
  public func tidy(isIdle: Bool) -> StorageFailure? {
    if gaveReserve {
      gaveReserve = false
      do throws(StorageError) { try stores.setReserve(true) } catch .full {
        // Without a reserve the node goes on; the next start takes it again.
      } catch {
        return StorageFailure(error, of: "reserve")
      }
    }
    guard isIdle else { return nil }
    do throws(StorageError) { try stores.maintainLog() } catch .full {
      return nil
    } catch {
      return StorageFailure(error, of: "raft.db")
    }
    return nil
  }
}

/// An error of a disk after which a process stops, and where it happened.
public struct StorageFailure: Error, Hashable, Sendable {
  public var error: StorageError
  public var what: StaticText
  public init(_ error: StorageError, of what: StaticText) {
    self.error = error
    self.what = what
  }
}
