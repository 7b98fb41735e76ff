import Base
import Glibc
import JSON
import Network

/// One keep-alive connection to a node's HTTP port, as small as it can be. Every call blocks, so it belongs to a thread
/// of its own.
final class RawHTTP {
  enum Failure: Error, CustomStringConvertible {
    /// Nothing of the request was sent.
    case notSent(String)
    /// It was sent, wholly or in part, and no answer came.
    case lost(String)

    var description: String {
      switch self {
      case .notSent(let reason): "not sent: \(reason)"
      case .lost(let reason): "no answer: \(reason)"
      }
    }
  }

  struct Answer: Sendable {
    var status: Int
    var body: [UInt8]
    var json: JSONValue? { try? JSONValue(parsing: body) }
  }

  private let port: UInt16
  private var descriptor: Int32 = -1
  private var received: [UInt8] = []

  /// - Parameter address: on loopback, with its port.
  init(_ address: String) {
    port = (try? Address(parsing: address))?.port ?? 0
  }

  deinit { close() }

  func close() {
    if descriptor >= 0 { Glibc.close(descriptor) }
    descriptor = -1
    received = []
  }

  static func loopback(_ port: UInt16) -> sockaddr_in {
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = port.bigEndian
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    return address
  }

  func post(
    _ path: String, _ body: JSONValue, headers: [String] = [], timeout: Interval = .seconds(12)
  ) throws(Failure) -> Answer {
    try exchange("POST", path, body.serialized(), headers, timeout)
  }

  func get(_ path: String, timeout: Interval = .seconds(12)) throws(Failure) -> Answer {
    try exchange("GET", path, [], [], timeout)
  }

  private func exchange(
    _ method: String, _ path: String, _ body: [UInt8], _ headers: [String], _ timeout: Interval
  ) throws(Failure) -> Answer {
    let deadline = Clock.now() + timeout
    do {
      if descriptor < 0 { try connect(deadline) }
      var head = "\(method) \(path) HTTP/1.1\r\nhost: lab\r\ncontent-length: \(body.count)\r\n"
      for header in headers { head += header + "\r\n" }
      try send(Array((head + "\r\n").utf8) + body, deadline)
      return try answer(deadline)
    } catch {
      close()
      throw error
    }
  }

  private func connect(_ deadline: Moment) throws(Failure) {
    descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue), 0)
    guard descriptor >= 0 else { throw .notSent("socket: errno \(errno)") }
    var one: Int32 = 1
    setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &one, 4)
    var address = Self.loopback(port)
    let result = withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        Glibc.connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
    if result == 0 { return }
    guard errno == EINPROGRESS, wait(POLLOUT, deadline) else { throw .notSent("connect: errno \(errno)") }
    var problem: Int32 = 0
    var length = socklen_t(4)
    getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &problem, &length)
    guard problem == 0 else { throw .notSent("connect: errno \(problem)") }
  }

  private func wait(_ events: Int32, _ deadline: Moment) -> Bool {
    while true {
      let left = (deadline - Clock.now()).milliseconds
      guard left > 0 else { return false }
      var entry = pollfd(fd: descriptor, events: Int16(events), revents: 0)
      let result = poll(&entry, 1, Int32(left))
      if result > 0 { return true }
      if result == 0 || errno != EINTR { return false }
    }
  }

  private func send(_ bytes: [UInt8], _ deadline: Moment) throws(Failure) {
    var sent = 0
    while sent < bytes.count {
      let count = bytes.withUnsafeBytes {
        Glibc.send(descriptor, $0.baseAddress.map { $0 + sent }, bytes.count - sent, Int32(MSG_NOSIGNAL))
      }
      if count > 0 {
        sent += count
      } else if errno == EAGAIN {
        guard wait(POLLOUT, deadline) else { throw .lost("sending took too long") }
      } else if errno != EINTR {
        throw .lost("send: errno \(errno)")
      }
    }
  }

  private func more(_ deadline: Moment) throws(Failure) {
    var buffer = [UInt8](repeating: 0, count: 64 << 10)
    while true {
      let count = recv(descriptor, &buffer, buffer.count, 0)
      if count > 0 {
        received += buffer[0..<count]
        return
      }
      if count == 0 { throw .lost("the server closed the connection") }
      guard errno == EAGAIN || errno == EINTR else { throw .lost("recv: errno \(errno)") }
      guard wait(POLLIN, deadline) else { throw .lost("the answer took too long") }
    }
  }

  private func answer(_ deadline: Moment) throws(Failure) -> Answer {
    var end: Int?
    while true {
      end = LabFiles.positions(of: Array("\r\n\r\n".utf8), in: Array(received.prefix(16 << 10))).first
      if end != nil { break }
      try more(deadline)
    }
    guard let end else { throw .lost("no head") }
    let lines = String(decoding: received[0..<end], as: UTF8.self).split(separator: "\r\n")
    guard let first = lines.first, let status = Int(first.dropFirst(9).prefix(3)) else { throw .lost("no status") }
    var length = 0
    for line in lines.dropFirst() where line.lowercased().hasPrefix("content-length:") {
      length = Int(line.dropFirst(15).filter { $0 != " " }) ?? 0
    }
    while received.count < end + 4 + length { try more(deadline) }
    let body = Array(received[(end + 4)..<(end + 4 + length)])
    received.removeFirst(end + 4 + length)
    return Answer(status: status, body: body)
  }
}

extension RawHTTP {
  /// What a call on one key gave.
  struct Row: Sendable {
    var value: [UInt8]?
    var term: UInt64
    var revision: UInt64
  }

  enum Refusal: Error {
    case failed(Failure)
    case refused(outcome: String, reason: String, status: Int)
  }

  func put(
    _ keyspace: String, _ key: [UInt8], _ value: [UInt8], headers: [String] = []
  ) throws(Refusal) -> Row {
    try call("/keyspaces/\(keyspace)/v3/kv/put", ["key": .base64(key), "value": .base64(value)], headers)
  }

  func get(_ keyspace: String, _ key: [UInt8]) throws(Refusal) -> Row {
    try call("/keyspaces/\(keyspace)/v3/kv/range", ["key": .base64(key)], [])
  }

  private func call(_ path: String, _ body: JSONValue, _ headers: [String]) throws(Refusal) -> Row {
    let answer: Answer
    do {
      answer = try post(path, body, headers: headers)
    } catch {
      throw .failed(error)
    }
    guard let json = answer.json else { throw .refused(outcome: "unknown", reason: "no JSON", status: answer.status) }
    guard answer.status == 200 else {
      throw .refused(
        outcome: json["outcome"]?.string ?? "unknown", reason: json["reason"]?.string ?? "?", status: answer.status)
    }
    let header = json["header"]
    let row = json["kvs"]?[0]
    return Row(
      value: row.map { $0["value"]?.base64Bytes ?? [] }, term: header?["raft_term"]?.protobufUInt64 ?? 0,
      revision: header?["revision"]?.protobufUInt64 ?? 0)
  }
}
