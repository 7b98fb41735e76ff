import Testing

@testable import Gateway

@Suite struct AdmissionTests {
  @Test("Places and bytes are given back once, by leaving or by letting go")
  func givenBack() throws {
    let admission = Admission(requestsMax: 2, bytesMax: 100)
    let first = try #require(admission.enter(bytes: 60))
    #expect(admission.enter(bytes: 50) == nil)
    var second = admission.enter(bytes: 40)
    #expect(second != nil)
    #expect(admission.enter(bytes: 0) == nil)
    second = nil
    #expect(admission.load == (1, 60))
    #expect(first.charge(40))
    #expect(!first.charge(1))
    #expect(admission.load == (1, 101))
    first.leave()
    first.leave()
    #expect(admission.load == (0, 0))
  }

  @Test("A single request is let in however large it is")
  func alone() {
    let admission = Admission(requestsMax: 2, bytesMax: 100)
    let large = admission.enter(bytes: 1_000)
    #expect(large != nil)
    #expect(admission.enter(bytes: 1) == nil)
  }
}
