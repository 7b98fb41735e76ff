import Base
import Glibc
import Storage
import Synchronization
import Testing

@Suite("A disk that fails as a file says")
struct FaultFilesTests {
  /// A fault file of its own in a new directory, with a disk in memory behind it.
  private final class Drill: Sendable {
    let directory: String
    let files: FaultFiles
    private let heard: Heard

    private final class Heard: Sendable { let lines = Mutex<[String]>([]) }

    init() {
      var template = Array("/tmp/quartet-faults-XXXXXX".utf8CString)
      directory = mkdtemp(&template).map { String(cString: $0) } ?? "/nowhere"
      let heard = Heard()
      files = FaultFiles(MemoryFiles(), faultFile: directory + "/faults") { line in heard.lines.withLock { $0.append(line) } }
      self.heard = heard
    }

    var said: [String] { heard.lines.withLock { $0 } }

    deinit {
      unlink(directory + "/faults")
      rmdir(directory)
    }

    /// Puts the file there whole, and waits until a look at it is due.
    func say(_ text: String) {
      let path = directory + "/faults"
      let new = path + ".new"
      let stream = fopen(new, "w")
      fputs(text, stream)
      fclose(stream)
      rename(new, path)
      usleep(60_000)
    }

    func silence() {
      unlink(directory + "/faults")
      usleep(60_000)
    }
  }

  private func fails(_ body: () throws(StorageError) -> Void) -> StorageError? {
    do throws(StorageError) { try body() } catch { return error }
    return nil
  }

  private func code(_ error: StorageError?) -> Int32? { if case .io(let code, _) = error { code } else { nil } }

  @Test("Every line of a fault file is understood, and what is not is named with its line and passed over")
  func parsing() {
    let all = DiskFaults(
      parsing: """
        # a drill
        hang in raft.db
        slow 200ms
        slow 3s in state-
        full
        fail-sync once   # only one
        eio-read once in state-wales
        eio-write
        clear
        """)
    #expect(all.problems.isEmpty)
    #expect(
      all.faults.map(\.kind) == [
        .hang, .slow(.milliseconds(200)), .slow(.seconds(3)), .full, .failedSync, .failedRead, .failedWrite,
      ])
    #expect(all.faults.map(\.isOnce) == [false, false, false, false, true, true, false])
    #expect(all.faults.map(\.name) == ["raft.db", "", "state-", "", "", "state-wales", ""])
    #expect(DiskFaults(parsing: "\n  \n# nothing\nclear\n").faults.isEmpty)

    let bad = DiskFaults(parsing: "hang once\nslow\nslow 5\nslow -1ms\nslow 61s\nburn\nfull in\nfail-sync twice\nhang\n")
    #expect(bad.problems.map(\.line) == [1, 2, 3, 4, 5, 6, 7, 8])
    #expect(bad.faults.map(\.kind) == [.hang])
  }

  @Test("Without the file, with an empty one and after it is gone the disk is the one behind")
  func nothing() throws {
    let drill = Drill()
    try drill.files.createDirectory("/d")
    let file = try drill.files.open("/d/a", .create)
    try file.write([1, 2, 3], at: 0)
    drill.say("eio-read\n")
    #expect(code(fails { () throws(StorageError) in _ = try file.bytes(at: 0, count: 3) }) == EIO)
    drill.silence()
    #expect(try file.bytes(at: 0, count: 3) == [1, 2, 3])
    drill.say("clear\n")
    try file.sync()
    #expect(try drill.files.list("/d") == ["a"])
    try drill.files.rename("/d/a", to: "/d/b")
    try drill.files.delete("/d/b")
    #expect(drill.said.contains { $0.contains("eio-read") })
    #expect(drill.said.last?.contains("none any more") == true)
  }

  @Test("Failures come where they are named: reads, writes, syncs, for want of space; once means once for each change")
  func failures() throws {
    let drill = Drill()
    try drill.files.createDirectory("/d")
    let state = try drill.files.open("/d/state-wales-1.db", .create)
    let log = try drill.files.open("/d/raft.db-wal", .create)
    drill.say("fail-sync once in raft.db\neio-write in state-\nnonsense\n")
    #expect(code(fails { () throws(StorageError) in try log.sync() }) == EIO)
    #expect(fails { () throws(StorageError) in try log.sync() } == nil)
    #expect(code(fails { () throws(StorageError) in try state.write([1], at: 0) }) == EIO)
    #expect(fails { () throws(StorageError) in try log.write([1], at: 0) } == nil)
    #expect(fails { () throws(StorageError) in try state.sync() } == nil)
    #expect(drill.said.contains { $0.contains("line 3") && $0.contains("nonsense") })
    drill.say("fail-sync once in raft.db\n")
    #expect(code(fails { () throws(StorageError) in try log.sync() }) == EIO)
    drill.say("full\n")
    guard case .full = fails({ () throws(StorageError) in try log.write([2], at: 1) }) else {
      return #expect(Bool(false), "there was space")
    }
    #expect(try log.bytes(at: 0, count: 1) == [1])
    #expect(try drill.files.freeSpace("/d") == 0)
  }

  @Test("A call that hangs waits until the line is gone, and is carried out then")
  func hanging() throws {
    let drill = Drill()
    try drill.files.createDirectory("/d")
    let file = try drill.files.open("/d/raft.db-wal", .create)
    let other = try drill.files.open("/d/state-1.db", .create)
    drill.say("hang in raft.db\n")
    let isDone = Atomic(false)
    let thread = Thread {
      try? file.write([7], at: 0)
      isDone.store(true, ordering: .releasing)
    }
    while drill.files.hangingCalls == 0 { sched_yield() }
    try other.write([1], at: 0)
    let before = isDone.load(ordering: .acquiring)
    drill.say("clear\n")
    thread.join()
    let after = isDone.load(ordering: .acquiring)
    #expect(!before && after)
    #expect(drill.files.hangingCalls == 0)
    #expect(try file.bytes(at: 0, count: 1) == [7])
  }

  @Test("A slow disk takes the time that it is told to, for every call")
  func slow() throws {
    let drill = Drill()
    try drill.files.createDirectory("/d")
    let file = try drill.files.open("/d/a", .create)
    drill.say("slow 20ms\n")
    var began = timespec()
    clock_gettime(CLOCK_MONOTONIC, &began)
    for _ in 0..<5 { try file.sync() }
    var ended = timespec()
    clock_gettime(CLOCK_MONOTONIC, &ended)
    let took = (ended.tv_sec - began.tv_sec) * 1_000 + (ended.tv_nsec - began.tv_nsec) / 1_000_000
    #expect(took >= 100)
  }

  /// A thread of the system's, since the test's own may not wait.
  private final class Thread {
    private var handle = pthread_t()
    private final class Body {
      let run: () -> Void
      init(_ run: @escaping () -> Void) { self.run = run }
    }

    init(_ body: @escaping () -> Void) {
      let box = Unmanaged.passRetained(Body(body))
      pthread_create(
        &handle, nil,
        { argument in
          Unmanaged<Body>.fromOpaque(argument!).takeRetainedValue().run()
          return nil
        }, box.toOpaque())
    }

    func join() { pthread_join(handle, nil) }
  }
}
