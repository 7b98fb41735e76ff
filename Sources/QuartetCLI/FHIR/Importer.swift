import Base
import Encounters
import FHIR
import JSON
import Model
import QuartetClient

/// Reads sources and puts their resources into the store, many transactions at once. What is wrong is named and left out;
/// the rest goes in.
struct Importer<Store: KeyValueStore> {
  typealias Writer = ImportWriter<Store>
  typealias Group = TaskGroup<Writer.Done>

  private let writer: Writer
  /// Keeps how far an import has come.
  private let system: Store
  private let options: ImportOptions
  private let validator: ResourceValidator
  private let onRefusal: (ImportRefusal) -> Void
  private let onProgress: (ImportReport) -> Void

  private(set) var report = ImportReport()
  private var finder: HomeFinder
  /// References that the store was asked for in vain.
  private var nowhere: Set<String> = []
  private static var nowhereMax: Int { 50_000 }

  private var trail = ImportTrail()
  private var filling: [Nation: Writer.Batch] = [:]
  private var batches = 0
  private var underWay = 0
  /// What the batches under way hold, by reference.
  private var underWayItems: [String: (digest: Digest, batch: Int)] = [:]
  private var salt = Identifier.zero
  /// Where marks of this source are kept; nil of one that cannot be read again.
  private var markKey: Key?
  private var run = Identifier.zero
  private var lastMark = ContinuousClock.now
  private var failure: CommandFailure?

  init(
    encounters: EncounterStore<Store>, system: Store, options: ImportOptions, agent: Agent,
    onRefusal: @escaping (ImportRefusal) -> Void = { _ in }, onProgress: @escaping (ImportReport) -> Void = { _ in }
  ) {
    writer = Writer(encounters: encounters, options: options, agent: agent)
    self.system = system
    self.options = options
    validator = ResourceValidator(
      takesUnknownTypes: options.takesUnknownTypes, identifierSeverity: options.isStrict ? .error : .warning)
    self.onRefusal = onRefusal
    self.onProgress = onProgress
    finder = HomeFinder(fallback: options.nation)
  }

  /// - Throws: when the import cannot go on. What is in stays in, and the same command goes on from there.
  mutating func run(_ sources: [ImportSource]) async throws {
    // A file that is not there is found before the first is begun.
    for source in sources { try source.check() }
    var state = self
    let failed = await withTaskGroup(of: Writer.Done.self) { group -> (any Error)? in
      do {
        for source in sources { try await state.take(source, &group) }
        return nil
      } catch {
        await state.drain(&group)
        return error
      }
    }
    self = state
    if let failed { throw failed }
  }

  // MARK: A source

  private mutating func take(_ source: ImportSource, _ group: inout Group) async throws {
    let stream = try source.open()
    let form = try source.form(of: stream)
    let start = try await begin(source)
    switch form {
    case .lines: try await takeLines(source, stream, from: start, &group)
    case .document:
      var document = try ImportDocument(source, stream)
      try await takeDocument(source, &document, from: start, &group)
    }
    try await flush(&group)
    await drain(&group)
    if let failure { throw failure }
    if let markKey { _ = try await system.delete(markKey, options: WriteOptions(timeout: options.timeout)) }
    onProgress(report)
  }

  /// Finds out where an earlier run of this source has ended.
  private mutating func begin(_ source: ImportSource) async throws -> ImportTrail.Mark {
    trail = ImportTrail()
    run = .random()
    guard let name = try source.fingerprint(options) else {
      markKey = nil
      salt = run
      return ImportTrail.Mark()
    }
    let key = Key("import/\(name)")
    markKey = key
    salt = Identifier(high: name.word0, low: name.word1)
    var mark = ImportTrail.Mark()
    if !options.isFromStart {
      let row = try await system.get(key, options: ReadOptions(timeout: options.timeout)).value
      if let found = row?.value.flatMap({ ImportTrail.Mark.read($0.bytes) }), try await areThere(found.mark.witnesses) {
        mark = found.mark
        run = found.run
      }
    }
    // A run that replaces what is there does so once, and goes on doing so after it was broken off; the next run does it
    // again.
    if options.replaces {
      salt = Identifier(high: salt.high ^ run.high, low: salt.low ^ run.low)
      _ = try await system.put(key, mark.bytes(run: run), options: WriteOptions(timeout: options.timeout))
    }
    return mark
  }

  /// Whether what an earlier run has stored last is there: of a store that was set back to an earlier time it is not.
  private func areThere(_ witnesses: [Nation: String]) async throws -> Bool {
    for (nation, reference) in witnesses {
      let parts = reference.split(separator: "/")
      guard parts.count == 2, let id = ResourceID(String(parts[1])) else { return false }
      do throws(EncounterError) {
        guard try await writer.encounters.locate(String(parts[0]), id).home == nation else { return false }
      } catch {
        if error.code == .notFound { return false }
        throw CommandFailure(error)
      }
    }
    return true
  }

  private mutating func takeLines(
    _ source: ImportSource, _ stream: ByteStream, from start: ImportTrail.Mark, _ group: inout Group
  ) async throws {
    var reader = LineReader(stream)
    if start.order > 0 {
      if try Self.skip(&reader, to: start) {
        resume(at: start)
      } else {
        guard stream.rewind() else { preconditionFailure("a source with marks can be read again") }
        reader = LineReader(stream)
      }
    }
    while let line = try reader.next() {
      if trail.isAtMark { try await flush(&group) }
      trail.read(line.bytes)
      let place = ImportPlace(source: source.name, line: line.number, entry: "")
      if let bytes = line.bytes {
        try await takeLine(bytes, place, &group)
      } else {
        refuse(ImportRefusal(place, trail.now.order, "tooLarge", Self.tooLong))
      }
      try await mark()
    }
  }

  private static func skip(_ reader: inout LineReader, to start: ImportTrail.Mark) throws -> Bool {
    var chain = Digest.zero
    for _ in 0..<start.order {
      guard let line = try reader.next() else { return false }
      chain = ImportTrail.chain(after: chain, line.bytes)
    }
    return chain == start.chain
  }

  private mutating func resume(at mark: ImportTrail.Mark) {
    trail = ImportTrail(from: mark)
    report.storedBefore += mark.accepted
    report.refusedBefore += mark.refused
  }

  private static var tooLong: String { "it is longer than \(ImportSource.textBytesMax >> 20) MiB" }

  /// A line: a resource, or a bundle of some.
  private mutating func takeLine(_ bytes: [UInt8], _ place: ImportPlace, _ group: inout Group) async throws {
    guard let json = parse(bytes, place) else { return }
    guard json["resourceType"]?.string == "Bundle" else {
      try await take(ImportEntry(json, id: nil), place, nil, &group)
      return
    }
    let entries = json["entry"]?.array ?? []
    var bundle = BundleContext(type: json["type"]?.string)
    for (index, entry) in entries.enumerated() { bundle.learn(entry, index: index, line: place.line, validator, &finder) }
    if let refusal = bundle.refusal(place, trail.now.order) {
      refuse(refusal)
      return
    }
    for (index, entry) in entries.enumerated() {
      var place = place
      place.entry = "entry[\(index)]"
      try await takeEntry(entry, place, bundle, &group)
    }
  }

  // MARK: A document

  private mutating func takeDocument(
    _ source: ImportSource, _ document: inout ImportDocument, from start: ImportTrail.Mark, _ group: inout Group
  ) async throws {
    let whole = ImportPlace(source: source.name, line: 1, entry: "")
    guard let bundle = try survey(&document) else {
      // No bundle, or one so broken that its entries cannot be told apart.
      trail.read([])
      guard let bytes = try document.whole(limit: ImportSource.textBytesMax) else {
        refuse(ImportRefusal(whole, trail.now.order, "tooLarge", Self.tooLong))
        return
      }
      try await takeWhole(bytes, whole, &group)
      return
    }
    if let refusal = bundle.refusal(whole, 1) {
      refuse(refusal)
      return
    }
    var isSkipping = start.order > 0
    try document.restart()
    var scanner = BundleScanner(bytesMax: ImportSource.textBytesMax)
    var chain = Digest.zero
    var count = 0
    while let chunk = try document.next() {
      let scan = scanner.feed(chunk)
      for entry in scan.entries {
        count += 1
        if isSkipping {
          chain = ImportTrail.chain(after: chain, entry.bytes)
          guard count == start.order else { continue }
          isSkipping = false
          guard chain == start.chain else {
            // Another bundle than the one that was begun.
            return try await takeDocument(source, &document, from: ImportTrail.Mark(), &group)
          }
          resume(at: start)
          continue
        }
        try await takeEntry(entry, source, bundle, &group)
        try await mark()
      }
      if scan.fault != nil { break }
    }
    // Shorter than the one that was begun.
    if isSkipping { return try await takeDocument(source, &document, from: ImportTrail.Mark(), &group) }
    do throws(BundleScanner.Fault) {
      try scanner.finish()
    } catch {
      refuse(ImportRefusal(ImportPlace(source: source.name, line: error.line, entry: ""), count + 1, "json", "\(error)"))
    }
  }

  /// Reads the document once to learn what its entries are. Nil when it is no bundle.
  private mutating func survey(_ document: inout ImportDocument) throws -> BundleContext? {
    var bundle = BundleContext(type: nil)
    var scanner = BundleScanner(bytesMax: ImportSource.textBytesMax)
    try document.restart()
    while let chunk = try document.next() {
      let scan = scanner.feed(chunk)
      for entry in scan.entries {
        guard let bytes = entry.bytes, let json = try? JSONValue(parsing: bytes) else { continue }
        bundle.learn(json, index: entry.index, line: entry.line, validator, &finder)
      }
      // What comes before a fault is taken, and the second reading tells of it.
      if scan.fault != nil { break }
    }
    guard scanner.header["resourceType"] == "Bundle" else { return nil }
    bundle.type = scanner.header["type"]
    return bundle
  }

  private mutating func takeWhole(_ bytes: [UInt8], _ place: ImportPlace, _ group: inout Group) async throws {
    guard let json = parse(bytes, place) else { return }
    try await take(ImportEntry(json, id: nil), place, nil, &group)
  }

  /// Refuses what is no JSON.
  private mutating func parse(_ bytes: [UInt8], _ place: ImportPlace) -> JSONValue? {
    do throws(JSONError) {
      return try JSONValue(parsing: bytes, limits: JSONLimits(bytesMax: ImportSource.textBytesMax))
    } catch {
      var place = place
      place.line += error.line - 1
      refuse(ImportRefusal(place, trail.now.order, "json", "\(error.reason) (column \(error.column))"))
      return nil
    }
  }

  private mutating func takeEntry(
    _ entry: BundleScanner.Entry, _ source: ImportSource, _ bundle: BundleContext, _ group: inout Group
  ) async throws {
    if trail.isAtMark { try await flush(&group) }
    trail.read(entry.bytes)
    let place = ImportPlace(source: source.name, line: entry.line, entry: "entry[\(entry.index)]")
    guard let bytes = entry.bytes else {
      refuse(ImportRefusal(place, trail.now.order, "tooLarge", Self.tooLong))
      return
    }
    guard let json = parse(bytes, place) else { return }
    try await takeEntry(json, place, bundle, &group)
  }

  // MARK: A resource

  private mutating func takeEntry(
    _ entry: JSONValue, _ place: ImportPlace, _ bundle: BundleContext, _ group: inout Group
  ) async throws {
    guard let resource = entry["resource"] else {
      refuse(ImportRefusal(place, trail.now.order, "noResource", "the entry has no resource"))
      return
    }
    if let method = entry["request"]?["method"]?.string, method != "POST", method != "PUT" {
      let shown = ["GET", "HEAD", "DELETE", "PATCH"].contains(method) ? " (\(method))" : ""
      refuse(ImportRefusal(place, trail.now.order, "method", "it does not create or update\(shown)", path: "request.method"))
      return
    }
    if entry["search"]?["mode"]?.string == "outcome" {
      report.skipped += 1
      return
    }
    let condition = entry["request"]?["ifNoneExist"]?.string
    let type = resource["resourceType"]?.string ?? ""
    let id = BundleLinks.id(of: resource, type: type, fullURL: entry["fullUrl"]?.string, condition: condition)
    try await take(ImportEntry(resource, id: id, isConditional: condition != nil), place, bundle, &group)
  }

  private mutating func take(
    _ entry: ImportEntry, _ place: ImportPlace, _ bundle: BundleContext?, _ group: inout Group
  ) async throws {
    let order = trail.now.order
    let verdict = validator.validate(entry.resource)
    guard verdict.isValid, let type = entry.resource["resourceType"]?.string else {
      refuse(ImportRefusal(place, order, verdict.errors, looksPartial: verdict.looksPartial))
      return
    }
    if !verdict.issues.isEmpty { report.warn(ImportRefusal(place, order, verdict.issues)) }
    let id = entry.id ?? BundleLinks.id(of: entry.resource, type: type)
    let json = (bundle?.links ?? BundleLinks()).stored(entry.resource, id: id)
    let body = json.serialized()
    guard body.count <= Limits.valueBytesMax else {
      refuse(
        ImportRefusal(place, order, "tooLarge", "it has \(body.count) bytes; at most \(Limits.valueBytesMax) are stored"))
      return
    }
    guard let nation = try await home(of: json, bundle) else {
      refuse(
        ImportRefusal(
          place, order, "noHome", "nothing in it tells its nation: say with --nation where such belong", path: type))
      return
    }
    let item = ImportItem(
      place: place, order: order, type: type, id: id, json: json, bytes: body.count, digest: Digest(of: body),
      nation: nation, isConditional: entry.isConditional)
    finder.learn(item.reference, at: nation)
    try await enqueue(item, &group)
  }

  private mutating func home(of json: JSONValue, _ bundle: BundleContext?) async throws -> Nation? {
    if let home = finder.home(of: json) ?? bundle?.home { return home }
    for reference in finder.unknown(of: json) where !(bundle?.contains(reference) ?? false) && !nowhere.contains(reference) {
      let parts = reference.split(separator: "/")
      guard parts.count == 2, let id = ResourceID(String(parts[1])) else { continue }
      do throws(EncounterError) {
        let found = try await writer.encounters.locate(String(parts[0]), id, timeout: options.timeout)
        if let home = found.home {
          finder.learn(reference, at: home)
          return home
        }
      } catch {
        guard error.code == .notFound else { throw CommandFailure(error) }
        if nowhere.count >= Self.nowhereMax { nowhere = [] }
        nowhere.insert(reference)
      }
    }
    return options.nation
  }

  private mutating func refuse(_ refusal: ImportRefusal) {
    trail.refuse()
    report.refuse(refusal)
    onRefusal(refusal)
  }

  // MARK: Batches

  private mutating func enqueue(_ item: ImportItem, _ group: inout Group) async throws {
    if let batch = filling[item.nation], !batch.hasRoom(for: item) { try await send(item.nation, &group) }
    // Of two that differ under one name the one that is read first is stored first.
    while let other = underWayItems[item.reference], other.digest != item.digest, let done = await group.next() {
      absorb(done)
    }
    if let failure { throw failure }
    var batch = filling[item.nation] ?? newBatch(item.nation)
    batch.add(item)
    trail.accept(item, batch: batch.number)
    filling[item.nation] = batch
  }

  private mutating func newBatch(_ nation: Nation) -> Writer.Batch {
    batches += 1
    return Writer.Batch(number: batches, nation: nation, salt: salt)
  }

  private mutating func send(_ nation: Nation, _ group: inout Group) async throws {
    guard let batch = filling.removeValue(forKey: nation) else { return }
    while underWay >= options.inFlightMax, let done = await group.next() { absorb(done) }
    if let failure { throw failure }
    underWay += 1
    for item in batch.items { underWayItems[item.reference] = (item.digest, batch.number) }
    let writer = writer
    group.addTask { await writer.store(batch) }
  }

  private mutating func flush(_ group: inout Group) async throws {
    for nation in Nation.allCases { try await send(nation, &group) }
  }

  private mutating func drain(_ group: inout Group) async {
    while let done = await group.next() { absorb(done) }
  }

  private mutating func absorb(_ done: Writer.Done) {
    underWay -= 1
    for item in done.batch.items where underWayItems[item.reference]?.batch == done.batch.number {
      underWayItems[item.reference] = nil
    }
    if let error = done.failure {
      // Its place stays open, so that the next run comes back to it.
      if failure == nil { failure = CommandFailure(error) }
      return
    }
    var refused: [(order: Int, reference: String)] = []
    for (place, item) in done.batch.items.enumerated() {
      if let refusal = done.refusals[place] {
        report.refuse(refusal)
        onRefusal(refusal)
        refused.append((item.order, item.reference))
      } else {
        report.store(item)
      }
    }
    trail.close(batch: done.batch.number, refused: refused)
    onProgress(report)
  }

  /// Now and then keeps how far everything is done.
  private mutating func mark() async throws {
    if let failure { throw failure }
    guard let markKey, lastMark.duration(to: .now) >= .milliseconds(options.markInterval.milliseconds), let mark = trail.settled() else { return }
    lastMark = .now
    _ = try await system.put(markKey, mark.bytes(run: run), options: WriteOptions(timeout: options.timeout))
  }
}
