import Base
import Glibc
import JSON
import Testing

/// Real FHIR files where they are at hand (the folder that QUARTET_FHIR_SAMPLES names, or `../shared/fhir-samples`
/// beside the package), and always a bundle built here.
private struct Samples {
  var texts: [(name: String, bytes: [UInt8])] = [("built here", Samples.bundle(entries: 400))]

  init() {
    guard let folder = getenv("QUARTET_FHIR_SAMPLES").map({ String(cString: $0) }) ?? Self.besidePackage,
      let directory = opendir(folder)
    else { return }
    defer { closedir(directory) }
    while let entry = readdir(directory) {
      let name = withUnsafeBytes(of: entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
      if name.hasSuffix(".json"), let bytes = Self.read("\(folder)/\(name)") { texts.append((name, bytes)) }
    }
  }

  private static var besidePackage: String? {
    // This file is at Tests/JSONTests in the package.
    let parts = #filePath.split(separator: "/").dropLast(4)
    return parts.isEmpty ? nil : "/" + parts.joined(separator: "/") + "/shared/fhir-samples"
  }

  private static func read(_ path: String) -> [UInt8]? {
    guard let file = fopen(path, "rb") else { return nil }
    defer { fclose(file) }
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 65_536)
    while case let count = fread(&chunk, 1, chunk.count, file), count > 0 { bytes.append(contentsOf: chunk[..<count]) }
    return bytes
  }

  static func bundle(entries: Int) -> [UInt8] {
    let observation = JSONValue.object(present: [
      "resourceType": "Observation", "status": "final",
      "code": ["coding": [["system": "http://snomed.info/sct", "code": "271594007", "display": "Syncope (disorder)"]]],
      "valueQuantity": ["value": .number(JSONNumber("36.60")!), "unit": "°C", "code": "Cel"],
      "note": [["text": "first line\nsecond \"line\""]],
      "subject": ["reference": "urn:uuid:9589fb37-87a2-48d8-968f-b371429208a8"],
      "effectiveDateTime": "2026-01-10T15:00:00+00:00",
    ])
    let list = JSONValue.array(Array(repeating: ["resource": observation], count: entries))
    return (["resourceType": "Bundle", "type": "collection", "entry": list] as JSONValue).serialized(.pretty)
  }
}

@Suite struct FHIRSampleTests {
  @Test("Every FHIR file parses, and its compact text is a fixed point with each number's text kept")
  func fixedPoint() throws {
    for (name, bytes) in Samples().texts {
      let value = try JSONValue(parsing: bytes)
      let compact = value.serialized()
      let again = try JSONValue(parsing: compact)
      #expect(again == value, "\(name)")
      #expect(again.serialized() == compact, "\(name)")
      #expect(compact.count <= bytes.count + 64, "\(name)")
    }
  }

  @Test("A bundle of 200 KB parses far within a request's time")
  func speed() throws {
    let largest = try #require(Samples().texts.max { $0.bytes.count < $1.bytes.count })
    let clock = ContinuousClock()
    var best = Duration.seconds(60)
    for _ in 0..<5 {
      best = min(best, try clock.measure { _ = try JSONValue(parsing: largest.bytes) })
    }
    print("JSON: parsing \(largest.name), \(largest.bytes.count) bytes, took \(best)")
    // Unoptimised builds on a busy machine need tens of milliseconds; a quadratic parser would need seconds.
    #expect(best < .seconds(2))
  }
}
