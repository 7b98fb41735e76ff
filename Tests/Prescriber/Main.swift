import Base
import Encounters
import Glibc
import Identifiers
import Network
import QuartetClient

/// `prescriber`: a prescribing service as a process that can be killed. It issues the prescriptions of a list, each under
/// the request id that stands there, and asks again until the outcome of each is known.
///
///     prescriber NODE,NODE,… ORDERS CLIENTS [careless]
///
/// An order is a line `LABEL REQUEST ENCOUNTER NUMBER`. What happens is told in lines, each written at once:
/// `begun LABEL`, `again LABEL CODE OUTCOME`, `issued LABEL ITEM first|repeat MILLISECONDS`, `refused LABEL CODE`. The
/// exit code is 0 when all were issued.
///
/// `careless` is the mistake that tests plant: each start makes up ids and numbers of its own.
@main
struct Main {
  static func main() async {
    do {
      let words = Array(CommandLine.arguments.dropFirst())
      guard words.count >= 3, let count = Int(words[2]), count > 0 else { throw Fault("three words are needed") }
      let orders = try Order.read(words[1], isCareless: words.dropFirst(3).first == "careless")
      let service = try PrescribingService(nodes: words[0].split(separator: ",").map { String($0) }, clients: count)
      exit(await service.issue(orders) ? 0 : 1)
    } catch {
      say("failed \(error)")
      exit(64)
    }
  }
}

struct Fault: Error, CustomStringConvertible {
  let description: String
  init(_ description: String) { self.description = description }
}

/// One line to standard output, in one piece.
func say(_ text: String) {
  var line = text + "\n"
  line.withUTF8 { _ = write(1, $0.baseAddress, $0.count) }
}

struct Order: Sendable {
  var label: String
  var request: Identifier
  var encounter: ResourceID
  var number: String

  static func read(_ path: String, isCareless: Bool) throws -> [Order] {
    guard let file = fopen(path, "r") else { throw Fault("cannot read \(path)") }
    defer { fclose(file) }
    var orders: [Order] = []
    while let line = readLine(of: file) {
      let words = line.split(separator: " ").map { String($0) }
      guard words.count == 4, let request = Identifier(words[1]), let encounter = ResourceID(words[2]) else {
        throw Fault("no order: \(line)")
      }
      var order = Order(label: words[0], request: request, encounter: encounter, number: words[3])
      if isCareless {
        order.request = .random()
        order.number = try PrescriptionNumber(
          first: .random(in: 0..<1 << 24), organisation: "A83008", last: .random(in: 0..<1 << 20)).text
      }
      orders.append(order)
    }
    return orders
  }

  private static func readLine(of file: UnsafeMutablePointer<FILE>) -> String? {
    var line: UnsafeMutablePointer<CChar>?
    var size = 0
    defer { free(line) }
    guard getline(&line, &size, file) > 0, let line else { return nil }
    return String(cString: line).split(separator: "\n").first.map { String($0) }
  }
}

/// Several clients, each with a connection and sessions of its own.
struct PrescribingService: Sendable {
  private let clients: [QuartetClient]
  private let stores: [EncounterStore<Keyspace>]
  private static let agent = Agent(
    user: "555086689106", role: "prescriber", organisation: "A83008", software: "prescriber 1")
  /// Short ones too: an answer that is not waited for is an answer that is lost.
  private static let deadlines: [Interval] = [.milliseconds(60), .milliseconds(300), .seconds(2)]
  private static let patience = Interval.seconds(90)

  init(nodes: [String], clients count: Int) throws {
    clients = try (0..<count).map { number in
      let turn = number % nodes.count
      return try QuartetClient(
        nodes: Array(nodes[turn...] + nodes[..<turn]), options: QuartetClient.Options(name: "prescriber \(number)"))
    }
    stores = clients.map { EncounterStore($0) }
  }

  /// Returns whether all were issued.
  func issue(_ orders: [Order]) async -> Bool {
    await withTaskGroup(of: Bool.self) { group in
      for client in stores.indices {
        group.addTask {
          var isGood = true
          for place in stride(from: client, to: orders.count, by: stores.count) {
            isGood = await issue(orders[place], by: client) && isGood
          }
          return isGood
        }
      }
      return await group.reduce(true) { $0 && $1 }
    }
  }

  /// Every further try is another client's: no session remembers the one before.
  private func issue(_ order: Order, by client: Int) async -> Bool {
    guard let at = Instant("2026-01-10T09:00:00Z") else { preconditionFailure("no instant") }
    let item = R4.MedicationRequest(
      Coding(system: "https://dmd.nhs.uk", code: "322236009", display: "Paracetamol 500mg tablets"),
      dosage: order.label)
    let work = IssuePrescription(for: order.encounter, number: order.number, .electronic, [item], to: "FH542")
    let begun = Clock.now()
    say("begun \(order.label)")
    var tries = 0
    while Clock.now() - begun < Self.patience {
      let deadline = Self.deadlines[min(tries, Self.deadlines.count - 1)]
      let request = Request(order.request, by: Self.agent, at: at, deadline: deadline)
      do {
        let issued = try await stores[(client + tries) % stores.count].perform(work, as: request)
        let milliseconds = (Clock.now() - begun).milliseconds
        let way = issued.isRepeat ? "repeat" : "first"
        say("issued \(order.label) \(issued.result.resources.first?.id.text ?? "-") \(way) \(milliseconds)")
        return true
      } catch {
        let mayPass = error.code == .unavailable || error.code == .deadline || error.outcome == .unknown
        guard mayPass else {
          say("refused \(order.label) \(error.code)")
          return false
        }
        say("again \(order.label) \(error.code) \(error.outcome)")
        tries += 1
      }
      // A cluster without a leader answers at once: it is not asked as fast as it answers.
      try? await Task.sleep(nanoseconds: 5_000_000)
    }
    say("refused \(order.label) patience")
    return false
  }
}
