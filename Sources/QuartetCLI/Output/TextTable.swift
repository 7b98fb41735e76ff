/// Rows under headings, columns as wide as they need.
struct TextTable {
  private let headings: [String]
  private let numeric: Set<Int>
  private var rows: [[String]] = []

  /// - Parameter headings: one that begins with `>` makes its column right-aligned.
  init(_ headings: [String]) {
    self.headings = headings.map { $0.first == ">" ? String($0.dropFirst()) : $0 }
    numeric = Set(headings.indices.filter { headings[$0].first == ">" })
  }

  mutating func add(_ cells: [String]) {
    precondition(cells.count == headings.count, "\(cells.count) cells under \(headings.count) headings")
    rows.append(cells)
  }

  /// Lines without their ends, blanks at the end of lines cut.
  var lines: [String] {
    let all = [headings] + rows
    let widths = headings.indices.map { column in all.map { $0[column].count }.max() ?? 0 }
    return all.map { cells in
      var line = ""
      for (column, cell) in cells.enumerated() {
        let padding = String(repeating: " ", count: widths[column] - cell.count)
        line += (column > 0 ? "  " : "") + (numeric.contains(column) ? padding + cell : cell + padding)
      }
      return String(line.reversed().drop { $0 == " " }.reversed())
    }
  }

  var text: String { lines.joined(separator: "\n") + "\n" }
}
