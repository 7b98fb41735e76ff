/// What the network does to messages all the time, as its seed has drawn it; each can be left out of a replay.
public enum WeatherKind: String, Hashable, Sendable, CaseIterable {
  case loss, repeats, delays, disorder

  /// What counts when it took effect.
  var faults: [FaultKind] {
    switch self {
    case .loss: [.messageLost, .connectionBroken]
    case .repeats: [.messageRepeated]
    case .delays: [.messageDelayed]
    case .disorder: [.messageReordered]
    }
  }
}

extension SimulatedNetwork.Weather {
  /// The same weather without `kinds`.
  func without(_ kinds: Set<WeatherKind>) -> Self {
    var weather = self
    if kinds.contains(.loss) { weather.lossOneIn = 0 }
    if kinds.contains(.repeats) { weather.repeatOneIn = 0 }
    if kinds.contains(.delays) { weather.delayOneIn = 0 }
    if kinds.contains(.disorder) { weather.isOrdered = true }
    return weather
  }
}
