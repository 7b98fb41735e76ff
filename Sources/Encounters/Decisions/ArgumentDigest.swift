import Base

/// The digest of an operation's arguments: of its name and of every property that it encodes, in order. A property that is
/// nil leaves no trace, so that an operation may be given further optional properties later.
struct ArgumentDigest {
  static func of(_ operation: some EncounterOperation) -> Digest {
    let sink = Sink()
    sink.token("operation", type(of: operation).name)
    do {
      try operation.encode(to: Tokens(sink: sink))
    } catch {
      preconditionFailure("an operation of kind \(type(of: operation).name) cannot be encoded: \(error)")
    }
    return sink.finish()
  }

  private final class Sink {
    private var writer = ByteWriter()
    func token(_ kind: String, _ text: String) {
      writer.text(kind)
      writer.text(text)
    }
    func finish() -> Digest { Digest(of: writer.bytes) }
  }

  private struct Tokens: Encoder {
    let sink: Sink
    var codingPath: [any CodingKey] { [] }
    var userInfo: [CodingUserInfoKey: Any] { [:] }

    func container<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedEncodingContainer<Key> {
      sink.token("object", "")
      return KeyedEncodingContainer(Keyed<Key>(sink: sink))
    }
    func unkeyedContainer() -> any UnkeyedEncodingContainer {
      sink.token("list", "")
      return Unkeyed(sink: sink)
    }
    func singleValueContainer() -> any SingleValueEncodingContainer { Single(sink: sink) }
  }

  private struct Single: SingleValueEncodingContainer {
    let sink: Sink
    var codingPath: [any CodingKey] { [] }
    mutating func encodeNil() { sink.token("nil", "") }
    mutating func encode<Value: Encodable>(_ value: Value) throws {
      switch value {
      case let text as String: sink.token("text", text)
      case let flag as Bool: sink.token("flag", flag ? "1" : "0")
      case let number as any FixedWidthInteger: sink.token("number", "\(number)")
      case let number as Double: sink.token("double", String(number.bitPattern, radix: 16))
      default: try value.encode(to: Tokens(sink: sink))
      }
    }
  }

  private struct Keyed<Key: CodingKey>: KeyedEncodingContainerProtocol {
    let sink: Sink
    var codingPath: [any CodingKey] { [] }
    mutating func encodeNil(forKey key: Key) {}
    mutating func encode<Value: Encodable>(_ value: Value, forKey key: Key) throws {
      sink.token("key", key.stringValue)
      var single = Single(sink: sink)
      try single.encode(value)
    }
    mutating func nestedContainer<Nested: CodingKey>(
      keyedBy type: Nested.Type, forKey key: Key
    ) -> KeyedEncodingContainer<Nested> {
      sink.token("key", key.stringValue)
      return Tokens(sink: sink).container(keyedBy: type)
    }
    mutating func nestedUnkeyedContainer(forKey key: Key) -> any UnkeyedEncodingContainer {
      sink.token("key", key.stringValue)
      return Tokens(sink: sink).unkeyedContainer()
    }
    mutating func superEncoder() -> any Encoder { Tokens(sink: sink) }
    mutating func superEncoder(forKey key: Key) -> any Encoder {
      sink.token("key", key.stringValue)
      return Tokens(sink: sink)
    }
  }

  private struct Unkeyed: UnkeyedEncodingContainer {
    let sink: Sink
    var codingPath: [any CodingKey] { [] }
    var count = 0
    init(sink: Sink) { self.sink = sink }
    mutating func encodeNil() throws {
      count += 1
      sink.token("nil", "")
    }
    mutating func encode<Value: Encodable>(_ value: Value) throws {
      count += 1
      sink.token("item", "")
      var single = Single(sink: sink)
      try single.encode(value)
    }
    mutating func nestedContainer<Nested: CodingKey>(
      keyedBy type: Nested.Type
    ) -> KeyedEncodingContainer<Nested> {
      count += 1
      return Tokens(sink: sink).container(keyedBy: type)
    }
    mutating func nestedUnkeyedContainer() -> any UnkeyedEncodingContainer {
      count += 1
      return Tokens(sink: sink).unkeyedContainer()
    }
    mutating func superEncoder() -> any Encoder { Tokens(sink: sink) }
  }
}
