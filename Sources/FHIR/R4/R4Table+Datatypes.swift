extension R4Table {
  /// Datatypes of HL7 FHIR R4 4.0.1 (http://hl7.org/fhir/R4/datatypes.html).
  static let datatypes = """
    Element id:string extension:Extension*
    BackboneElement<Element modifierExtension:Extension*
    Address<Element use:code=address-use type:code=address-type text:string line:string* city:string district:string
     state:string postalCode:string country:string period:Period
    Age<Quantity
    Annotation<Element author[x]:Reference|string time:dateTime text:markdown!
    Attachment<Element contentType:code language:code data:base64Binary url:url size:unsignedInt hash:base64Binary
     title:string creation:dateTime
    CodeableConcept<Element coding:Coding* text:string
    Coding<Element system:uri version:string code:code display:string userSelected:boolean
    ContactDetail<Element name:string telecom:ContactPoint*
    ContactPoint<Element system:code=contact-point-system value:string use:code=contact-point-use rank:positiveInt
     period:Period
    Contributor<Element type:code=contributor-type! name:string! contact:ContactDetail*
    Count<Quantity
    DataRequirement<Element type:code! profile:canonical* subject[x]:CodeableConcept|Reference mustSupport:string*
     codeFilter:&* dateFilter:&* limit:positiveInt sort:&*
    .codeFilter path:string searchParam:string valueSet:canonical code:Coding*
    .dateFilter path:string searchParam:string value[x]:dateTime|Period|Duration
    .sort path:string! direction:code=sort-direction!
    Distance<Quantity
    Dosage<BackboneElement sequence:integer text:string additionalInstruction:CodeableConcept*
     patientInstruction:string timing:Timing asNeeded[x]:boolean|CodeableConcept site:CodeableConcept
     route:CodeableConcept method:CodeableConcept doseAndRate:&* maxDosePerPeriod:Ratio
     maxDosePerAdministration:Quantity maxDosePerLifetime:Quantity
    .doseAndRate type:CodeableConcept dose[x]:Range|Quantity rate[x]:Ratio|Range|Quantity
    Duration<Quantity
    ElementDefinition<BackboneElement path:string! representation:code=property-representation* sliceName:string
     sliceIsConstraining:boolean label:string code:Coding* slicing:& short:string definition:markdown
     comment:markdown requirements:markdown alias:string* min:unsignedInt max:string base:& contentReference:uri
     type:&* defaultValue[x]:open meaningWhenMissing:markdown orderMeaning:string fixed[x]:open pattern[x]:open
     example:&* minValue[x]:date|dateTime|instant|time|decimal|integer|positiveInt|unsignedInt|Quantity
     maxValue[x]:date|dateTime|instant|time|decimal|integer|positiveInt|unsignedInt|Quantity maxLength:integer
     condition:id* constraint:&* mustSupport:boolean isModifier:boolean isModifierReason:string isSummary:boolean
     binding:& mapping:&*
    .slicing discriminator:&* description:string ordered:boolean rules:code=resource-slicing-rules!
    .slicing.discriminator type:code=discriminator-type! path:string!
    .base path:string! min:unsignedInt! max:string!
    .type code:uri! profile:canonical* targetProfile:canonical* aggregation:code=resource-aggregation-mode*
     versioning:code=reference-version-rules
    .example label:string! value[x]:open!
    .constraint key:id! requirements:string severity:code=constraint-severity! human:string! expression:string
     xpath:string source:canonical
    .binding strength:code=binding-strength! description:string valueSet:canonical
    .mapping identity:id! language:code map:string! comment:string
    Expression<Element description:string name:id language:code! expression:string reference:uri
    Extension<Element url:uri! value[x]:open
    HumanName<Element use:code=name-use text:string family:string given:string* prefix:string* suffix:string*
     period:Period
    Identifier<Element use:code=identifier-use type:CodeableConcept system:uri value:string period:Period
     assigner:Reference
    MarketingStatus<BackboneElement country:CodeableConcept! jurisdiction:CodeableConcept status:CodeableConcept!
     dateRange:Period! restoreDate:dateTime
    Meta<Element versionId:id lastUpdated:instant source:uri profile:canonical* security:Coding* tag:Coding*
    Money<Element value:decimal currency:code
    Narrative<Element status:code=narrative-status! div:xhtml!
    ParameterDefinition<Element name:code use:code=operation-parameter-use! min:integer max:string
     documentation:string type:code! profile:canonical
    Period<Element start:dateTime end:dateTime
    Population<BackboneElement age[x]:Range|CodeableConcept gender:CodeableConcept race:CodeableConcept
     physiologicalCondition:CodeableConcept
    ProdCharacteristic<BackboneElement height:Quantity width:Quantity depth:Quantity weight:Quantity
     nominalVolume:Quantity externalDiameter:Quantity shape:string color:string* imprint:string* image:Attachment*
     scoring:CodeableConcept
    ProductShelfLife<BackboneElement identifier:Identifier type:CodeableConcept! period:Quantity!
     specialPrecautionsForStorage:CodeableConcept*
    Quantity<Element value:decimal comparator:code=quantity-comparator unit:string system:uri code:code
    Range<Element low:Quantity high:Quantity
    Ratio<Element numerator:Quantity denominator:Quantity
    Reference<Element reference:string type:uri identifier:Identifier display:string
    RelatedArtifact<Element type:code=related-artifact-type! label:string display:string citation:markdown url:url
     document:Attachment resource:canonical
    SampledData<Element origin:Quantity! period:decimal! factor:decimal lowerLimit:decimal upperLimit:decimal
     dimensions:positiveInt! data:string
    Signature<Element type:Coding+ when:instant! who:Reference! onBehalfOf:Reference targetFormat:code
     sigFormat:code data:base64Binary
    SubstanceAmount<BackboneElement amount[x]:Quantity|Range|string amountType:CodeableConcept amountText:string
     referenceRange:&
    .referenceRange lowLimit:Quantity highLimit:Quantity
    Timing<BackboneElement event:dateTime* repeat:& code:CodeableConcept
    .repeat bounds[x]:Duration|Range|Period count:positiveInt countMax:positiveInt duration:decimal
     durationMax:decimal durationUnit:code=units-of-time frequency:positiveInt frequencyMax:positiveInt
     period:decimal periodMax:decimal periodUnit:code=units-of-time dayOfWeek:code=days-of-week* timeOfDay:time*
     when:code=event-timing* offset:unsignedInt
    TriggerDefinition<Element type:code=trigger-type! name:string timing[x]:Timing|Reference|date|dateTime
     data:DataRequirement* condition:Expression
    UsageContext<Element code:Coding! value[x]:CodeableConcept|Quantity|Range|Reference!
    """
}
