import Base

/// Finds the cluster file that a command means.
struct ClusterDiscovery {
  /// The value of `--cluster`.
  var option: String?
  /// The value of `$QUARTET_CLUSTER`.
  var variable: String?
  /// Where the search for `.quartet/cluster.json` begins.
  var workingDirectory: String

  struct Found: Hashable, Sendable {
    var path: String
    var cluster: ClusterFile
  }

  /// `--cluster`, else `$QUARTET_CLUSTER`, else `.quartet/cluster.json` here or in the nearest directory above that has
  /// one. What is named must be there; nothing is tried in its place.
  func find() throws(CommandFailure) -> Found {
    if let option { return try read(option, "--cluster") }
    if let variable, !variable.isEmpty { return try read(variable, "$QUARTET_CLUSTER") }
    var tried: [String] = []
    var directory = workingDirectory
    while true {
      let path = (directory == "/" ? "" : directory) + "/.quartet/cluster.json"
      if LocalFiles.exists(path) { return try read(path, "the search from here upward") }
      tried.append(path)
      let above = LocalFiles.directory(of: directory)
      if above == directory || above == "." { break }
      directory = above
    }
    throw CommandFailure(
      .unreachable, "noCluster",
      "no cluster was found. Start one with 'quartet dev', or name its file with --cluster FILE or $QUARTET_CLUSTER. "
        + "Tried: --cluster (not given), $QUARTET_CLUSTER (not set), " + tried.joined(separator: ", "))
  }

  private func read(_ path: String, _ source: String) throws(CommandFailure) -> Found {
    let bytes: [UInt8]
    do {
      bytes = try LocalFiles.contents(of: path, limit: 4 << 20)
    } catch {
      let hint = error.isMissing ? ". Start a cluster with 'quartet dev', or name another file" : ""
      throw CommandFailure(.unreachable, "noCluster", "\(error) (from \(source))\(hint)")
    }
    do {
      return Found(path: path, cluster: try ClusterFile(parsing: bytes))
    } catch {
      throw .badData("the cluster file '\(path)' (from \(source)) cannot be used: \(error.message)")
    }
  }
}
