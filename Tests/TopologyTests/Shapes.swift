import Base
import Glibc
import Topology

/// The nodes of a shape written as `england-1 A, scotland-1 B`: nation from the name, supplier behind it, then labels.
func nodes(_ text: String) -> [NodeDescription] {
  text.split(separator: ",").map { part in
    let words = part.split(separator: " ").map(String.init)
    let nation = words[0].split(separator: "-").dropLast().joined(separator: "-")
    return NodeDescription(
      id: NodeID(words[0])!, nation: Nation(nation)!, supplier: Supplier(words[1])!,
      labels: words.dropFirst(2).map { word in
        let sides = word.split(separator: "=").map(String.init)
        return NodeLabel(sides[0], sides[1])!
      })
  }
}

let five = nodes("england-1 A, england-2 A, scotland-1 B, wales-1 B, northern-ireland-1 C")
let seven = nodes(
  "england-1 A, england-2 B, scotland-1 A, scotland-2 C, wales-1 B, wales-2 D, northern-ireland-1 C")

func electorate(_ nodes: [NodeDescription]) -> Electorate { Electorate(voters: nodes.map { Voter($0) }) }

/// The text of a file of the package, by its path from the package's root.
func packageFile(_ path: String) -> [UInt8]? {
  let root = #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
  guard let file = fopen("/\(root)/\(path)", "rb") else { return nil }
  defer { fclose(file) }
  var bytes = [UInt8](repeating: 0, count: 1 << 16)
  let count = fread(&bytes, 1, bytes.count, file)
  return Array(bytes[..<count])
}
