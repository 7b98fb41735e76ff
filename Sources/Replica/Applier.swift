import Base
import Model
import Raft

/// Runs committed entries through the model into a state store: one batch, one transaction.
public enum Applier {
  /// Applies all of `batch` or nothing of it.
  public static func apply(_ batch: ApplyBatch, to store: some StateStore) throws(ApplyError) -> ApplyReport {
    try apply(batch, to: store, digestInterval: Limits.digestInterval, defect: nil)
  }

  static func apply(
    _ batch: ApplyBatch, to store: some StateStore, digestInterval: UInt64, defect: PlantedDefect?
  ) throws(ApplyError) -> ApplyReport {
    do throws(StorageError) { try store.begin() } catch { throw .storage(error) }
    do throws(ApplyError) {
      let report = ApplyReport(group: batch.group, header: store.header, results: [], digests: [])
      var run = Run(header: store.header, report: report, digestInterval: digestInterval, defect: defect)
      if defect == .stampsByBatch { run.header.logTime = max(run.header.logTime, batch.entries.last?.header.logTime ?? .zero) }
      for entry in batch.entries { try run.apply(entry, to: store, wantsResult: wantsResult(batch, entry)) }
      do throws(StorageError) { try store.commit(run.header) } catch { throw .storage(error) }
      run.report.header = run.header
      return run.report
    } catch {
      store.rollback()
      throw error
    }
  }

  private static func wantsResult(_ batch: ApplyBatch, _ entry: Entry) -> Bool {
    batch.resultsFrom.map { entry.index >= $0 } ?? false
  }

  private struct Run {
    var header: StateHeader
    var report: ApplyReport
    let digestInterval: UInt64
    let defect: PlantedDefect?

    mutating func apply(_ entry: Entry, to store: some StateStore, wantsResult: Bool) throws(ApplyError) {
      guard entry.index.rawValue == header.applied + 1, entry.header.previousHash == header.entryHash else {
        throw .brokenChain(entry.index)
      }
      guard entry.header.featureLevel <= Versions.featureLevel, entry.header.evaluationVersion <= Versions.evaluation
      else { throw .unknownCommand(entry.index) }
      let revision = Revision(entry.index.rawValue + header.base)
      header.applied = entry.index.rawValue
      header.appliedTerm = entry.term.rawValue
      header.logTime = max(header.logTime, entry.header.logTime)
      header.entryHash = entry.hash
      let evaluation = try evaluated(entry, revision: revision, store)
      if let evaluation {
        do throws(StorageError) { try store.apply(evaluation.effects, revision: revision) } catch { throw .storage(error) }
        header.absorb(evaluation.effects, revision: revision)
      }
      header.chainHead = Chain.next(head: header.chainHead, entryHash: entry.hash, evaluation: evaluation)
      if wantsResult {
        // Also of entries that are no commands: whoever proposed something else for this index learns that it is gone.
        report.results.append(
          ApplyReport.Applied(
            id: entry.id, revision: evaluation?.revision ?? revision, logTime: evaluation?.logTime ?? header.logTime,
            result: evaluation?.result ?? .compacted))
      }
      if entry.index.rawValue % digestInterval == 0 {
        report.digests.append(
          ApplyReport.DigestAt(index: entry.index, chainHead: header.chainHead, setHash: header.setHash))
      }
    }

    private mutating func evaluated(_ entry: Entry, revision: Revision, _ store: some StateStore) throws(ApplyError)
      -> Evaluation?
    {
      switch entry.kind {
      case .noop:
        return nil
      case .configuration:
        header.configuration = entry.payload
        header.configurationIndex = entry.index.rawValue
        return nil
      case .command:
        let command: Command
        do { command = try Command(bytes: entry.payload) } catch { throw .unknownCommand(entry.index) }
        var context = EvaluationContext(revision: revision, logTime: header.logTime, header: header)
        context.defect = defect
        do throws(StorageError) { return try evaluate(command, in: context, view: store) } catch { throw .storage(error) }
      }
    }
  }
}
