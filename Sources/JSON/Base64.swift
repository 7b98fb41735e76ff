/// Bytes as text by RFC 4648: writes the standard alphabet with padding, reads that and the URL-safe one.
public enum Base64 {
  private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

  /// The value of each character, 0xFF for those outside both alphabets.
  private static let values: [UInt8] = {
    var values = [UInt8](repeating: 0xFF, count: 256)
    for (value, character) in alphabet.enumerated() { values[Int(character)] = UInt8(value) }
    values[Int(UInt8(ascii: "-"))] = 62
    values[Int(UInt8(ascii: "_"))] = 63
    return values
  }()

  /// RFC 4648 §4, padded, without line breaks.
  public static func encode(_ bytes: [UInt8]) -> String {
    let alphabet = alphabet
    var text: [UInt8] = []
    text.reserveCapacity((bytes.count + 2) / 3 * 4)
    var position = 0
    while position < bytes.count {
      let left = bytes.count - position
      let group =
        UInt32(bytes[position]) << 16
        | (left > 1 ? UInt32(bytes[position + 1]) << 8 : 0)
        | (left > 2 ? UInt32(bytes[position + 2]) : 0)
      text.append(alphabet[Int(group >> 18)])
      text.append(alphabet[Int(group >> 12 & 63)])
      text.append(left > 1 ? alphabet[Int(group >> 6 & 63)] : UInt8(ascii: "="))
      text.append(left > 2 ? alphabet[Int(group & 63)] : UInt8(ascii: "="))
      position += 3
    }
    return String(decoding: text, as: UTF8.self)
  }

  /// Returns nil unless `text` is padded to a multiple of 4, has no other characters, and its unused bits are 0:
  /// so each text has one meaning, and each array of bytes one text in each alphabet.
  public static func decode(_ text: String) -> [UInt8]? {
    let characters = Array(text.utf8)
    guard characters.count % 4 == 0 else { return nil }
    guard let last = characters.last else { return [] }
    let padding = last != UInt8(ascii: "=") ? 0 : characters[characters.count - 2] != UInt8(ascii: "=") ? 1 : 2
    let values = values
    var bytes: [UInt8] = []
    bytes.reserveCapacity(characters.count / 4 * 3)
    var buffer: UInt32 = 0
    var bits = 0
    for character in characters.dropLast(padding) {
      let value = values[Int(character)]
      guard value != 0xFF else { return nil }
      buffer = buffer << 6 | UInt32(value)
      bits += 6
      if bits >= 8 {
        bits -= 8
        bytes.append(UInt8(truncatingIfNeeded: buffer >> UInt32(bits)))
        buffer &= (1 << UInt32(bits)) - 1
      }
    }
    return buffer == 0 ? bytes : nil
  }
}
