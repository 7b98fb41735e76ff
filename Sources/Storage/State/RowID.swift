internal import Base

/// The number of a row: revision, ordinal, and whether it is a deletion, so that the index on keys alone tells what is
/// live as of a revision.
///
/// 48 bits of revision (a million entries a second for nine years), 14 of ordinal (an entry of 10,000 deleted keys and
/// all other operations of its transaction), 1 for deletions. Numbers rise as changes were made.
struct RowID: Hashable, Comparable {
  static let ordinalMax: UInt32 = 1 << 14 - 1
  static let revisionMax: UInt64 = 1 << 48 - 1
  private static let revisionShift: Int64 = 15

  let rawValue: Int64

  init(rawValue: Int64) { self.rawValue = rawValue }

  init(_ revision: Revision, ordinal: UInt32, isDeletion: Bool) {
    precondition(revision.rawValue <= Self.revisionMax, "revision \(revision) does not fit a row's number")
    precondition(ordinal <= Self.ordinalMax, "ordinal \(ordinal) does not fit a row's number")
    rawValue = Int64(revision.rawValue) << Self.revisionShift | Int64(ordinal) << 1 | (isDeletion ? 1 : 0)
  }

  /// The last number that a row of `revision` can have.
  init(lastOf revision: Revision) {
    let revision = min(revision.rawValue, Self.revisionMax)
    rawValue = Int64(revision) << Self.revisionShift | (1 << Self.revisionShift - 1)
  }

  /// After every row.
  static let last = RowID(rawValue: .max)

  var revision: Revision { Revision(UInt64(rawValue >> Self.revisionShift)) }
  var ordinal: UInt32 { UInt32(truncatingIfNeeded: rawValue >> 1) & Self.ordinalMax }
  var isDeletion: Bool { rawValue & 1 != 0 }

  static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
}
