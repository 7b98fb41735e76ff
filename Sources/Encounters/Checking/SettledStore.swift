package import Base
import JSON
package import Model

/// All rows of a store that nobody writes to any more, for whoever has them otherwise than through the client's protocol.
package struct SettledStore {
  private var surveys = Nation.allCases.map { KeyspaceSurvey($0, secrets: .development) }
  private var rows: [RowAddress: [UInt8]] = [:]
  /// Of requests that were carried out.
  private var records: Set<Key> = []

  package init() {}

  package mutating func take(_ row: KeyValue, of nation: Nation) {
    let bytes = row.value?.bytes ?? []
    surveys[Int(nation.rawValue) - 1].take(row.key, bytes, row.modRevision)
    rows[RowAddress(nation, row.key)] = bytes
    if row.key.bytes.starts(with: Array("rq/".utf8)) { records.insert(row.key) }
  }

  package var recordCount: Int { records.count }
  package func isOnRecord(_ request: Identifier) -> Bool { records.contains(Keys.request(request)) }

  /// What breaks a rule; what was left half done is none.
  package func faults() -> [String] {
    var (report, suspicions) = StoreSurvey(surveys).check()
    for suspicion in suspicions {
      switch suspicion {
      case .missing(let address, let fault): if rows[address] == nil { report.add(fault) }
      case .unclaimed(let address, let owner, let fault):
        if rows[address].flatMap({ ClaimRow($0) })?.owner != owner { report.add(fault) }
      }
    }
    return report.faults.filter { !$0.isNote }.map(\.description)
  }
}
