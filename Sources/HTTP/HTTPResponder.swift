import Network
import Synchronization

/// Answers one request: once, now or later, from any thread. Answers to pipelined requests leave in the order of the
/// requests, whatever the order in which they are given.
///
/// A responder that is let go without an answer answers 500, so that no bug of a handler leaves a caller waiting.
public final class HTTPResponder: Sendable {
  private let answers: Mailbox<Answer>
  private let connection: ConnectionID
  private let sequence: UInt64
  private let isUsed = Atomic<Bool>(false)

  init(_ answers: Mailbox<Answer>, _ connection: ConnectionID, _ sequence: UInt64) {
    self.answers = answers
    self.connection = connection
    self.sequence = sequence
  }

  deinit {
    if !isUsed.load(ordering: .acquiring) { put(.text(.internalServerError, "the request was not answered\n")) }
  }

  /// Answers. It is a bug to answer twice. If the peer is gone nothing happens.
  public func respond(_ response: HTTPResponse) {
    let wasUsed = isUsed.exchange(true, ordering: .acquiringAndReleasing)
    precondition(!wasUsed, "a request was answered twice")
    put(response)
  }

  private func put(_ response: HTTPResponse) {
    answers.put(Answer(connection: connection, sequence: sequence, response: response))
  }
}

/// An answer on its way to the server's thread.
struct Answer: Sendable {
  let connection: ConnectionID
  let sequence: UInt64
  let response: HTTPResponse
}
