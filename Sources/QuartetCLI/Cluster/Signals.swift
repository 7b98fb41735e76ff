import Glibc

/// A set of signals that are waited for instead of interrupting.
struct Signals: Sendable {
  private var set = sigset_t()

  init(_ numbers: [Int32]) {
    sigemptyset(&set)
    for number in numbers { sigaddset(&set, number) }
  }

  /// For this thread and those that it makes from now on.
  mutating func block() { pthread_sigmask(SIG_BLOCK, &set, nil) }

  /// Waits for the next one; they must be blocked in every thread.
  func wait() -> Int32 {
    var set = set
    var number: Int32 = 0
    while sigwait(&set, &number) != 0 {}
    return number
  }

  /// Whether one has come that nobody has waited for; they must be blocked.
  var hasCome: Bool {
    var set = set
    var pending = sigset_t()
    sigpending(&pending)
    return (1...31).contains { sigismember(&set, $0) == 1 && sigismember(&pending, $0) == 1 }
  }

  static func ignore(_ number: Int32) { signal(number, SIG_IGN) }
}
