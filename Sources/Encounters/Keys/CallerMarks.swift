import Base
import Identifiers
import JSON

/// What a caller is recognised by, as codes that give nothing away: of the verified number, and of each of the five
/// demographics.
///
/// Two callers who agree in at least three of the five share one of four blocks: any three of them hold two of given
/// name, family name and postcode, or both date of birth and gender. So four rows find every candidate.
struct CallerMarks: Hashable {
  /// Of a verified number.
  var number: String?
  /// Given name, family name, date of birth, gender, postcode; nil for what is not known.
  var fields: [String?]
  /// Of each block whose parts are both known.
  var blocks: [String]

  init(number: PatientNumber?, _ demographics: Demographics, _ secrets: IndexKeys) {
    self.number = number.map { secrets.code(of: $0) }
    let plain = demographics.normalised
    let labels = ["given", "family", "born", "gender", "postcode"]
    fields = zip(plain, labels).map { text, label in
      text.map { String(secrets.code(ofDemographics: [$0], label: label).prefix(13)) }
    }
    let pairs = [(2, 3), (0, 1), (0, 4), (1, 4)]
    blocks = pairs.compactMap { one, other in
      guard let first = plain[one], let second = plain[other] else { return nil }
      return secrets.code(ofDemographics: [first, second], label: "\(labels[one])+\(labels[other])")
    }
  }

  /// In how many of the five two callers agree.
  static func agreement(_ one: [String?], _ other: [String?]) -> Int {
    zip(one, other).count { $0 != nil && $0 == $1 }
  }

  var fieldsJSON: JSONValue { .array(fields.map { $0.map { .string($0) } ?? .null }) }

  static func fields(_ json: JSONValue?) -> [String?] { (json?.array ?? []).prefix(5).map(\.string) }

  // MARK: As a record of a call

  /// The row ``Keys/caller(_:)``: what the call was recognised by, kept as it was then.
  func bytes(at: Instant) -> [UInt8] {
    JSONValue.object(present: [
      "at": .integer(at.milliseconds), "number": number.map { .string($0) }, "fields": fieldsJSON,
      "blocks": .array(blocks.map { .string($0) }),
    ]).serialized()
  }

  /// Nil when the bytes are no such record.
  static func read(_ bytes: [UInt8]) -> (marks: CallerMarks, at: Instant)? {
    guard let json = try? JSONValue(parsing: bytes),
      let at = json["at"]?.int64.flatMap({ Instant(milliseconds: $0) }), let blocks = json["blocks"]?.array
    else { return nil }
    let marks = CallerMarks(
      number: json["number"]?.string, fields: fields(json["fields"]), blocks: blocks.compactMap(\.string))
    return marks.fields.count == 5 ? (marks, at) : nil
  }

  private init(number: String?, fields: [String?], blocks: [String]) {
    self.number = number
    self.fields = fields
    self.blocks = blocks
  }

  /// The rows of recent calls of the same caller.
  var callRows: [Key] { (number.map { [Keys.calls(ofNumber: $0)] } ?? []) + blocks.map { Keys.calls(alike: $0) } }

  func isNumberRow(_ key: Key) -> Bool { number.map { Keys.calls(ofNumber: $0) } == key }

  /// What the call adds to them.
  func entries(of encounter: ResourceID, at: Instant) -> [IndexEntry] {
    let value = JSONValue.array((fields + [number]).map { $0.map { .string($0) } ?? .null })
    let entry = SharedRow.Entry(id: encounter.text, at: at, value: value)
    return callRows.map { IndexEntry(key: $0, place: .shared(entry, .calls)) }
  }
}
