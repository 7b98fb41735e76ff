public import Base

/// Digest (a) of design §6: a chain over entries together with what was computed from them. Two replicas whose chain
/// heads agree at an index have agreed on every effect and every answer up to there.
public enum Chain {
  private static let version: UInt64 = 1

  /// The head after the entry whose hash is `entryHash`. Values enter by their digests, so a megabyte is hashed once,
  /// by whoever proposed it.
  ///
  /// - Parameter evaluation: nil for an entry that is no command (a leader's own, a configuration).
  public static func next(head: Digest, entryHash: Digest, evaluation: Evaluation?) -> Digest {
    var hasher = SHA256()
    hasher.update(version)
    hasher.update(head)
    hasher.update(entryHash)
    if let evaluation {
      var writer = ByteWriter(reserving: 512)
      writer.u32(UInt32(evaluation.effects.count))
      for effect in evaluation.effects { effect.writeForChain(to: &writer) }
      evaluation.result.write(to: &writer, form: .digest)
      writer.u64(evaluation.revision.rawValue)
      writer.i64(evaluation.logTime.nanoseconds)
      hasher.update(writer.bytes)
    }
    return hasher.finish()
  }
}
