import Base

extension StateEffect {
  private enum Kind: UInt8 {
    case put = 1
    case delete = 2
    case putSession = 3
    case removeSession = 4
    case rememberInSession = 5
    case forgetInSession = 6
    case remember = 7
    case forget = 8
    case compact = 9
  }

  /// The canonical form over which the chain is computed; values by digest. Never read back.
  func writeForChain(to writer: inout ByteWriter) {
    switch self {
    case .put(let ordinal, let key, let value, let createRevision, let version, let replaced):
      writer.u8(Kind.put.rawValue)
      writer.u32(ordinal)
      key.write(to: &writer)
      value.write(to: &writer, form: .digest)
      writer.u64(createRevision.rawValue)
      writer.u64(version)
      writer.bool(replaced != nil)
      replaced?.write(to: &writer)
    case .delete(let ordinal, let key, let replaced):
      writer.u8(Kind.delete.rawValue)
      writer.u32(ordinal)
      key.write(to: &writer)
      replaced.write(to: &writer)
    case .putSession(let id, let head):
      writer.u8(Kind.putSession.rawValue)
      writer.u64(id)
      head.write(to: &writer)
    case .removeSession(let id):
      writer.u8(Kind.removeSession.rawValue)
      writer.u64(id)
    case .rememberInSession(let id, let sequence, let remembered):
      writer.u8(Kind.rememberInSession.rawValue)
      writer.u64(id)
      writer.u64(sequence)
      remembered.write(to: &writer)
    case .forgetInSession(let id, let below):
      writer.u8(Kind.forgetInSession.rawValue)
      writer.u64(id)
      writer.u64(below)
    case .remember(let request, let remembered):
      writer.u8(Kind.remember.rawValue)
      writer.identifier(request)
      remembered.write(to: &writer)
    case .forget(let request):
      writer.u8(Kind.forget.rawValue)
      writer.identifier(request)
    case .compact(let revision):
      writer.u8(Kind.compact.rawValue)
      writer.u64(revision.rawValue)
    }
  }
}

extension RowHead {
  fileprivate func write(to writer: inout ByteWriter) {
    writer.u64(createRevision.rawValue)
    writer.u64(modRevision.rawValue)
    writer.u32(ordinal)
    writer.u64(version)
    writer.digest(valueDigest)
    writer.u32(valueBytes)
  }
}
