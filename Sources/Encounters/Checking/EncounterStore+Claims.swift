public import Base
public import Identifiers
import JSON
import Model
import QuartetClient

extension EncounterStore {
  /// Gives up a patient's number that is registered for a record which never came to be, or does not have it any more: so
  /// that another can have it.
  ///
  /// First a fence is put up at the record's home, in a transaction that holds only while the record is as it was seen; from
  /// then on the record can never rely on the claim, however late its own transaction comes. Then the claim goes.
  ///
  /// - Returns: false when nobody has the number.
  /// - Throws: `conflict` while an active record has the number.
  public func releaseClaim(
    on number: PatientNumber, timeout: Interval = .seconds(5)
  ) async throws(EncounterError) -> Bool {
    let code = secrets.code(of: number)
    let key = Keys.claim(ofNumber: code)
    let registry = store(of: number.scheme.registry)
    let options = ReadOptions(timeout: timeout)
    let row = try await reading { () async throws(QuartetError) in try await registry.get(key, options: options) }
    guard let found = row.value else { return false }
    guard let claim = found.value.flatMap({ ClaimRow($0.bytes) }), let owner = LocalReference(claim.owner) else {
      throw .damaged("a registry's row cannot be read")
    }
    try await fence(key, claim, owner, timeout)
    let freed = try await reading { () async throws(QuartetError) in
      try await registry.transaction(
        Transaction(
          compares: [Compare(key: key, relation: .equal, target: .modRevision(found.modRevision))],
          success: [.delete(KeyRange(only: key), wantsPrevious: false)]),
        options: WriteOptions(timeout: timeout))
    }
    guard freed.value.succeeded else { throw EncounterError(.conflict, "the claim has changed: look again") }
    return true
  }

  private func fence(
    _ key: Key, _ claim: ClaimRow, _ owner: LocalReference, _ timeout: Interval
  ) async throws(EncounterError) {
    let home = store(of: claim.home)
    let options = ReadOptions(timeout: timeout)
    let headKey = Keys.head(owner.type, owner.id)
    let head = try await reading { () async throws(QuartetError) in try await home.get(headKey, options: options) }
    if head.value != nil {
      let body = try await reading { () async throws(QuartetError) in
        try await home.get(Keys.body(owner.type, owner.id), asOf: head.revision, options: options)
      }
      guard let json = body.value?.json else { throw .damaged("a resource has no body", [claim.owner]) }
      let entries = IndexEntries(home: claim.home, secrets: secrets).of(owner.type, owner.id, json)
      guard !entries.contains(where: { $0.key == key }) else {
        throw EncounterError(.conflict, "an active record has the number", about: [claim.owner])
      }
    }
    let fenceKey = Keys.fence(key, claim.owner)
    let fenced = try await reading { () async throws(QuartetError) in
      try await home.transaction(
        Transaction(
          compares: [
            Compare(
              key: headKey, relation: .equal, target: .modRevision(head.value?.modRevision ?? .zero))
          ],
          success: [.put(key: fenceKey, value: Value(Array("released".utf8)), wantsPrevious: false)]),
        options: WriteOptions(timeout: timeout))
    }
    guard fenced.value.succeeded else {
      throw EncounterError(.conflict, "the record has changed: look again", about: [claim.owner])
    }
  }
}
