import Base
import HTTP
import Network
import Testing

/// Feeds `text` in pieces that end at `cuts`, and shows what came of it, one line a step.
func parse(_ text: [UInt8], cuts: [Int] = [], limits: HTTPLimits = HTTPLimits()) -> [String] {
  var parser = HTTPRequestParser(limits: limits)
  var input = InputBuffer()
  var shown: [String] = []
  var start = 0
  for end in cuts + [text.count] {
    input.append(text[start..<end])
    start = end
    steps: while true {
      switch parser.next(from: &input) {
      case .needsMore: break steps
      case .request(let request): shown.append(show(request))
      case .refused(let refusal): return shown + ["refused \(refusal.status.code)"]
      }
    }
  }
  if parser.phase != .idle { shown.append("incomplete") }
  return shown
}

func parse(_ text: String, limits: HTTPLimits = HTTPLimits()) -> [String] { parse(Array(text.utf8), limits: limits) }

private func show(_ request: HTTPRequest) -> String {
  let fields = request.headers.fields.map { "\($0.name)=\($0.value)" }.joined(separator: ",")
  let trailers = request.trailers.fields.map { "\($0.name)=\($0.value)" }.joined(separator: ",")
  return "\(request.method) \(request.path) \(request.query ?? "-") [\(fields)] "
    + "\(String(decoding: request.body, as: UTF8.self)) [\(trailers)] \(request.keepsAlive ? "keep" : "close")"
}

let corpus = [
  "GET / HTTP/1.1\r\nHost: a\r\n\r\n",
  "\r\nGET /fhir/R4/Encounter?patient=9%20x&_count=10 HTTP/1.1\r\nhost: [::1]:80\r\nAccept:  */* \r\nX-Empty:\r\n\r\n",
  "POST /v3/kv/put HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhelloGET /next HTTP/1.1\r\nHost: a\r\n\r\n",
  "PUT /c HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n4;x=y\r\nWiki\r\n0005\r\npedia\r\n0\r\nX-T: 1\r\n\r\n",
  "POST /z HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: Chunked\r\n\r\n0\r\n\r\nGET /after HTTP/1.0\r\n\r\n",
  "OPTIONS * HTTP/1.1\r\nHost: a\r\nConnection: Keep-Alive, close\r\n\r\n",
  "GET http://host:1/p?q HTTP/1.0\r\nConnection: keep-alive\r\nContent-Length: 0\r\n\r\n",
  "HEAD https://host?q HTTP/1.1\r\nHost: host\r\nX-Name: caf\u{e9}\r\n\r\n",
  "POST /e HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\nok",
]

@Suite struct HTTPRequestParserTests {
  @Test("Requests are read with their parts")
  func parts() {
    #expect(parse(corpus[0]) == ["GET / - [host=a]  [] keep"])
    #expect(
      parse(corpus[1]) == [
        "GET /fhir/R4/Encounter patient=9%20x&_count=10 [host=[::1]:80,accept=*/*,x-empty=]  [] keep"
      ])
    #expect(
      parse(corpus[2]) == [
        "POST /v3/kv/put - [host=a,content-length=5] hello [] keep", "GET /next - [host=a]  [] keep",
      ])
    #expect(parse(corpus[3]) == ["PUT /c - [host=a,transfer-encoding=chunked] Wikipedia [x-t=1] keep"])
    #expect(parse(corpus[4]) == ["POST /z - [host=a,transfer-encoding=Chunked]  [] keep", "GET /after - []  [] close"])
    #expect(parse(corpus[5]) == ["OPTIONS * - [host=a,connection=Keep-Alive, close]  [] close"])
    #expect(parse(corpus[6]) == ["GET /p q [connection=keep-alive,content-length=0]  [] keep"])
    #expect(parse(corpus[7]) == ["HEAD / q [host=host,x-name=caf\u{e9}]  [] keep"])
  }

  @Test("Requests come out the same at whichever byte, or at all bytes, the stream is split", arguments: corpus)
  func split(text: String) {
    let bytes = Array(text.utf8)
    let whole = parse(bytes)
    #expect(!whole.isEmpty && !whole.contains { $0.hasPrefix("refused") || $0 == "incomplete" })
    let differing = (0...bytes.count).filter { parse(bytes, cuts: [$0]) != whole }
    #expect(differing.isEmpty)
    #expect(parse(bytes, cuts: Array(0..<bytes.count)) == whole)
  }

  static let malformed: [(String, Int)] = [
    ("GET\r\n\r\n", 400), ("GET /\r\n\r\n", 400), ("GET / HTTP/1.1\nHost: a\n\n", 400), ("\nGET", 400),
    ("GET  / HTTP/1.1\r\nHost: a\r\n\r\n", 400), ("GET / HTTP/1.1 \r\nHost: a\r\n\r\n", 400),
    (" GET / HTTP/1.1\r\nHost: a\r\n\r\n", 400), ("G(T / HTTP/1.1\r\nHost: a\r\n\r\n", 400),
    ("GET /\u{e9} HTTP/1.1\r\nHost: a\r\n\r\n", 400), ("GET /#f HTTP/1.1\r\nHost: a\r\n\r\n", 400),
    ("GET a HTTP/1.1\r\nHost: a\r\n\r\n", 400), ("GET http:///p HTTP/1.1\r\nHost: a\r\n\r\n", 400),
    ("GET * HTTP/1.1\r\nHost: a\r\n\r\n", 400), ("GET / http/1.1\r\nHost: a\r\n\r\n", 400),
    ("GET / HTTP/1.10\r\nHost: a\r\n\r\n", 400), ("GET / HTTP/2.0\r\nHost: a\r\n\r\n", 505),
    ("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505), ("CONNECT a:80 HTTP/1.1\r\nHost: a\r\n\r\n", 400),
    ("\u{16}\u{03}\u{01}\r\n\r\n", 400), ("\r\n\r\n\r\n\r\n\r\n\r\nGET / HTTP/1.1\r\n", 400),
    ("GET / HTTP/1.1\r\n\r\n", 400), ("GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n", 400),
    ("GET / HTTP/1.1\r\nHost: a b\r\n\r\n", 400), ("GET / HTTP/1.1\r\nHost: a\r\nbad\r\n\r\n", 400),
    ("GET / HTTP/1.1\r\nHost : a\r\n\r\n", 400), ("GET / HTTP/1.1\r\nHost: a\r\n: x\r\n\r\n", 400),
    ("GET / HTTP/1.1\r\nHost: a\r\nX: 1\r\n folded\r\n\r\n", 400), ("GET / HTTP/1.1\r\n Host: a\r\n\r\n", 400),
    ("GET / HTTP/1.1\r\nHost: a\r\nX: a\rb\r\n\r\n", 400), ("GET / HTTP/1.1\r\nHost: a\r\nX: a\0b\r\n\r\n", 400),
    ("GET / HTTP/1.1\r\nHost: a\r\nX: a\n\r\n", 400), ("GET / HTTP/1.1\r\nHost: a\r\nX\u{e9}: a\r\n\r\n", 400),
    ("GET / HTTP/1.1\r\nHost: a\r\r\n\r\n", 400),
    ("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n", 400),
    ("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n", 400),
    ("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1, 1\r\n\r\n", 400),
    ("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: +1\r\n\r\n", 400),
    ("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n", 400),
    ("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0x1\r\n\r\n", 400),
    ("POST / HTTP/1.1\r\nHost: a\r\nContent-Length:\r\n\r\n", 400),
    ("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999999999999999999\r\n\r\n", 413),
    ("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 8388609\r\n\r\n", 413),
    ("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", 501),
    ("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked, chunked\r\n\r\n", 501),
    ("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: xchunked\r\n\r\n", 501),
    ("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n", 400),
    ("POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n", 400),
    ("POST / HTTP/1.1\r\nHost: a\r\nExpect: magic\r\n\r\n", 417),
    (chunked("x\r\n"), 400), (chunked("\r\n"), 400), (chunked("1 2\r\n"), 400), (chunked("-1\r\n"), 400),
    (chunked("1\nA\r\n"), 400), (chunked("1\r\nAB\r\n"), 400), (chunked("1\r\nA\rB"), 400), (chunked("1\r\nA\n"), 400),
    (chunked("ffffffffffffffffffff\r\n"), 413), (chunked("800001\r\n"), 413), (chunked("0\r\n bad\r\n\r\n"), 400),
    (chunked("0\r\nX: 1\n\r\n"), 400), (chunked("1;\u{1}\r\n"), 400), (chunked("0x1\r\n"), 400),
    (chunked("1;" + String(repeating: "e", count: 20_000)), 400),
    (chunked(String(repeating: "1\r\nA\r\n", count: 10_000)), 400),
  ]

  static func chunked(_ body: String) -> String {
    "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n" + body
  }

  @Test("What is malformed is refused with its status", arguments: malformed)
  func refusals(text: String, status: Int) {
    #expect(parse(text).last == "refused \(status)")
  }

  @Test("Each limit has its own refusal, as soon as it is passed and not before the end has come")
  func limits() {
    let long = String(repeating: "a", count: 8_300)
    #expect(parse("GET /\(long)") == ["refused 414"])
    #expect(parse("GET /\(long) HTTP/1.1\r\nHost: a\r\n\r\n") == ["refused 414"])
    #expect(parse("GET /\(String(repeating: "a", count: 8_100)) HTTP/1.1\r\nHost: a\r\n\r\n").count == 1)
    #expect(parse("GET / HTTP/1.1\r\nHost: a\r\nX: \(long)\(long)\(long)\(long)") == ["refused 431"])
    #expect(parse("GET / HTTP/1.1\r\n" + String(repeating: "X: y\r\n", count: 101) + "\r\n") == ["refused 431"])
    #expect(parse("GET / HTTP/1.1\r\nHost: a\r\n" + String(repeating: "X: y\r\n", count: 99) + "\r\n").count == 1)
    var small = HTTPLimits()
    small.bodyBytesMax = 8
    #expect(parse(Self.chunked("4\r\naaaa\r\n4\r\nbbbb\r\n0\r\n\r\n"), limits: small).first?.hasPrefix("POST") == true)
    #expect(parse(Self.chunked("4\r\naaaa\r\n5\r\n"), limits: small) == ["refused 413"])
    #expect(parse(Self.chunked("0\r\n" + String(repeating: "X: y\r\n", count: 101) + "\r\n")) == ["refused 431"])
  }

  @Test("100,000 mutated inputs are each read or refused, the same whole and in pieces")
  func fuzz() {
    var random = SplitMix64(seed: 2_026)
    let seeds = (corpus + Self.malformed.prefix(60).map(\.0)).map { Array($0.utf8) }
    var disagreements = 0
    var (read, refused) = (0, 0)
    for _ in 0..<100_000 {
      let bytes = mutate(seeds[Int(random.next() % UInt64(seeds.count))], seeds, &random)
      let whole = parse(bytes)
      if whole.last?.hasPrefix("refused") == true { refused += 1 } else { read += 1 }
      let cut = Int(random.next() % UInt64(bytes.count + 1))
      if parse(bytes, cuts: [cut]) != whole { disagreements += 1 }
    }
    #expect(disagreements == 0)
    #expect(read > 5_000)
    #expect(refused > 5_000)
  }

  private func mutate(_ seed: [UInt8], _ seeds: [[UInt8]], _ random: inout SplitMix64) -> [UInt8] {
    let special = Array("\r\n\t \0:;,/%?#*0129afxX\u{7f}".utf8) + [0x80, 0xff]
    var bytes = seed
    for _ in 0...random.next() % 3 {
      let place = bytes.isEmpty ? 0 : Int(random.next() % UInt64(bytes.count))
      switch random.next() % 6 {
      case 0: bytes.insert(special[Int(random.next() % UInt64(special.count))], at: place)
      case 1: if !bytes.isEmpty { bytes[place] = UInt8(truncatingIfNeeded: random.next()) }
      case 2: if !bytes.isEmpty { bytes.remove(at: place) }
      case 3: bytes.removeLast(min(bytes.count, Int(random.next() % 8)))
      case 4: bytes += seeds[Int(random.next() % UInt64(seeds.count))]
      default: bytes.insert(contentsOf: bytes[place..<min(bytes.count, place + 12)], at: place)
      }
    }
    return bytes
  }

  @Test("An idle parser, one in a header and one in a body say so, and whether the peer waits for leave to send")
  func phases() {
    var parser = HTTPRequestParser(limits: HTTPLimits())
    var input = InputBuffer()
    var seen: [HTTPRequestParser.Phase] = [parser.phase]
    for part in ["\r\n", "PO", "ST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nExpect: 100-continue\r\n\r\n", "x"] {
      input.append(part.utf8)
      let waited = parser.wantsContinue
      _ = parser.next(from: &input)
      seen.append(parser.phase)
      #expect(parser.wantsContinue == part.hasPrefix("ST"))
      #expect(waited == (part == "x"))
    }
    #expect(seen == [.idle, .idle, .header, .body, .idle])
  }
}

@Suite struct MessageTests {
  @Test("Paths are cut before they are decoded, and what is not UTF-8 or climbs is refused")
  func paths() {
    #expect(HTTPRequest(method: .get, path: "/").pathSegments == [])
    #expect(HTTPRequest(method: .get, path: "/a%2Fb/c%20d/").pathSegments == ["a/b", "c d", ""])
    #expect(HTTPRequest(method: .get, path: "/a+b").pathSegments == ["a+b"])
    for path in ["/%", "/%2", "/%zz", "/%ff", "/a/../b", "/%2e%2E", "/."] {
      #expect(HTTPRequest(method: .get, path: path).pathSegments == nil)
    }
  }

  @Test("Queries give names and values in order")
  func queries() throws {
    let items = try #require(HTTPRequest(method: .get, path: "/", query: "a=1&b&&c=x%3Dy+z&a=2=3").queryItems)
    #expect(items.map { "\($0.name):\($0.value)" } == ["a:1", "b:", "c:x=y z", "a:2=3"])
    #expect(HTTPRequest(method: .get, path: "/", query: "a=%f0").queryItems == nil)
    #expect(PercentEncoding.decode(PercentEncoding.encode("a/ü %+")) == "a/ü %+")
    #expect(PercentEncoding.encode("a/ü") == "a%2F%C3%BC")
  }

  @Test("Header names have no case, and values cannot begin another line")
  func headers() {
    var headers: HTTPHeaders = ["Content-Type": "a", "X-List": "B, c"]
    headers.append("x-list", "D,")
    headers.append("Location", "/x\r\nEvil: 1")
    #expect(headers["content-type"] == "a")
    #expect(headers["CONTENT-TYPE"] == "a")
    #expect(headers.tokens(of: "X-LIST") == ["b", "c", "d"])
    #expect(headers["location"] == "/x  Evil: 1")
    headers.set("X-LIST", "only")
    #expect(headers.values(of: "x-list") == ["only"])
  }

  @Test("Dates are those of the calendar")
  func dates() {
    #expect(HTTPDate.text(WallTime(milliseconds: 784_111_777_000)) == "Sun, 06 Nov 1994 08:49:37 GMT")
    #expect(HTTPDate.text(WallTime(milliseconds: 0)) == "Thu, 01 Jan 1970 00:00:00 GMT")
    #expect(HTTPDate.text(WallTime(milliseconds: 951_827_696_999)) == "Tue, 29 Feb 2000 12:34:56 GMT")
    #expect(HTTPDate.text(WallTime(milliseconds: -1)) == "Wed, 31 Dec 1969 23:59:59 GMT")
  }
}
