public import JSON

/// What the parts cost when somebody last looked and was content, so that a later run can tell that one got worse.
///
/// Speed is kept as a share of a yardstick (hashing, on the same processor in the same run), so that it means something
/// on another machine; allocations are the same everywhere.
public struct Thresholds: Hashable, Sendable {
  public struct Part: Hashable, Sendable {
    public var name: String
    /// Operations a second of processor time.
    public var perSecond: Double
    /// Objects that the Swift runtime made for one operation; nil where they cannot be counted.
    public var allocations: Double?
    public init(name: String, perSecond: Double, allocations: Double?) {
      self.name = name
      self.perSecond = perSecond
      self.allocations = allocations
    }
  }

  private struct Kept: Hashable, Sendable {
    var share: Double
    var allocations: Double?
  }

  /// The part that all others are measured by.
  public static let yardstick = "yardstick"
  /// Less speed than this share of what was kept is too slow: the same program differs by a fifth from run to run.
  private static let speedShare = 0.7
  /// More allocations than this many times what was kept, and half a one, are too many.
  private static let allocationsTimes = 1.1

  private var parts: [String: Kept] = [:]

  /// What is to be kept of a run; nil without its yardstick.
  public init?(_ run: [Part]) {
    guard let yard = run.first(where: { $0.name == Self.yardstick })?.perSecond, yard > 0 else { return nil }
    for part in run where part.name != Self.yardstick {
      parts[part.name] = Kept(share: part.perSecond / yard, allocations: part.allocations)
    }
  }

  public init(_ value: JSONValue) throws(UsageError) {
    for member in value["parts"]?.members ?? [] {
      guard let share = member.value["share_of_yardstick"]?.double, share > 0 else {
        throw UsageError("the thresholds of '\(member.name)' have no share_of_yardstick")
      }
      parts[member.name] = Kept(share: share, allocations: member.value["allocations"]?.double)
    }
  }

  public var json: JSONValue {
    [
      "parts": .object(
        parts.keys.sorted().compactMap { name in
          parts[name].map { part in
            JSONMember(
              name,
              [
                "share_of_yardstick": .decimal(part.share, digits: 6),
                "allocations": part.allocations.map { .decimal($0, digits: 2) } ?? .null,
              ])
          }
        })
    ]
  }

  /// A sentence for each part that got worse, and for each that is not there any more.
  public func complaints(about run: [Part]) -> [String] {
    guard let now = Thresholds(run) else { return ["the run has no yardstick"] }
    return parts.keys.sorted().compactMap { name -> String? in
      guard let before = parts[name] else { return nil }
      guard let after = now.parts[name] else { return "\(name): is not measured any more" }
      if after.share < before.share * Self.speedShare {
        return "\(name): \(fixed(after.share / before.share, 2)) × the speed that was kept"
      }
      if let made = after.allocations, let kept = before.allocations, made > kept * Self.allocationsTimes + 0.5 {
        return "\(name): \(fixed(made, 1)) allocations where \(fixed(kept, 1)) were kept"
      }
      return nil
    }
  }
}
