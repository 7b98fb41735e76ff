import Glibc
public import JSON

/// Where a command's results and messages go; tests give their own.
public struct Console: Sendable {
  private let output: @Sendable ([UInt8]) -> Void
  private let errors: @Sendable ([UInt8]) -> Void
  /// Whether somebody watches standard error, so that progress may redraw its line.
  public let isInteractive: Bool

  public init(
    isInteractive: Bool = false, output: @escaping @Sendable ([UInt8]) -> Void,
    errors: @escaping @Sendable ([UInt8]) -> Void
  ) {
    self.output = output
    self.errors = errors
    self.isInteractive = isInteractive
  }

  public static let standard = Console(
    isInteractive: isatty(2) == 1, output: { writeAll($0, to: 1) }, errors: { writeAll($0, to: 2) })

  /// Results, byte for byte.
  public func write(_ bytes: [UInt8]) { output(bytes) }
  public func write(_ text: String) { output(Array(text.utf8)) }
  public func line(_ text: String) { output(Array(text.utf8) + [0x0A]) }
  /// One JSON document and a line end.
  public func json(_ value: JSONValue) { output(value.serialized(.pretty) + [0x0A]) }
  /// One JSON document in one line, of many.
  public func jsonLine(_ value: JSONValue) { output(value.serialized(.compact) + [0x0A]) }
  /// Messages: progress, warnings, errors.
  public func say(_ text: String) { errors(Array(text.utf8) + [0x0A]) }
  public func say(raw text: String) { errors(Array(text.utf8)) }

  /// Puts `text` in the place of the progress line before; with nobody watching it says it only when `isMilestone`.
  public func progress(_ text: String, isMilestone: Bool) {
    if isInteractive {
      errors(Array("\r\u{1B}[K\(text)".utf8) + (isMilestone ? [0x0A] : []))
    } else if isMilestone {
      say(text)
    }
  }

  private static func writeAll(_ bytes: [UInt8], to descriptor: Int32) {
    var done = 0
    while done < bytes.count {
      let count = bytes.withUnsafeBytes { buffer in
        Glibc.write(descriptor, buffer.baseAddress.map { $0 + done }, bytes.count - done)
      }
      if count < 0, errno == EINTR { continue }
      // Nobody reads any more; the command goes on, as its work may matter more than its words.
      if count <= 0 { return }
      done += count
    }
  }
}
