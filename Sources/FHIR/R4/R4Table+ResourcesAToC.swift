extension R4Table {
  /// Resources of HL7 FHIR R4 4.0.1 (http://hl7.org/fhir/R4/resourcelist.html), A to C.
  static let resourcesAToC = """
    Resource id:id meta:Meta implicitRules:uri language:code
    DomainResource<Resource text:Narrative contained:Resource* extension:Extension* modifierExtension:Extension*
    Account<DomainResource identifier:Identifier* status:code=account-status! type:CodeableConcept name:string
     subject:Reference* servicePeriod:Period coverage:@* owner:Reference description:string guarantor:@*
     partOf:Reference
    .coverage coverage:Reference! priority:positiveInt
    .guarantor party:Reference! onHold:boolean period:Period
    ActivityDefinition<DomainResource url:uri identifier:Identifier* version:string name:string title:string
     subtitle:string status:code=publication-status! experimental:boolean subject[x]:CodeableConcept|Reference
     date:dateTime publisher:string contact:ContactDetail* description:markdown useContext:UsageContext*
     jurisdiction:CodeableConcept* purpose:markdown usage:string copyright:markdown approvalDate:date
     lastReviewDate:date effectivePeriod:Period topic:CodeableConcept* author:ContactDetail* editor:ContactDetail*
     reviewer:ContactDetail* endorser:ContactDetail* relatedArtifact:RelatedArtifact* library:canonical*
     kind:code=request-resource-types profile:canonical code:CodeableConcept intent:code=request-intent
     priority:code=request-priority doNotPerform:boolean timing[x]:Timing|dateTime|Age|Period|Range|Duration
     location:Reference participant:@* product[x]:Reference|CodeableConcept quantity:Quantity dosage:Dosage*
     bodySite:CodeableConcept* specimenRequirement:Reference* observationRequirement:Reference*
     observationResultRequirement:Reference* transform:canonical dynamicValue:@*
    .participant type:code=action-participant-type! role:CodeableConcept
    .dynamicValue path:string! expression:Expression!
    AdverseEvent<DomainResource identifier:Identifier actuality:code=adverse-event-actuality!
     category:CodeableConcept* event:CodeableConcept subject:Reference! encounter:Reference date:dateTime
     detected:dateTime recordedDate:dateTime resultingCondition:Reference* location:Reference
     seriousness:CodeableConcept severity:CodeableConcept outcome:CodeableConcept recorder:Reference
     contributor:Reference* suspectEntity:@* subjectMedicalHistory:Reference* referenceDocument:Reference*
     study:Reference*
    .suspectEntity instance:Reference! causality:@*
    .suspectEntity.causality assessment:CodeableConcept productRelatedness:string author:Reference
     method:CodeableConcept
    AllergyIntolerance<DomainResource identifier:Identifier* clinicalStatus:CodeableConcept
     verificationStatus:CodeableConcept type:code=allergy-intolerance-type
     category:code=allergy-intolerance-category* criticality:code=allergy-intolerance-criticality
     code:CodeableConcept patient:Reference! encounter:Reference onset[x]:dateTime|Age|Period|Range|string
     recordedDate:dateTime recorder:Reference asserter:Reference lastOccurrence:dateTime note:Annotation*
     reaction:@*
    .reaction substance:CodeableConcept manifestation:CodeableConcept+ description:string onset:dateTime
     severity:code=reaction-event-severity exposureRoute:CodeableConcept note:Annotation*
    Appointment<DomainResource identifier:Identifier* status:code=appointmentstatus!
     cancelationReason:CodeableConcept serviceCategory:CodeableConcept* serviceType:CodeableConcept*
     specialty:CodeableConcept* appointmentType:CodeableConcept reasonCode:CodeableConcept*
     reasonReference:Reference* priority:unsignedInt description:string supportingInformation:Reference*
     start:instant end:instant minutesDuration:positiveInt slot:Reference* created:dateTime comment:string
     patientInstruction:string basedOn:Reference* participant:@+ requestedPeriod:Period*
    .participant type:CodeableConcept* actor:Reference required:code=participantrequired
     status:code=participationstatus! period:Period
    AppointmentResponse<DomainResource identifier:Identifier* appointment:Reference! start:instant end:instant
     participantType:CodeableConcept* actor:Reference participantStatus:code=participationstatus! comment:string
    AuditEvent<DomainResource type:Coding! subtype:Coding* action:code=audit-event-action period:Period
     recorded:instant! outcome:code=audit-event-outcome outcomeDesc:string purposeOfEvent:CodeableConcept* agent:@+
     source:@! entity:@*
    .agent type:CodeableConcept role:CodeableConcept* who:Reference altId:string name:string requestor:boolean!
     location:Reference policy:uri* media:Coding network:@ purposeOfUse:CodeableConcept*
    .agent.network address:string type:code=network-type
    .source site:string observer:Reference! type:Coding*
    .entity what:Reference type:Coding role:Coding lifecycle:Coding securityLabel:Coding* name:string
     description:string query:base64Binary detail:@*
    .entity.detail type:string! value[x]:string|base64Binary!
    Basic<DomainResource identifier:Identifier* code:CodeableConcept! subject:Reference created:date
     author:Reference
    Binary<Resource contentType:code! securityContext:Reference data:base64Binary
    BiologicallyDerivedProduct<DomainResource identifier:Identifier* productCategory:code=product-category
     productCode:CodeableConcept status:code=product-status request:Reference* quantity:integer parent:Reference*
     collection:@ processing:@* manipulation:@ storage:@*
    .collection collector:Reference source:Reference collected[x]:dateTime|Period
    .processing description:string procedure:CodeableConcept additive:Reference time[x]:dateTime|Period
    .manipulation description:string time[x]:dateTime|Period
    .storage description:string temperature:decimal scale:code=product-storage-scale duration:Period
    BodyStructure<DomainResource identifier:Identifier* active:boolean morphology:CodeableConcept
     location:CodeableConcept locationQualifier:CodeableConcept* description:string image:Attachment*
     patient:Reference!
    Bundle<Resource identifier:Identifier type:code=bundle-type! timestamp:instant total:unsignedInt link:@*
     entry:@* signature:Signature
    .link relation:string! url:uri!
    .entry link:#Bundle.link* fullUrl:uri resource:Resource search:@ request:@ response:@
    .entry.search mode:code=search-entry-mode score:decimal
    .entry.request method:code=http-verb! url:uri! ifNoneMatch:string ifModifiedSince:instant ifMatch:string
     ifNoneExist:string
    .entry.response status:string! location:uri etag:string lastModified:instant outcome:Resource
    CapabilityStatement<DomainResource url:uri version:string name:string title:string
     status:code=publication-status! experimental:boolean date:dateTime! publisher:string contact:ContactDetail*
     description:markdown useContext:UsageContext* jurisdiction:CodeableConcept* purpose:markdown copyright:markdown
     kind:code=capability-statement-kind! instantiates:canonical* imports:canonical* software:@ implementation:@
     fhirVersion:code=FHIR-version! format:code+ patchFormat:code* implementationGuide:canonical* rest:@*
     messaging:@* document:@*
    .software name:string! version:string releaseDate:dateTime
    .implementation description:string! url:url custodian:Reference
    .rest mode:code=restful-capability-mode! documentation:markdown security:@ resource:@* interaction:@*
     searchParam:#CapabilityStatement.rest.resource.searchParam*
     operation:#CapabilityStatement.rest.resource.operation* compartment:canonical*
    .rest.security cors:boolean service:CodeableConcept* description:markdown
    .rest.resource type:code! profile:canonical supportedProfile:canonical* documentation:markdown interaction:@*
     versioning:code=versioning-policy readHistory:boolean updateCreate:boolean conditionalCreate:boolean
     conditionalRead:code=conditional-read-status conditionalUpdate:boolean
     conditionalDelete:code=conditional-delete-status referencePolicy:code=reference-handling-policy*
     searchInclude:string* searchRevInclude:string* searchParam:@* operation:@*
    .rest.resource.interaction code:code=type-restful-interaction! documentation:markdown
    .rest.resource.searchParam name:string! definition:canonical type:code=search-param-type! documentation:markdown
    .rest.resource.operation name:string! definition:canonical! documentation:markdown
    .rest.interaction code:code=system-restful-interaction! documentation:markdown
    .messaging endpoint:@* reliableCache:unsignedInt documentation:markdown supportedMessage:@*
    .messaging.endpoint protocol:Coding! address:url!
    .messaging.supportedMessage mode:code=event-capability-mode! definition:canonical!
    .document mode:code=document-mode! documentation:markdown profile:canonical!
    CarePlan<DomainResource identifier:Identifier* instantiatesCanonical:canonical* instantiatesUri:uri*
     basedOn:Reference* replaces:Reference* partOf:Reference* status:code=request-status!
     intent:code=care-plan-intent! category:CodeableConcept* title:string description:string subject:Reference!
     encounter:Reference period:Period created:dateTime author:Reference contributor:Reference* careTeam:Reference*
     addresses:Reference* supportingInfo:Reference* goal:Reference* activity:@* note:Annotation*
    .activity outcomeCodeableConcept:CodeableConcept* outcomeReference:Reference* progress:Annotation*
     reference:Reference detail:@
    .activity.detail kind:code=care-plan-activity-kind instantiatesCanonical:canonical* instantiatesUri:uri*
     code:CodeableConcept reasonCode:CodeableConcept* reasonReference:Reference* goal:Reference*
     status:code=care-plan-activity-status! statusReason:CodeableConcept doNotPerform:boolean
     scheduled[x]:Timing|Period|string location:Reference performer:Reference* product[x]:CodeableConcept|Reference
     dailyAmount:Quantity quantity:Quantity description:string
    CareTeam<DomainResource identifier:Identifier* status:code=care-team-status category:CodeableConcept*
     name:string subject:Reference encounter:Reference period:Period participant:@* reasonCode:CodeableConcept*
     reasonReference:Reference* managingOrganization:Reference* telecom:ContactPoint* note:Annotation*
    .participant role:CodeableConcept* member:Reference onBehalfOf:Reference period:Period
    CatalogEntry<DomainResource identifier:Identifier* type:CodeableConcept orderable:boolean!
     referencedItem:Reference! additionalIdentifier:Identifier* classification:CodeableConcept*
     status:code=publication-status validityPeriod:Period validTo:dateTime lastUpdated:dateTime
     additionalCharacteristic:CodeableConcept* additionalClassification:CodeableConcept* relatedEntry:@*
    .relatedEntry relationtype:code=relation-type! item:Reference!
    ChargeItem<DomainResource identifier:Identifier* definitionUri:uri* definitionCanonical:canonical*
     status:code=chargeitem-status! partOf:Reference* code:CodeableConcept! subject:Reference! context:Reference
     occurrence[x]:dateTime|Period|Timing performer:@* performingOrganization:Reference
     requestingOrganization:Reference costCenter:Reference quantity:Quantity bodysite:CodeableConcept*
     factorOverride:decimal priceOverride:Money overrideReason:string enterer:Reference enteredDate:dateTime
     reason:CodeableConcept* service:Reference* product[x]:Reference|CodeableConcept account:Reference*
     note:Annotation* supportingInformation:Reference*
    .performer function:CodeableConcept actor:Reference!
    ChargeItemDefinition<DomainResource url:uri! identifier:Identifier* version:string title:string
     derivedFromUri:uri* partOf:canonical* replaces:canonical* status:code=publication-status! experimental:boolean
     date:dateTime publisher:string contact:ContactDetail* description:markdown useContext:UsageContext*
     jurisdiction:CodeableConcept* copyright:markdown approvalDate:date lastReviewDate:date effectivePeriod:Period
     code:CodeableConcept instance:Reference* applicability:@* propertyGroup:@*
    .applicability description:string language:string expression:string
    .propertyGroup applicability:#ChargeItemDefinition.applicability* priceComponent:@*
    .propertyGroup.priceComponent type:code=invoice-priceComponentType! code:CodeableConcept factor:decimal
     amount:Money
    Claim<DomainResource identifier:Identifier* status:code=fm-status! type:CodeableConcept! subType:CodeableConcept
     use:code=claim-use! patient:Reference! billablePeriod:Period created:dateTime! enterer:Reference
     insurer:Reference provider:Reference! priority:CodeableConcept! fundsReserve:CodeableConcept related:@*
     prescription:Reference originalPrescription:Reference payee:@ referral:Reference facility:Reference careTeam:@*
     supportingInfo:@* diagnosis:@* procedure:@* insurance:@+ accident:@ item:@* total:Money
    .related claim:Reference relationship:CodeableConcept reference:Identifier
    .payee type:CodeableConcept! party:Reference
    .careTeam sequence:positiveInt! provider:Reference! responsible:boolean role:CodeableConcept
     qualification:CodeableConcept
    .supportingInfo sequence:positiveInt! category:CodeableConcept! code:CodeableConcept timing[x]:date|Period
     value[x]:boolean|string|Quantity|Attachment|Reference reason:CodeableConcept
    .diagnosis sequence:positiveInt! diagnosis[x]:CodeableConcept|Reference! type:CodeableConcept*
     onAdmission:CodeableConcept packageCode:CodeableConcept
    .procedure sequence:positiveInt! type:CodeableConcept* date:dateTime procedure[x]:CodeableConcept|Reference!
     udi:Reference*
    .insurance sequence:positiveInt! focal:boolean! identifier:Identifier coverage:Reference!
     businessArrangement:string preAuthRef:string* claimResponse:Reference
    .accident date:date! type:CodeableConcept location[x]:Address|Reference
    .item sequence:positiveInt! careTeamSequence:positiveInt* diagnosisSequence:positiveInt*
     procedureSequence:positiveInt* informationSequence:positiveInt* revenue:CodeableConcept
     category:CodeableConcept productOrService:CodeableConcept! modifier:CodeableConcept*
     programCode:CodeableConcept* serviced[x]:date|Period location[x]:CodeableConcept|Address|Reference
     quantity:Quantity unitPrice:Money factor:decimal net:Money udi:Reference* bodySite:CodeableConcept
     subSite:CodeableConcept* encounter:Reference* detail:@*
    .item.detail sequence:positiveInt! revenue:CodeableConcept category:CodeableConcept
     productOrService:CodeableConcept! modifier:CodeableConcept* programCode:CodeableConcept* quantity:Quantity
     unitPrice:Money factor:decimal net:Money udi:Reference* subDetail:@*
    .item.detail.subDetail sequence:positiveInt! revenue:CodeableConcept category:CodeableConcept
     productOrService:CodeableConcept! modifier:CodeableConcept* programCode:CodeableConcept* quantity:Quantity
     unitPrice:Money factor:decimal net:Money udi:Reference*
    ClaimResponse<DomainResource identifier:Identifier* status:code=fm-status! type:CodeableConcept!
     subType:CodeableConcept use:code=claim-use! patient:Reference! created:dateTime! insurer:Reference!
     requestor:Reference request:Reference outcome:code=remittance-outcome! disposition:string preAuthRef:string
     preAuthPeriod:Period payeeType:CodeableConcept item:@* addItem:@*
     adjudication:#ClaimResponse.item.adjudication* total:@* payment:@ fundsReserve:CodeableConcept
     formCode:CodeableConcept form:Attachment processNote:@* communicationRequest:Reference* insurance:@* error:@*
    .item itemSequence:positiveInt! noteNumber:positiveInt* adjudication:@+ detail:@*
    .item.adjudication category:CodeableConcept! reason:CodeableConcept amount:Money value:decimal
    .item.detail detailSequence:positiveInt! noteNumber:positiveInt* adjudication:#ClaimResponse.item.adjudication+
     subDetail:@*
    .item.detail.subDetail subDetailSequence:positiveInt! noteNumber:positiveInt*
     adjudication:#ClaimResponse.item.adjudication*
    .addItem itemSequence:positiveInt* detailSequence:positiveInt* subdetailSequence:positiveInt*
     provider:Reference* productOrService:CodeableConcept! modifier:CodeableConcept* programCode:CodeableConcept*
     serviced[x]:date|Period location[x]:CodeableConcept|Address|Reference quantity:Quantity unitPrice:Money
     factor:decimal net:Money bodySite:CodeableConcept subSite:CodeableConcept* noteNumber:positiveInt*
     adjudication:#ClaimResponse.item.adjudication+ detail:@*
    .addItem.detail productOrService:CodeableConcept! modifier:CodeableConcept* quantity:Quantity unitPrice:Money
     factor:decimal net:Money noteNumber:positiveInt* adjudication:#ClaimResponse.item.adjudication+ subDetail:@*
    .addItem.detail.subDetail productOrService:CodeableConcept! modifier:CodeableConcept* quantity:Quantity
     unitPrice:Money factor:decimal net:Money noteNumber:positiveInt* adjudication:#ClaimResponse.item.adjudication+
    .total category:CodeableConcept! amount:Money!
    .payment type:CodeableConcept! adjustment:Money adjustmentReason:CodeableConcept date:date amount:Money!
     identifier:Identifier
    .processNote number:positiveInt type:code=note-type text:string! language:CodeableConcept
    .insurance sequence:positiveInt! focal:boolean! coverage:Reference! businessArrangement:string
     claimResponse:Reference
    .error itemSequence:positiveInt detailSequence:positiveInt subDetailSequence:positiveInt code:CodeableConcept!
    ClinicalImpression<DomainResource identifier:Identifier* status:code=clinicalimpression-status!
     statusReason:CodeableConcept code:CodeableConcept description:string subject:Reference! encounter:Reference
     effective[x]:dateTime|Period date:dateTime assessor:Reference previous:Reference problem:Reference*
     investigation:@* protocol:uri* summary:string finding:@* prognosisCodeableConcept:CodeableConcept*
     prognosisReference:Reference* supportingInfo:Reference* note:Annotation*
    .investigation code:CodeableConcept! item:Reference*
    .finding itemCodeableConcept:CodeableConcept itemReference:Reference basis:string
    CodeSystem<DomainResource url:uri identifier:Identifier* version:string name:string title:string
     status:code=publication-status! experimental:boolean date:dateTime publisher:string contact:ContactDetail*
     description:markdown useContext:UsageContext* jurisdiction:CodeableConcept* purpose:markdown copyright:markdown
     caseSensitive:boolean valueSet:canonical hierarchyMeaning:code=codesystem-hierarchy-meaning
     compositional:boolean versionNeeded:boolean content:code=codesystem-content-mode! supplements:canonical
     count:unsignedInt filter:@* property:@* concept:@*
    .filter code:code! description:string operator:code=filter-operator+ value:string!
    .property code:code! uri:uri description:string type:code=concept-property-type!
    .concept code:code! display:string definition:string designation:@* property:@* concept:#CodeSystem.concept*
    .concept.designation language:code use:Coding value:string!
    .concept.property code:code! value[x]:code|Coding|string|integer|boolean|dateTime|decimal!
    Communication<DomainResource identifier:Identifier* instantiatesCanonical:canonical* instantiatesUri:uri*
     basedOn:Reference* partOf:Reference* inResponseTo:Reference* status:code=event-status!
     statusReason:CodeableConcept category:CodeableConcept* priority:code=request-priority medium:CodeableConcept*
     subject:Reference topic:CodeableConcept about:Reference* encounter:Reference sent:dateTime received:dateTime
     recipient:Reference* sender:Reference reasonCode:CodeableConcept* reasonReference:Reference* payload:@*
     note:Annotation*
    .payload content[x]:string|Attachment|Reference!
    CommunicationRequest<DomainResource identifier:Identifier* basedOn:Reference* replaces:Reference*
     groupIdentifier:Identifier status:code=request-status! statusReason:CodeableConcept category:CodeableConcept*
     priority:code=request-priority doNotPerform:boolean medium:CodeableConcept* subject:Reference about:Reference*
     encounter:Reference payload:@* occurrence[x]:dateTime|Period authoredOn:dateTime requester:Reference
     recipient:Reference* sender:Reference reasonCode:CodeableConcept* reasonReference:Reference* note:Annotation*
    .payload content[x]:string|Attachment|Reference!
    CompartmentDefinition<DomainResource url:uri! version:string name:string! status:code=publication-status!
     experimental:boolean date:dateTime publisher:string contact:ContactDetail* description:markdown
     useContext:UsageContext* purpose:markdown code:code=compartment-type! search:boolean! resource:@*
    .resource code:code! param:string* documentation:string
    Composition<DomainResource identifier:Identifier status:code=composition-status! type:CodeableConcept!
     category:CodeableConcept* subject:Reference encounter:Reference date:dateTime! author:Reference+ title:string!
     confidentiality:code=v3-ConfidentialityClassification attester:@* custodian:Reference relatesTo:@* event:@*
     section:@*
    .attester mode:code=composition-attestation-mode! time:dateTime party:Reference
    .relatesTo code:code=document-relationship-type! target[x]:Identifier|Reference!
    .event code:CodeableConcept* period:Period detail:Reference*
    .section title:string code:CodeableConcept author:Reference* focus:Reference text:Narrative mode:code=list-mode
     orderedBy:CodeableConcept entry:Reference* emptyReason:CodeableConcept section:#Composition.section*
    ConceptMap<DomainResource url:uri identifier:Identifier version:string name:string title:string
     status:code=publication-status! experimental:boolean date:dateTime publisher:string contact:ContactDetail*
     description:markdown useContext:UsageContext* jurisdiction:CodeableConcept* purpose:markdown copyright:markdown
     source[x]:uri|canonical target[x]:uri|canonical group:@*
    .group source:uri sourceVersion:string target:uri targetVersion:string element:@+ unmapped:@
    .group.element code:code display:string target:@*
    .group.element.target code:code display:string equivalence:code=concept-map-equivalence! comment:string
     dependsOn:@* product:#ConceptMap.group.element.target.dependsOn*
    .group.element.target.dependsOn property:uri! system:canonical value:string! display:string
    .group.unmapped mode:code=conceptmap-unmapped-mode! code:code display:string url:canonical
    Condition<DomainResource identifier:Identifier* clinicalStatus:CodeableConcept
     verificationStatus:CodeableConcept category:CodeableConcept* severity:CodeableConcept code:CodeableConcept
     bodySite:CodeableConcept* subject:Reference! encounter:Reference onset[x]:dateTime|Age|Period|Range|string
     abatement[x]:dateTime|Age|Period|Range|string recordedDate:dateTime recorder:Reference asserter:Reference
     stage:@* evidence:@* note:Annotation*
    .stage summary:CodeableConcept assessment:Reference* type:CodeableConcept
    .evidence code:CodeableConcept* detail:Reference*
    Consent<DomainResource identifier:Identifier* status:code=consent-state-codes! scope:CodeableConcept!
     category:CodeableConcept+ patient:Reference dateTime:dateTime performer:Reference* organization:Reference*
     source[x]:Attachment|Reference policy:@* policyRule:CodeableConcept verification:@* provision:@
    .policy authority:uri uri:uri
    .verification verified:boolean! verifiedWith:Reference verificationDate:dateTime
    .provision type:code=consent-provision-type period:Period actor:@* action:CodeableConcept* securityLabel:Coding*
     purpose:Coding* class:Coding* code:CodeableConcept* dataPeriod:Period data:@* provision:#Consent.provision*
    .provision.actor role:CodeableConcept! reference:Reference!
    .provision.data meaning:code=consent-data-meaning! reference:Reference!
    Contract<DomainResource identifier:Identifier* url:uri version:string status:code=contract-status
     legalState:CodeableConcept instantiatesCanonical:Reference instantiatesUri:uri
     contentDerivative:CodeableConcept issued:dateTime applies:Period expirationType:CodeableConcept
     subject:Reference* authority:Reference* domain:Reference* site:Reference* name:string title:string
     subtitle:string alias:string* author:Reference scope:CodeableConcept topic[x]:CodeableConcept|Reference
     type:CodeableConcept subType:CodeableConcept* contentDefinition:@ term:@* supportingInfo:Reference*
     relevantHistory:Reference* signer:@* friendly:@* legal:@* rule:@* legallyBinding[x]:Attachment|Reference
    .contentDefinition type:CodeableConcept! subType:CodeableConcept publisher:Reference publicationDate:dateTime
     publicationStatus:code=contract-publicationstatus! copyright:markdown
    .term identifier:Identifier issued:dateTime applies:Period topic[x]:CodeableConcept|Reference
     type:CodeableConcept subType:CodeableConcept text:string securityLabel:@* offer:@! asset:@* action:@*
     group:#Contract.term*
    .term.securityLabel number:unsignedInt* classification:Coding! category:Coding* control:Coding*
    .term.offer identifier:Identifier* party:@* topic:Reference type:CodeableConcept decision:CodeableConcept
     decisionMode:CodeableConcept* answer:@* text:string linkId:string* securityLabelNumber:unsignedInt*
    .term.offer.party reference:Reference+ role:CodeableConcept!
    .term.offer.answer
     value[x]:boolean|decimal|integer|date|dateTime|time|string|uri|Attachment|Coding|Quantity|Reference!
    .term.asset scope:CodeableConcept type:CodeableConcept* typeReference:Reference* subtype:CodeableConcept*
     relationship:Coding context:@* condition:string periodType:CodeableConcept* period:Period* usePeriod:Period*
     text:string linkId:string* answer:#Contract.term.offer.answer* securityLabelNumber:unsignedInt* valuedItem:@*
    .term.asset.context reference:Reference code:CodeableConcept* text:string
    .term.asset.valuedItem entity[x]:CodeableConcept|Reference identifier:Identifier effectiveTime:dateTime
     quantity:Quantity unitPrice:Money factor:decimal points:decimal net:Money payment:string paymentDate:dateTime
     responsible:Reference recipient:Reference linkId:string* securityLabelNumber:unsignedInt*
    .term.action doNotPerform:boolean type:CodeableConcept! subject:@* intent:CodeableConcept! linkId:string*
     status:CodeableConcept! context:Reference contextLinkId:string* occurrence[x]:dateTime|Period|Timing
     requester:Reference* requesterLinkId:string* performerType:CodeableConcept* performerRole:CodeableConcept
     performer:Reference performerLinkId:string* reasonCode:CodeableConcept* reasonReference:Reference*
     reason:string* reasonLinkId:string* note:Annotation* securityLabelNumber:unsignedInt*
    .term.action.subject reference:Reference+ role:CodeableConcept
    .signer type:Coding! party:Reference! signature:Signature+
    .friendly content[x]:Attachment|Reference!
    .legal content[x]:Attachment|Reference!
    .rule content[x]:Attachment|Reference!
    Coverage<DomainResource identifier:Identifier* status:code=fm-status! type:CodeableConcept
     policyHolder:Reference subscriber:Reference subscriberId:string beneficiary:Reference! dependent:string
     relationship:CodeableConcept period:Period payor:Reference+ class:@* order:positiveInt network:string
     costToBeneficiary:@* subrogation:boolean contract:Reference*
    .class type:CodeableConcept! value:string! name:string
    .costToBeneficiary type:CodeableConcept value[x]:Quantity|Money! exception:@*
    .costToBeneficiary.exception type:CodeableConcept! period:Period
    CoverageEligibilityRequest<DomainResource identifier:Identifier* status:code=fm-status! priority:CodeableConcept
     purpose:code=eligibilityrequest-purpose+ patient:Reference! serviced[x]:date|Period created:dateTime!
     enterer:Reference provider:Reference insurer:Reference! facility:Reference supportingInfo:@* insurance:@*
     item:@*
    .supportingInfo sequence:positiveInt! information:Reference! appliesToAll:boolean
    .insurance focal:boolean coverage:Reference! businessArrangement:string
    .item supportingInfoSequence:positiveInt* category:CodeableConcept productOrService:CodeableConcept
     modifier:CodeableConcept* provider:Reference quantity:Quantity unitPrice:Money facility:Reference diagnosis:@*
     detail:Reference*
    .item.diagnosis diagnosis[x]:CodeableConcept|Reference
    CoverageEligibilityResponse<DomainResource identifier:Identifier* status:code=fm-status!
     purpose:code=eligibilityresponse-purpose+ patient:Reference! serviced[x]:date|Period created:dateTime!
     requestor:Reference request:Reference! outcome:code=remittance-outcome! disposition:string insurer:Reference!
     insurance:@* preAuthRef:string form:CodeableConcept error:@*
    .insurance coverage:Reference! inforce:boolean benefitPeriod:Period item:@*
    .insurance.item category:CodeableConcept productOrService:CodeableConcept modifier:CodeableConcept*
     provider:Reference excluded:boolean name:string description:string network:CodeableConcept unit:CodeableConcept
     term:CodeableConcept benefit:@* authorizationRequired:boolean authorizationSupporting:CodeableConcept*
     authorizationUrl:uri
    .insurance.item.benefit type:CodeableConcept! allowed[x]:unsignedInt|string|Money
     used[x]:unsignedInt|string|Money
    .error code:CodeableConcept!
    """
}
