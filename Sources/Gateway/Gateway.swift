public import HTTP
public import QuartetClient
public import Wire
public final class Gateway: Sendable {
  public init(client: QuartetClient, node: String, status: @escaping @Sendable (@escaping @Sendable (NodeStatus, Bool) -> Void) -> Void) {}
  public func handle(_ request: HTTPRequest, _ responder: HTTPResponder) { responder.respond(.text(.serviceUnavailable, "stub")) }
}
