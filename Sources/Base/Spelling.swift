/// What somebody may have meant who wrote a word that is not among those known.
public enum Spelling {
  /// The candidate that takes the fewest edits, when it is close enough to be what was meant; of several the first.
  public static func nearest(to word: String, in candidates: [String]) -> String? {
    let distances = candidates.map { (candidate: $0, distance: editDistance(word, $0)) }
    guard let best = distances.min(by: { $0.distance < $1.distance }) else { return nil }
    return best.distance <= max(2, best.candidate.utf8.count / 3) ? best.candidate : nil
  }

  private static func editDistance(_ left: String, _ right: String) -> Int {
    let left = Array(left.utf8.prefix(64))
    let right = Array(right.utf8.prefix(64))
    var row = Array(0...right.count)
    for (i, a) in left.enumerated() {
      var diagonal = row[0]
      row[0] = i + 1
      for (j, b) in right.enumerated() {
        let substituted = diagonal + (a == b ? 0 : 1)
        diagonal = row[j + 1]
        row[j + 1] = min(substituted, diagonal + 1, row[j] + 1)
      }
    }
    return row[right.count]
  }
}
