import Base
import JSON
import Testing

@Suite struct Base64Tests {
  @Test(
    "The vectors of RFC 4648 section 10 hold both ways",
    arguments: [
      ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="), ("fooba", "Zm9vYmE="),
      ("foobar", "Zm9vYmFy"),
    ])
  func vectors(plain: String, encoded: String) {
    #expect(Base64.encode(Array(plain.utf8)) == encoded)
    #expect(Base64.decode(encoded) == Array(plain.utf8))
  }

  @Test("Both alphabets are read, and the standard one is written")
  func alphabets() {
    #expect(Base64.decode("-_-_") == Base64.decode("+/+/"))
    #expect(Base64.encode([0xFB, 0xFF, 0xBF]) == "+/+/")
  }

  @Test(
    "Missing or misplaced padding, foreign characters and bits beyond the last byte are refused",
    arguments: [
      "Zg", "Zg=", "Zg===", "=", "==", "===", "====", "Z===", "Zg==Zg==", "Zh==", "Zm9=", "Zm 9", "Zm9v\n", "Zm9é",
      "Z=g=",
    ])
  func refused(text: String) {
    #expect(Base64.decode(text) == nil)
  }

  @Test("Bytes of every length come back as they were")
  func roundTrip() {
    var random = SplitMix64(seed: 4_648)
    var wrong = 0
    for count in 0..<300 {
      let bytes = (0..<count).map { _ in UInt8(truncatingIfNeeded: random.next()) }
      if Base64.decode(Base64.encode(bytes)) != bytes { wrong += 1 }
    }
    #expect(wrong == 0)
  }
}
