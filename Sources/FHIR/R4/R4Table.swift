/// The structure of HL7 FHIR R4 4.0.1 (http://hl7.org/fhir/R4) as text: facts of the specification, one type after the other.
///
/// A line that begins with a name begins a type: the name, `<` and its base type, then its own elements. A line that begins
/// with a dot is a part of the type before it, under its path. A line that begins with a blank goes on. An element is
/// `name:types` and how often it stands: nothing for 0..1, `!` for 1..1, `*` for 0..*, `+` for 1..*. Of the types,
/// - `code=name` is a code out of the value set of that name,
/// - `@` and `&` are the part that the table has under the element's path, a BackboneElement or an Element,
/// - `#path` is the part under another path,
/// - `open` is any of ``openTypes``.
enum R4Table {
  static let texts = [
    datatypes, resourcesAToC, resourcesDToL, resourcesM, resourcesNToR, resourcesSToZ,
  ]

  /// What an element of type `*` may be (http://hl7.org/fhir/R4/datatypes.html#open).
  static let openTypes = """
    base64Binary boolean canonical code date dateTime decimal id instant integer markdown oid positiveInt string time
     unsignedInt uri url uuid Address Age Annotation Attachment CodeableConcept Coding ContactPoint Count Distance
     Duration HumanName Identifier Money Period Quantity Range Ratio Reference SampledData Signature Timing
     ContactDetail Contributor DataRequirement Expression ParameterDefinition RelatedArtifact TriggerDefinition
     UsageContext Dosage Meta
    """
}
