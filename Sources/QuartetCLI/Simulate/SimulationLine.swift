import Base
import JSON

/// Requests and runs on their way between the processes of one simulation: one line of JSON each.
enum SimulationLine {
  static func json(_ request: SimulatedRequest) -> JSONValue {
    .object(present: [
      "seed": .integer(request.seed), "profile": .string(request.profile), "defect": request.defect.map { .string($0) },
      "kept": request.kept.map { .array($0.map { .integer($0) }) },
      "calmed": .array(request.calmed.map { .string($0) }), "until": request.until.map { .integer($0.nanoseconds) },
      "variant": .integer(request.variant),
    ])
  }

  static func request(_ json: JSONValue) -> SimulatedRequest? {
    guard let seed = json["seed"]?.uint64, let profile = json["profile"]?.string else { return nil }
    return SimulatedRequest(
      seed: seed, profile: profile, defect: json["defect"]?.string,
      kept: json["kept"]?.array?.compactMap { $0.int64.map { Int($0) } },
      calmed: json["calmed"]?.array?.compactMap(\.string) ?? [],
      until: json["until"]?.int64.map { Interval(nanoseconds: $0) }, variant: json["variant"]?.uint64 ?? 0)
  }

  static func json(_ run: SimulatedRun) -> JSONValue {
    .object(present: [
      "seed": .integer(run.seed), "violation": run.violation.map { .string($0) },
      "time": .integer(run.virtualTime.nanoseconds), "events": .integer(run.events),
      "writes": .integer(run.acknowledgedWrites), "reads": .integer(run.answeredReads),
      "unknown": .integer(run.unknownOutcomes), "faults": counts(run.faults), "probes": counts(run.probes),
      "injections": .array(
        run.injections.map {
          .array([.integer($0.number), .integer($0.at.nanoseconds), .string($0.text)])
        }), "fingerprint": .base64(run.fingerprint.bytes),
    ])
  }

  static func run(_ json: JSONValue) -> SimulatedRun? {
    guard let seed = json["seed"]?.uint64, let bytes = json["fingerprint"]?.base64Bytes else { return nil }
    var reader = ByteReader(bytes)
    guard let fingerprint = try? reader.digest("fingerprint") else { return nil }
    func integer(_ name: String) -> Int64 { json[name]?.int64 ?? 0 }
    return SimulatedRun(
      seed: seed, violation: json["violation"]?.string, virtualTime: Interval(nanoseconds: integer("time")),
      events: json["events"]?.uint64 ?? 0, acknowledgedWrites: Int(integer("writes")),
      answeredReads: Int(integer("reads")), unknownOutcomes: Int(integer("unknown")), faults: counts(json["faults"]),
      probes: counts(json["probes"]),
      injections: (json["injections"]?.array ?? []).compactMap { item in
        guard let number = item[0]?.int64, let at = item[1]?.int64, let text = item[2]?.string else { return nil }
        return SimulatedRun.Injection(number: Int(number), at: Interval(nanoseconds: at), text: text)
      }, fingerprint: fingerprint)
  }

  private static func counts(_ counts: [SimulatedRun.Count]) -> JSONValue {
    .array(counts.map { .array([.string($0.name), .integer($0.count)]) })
  }

  private static func counts(_ json: JSONValue?) -> [SimulatedRun.Count] {
    (json?.array ?? []).compactMap { item in
      guard let name = item[0]?.string, let count = item[1]?.int64 else { return nil }
      return SimulatedRun.Count(name, Int(count))
    }
  }
}
