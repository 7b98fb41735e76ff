import Base

/// The "111 winter weekend": what four nations' urgent care asks of the store on the busiest day, from published
/// activity.
///
/// 103,500 encounters of 111 and out-of-hours and 34,100 of 999 a day, spread over the hours as weekend calls were; per
/// encounter the writes and reads that dispositions imply; sizes of real FHIR resources, minified; 600 dispatch desks
/// that look at their queue every 5 s and 2,500 clinicians every 15 s. At the peak hour that makes 35 writes, 27 reads
/// and 287 listings a second.
public struct WinterWeekend: Hashable, Sendable {
  /// Percent of the day's 111 calls that arrive in each hour of a weekend day.
  private static let arrivals = [
    1.54, 1.21, 1.12, 0.96, 0.89, 1.09, 1.68, 3.22, 6.32, 7.56, 8.44, 8.00, 7.26, 6.60, 6.06, 5.49, 5.27, 5.20, 4.94,
    4.47, 4.13, 3.64, 2.79, 2.12,
  ]
  private static let encounters = 103_500.0
  private static let incidents = 34_100.0
  /// Listings a second, of desks and clinicians.
  private static let listings = 600.0 / 5 + 2_500.0 / 15

  /// How often each kind happens for one encounter of 111 and for one incident of 999.
  private static let rates: [(kind: OperationKind, encounter: Double, incident: Double)] = [
    (.open, 1, 1), (.triage, 6.96, 3), (.disposition, 0.87, 1), (.dispatch, 0.11, 1), (.dispatchStatus, 0.44, 4),
    (.book, 0.28, 0), (.prescribe, 0.07, 0), (.refer, 0.06, 0), (.callback, 0.29, 0), (.close, 1, 1),
    (.acknowledge, 0.90, 1), (.look, 9.7, 7),
  ]

  /// Shares of the nations, in the order of ``Base/Nation``'s keyspaces: England, Scotland, Wales, Northern Ireland.
  private static let nations = [0.82, 0.106, 0.044, 0.03]

  /// Queues that desks look at in each nation.
  public static let queues = 200
  public static let listingLimit = 50

  private let kinds: [(kind: OperationKind, upTo: Double)]
  /// Operations a second.
  public let rate: Double
  /// Encounters that are open when the run begins, in each nation by its share.
  private let open: Int
  private let seed: UInt64

  public static func == (left: Self, right: Self) -> Bool {
    left.rate == right.rate && left.open == right.open && left.seed == right.seed
  }

  public func hash(into hasher: inout Hasher) {
    hasher.combine(rate)
    hasher.combine(open)
    hasher.combine(seed)
  }

  /// - Parameters:
  ///   - hour: of a weekend day.
  ///   - scale: times that hour's arrivals, and times the desks.
  public init(hour: Int, scale: Double, open: Int, seed: UInt64) {
    precondition((0..<24).contains(hour) && scale > 0 && open > 0, "hour \(hour), scale \(scale), \(open) open")
    let encounters = Self.encounters * Self.arrivals[hour] / 100 / 3_600
    // 999 calls are flatter over the day: two thirds of them from ten to ten.
    let incidents = Self.incidents * ((10..<22).contains(hour) ? 5.5 : 2.83) / 100 / 3_600
    var upTo = 0.0
    var kinds: [(kind: OperationKind, upTo: Double)] = []
    for (kind, encounter, incident) in Self.rates {
      upTo += scale * (encounter * encounters + incident * incidents)
      kinds.append((kind, upTo))
    }
    upTo += scale * Self.listings
    kinds.append((.pollDesk, upTo))
    self.kinds = kinds
    rate = upTo
    self.open = open
    self.seed = seed
  }

  /// A put that belongs to an operation.
  public struct Write: Hashable, Sendable {
    public var key: String
    public var size: Int
    public init(key: String, size: Int) {
      self.key = key
      self.size = size
    }
  }

  /// What one operation does in one keyspace: puts in one transaction, or a get, or a listing.
  public struct Action: Hashable, Sendable {
    public var kind: OperationKind
    /// 0 through 3: England, Scotland, Wales, Northern Ireland.
    public var nation: Int
    public var writes: [Write] = []
    public var get: String?
    /// The prefix of a queue.
    public var list: String?
  }

  /// The operation with this number; it depends on nothing else, so it does not matter which client comes to do it.
  public func action(_ number: Int) -> Action {
    var random = SplitMix64(seed: seed, stream: UInt64(number))
    var dice = Double(random.next() >> 11) / 9_007_199_254_740_992 * rate
    let kind = kinds.first { dice < $0.upTo }?.kind ?? .pollDesk
    dice = Double(random.next() >> 11) / 9_007_199_254_740_992
    var nation = 0
    while nation < 3, dice >= Self.nations[nation] {
      dice -= Self.nations[nation]
      nation += 1
    }
    let encounter = kind == .open ? open + number : random.below(open)
    var action = Action(kind: kind, nation: nation)
    switch kind {
    case .look: action.get = "encounter/\(encounter)/head"
    case .pollDesk: action.list = "queue/\(random.below(Self.queues))/"
    default: action.writes = Self.writes(kind, encounter, number)
    }
    return action
  }

  /// Encounters are in queues from the start.
  public static func founding(_ encounter: Int) -> [Write] {
    [
      Write(key: "encounter/\(encounter)/head", size: 1_000),
      Write(key: "queue/\(encounter % queues)/\(encounter)", size: 200),
    ]
  }

  private static func writes(_ kind: OperationKind, _ encounter: Int, _ number: Int) -> [Write] {
    let head = "encounter/\(encounter)/"
    let audit = Write(key: "audit/\(number)", size: 1_800)
    func write(_ name: String, _ size: Int) -> Write { Write(key: head + name, size: size) }
    switch kind {
    case .open:
      return founding(encounter) + [write("patient", 1_500), Write(key: "caller/\(encounter)", size: 120), audit]
    case .triage: return [write("triage", 6_000), write("head", 1_000), audit]
    case .disposition: return [write("head", 1_000), write("plan", 2_500), audit]
    case .dispatch: return [write("request", 900), write("task", 2_200), audit]
    case .dispatchStatus: return [write("task", 2_200), audit]
    case .book: return [Write(key: "slot/\(number)", size: 800), write("appointment", 700), audit]
    case .prescribe: return [write("medication", 2_400), write("signature", 2_500), audit]
    case .refer: return [write("referral", 900), audit]
    case .callback: return [write("callback", 2_000), audit]
    case .close: return [write("head", 1_000), Write(key: "outbox/\(encounter)", size: 2_000), audit]
    case .acknowledge: return [Write(key: "outbox/\(encounter)", size: 200)]
    default: return []
    }
  }

  /// An encounter that was kept on paper: the four writes that bring it in. Beyond every number of ``action(_:)``.
  public static func replay(_ number: Int) -> [[Write]] {
    let head = "paper/\(number)/"
    return [
      [Write(key: head + "head", size: 1_000), Write(key: head + "patient", size: 1_500)],
      [Write(key: head + "triage", size: 6_000)],
      [Write(key: head + "plan", size: 2_500), Write(key: head + "head", size: 1_000)],
      [Write(key: head + "head", size: 1_000), Write(key: head + "audit", size: 1_800)],
    ]
  }

  /// What must hold for the store to be fit for such a day: the Booking and Referral Standard's times, and answers at
  /// all.
  public static func passLines(_ recorder: Recorder) -> [(line: String, passed: Bool)] {
    var writes = Histogram()
    for (kind, latency) in recorder.latency where ![.look, .pollDesk, .replay].contains(kind) { writes.add(latency) }
    let failed = recorder.failures.values.reduce(0) { $0 + $1.values.reduce(0, +) }
    return [
      ("p99 of writes below 250 ms", writes.percentile(99) < 250_000_000),
      ("every operation below 5 s", recorder.allLatencies.max < 5_000_000_000),
      ("no operation failed", failed == 0),
    ]
  }
}
