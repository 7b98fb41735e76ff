extension R4Table {
  /// Resources of HL7 FHIR R4 4.0.1 (http://hl7.org/fhir/R4/resourcelist.html), S to Z.
  static let resourcesSToZ = """
    Schedule<DomainResource identifier:Identifier* active:boolean serviceCategory:CodeableConcept*
     serviceType:CodeableConcept* specialty:CodeableConcept* actor:Reference+ planningHorizon:Period comment:string
    SearchParameter<DomainResource url:uri! version:string name:string! derivedFrom:canonical
     status:code=publication-status! experimental:boolean date:dateTime publisher:string contact:ContactDetail*
     description:markdown! useContext:UsageContext* jurisdiction:CodeableConcept* purpose:markdown code:code!
     base:code+ type:code=search-param-type! expression:string xpath:string xpathUsage:code=search-xpath-usage
     target:code* multipleOr:boolean multipleAnd:boolean comparator:code=search-comparator*
     modifier:code=search-modifier-code* chain:string* component:@*
    .component definition:canonical! expression:string!
    ServiceRequest<DomainResource identifier:Identifier* instantiatesCanonical:canonical* instantiatesUri:uri*
     basedOn:Reference* replaces:Reference* requisition:Identifier status:code=request-status!
     intent:code=request-intent! category:CodeableConcept* priority:code=request-priority doNotPerform:boolean
     code:CodeableConcept orderDetail:CodeableConcept* quantity[x]:Quantity|Ratio|Range subject:Reference!
     encounter:Reference occurrence[x]:dateTime|Period|Timing asNeeded[x]:boolean|CodeableConcept
     authoredOn:dateTime requester:Reference performerType:CodeableConcept performer:Reference*
     locationCode:CodeableConcept* locationReference:Reference* reasonCode:CodeableConcept*
     reasonReference:Reference* insurance:Reference* supportingInfo:Reference* specimen:Reference*
     bodySite:CodeableConcept* note:Annotation* patientInstruction:string relevantHistory:Reference*
    Slot<DomainResource identifier:Identifier* serviceCategory:CodeableConcept* serviceType:CodeableConcept*
     specialty:CodeableConcept* appointmentType:CodeableConcept schedule:Reference! status:code=slotstatus!
     start:instant! end:instant! overbooked:boolean comment:string
    Specimen<DomainResource identifier:Identifier* accessionIdentifier:Identifier status:code=specimen-status
     type:CodeableConcept subject:Reference receivedTime:dateTime parent:Reference* request:Reference* collection:@
     processing:@* container:@* condition:CodeableConcept* note:Annotation*
    .collection collector:Reference collected[x]:dateTime|Period duration:Duration quantity:Quantity
     method:CodeableConcept bodySite:CodeableConcept fastingStatus[x]:CodeableConcept|Duration
    .processing description:string procedure:CodeableConcept additive:Reference* time[x]:dateTime|Period
    .container identifier:Identifier* description:string type:CodeableConcept capacity:Quantity
     specimenQuantity:Quantity additive[x]:CodeableConcept|Reference
    SpecimenDefinition<DomainResource identifier:Identifier typeCollected:CodeableConcept
     patientPreparation:CodeableConcept* timeAspect:string collection:CodeableConcept* typeTested:@*
    .typeTested isDerived:boolean type:CodeableConcept preference:code=specimen-contained-preference! container:@
     requirement:string retentionTime:Duration rejectionCriterion:CodeableConcept* handling:@*
    .typeTested.container material:CodeableConcept type:CodeableConcept cap:CodeableConcept description:string
     capacity:Quantity minimumVolume[x]:Quantity|string additive:@* preparation:string
    .typeTested.container.additive additive[x]:CodeableConcept|Reference!
    .typeTested.handling temperatureQualifier:CodeableConcept temperatureRange:Range maxDuration:Duration
     instruction:string
    StructureDefinition<DomainResource url:uri! identifier:Identifier* version:string name:string! title:string
     status:code=publication-status! experimental:boolean date:dateTime publisher:string contact:ContactDetail*
     description:markdown useContext:UsageContext* jurisdiction:CodeableConcept* purpose:markdown copyright:markdown
     keyword:Coding* fhirVersion:code=FHIR-version mapping:@* kind:code=structure-definition-kind! abstract:boolean!
     context:@* contextInvariant:string* type:uri! baseDefinition:canonical derivation:code=type-derivation-rule
     snapshot:@ differential:@
    .mapping identity:id! uri:uri name:string comment:string
    .context type:code=extension-context-type! expression:string!
    .snapshot element:ElementDefinition+
    .differential element:ElementDefinition+
    StructureMap<DomainResource url:uri! identifier:Identifier* version:string name:string! title:string
     status:code=publication-status! experimental:boolean date:dateTime publisher:string contact:ContactDetail*
     description:markdown useContext:UsageContext* jurisdiction:CodeableConcept* purpose:markdown copyright:markdown
     structure:@* import:canonical* group:@+
    .structure url:canonical! mode:code=map-model-mode! alias:string documentation:string
    .group name:id! extends:id typeMode:code=map-group-type-mode! documentation:string input:@+ rule:@+
    .group.input name:id! type:string mode:code=map-input-mode! documentation:string
    .group.rule name:id! source:@+ target:@* rule:#StructureMap.group.rule* dependent:@* documentation:string
    .group.rule.source context:id! min:integer max:string type:string defaultValue[x]:open element:string
     listMode:code=map-source-list-mode variable:id condition:string check:string logMessage:string
    .group.rule.target context:id contextType:code=map-context-type element:string variable:id
     listMode:code=map-target-list-mode* listRuleId:id transform:code=map-transform parameter:@*
    .group.rule.target.parameter value[x]:id|string|boolean|integer|decimal!
    .group.rule.dependent name:id! variable:string+
    Subscription<DomainResource status:code=subscription-status! contact:ContactPoint* end:instant reason:string!
     criteria:string! error:string channel:@!
    .channel type:code=subscription-channel-type! endpoint:url payload:code header:string*
    Substance<DomainResource identifier:Identifier* status:code=substance-status category:CodeableConcept*
     code:CodeableConcept! description:string instance:@* ingredient:@*
    .instance identifier:Identifier expiry:dateTime quantity:Quantity
    .ingredient quantity:Ratio substance[x]:CodeableConcept|Reference!
    SubstanceNucleicAcid<DomainResource sequenceType:CodeableConcept numberOfSubunits:integer
     areaOfHybridisation:string oligoNucleotideType:CodeableConcept subunit:@*
    .subunit subunit:integer sequence:string length:integer sequenceAttachment:Attachment fivePrime:CodeableConcept
     threePrime:CodeableConcept linkage:@* sugar:@*
    .subunit.linkage connectivity:string identifier:Identifier name:string residueSite:string
    .subunit.sugar identifier:Identifier name:string residueSite:string
    SubstancePolymer<DomainResource class:CodeableConcept geometry:CodeableConcept
     copolymerConnectivity:CodeableConcept* modification:string* monomerSet:@* repeat:@*
    .monomerSet ratioType:CodeableConcept startingMaterial:@*
    .monomerSet.startingMaterial material:CodeableConcept type:CodeableConcept isDefining:boolean
     amount:SubstanceAmount
    .repeat numberOfUnits:integer averageMolecularFormula:string repeatUnitAmountType:CodeableConcept repeatUnit:@*
    .repeat.repeatUnit orientationOfPolymerisation:CodeableConcept repeatUnit:string amount:SubstanceAmount
     degreeOfPolymerisation:@* structuralRepresentation:@*
    .repeat.repeatUnit.degreeOfPolymerisation degree:CodeableConcept amount:SubstanceAmount
    .repeat.repeatUnit.structuralRepresentation type:CodeableConcept representation:string attachment:Attachment
    SubstanceProtein<DomainResource sequenceType:CodeableConcept numberOfSubunits:integer disulfideLinkage:string*
     subunit:@*
    .subunit subunit:integer sequence:string length:integer sequenceAttachment:Attachment
     nTerminalModificationId:Identifier nTerminalModification:string cTerminalModificationId:Identifier
     cTerminalModification:string
    SubstanceReferenceInformation<DomainResource comment:string gene:@* geneElement:@* classification:@* target:@*
    .gene geneSequenceOrigin:CodeableConcept gene:CodeableConcept source:Reference*
    .geneElement type:CodeableConcept element:Identifier source:Reference*
    .classification domain:CodeableConcept classification:CodeableConcept subtype:CodeableConcept* source:Reference*
    .target target:Identifier type:CodeableConcept interaction:CodeableConcept organism:CodeableConcept
     organismType:CodeableConcept amount[x]:Quantity|Range|string amountType:CodeableConcept source:Reference*
    SubstanceSourceMaterial<DomainResource sourceMaterialClass:CodeableConcept sourceMaterialType:CodeableConcept
     sourceMaterialState:CodeableConcept organismId:Identifier organismName:string parentSubstanceId:Identifier*
     parentSubstanceName:string* countryOfOrigin:CodeableConcept* geographicalLocation:string*
     developmentStage:CodeableConcept fractionDescription:@* organism:@ partDescription:@*
    .fractionDescription fraction:string materialType:CodeableConcept
    .organism family:CodeableConcept genus:CodeableConcept species:CodeableConcept intraspecificType:CodeableConcept
     intraspecificDescription:string author:@* hybrid:@ organismGeneral:@
    .organism.author authorType:CodeableConcept authorDescription:string
    .organism.hybrid maternalOrganismId:string maternalOrganismName:string paternalOrganismId:string
     paternalOrganismName:string hybridType:CodeableConcept
    .organism.organismGeneral kingdom:CodeableConcept phylum:CodeableConcept class:CodeableConcept
     order:CodeableConcept
    .partDescription part:CodeableConcept partLocation:CodeableConcept
    SubstanceSpecification<DomainResource identifier:Identifier type:CodeableConcept status:CodeableConcept
     domain:CodeableConcept description:string source:Reference* comment:string moiety:@* property:@*
     referenceInformation:Reference structure:@ code:@* name:@*
     molecularWeight:#SubstanceSpecification.structure.isotope.molecularWeight* relationship:@*
     nucleicAcid:Reference polymer:Reference protein:Reference sourceMaterial:Reference
    .moiety role:CodeableConcept identifier:Identifier name:string stereochemistry:CodeableConcept
     opticalActivity:CodeableConcept molecularFormula:string amount[x]:Quantity|string
    .property category:CodeableConcept code:CodeableConcept parameters:string
     definingSubstance[x]:Reference|CodeableConcept amount[x]:Quantity|string
    .structure stereochemistry:CodeableConcept opticalActivity:CodeableConcept molecularFormula:string
     molecularFormulaByMoiety:string isotope:@*
     molecularWeight:#SubstanceSpecification.structure.isotope.molecularWeight source:Reference* representation:@*
    .structure.isotope identifier:Identifier name:CodeableConcept substitution:CodeableConcept halfLife:Quantity
     molecularWeight:@
    .structure.isotope.molecularWeight method:CodeableConcept type:CodeableConcept amount:Quantity
    .structure.representation type:CodeableConcept representation:string attachment:Attachment
    .code code:CodeableConcept status:CodeableConcept statusDate:dateTime comment:string source:Reference*
    .name name:string! type:CodeableConcept status:CodeableConcept preferred:boolean language:CodeableConcept*
     domain:CodeableConcept* jurisdiction:CodeableConcept* synonym:#SubstanceSpecification.name*
     translation:#SubstanceSpecification.name* official:@* source:Reference*
    .name.official authority:CodeableConcept status:CodeableConcept date:dateTime
    .relationship substance[x]:Reference|CodeableConcept relationship:CodeableConcept isDefining:boolean
     amount[x]:Quantity|Range|Ratio|string amountRatioLowLimit:Ratio amountType:CodeableConcept source:Reference*
    SupplyDelivery<DomainResource identifier:Identifier* basedOn:Reference* partOf:Reference*
     status:code=supplydelivery-status patient:Reference type:CodeableConcept suppliedItem:@
     occurrence[x]:dateTime|Period|Timing supplier:Reference destination:Reference receiver:Reference*
    .suppliedItem quantity:Quantity item[x]:CodeableConcept|Reference
    SupplyRequest<DomainResource identifier:Identifier* status:code=supplyrequest-status category:CodeableConcept
     priority:code=request-priority item[x]:CodeableConcept|Reference! quantity:Quantity! parameter:@*
     occurrence[x]:dateTime|Period|Timing authoredOn:dateTime requester:Reference supplier:Reference*
     reasonCode:CodeableConcept* reasonReference:Reference* deliverFrom:Reference deliverTo:Reference
    .parameter code:CodeableConcept value[x]:CodeableConcept|Quantity|Range|boolean
    Task<DomainResource identifier:Identifier* instantiatesCanonical:canonical instantiatesUri:uri
     basedOn:Reference* groupIdentifier:Identifier partOf:Reference* status:code=task-status!
     statusReason:CodeableConcept businessStatus:CodeableConcept intent:code=task-intent!
     priority:code=request-priority code:CodeableConcept description:string focus:Reference for:Reference
     encounter:Reference executionPeriod:Period authoredOn:dateTime lastModified:dateTime requester:Reference
     performerType:CodeableConcept* owner:Reference location:Reference reasonCode:CodeableConcept
     reasonReference:Reference insurance:Reference* note:Annotation* relevantHistory:Reference* restriction:@
     input:@* output:@*
    .restriction repetitions:positiveInt period:Period recipient:Reference*
    .input type:CodeableConcept! value[x]:open!
    .output type:CodeableConcept! value[x]:open!
    TerminologyCapabilities<DomainResource url:uri version:string name:string title:string
     status:code=publication-status! experimental:boolean date:dateTime! publisher:string contact:ContactDetail*
     description:markdown useContext:UsageContext* jurisdiction:CodeableConcept* purpose:markdown copyright:markdown
     kind:code=capability-statement-kind! software:@ implementation:@ lockedDate:boolean codeSystem:@* expansion:@
     codeSearch:code=code-search-support validateCode:@ translation:@ closure:@
    .software name:string! version:string
    .implementation description:string! url:url
    .codeSystem uri:canonical version:@* subsumption:boolean
    .codeSystem.version code:string isDefault:boolean compositional:boolean language:code* filter:@* property:code*
    .codeSystem.version.filter code:code! op:code+
    .expansion hierarchical:boolean paging:boolean incomplete:boolean parameter:@* textFilter:markdown
    .expansion.parameter name:code! documentation:string
    .validateCode translations:boolean!
    .translation needsMap:boolean!
    .closure translation:boolean
    TestReport<DomainResource identifier:Identifier name:string status:code=report-status-codes!
     testScript:Reference! result:code=report-result-codes! score:decimal tester:string issued:dateTime
     participant:@* setup:@ test:@* teardown:@
    .participant type:code=report-participant-type! uri:uri! display:string
    .setup action:@+
    .setup.action operation:@ assert:@
    .setup.action.operation result:code=report-action-result-codes! message:markdown detail:uri
    .setup.action.assert result:code=report-action-result-codes! message:markdown detail:string
    .test name:string description:string action:@+
    .test.action operation:#TestReport.setup.action.operation assert:#TestReport.setup.action.assert
    .teardown action:@+
    .teardown.action operation:#TestReport.setup.action.operation!
    TestScript<DomainResource url:uri! identifier:Identifier version:string name:string! title:string
     status:code=publication-status! experimental:boolean date:dateTime publisher:string contact:ContactDetail*
     description:markdown useContext:UsageContext* jurisdiction:CodeableConcept* purpose:markdown copyright:markdown
     origin:@* destination:@* metadata:@ fixture:@* profile:Reference* variable:@* setup:@ test:@* teardown:@
    .origin index:integer! profile:Coding!
    .destination index:integer! profile:Coding!
    .metadata link:@* capability:@+
    .metadata.link url:uri! description:string
    .metadata.capability required:boolean! validated:boolean! description:string origin:integer* destination:integer
     link:uri* capabilities:canonical!
    .fixture autocreate:boolean! autodelete:boolean! resource:Reference
    .variable name:string! defaultValue:string description:string expression:string headerField:string hint:string
     path:string sourceId:id
    .setup action:@+
    .setup.action operation:@ assert:@
    .setup.action.operation type:Coding resource:code label:string description:string accept:code contentType:code
     destination:integer encodeRequestUrl:boolean! method:code=http-operations origin:integer params:string
     requestHeader:@* requestId:id responseId:id sourceId:id targetId:id url:string
    .setup.action.operation.requestHeader field:string! value:string!
    .setup.action.assert label:string description:string direction:code=assert-direction-codes
     compareToSourceId:string compareToSourceExpression:string compareToSourcePath:string contentType:code
     expression:string headerField:string minimumId:string navigationLinks:boolean
     operator:code=assert-operator-codes path:string requestMethod:code=http-operations requestURL:string
     resource:code response:code=assert-response-code-types responseCode:string sourceId:id validateProfileId:id
     value:string warningOnly:boolean!
    .test name:string description:string action:@+
    .test.action operation:#TestScript.setup.action.operation assert:#TestScript.setup.action.assert
    .teardown action:@+
    .teardown.action operation:#TestScript.setup.action.operation!
    ValueSet<DomainResource url:uri identifier:Identifier* version:string name:string title:string
     status:code=publication-status! experimental:boolean date:dateTime publisher:string contact:ContactDetail*
     description:markdown useContext:UsageContext* jurisdiction:CodeableConcept* immutable:boolean purpose:markdown
     copyright:markdown compose:@ expansion:@
    .compose lockedDate:date inactive:boolean include:@+ exclude:#ValueSet.compose.include*
    .compose.include system:uri version:string concept:@* filter:@* valueSet:canonical*
    .compose.include.concept code:code! display:string designation:@*
    .compose.include.concept.designation language:code use:Coding value:string!
    .compose.include.filter property:code! op:code=filter-operator! value:string!
    .expansion identifier:uri timestamp:dateTime! total:integer offset:integer parameter:@* contains:@*
    .expansion.parameter name:string! value[x]:string|boolean|integer|decimal|uri|code|dateTime
    .expansion.contains system:uri abstract:boolean inactive:boolean version:string code:code display:string
     designation:#ValueSet.compose.include.concept.designation* contains:#ValueSet.expansion.contains*
    VerificationResult<DomainResource target:Reference* targetLocation:string* need:CodeableConcept
     status:code=verificationresult-status! statusDate:dateTime validationType:CodeableConcept
     validationProcess:CodeableConcept* frequency:Timing lastPerformed:dateTime nextScheduled:date
     failureAction:CodeableConcept primarySource:@* attestation:@ validator:@*
    .primarySource who:Reference type:CodeableConcept* communicationMethod:CodeableConcept*
     validationStatus:CodeableConcept validationDate:dateTime canPushUpdates:CodeableConcept
     pushTypeAvailable:CodeableConcept*
    .attestation who:Reference onBehalfOf:Reference communicationMethod:CodeableConcept date:date
     sourceIdentityCertificate:string proxyIdentityCertificate:string proxySignature:Signature
     sourceSignature:Signature
    .validator organization:Reference! identityCertificate:string attestationSignature:Signature
    VisionPrescription<DomainResource identifier:Identifier* status:code=fm-status! created:dateTime!
     patient:Reference! encounter:Reference dateWritten:dateTime! prescriber:Reference! lensSpecification:@+
    .lensSpecification product:CodeableConcept! eye:code=vision-eye-codes! sphere:decimal cylinder:decimal
     axis:integer prism:@* add:decimal power:decimal backCurve:decimal diameter:decimal duration:Quantity
     color:string brand:string note:Annotation*
    .lensSpecification.prism amount:decimal! base:code=vision-base-codes!
    """
}
