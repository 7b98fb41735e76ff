import Base

/// Every key of the domain, in one place. Parts are ids, codes, digits and HMACs: no part has a slash, and numbers have a
/// fixed width, so that the order of keys is that of what they mean.
enum Keys {
  // MARK: Resources

  /// The resource as it stands.
  static func body(_ type: String, _ id: ResourceID) -> Key { Key("r/\(type)/\(id)") }
  /// Its version, status and chain digest.
  static func head(_ type: String, _ id: ResourceID) -> Key { Key("v/\(type)/\(id)") }
  /// The body of a version that was superseded.
  static func oldBody(_ type: String, _ id: ResourceID, _ version: UInt64) -> Key {
    Key("h/\(type)/\(id)/\(padded(Int64(version), 10))")
  }
  /// The head of that version.
  static func oldHead(_ type: String, _ id: ResourceID, _ version: UInt64) -> Key {
    Key("hv/\(type)/\(id)/\(padded(Int64(version), 10))")
  }
  static func oldHeads(_ type: String, _ id: ResourceID) -> KeyRange {
    KeyRange(prefix: Key("hv/\(type)/\(id)/"))
  }

  /// The seal of the keys with which the keyspace's index rows were made.
  static let indexKeys = Key("meta/index-keys")

  // MARK: Requests

  /// What a request did: its memory and the audit's record in one.
  static func request(_ id: Identifier) -> Key { Key("rq/\(hex(id))") }
  /// The requests that wrote about a patient, oldest first.
  static func audit(_ patient: ResourceID, _ at: Instant, _ request: Identifier) -> Key {
    Key("ix/au/pat/\(patient)/\(at.sortText)/\(hex(request))")
  }
  static func audit(_ patient: ResourceID) -> KeyRange { KeyRange(prefix: Key("ix/au/pat/\(patient)/")) }

  // MARK: Of which there is one

  /// Who has a patient's number; in the keyspace of the number's registry.
  static func claim(ofNumber code: String) -> Key { Key("un/pid/\(code)") }
  /// Which resource stands for a prescription; in the keyspace of its registry.
  static func claim(ofPrescription code: String) -> Key { Key("un/rx/\(code)") }
  /// Says that `owner` must not rely on a claim: it was released. In the keyspace of the owner.
  static func fence(_ claim: Key, _ owner: String) -> Key {
    Key("un/fence/\(owner)/\(String(decoding: claim.bytes, as: UTF8.self))")
  }
  /// The appointment that holds a slot.
  static func holder(ofSlot id: ResourceID) -> Key { Key("un/slot/\(id)") }
  /// The task that a unit is on.
  static func task(ofUnit callsign: String, service: String) -> Key { Key("u/\(service)/\(callsign)") }
  /// The open task for what an encounter needs.
  static func task(ofNeed need: String, encounter: ResourceID) -> Key { Key("ix/need/\(encounter)/\(need)") }

  // MARK: By what they are found

  /// Resources of an encounter.
  static func ofEncounter(_ encounter: ResourceID, _ type: String, _ id: ResourceID) -> Key {
    Key("ix/enc/\(encounter)/\(type)/\(id)")
  }
  static func ofEncounter(_ encounter: ResourceID) -> KeyRange { KeyRange(prefix: Key("ix/enc/\(encounter)/")) }
  /// What is still to be done for an encounter.
  static func openWork(_ encounter: ResourceID) -> Key { Key("ix/open/\(encounter)") }
  /// Encounters of a patient, latest first.
  static func ofPatient(_ patient: ResourceID, _ start: Instant, _ encounter: ResourceID) -> Key {
    Key("ix/pat/\(patient)/\(start.reverseSortText)/\(encounter)")
  }
  static func ofPatient(_ patient: ResourceID) -> KeyRange { KeyRange(prefix: Key("ix/pat/\(patient)/")) }
  /// Encounters that a service has open.
  static func openEncounter(_ service: String, _ start: Instant, _ encounter: ResourceID) -> Key {
    Key("q/enc/\(service)/\(start.sortText)/\(encounter)")
  }
  static func openEncounters(_ service: String) -> KeyRange { KeyRange(prefix: Key("q/enc/\(service)/")) }
  /// Patients with a number, whether it is verified or not.
  static func patient(ofNumber code: String, _ patient: ResourceID) -> Key { Key("ix/pid/\(code)/\(patient)") }
  static func patients(ofNumber code: String) -> KeyRange { KeyRange(prefix: Key("ix/pid/\(code)/")) }
  /// Patients that agree in some demographics.
  static func patient(alike code: String, _ patient: ResourceID) -> Key { Key("ix/pd/\(code)/\(patient)") }
  static func patients(alike code: String) -> KeyRange { KeyRange(prefix: Key("ix/pd/\(code)/")) }
  /// What a call was recognised by.
  static func caller(_ encounter: ResourceID) -> Key { Key("rc/\(encounter)") }
  /// Calls of the last 96 h of a verified number.
  static func calls(ofNumber code: String) -> Key { Key("ix/rc/\(code)") }
  /// Calls of the last 96 h that agree in some demographics.
  static func calls(alike code: String) -> Key { Key("ix/rcd/\(code)") }

  // MARK: Queues

  /// Tasks that wait for a unit: the most urgent first, then the longest waiting.
  static func dispatch(_ nation: Nation, _ service: String, _ rank: Int, _ clockStart: Instant, _ task: ResourceID) -> Key {
    Key("q/disp/\(nation)/\(service)/\(rank)/\(clockStart.sortText)/\(task)")
  }
  static func dispatch(_ nation: Nation, _ service: String) -> KeyRange {
    KeyRange(prefix: Key("q/disp/\(nation)/\(service)/"))
  }
  /// The same by when they are to be answered.
  static func breach(_ nation: Nation, _ service: String, _ deadline: Instant, _ task: ResourceID) -> Key {
    Key("q/due/\(nation)/\(service)/\(deadline.sortText)/\(task)")
  }
  static func breaches(_ nation: Nation, _ service: String, before: Instant) -> KeyRange {
    KeyRange(
      start: Key("q/due/\(nation)/\(service)/"), end: Key("q/due/\(nation)/\(service)/\(before.sortText)/"))
  }
  /// Callbacks that wait.
  static func callback(_ nation: Nation, _ provider: String, _ rank: Int, _ due: Instant, _ task: ResourceID) -> Key {
    Key("q/cas/\(nation)/\(provider)/\(rank)/\(due.sortText)/\(task)")
  }
  static func callbacks(_ nation: Nation, _ provider: String) -> KeyRange {
    KeyRange(prefix: Key("q/cas/\(nation)/\(provider)/"))
  }
  /// Messages to be sent, by when.
  static func outbox(_ channel: OutboxChannel, _ due: Instant, _ message: ResourceID) -> Key {
    Key("ob/\(channel.rawValue)/\(due.sortText)/\(message)")
  }
  static func outbox(_ channel: OutboxChannel, before: Instant) -> KeyRange {
    KeyRange(start: Key("ob/\(channel.rawValue)/"), end: Key("ob/\(channel.rawValue)/\(before.sortText)/"))
  }
  /// Slots of a healthcare service, by start.
  static func slot(_ dosService: String, _ start: Instant, _ slot: ResourceID) -> Key {
    Key("ix/slot/\(dosService)/\(start.sortText)/\(slot)")
  }
  static func slots(_ dosService: String, from: Instant, before: Instant) -> KeyRange {
    KeyRange(
      start: Key("ix/slot/\(dosService)/\(from.sortText)/"), end: Key("ix/slot/\(dosService)/\(before.sortText)/"))
  }
  /// Items of a prescription.
  static func items(ofPrescription code: String) -> Key { Key("ix/rxi/\(code)") }
  /// Items for a pharmacy, latest first.
  static func item(forPharmacy ods: String, _ issued: Instant, _ item: ResourceID) -> Key {
    Key("ix/rx/\(ods)/\(issued.reverseSortText)/\(item)")
  }
  static func items(forPharmacy ods: String) -> KeyRange { KeyRange(prefix: Key("ix/rx/\(ods)/")) }

  // MARK: Parts

  /// 32 hexadecimal digits.
  static func hex(_ id: Identifier) -> String {
    String(decoding: id.description.utf8.filter { $0 != UInt8(ascii: "-") }, as: UTF8.self)
  }
}
