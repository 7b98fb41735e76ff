import Glibc
public import JSON

/// A page for people from the JSON of one or more runs: throughput and latency over time, latency by percentile. One
/// file with nothing to fetch.
public struct ReportPage: Sendable {
  private let runs: [JSONValue]

  /// - Parameter reports: of `run --json` or `versus --json`.
  public init(_ reports: [JSONValue]) throws(UsageError) {
    var runs: [JSONValue] = []
    for report in reports {
      if report["over_time"] != nil {
        runs.append(report)
      } else if let ours = report["ours"]?["runs"]?.array, let theirs = report["theirs"]?["runs"]?.array {
        runs += ours + theirs
      } else {
        throw UsageError("a file is no report: 'quartet-bench run --json' and 'versus --json' print them")
      }
    }
    guard !runs.isEmpty else { throw UsageError("there is no run to draw") }
    self.runs = runs
  }

  /// Colours that colour-blind people tell apart (Okabe and Ito 2008).
  private static let colours = ["#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#E69F00", "#999999"]

  private func colour(_ position: Int) -> String { Self.colours[position % Self.colours.count] }

  private func name(_ run: JSONValue, _ position: Int) -> String {
    let target = run["target"]?.string ?? "?"
    return "\(position + 1): \(target), \(run["workload"]?.string ?? "?"), \(run["clients"]?.int64 ?? 0) clients"
  }

  public var html: String {
    func series(_ member: String, dashed: Bool = false, _ label: String = "") -> [Chart.Series] {
      runs.enumerated().map { position, run in
        Chart.Series(
          name: name(run, position) + label, colour: colour(position), isDashed: dashed,
          points: (run["over_time"]?.array ?? []).compactMap { slice in
            guard let time = slice["at_s"]?.double, let value = slice[member]?.double else { return nil }
            return (time, value)
          })
      }
    }
    let byPercentile = runs.enumerated().map { position, run in
      Chart.Series(
        name: name(run, position), colour: colour(position), isDashed: false,
        points: (run["percentiles"]?.array ?? []).compactMap { pair in
          guard let percent = pair[0]?.double, let value = pair[1]?.double else { return nil }
          return (Chart.nines(percent), value / 1e3)
        })
    }
    func milliseconds(_ list: [Chart.Series]) -> [Chart.Series] {
      list.map { series in
        var series = series
        series.points = series.points.map { ($0.0, $0.1 / 1e3) }
        return series
      }
    }
    let charts = [
      Chart(title: "Operations a second over time", x: "s", series: series("per_second")),
      Chart(
        title: "Latency over time, ms (p50; p99 dashed)", x: "s", isLogarithmic: true,
        series: milliseconds(series("p50_us", ", p50") + series("p99_us", dashed: true, ", p99"))),
      Chart(
        title: "Latency by percentile, ms", x: "percentile", isLogarithmic: true,
        ticks: [0, 50, 90, 99, 99.9, 99.99, 99.999].map { (Chart.nines($0), fixedShort($0)) }, series: byPercentile),
    ]
    return """
      <!doctype html><html lang="en"><meta charset="utf-8"><title>quartet-bench</title>
      <style>body{font:15px/1.5 system-ui,sans-serif;max-width:980px;margin:2em auto;padding:0 1em}
      table{border-collapse:collapse;margin:1em 0}td,th{padding:.2em .7em;text-align:right;border-bottom:1px solid #ddd}
      td:first-child,th:first-child{text-align:left}.warning{color:#b00}</style>
      <h1>quartet-bench</h1>
      \(table)
      \(charts.map(\.svg).joined(separator: "\n"))
      </html>

      """
  }

  private func fixedShort(_ value: Double) -> String {
    var text = fixed(value, 3)
    while text.hasSuffix("0") { text.removeLast() }
    if text.hasSuffix(".") { text.removeLast() }
    return text
  }

  private var table: String {
    var rows =
      "<table><tr><th>run<th>per second<th>p50<th>p99<th>p99.9<th>max<th>longest gap<th>server CPU per operation"
    for (position, run) in runs.enumerated() {
      func time(_ member: String) -> String { duration(Int64((run["all"]?[member]?.double ?? 0) * 1e3)) }
      rows += "<tr><td style=\"color:\(colour(position))\">\(Chart.escaped(name(run, position)))"
      rows += "<td>\(grouped(run["throughput"]?.double ?? 0))"
      rows += ["p50_us", "p99_us", "p999_us", "max_us"].map { "<td>\(time($0))" }.joined()
      rows += "<td>\(run["longest_gap_ms"]?.int64 ?? 0) ms"
      rows += "<td>\(fixed(run["server"]?["cpu_us_per_op"]?.double ?? 0, 1)) µs"
    }
    let warnings = runs.enumerated().flatMap { position, run in
      (run["warnings"]?.array ?? []).compactMap(\.string).map {
        "<p class=\"warning\">\(position + 1): \(Chart.escaped($0))"
      }
    }
    return rows + "</table>\n" + warnings.joined(separator: "\n")
  }
}

/// Lines over a plane, as SVG.
struct Chart {
  struct Series {
    var name: String
    var colour: String
    var isDashed: Bool
    var points: [(Double, Double)]
  }

  var title: String
  var x: String
  /// Of the vertical axis.
  var isLogarithmic = false
  /// Marks of the horizontal axis; nil: evenly spread.
  var ticks: [(Double, String)]?
  var series: [Series]

  private static let width = 900.0
  private static let height = 300.0
  private static let left = 70.0
  private static let bottom = 40.0

  /// 90 % is 1, 99 % is 2, and so on, so that the tail gets the room.
  static func nines(_ percent: Double) -> Double {
    -log10(max(1 - percent / 100, 1e-9))
  }

  static func escaped(_ text: String) -> String {
    var escaped = ""
    for character in text {
      switch character {
      case "&": escaped += "&amp;"
      case "<": escaped += "&lt;"
      case ">": escaped += "&gt;"
      case "\"": escaped += "&quot;"
      default: escaped.append(character)
      }
    }
    return escaped
  }

  var svg: String {
    let all = series.flatMap(\.points).filter { $0.1.isFinite && (!isLogarithmic || $0.1 > 0) }
    let xs = all.map(\.0) + (ticks?.map(\.0) ?? [])
    guard let low = xs.min(), let high = xs.max(), let greatest = all.map(\.1).max(), let least = all.map(\.1).min()
    else { return "<h2>\(Self.escaped(title))</h2><p>nothing to draw" }
    let axis = VerticalAxis(least: least, greatest: greatest, isLogarithmic: isLogarithmic)
    func across(_ value: Double) -> Double {
      Self.left + (high > low ? (value - low) / (high - low) : 0.5) * (Self.width - Self.left - 20)
    }
    func up(_ value: Double) -> Double {
      Self.height - Self.bottom - axis.share(value) * (Self.height - Self.bottom - 15)
    }
    let (width, height) = (fixed(Self.width, 0), fixed(Self.height, 0))
    var svg = "<h2>\(Self.escaped(title))</h2>\n<svg viewBox=\"0 0 \(width) \(height)\" role=\"img\">\n"
    for mark in axis.marks {
      let y = up(mark)
      svg += "<path d=\"M\(fixed(Self.left, 0)) \(fixed(y, 1))H\(fixed(Self.width - 20, 0))\" stroke=\"#ddd\"/>"
      svg += Self.label(mark < 10 ? fixed(mark, mark < 1 ? 2 : 1) : grouped(mark), Self.left - 6, y + 4, "end")
    }
    let spread = (0...10).map { low + (high - low) * Double($0) / 10 }.map { ($0, fixed($0, high - low < 20 ? 1 : 0)) }
    for (value, text) in ticks ?? spread { svg += Self.label(text, across(value), Self.height - 20, "middle") }
    svg += Self.label(x, Self.width - 20, Self.height - 4, "end")
    for line in series {
      let path = line.points.filter { $0.1.isFinite && (!isLogarithmic || $0.1 > 0) }
        .map { "\(fixed(across($0.0), 1)),\(fixed(up($0.1), 1))" }.joined(separator: " ")
      let dashes = line.isDashed ? " stroke-dasharray=\"5 4\"" : ""
      svg += "<polyline fill=\"none\" stroke=\"\(line.colour)\" stroke-width=\"2\"\(dashes) points=\"\(path)\">"
      svg += "<title>\(Self.escaped(line.name))</title></polyline>\n"
    }
    return svg + "</svg>"
  }

  private static func label(_ text: String, _ x: Double, _ y: Double, _ anchor: String) -> String {
    "<text x=\"\(fixed(x, 1))\" y=\"\(fixed(y, 1))\" font-size=\"12\" text-anchor=\"\(anchor)\">\(escaped(text))</text>\n"
  }

  /// From 0, or in powers of ten.
  struct VerticalAxis {
    private let isLogarithmic: Bool
    private let bottom: Double
    private let top: Double
    let marks: [Double]

    init(least: Double, greatest: Double, isLogarithmic: Bool) {
      self.isLogarithmic = isLogarithmic
      var step = 1.0
      if isLogarithmic {
        while step > least { step /= 10 }
        while step * 10 <= least { step *= 10 }
        bottom = step
        var marks = [step]
        while step < greatest {
          step *= 10
          marks.append(step)
        }
        top = step > bottom ? step : bottom * 10
        self.marks = marks
      } else {
        let greatest = max(greatest, 1e-3)
        while step * 10 <= greatest { step *= 10 }
        while step > greatest { step /= 10 }
        if greatest / step < 2 { step /= 5 } else if greatest / step < 5 { step /= 2 }
        let count = (greatest / step).rounded(.up)
        bottom = 0
        top = count * step
        marks = (0...Int(count)).map { Double($0) * step }
      }
    }

    /// 0 at the bottom, 1 at the top.
    func share(_ value: Double) -> Double {
      guard isLogarithmic else { return value / top }
      return log10(value / bottom) / log10(top / bottom)
    }
  }
}
