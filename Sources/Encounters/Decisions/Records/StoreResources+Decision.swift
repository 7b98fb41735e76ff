import Base
import JSON

extension StoreResources {
  public func decide(_ view: inout DecisionView) throws(DecisionStop) -> Written {
    try view.require(!resources.isEmpty, "resources", "there is none")
    var items: [(type: String, id: ResourceID, json: JSONValue)] = []
    for (place, json) in resources.enumerated() {
      guard let type = json.resourceType, keyPart(type) != nil, let id = json["id"]?.string.flatMap({ ResourceID($0) })
      else { throw .refused(.invalid("resources[\(place)].id", "it has a resourceType and an id by R4")) }
      guard !items.contains(where: { $0.type == type && $0.id == id }) else {
        throw .refused(.invalid("resources[\(place)].id", "it is given twice"))
      }
      try view.require(
        id.home == nil || id.home == view.home, "resources[\(place)].id", "its id says that it is at home elsewhere")
      items.append((type, id, json))
    }
    if view.isFirstTry, !replaces {
      view.expectNothing()
    } else {
      try view.need(items.flatMap { [Keys.head($0.type, $0.id), Keys.body($0.type, $0.id)] })
    }
    var written: [VersionedID] = []
    for (type, id, json) in items { written.append(try store(&view, type, id, json)) }
    return Written(written)
  }

  private func store(
    _ view: inout DecisionView, _ type: String, _ id: ResourceID, _ json: JSONValue
  ) throws(DecisionStop) -> VersionedID {
    let isHidden = json["status"]?.string == "entered-in-error"
    let id = ResourceID(id.text, at: view.home) ?? id
    // What has no head has no body: one condition is enough for what is taken to be new.
    if view.isFirstTry, !replaces, try view.fresh(Keys.head(type, id)) == nil {
      view.stage(Staged(type: type, id: id, before: nil, body: json, isHidden: isHidden, isImported: true))
      return VersionedID(type: type, id: id, version: 1)
    }
    guard let before = try view.stored(type, id) else {
      view.stage(Staged(type: type, id: id, before: nil, body: json, isHidden: isHidden, isImported: true))
      return VersionedID(type: type, id: id, version: 1)
    }
    if before.bytes == json.serialized() { return VersionedID(type: type, id: id, version: before.head.version) }
    guard replaces, before.head.isImported else {
      throw .refused(
        EncounterError(
          .duplicate, replaces ? "it was made by an operation, and only operations change it" : "another is stored there",
          about: ["\(type)/\(id)"]))
    }
    view.stage(Staged(type: type, id: id, before: before, body: json, isHidden: isHidden, isImported: true))
    return VersionedID(type: type, id: id, version: before.head.version + 1)
  }
}
