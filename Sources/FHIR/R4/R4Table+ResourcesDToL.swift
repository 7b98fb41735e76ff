extension R4Table {
  /// Resources of HL7 FHIR R4 4.0.1 (http://hl7.org/fhir/R4/resourcelist.html), D to L.
  static let resourcesDToL = """
    DetectedIssue<DomainResource identifier:Identifier* status:code=observation-status! code:CodeableConcept
     severity:code=detectedissue-severity patient:Reference identified[x]:dateTime|Period author:Reference
     implicated:Reference* evidence:@* detail:string reference:uri mitigation:@*
    .evidence code:CodeableConcept* detail:Reference*
    .mitigation action:CodeableConcept! date:dateTime author:Reference
    Device<DomainResource identifier:Identifier* definition:Reference udiCarrier:@* status:code=device-status
     statusReason:CodeableConcept* distinctIdentifier:string manufacturer:string manufactureDate:dateTime
     expirationDate:dateTime lotNumber:string serialNumber:string deviceName:@* modelNumber:string partNumber:string
     type:CodeableConcept specialization:@* version:@* property:@* patient:Reference owner:Reference
     contact:ContactPoint* location:Reference url:uri note:Annotation* safety:CodeableConcept* parent:Reference
    .udiCarrier deviceIdentifier:string issuer:uri jurisdiction:uri carrierAIDC:base64Binary carrierHRF:string
     entryType:code=udi-entry-type
    .deviceName name:string! type:code=device-nametype!
    .specialization systemType:CodeableConcept! version:string
    .version type:CodeableConcept component:Identifier value:string!
    .property type:CodeableConcept! valueQuantity:Quantity* valueCode:CodeableConcept*
    DeviceDefinition<DomainResource identifier:Identifier* udiDeviceIdentifier:@* manufacturer[x]:string|Reference
     deviceName:@* modelNumber:string type:CodeableConcept specialization:@* version:string* safety:CodeableConcept*
     shelfLifeStorage:ProductShelfLife* physicalCharacteristics:ProdCharacteristic languageCode:CodeableConcept*
     capability:@* property:@* owner:Reference contact:ContactPoint* url:uri onlineInformation:uri note:Annotation*
     quantity:Quantity parentDevice:Reference material:@*
    .udiDeviceIdentifier deviceIdentifier:string! issuer:uri! jurisdiction:uri!
    .deviceName name:string! type:code=device-nametype!
    .specialization systemType:string! version:string
    .capability type:CodeableConcept! description:CodeableConcept*
    .property type:CodeableConcept! valueQuantity:Quantity* valueCode:CodeableConcept*
    .material substance:CodeableConcept! alternate:boolean allergenicIndicator:boolean
    DeviceMetric<DomainResource identifier:Identifier* type:CodeableConcept! unit:CodeableConcept source:Reference
     parent:Reference operationalStatus:code=metric-operational-status color:code=metric-color
     category:code=metric-category! measurementPeriod:Timing calibration:@*
    .calibration type:code=metric-calibration-type state:code=metric-calibration-state time:instant
    DeviceRequest<DomainResource identifier:Identifier* instantiatesCanonical:canonical* instantiatesUri:uri*
     basedOn:Reference* priorRequest:Reference* groupIdentifier:Identifier status:code=request-status
     intent:code=request-intent! priority:code=request-priority code[x]:Reference|CodeableConcept! parameter:@*
     subject:Reference! encounter:Reference occurrence[x]:dateTime|Period|Timing authoredOn:dateTime
     requester:Reference performerType:CodeableConcept performer:Reference reasonCode:CodeableConcept*
     reasonReference:Reference* insurance:Reference* supportingInfo:Reference* note:Annotation*
     relevantHistory:Reference*
    .parameter code:CodeableConcept value[x]:CodeableConcept|Quantity|Range|boolean
    DeviceUseStatement<DomainResource identifier:Identifier* basedOn:Reference* status:code=device-statement-status!
     subject:Reference! derivedFrom:Reference* timing[x]:Timing|Period|dateTime recordedOn:dateTime source:Reference
     device:Reference! reasonCode:CodeableConcept* reasonReference:Reference* bodySite:CodeableConcept
     note:Annotation*
    DiagnosticReport<DomainResource identifier:Identifier* basedOn:Reference* status:code=diagnostic-report-status!
     category:CodeableConcept* code:CodeableConcept! subject:Reference encounter:Reference
     effective[x]:dateTime|Period issued:instant performer:Reference* resultsInterpreter:Reference*
     specimen:Reference* result:Reference* imagingStudy:Reference* media:@* conclusion:string
     conclusionCode:CodeableConcept* presentedForm:Attachment*
    .media comment:string link:Reference!
    DocumentManifest<DomainResource masterIdentifier:Identifier identifier:Identifier*
     status:code=document-reference-status! type:CodeableConcept subject:Reference created:dateTime
     author:Reference* recipient:Reference* source:uri description:string content:Reference+ related:@*
    .related identifier:Identifier ref:Reference
    DocumentReference<DomainResource masterIdentifier:Identifier identifier:Identifier*
     status:code=document-reference-status! docStatus:code=composition-status type:CodeableConcept
     category:CodeableConcept* subject:Reference date:instant author:Reference* authenticator:Reference
     custodian:Reference relatesTo:@* description:string securityLabel:CodeableConcept* content:@+ context:@
    .relatesTo code:code=document-relationship-type! target:Reference!
    .content attachment:Attachment! format:Coding
    .context encounter:Reference* event:CodeableConcept* period:Period facilityType:CodeableConcept
     practiceSetting:CodeableConcept sourcePatientInfo:Reference related:Reference*
    EffectEvidenceSynthesis<DomainResource url:uri identifier:Identifier* version:string name:string title:string
     status:code=publication-status! date:dateTime publisher:string contact:ContactDetail* description:markdown
     note:Annotation* useContext:UsageContext* jurisdiction:CodeableConcept* copyright:markdown approvalDate:date
     lastReviewDate:date effectivePeriod:Period topic:CodeableConcept* author:ContactDetail* editor:ContactDetail*
     reviewer:ContactDetail* endorser:ContactDetail* relatedArtifact:RelatedArtifact* synthesisType:CodeableConcept
     studyType:CodeableConcept population:Reference! exposure:Reference! exposureAlternative:Reference!
     outcome:Reference! sampleSize:@ resultsByExposure:@* effectEstimate:@* certainty:@*
    .sampleSize description:string numberOfStudies:integer numberOfParticipants:integer
    .resultsByExposure description:string exposureState:code=exposure-state variantState:CodeableConcept
     riskEvidenceSynthesis:Reference!
    .effectEstimate description:string type:CodeableConcept variantState:CodeableConcept value:decimal
     unitOfMeasure:CodeableConcept precisionEstimate:@*
    .effectEstimate.precisionEstimate type:CodeableConcept level:decimal from:decimal to:decimal
    .certainty rating:CodeableConcept* note:Annotation* certaintySubcomponent:@*
    .certainty.certaintySubcomponent type:CodeableConcept rating:CodeableConcept* note:Annotation*
    Encounter<DomainResource identifier:Identifier* status:code=encounter-status! statusHistory:@* class:Coding!
     classHistory:@* type:CodeableConcept* serviceType:CodeableConcept priority:CodeableConcept subject:Reference
     episodeOfCare:Reference* basedOn:Reference* participant:@* appointment:Reference* period:Period length:Duration
     reasonCode:CodeableConcept* reasonReference:Reference* diagnosis:@* account:Reference* hospitalization:@
     location:@* serviceProvider:Reference partOf:Reference
    .statusHistory status:code=encounter-status! period:Period!
    .classHistory class:Coding! period:Period!
    .participant type:CodeableConcept* period:Period individual:Reference
    .diagnosis condition:Reference! use:CodeableConcept rank:positiveInt
    .hospitalization preAdmissionIdentifier:Identifier origin:Reference admitSource:CodeableConcept
     reAdmission:CodeableConcept dietPreference:CodeableConcept* specialCourtesy:CodeableConcept*
     specialArrangement:CodeableConcept* destination:Reference dischargeDisposition:CodeableConcept
    .location location:Reference! status:code=encounter-location-status physicalType:CodeableConcept period:Period
    Endpoint<DomainResource identifier:Identifier* status:code=endpoint-status! connectionType:Coding! name:string
     managingOrganization:Reference contact:ContactPoint* period:Period payloadType:CodeableConcept+
     payloadMimeType:code* address:url! header:string*
    EnrollmentRequest<DomainResource identifier:Identifier* status:code=fm-status created:dateTime insurer:Reference
     provider:Reference candidate:Reference coverage:Reference
    EnrollmentResponse<DomainResource identifier:Identifier* status:code=fm-status request:Reference
     outcome:code=remittance-outcome disposition:string created:dateTime organization:Reference
     requestProvider:Reference
    EpisodeOfCare<DomainResource identifier:Identifier* status:code=episode-of-care-status! statusHistory:@*
     type:CodeableConcept* diagnosis:@* patient:Reference! managingOrganization:Reference period:Period
     referralRequest:Reference* careManager:Reference team:Reference* account:Reference*
    .statusHistory status:code=episode-of-care-status! period:Period!
    .diagnosis condition:Reference! role:CodeableConcept rank:positiveInt
    EventDefinition<DomainResource url:uri identifier:Identifier* version:string name:string title:string
     subtitle:string status:code=publication-status! experimental:boolean subject[x]:CodeableConcept|Reference
     date:dateTime publisher:string contact:ContactDetail* description:markdown useContext:UsageContext*
     jurisdiction:CodeableConcept* purpose:markdown usage:string copyright:markdown approvalDate:date
     lastReviewDate:date effectivePeriod:Period topic:CodeableConcept* author:ContactDetail* editor:ContactDetail*
     reviewer:ContactDetail* endorser:ContactDetail* relatedArtifact:RelatedArtifact* trigger:TriggerDefinition+
    Evidence<DomainResource url:uri identifier:Identifier* version:string name:string title:string shortTitle:string
     subtitle:string status:code=publication-status! date:dateTime publisher:string contact:ContactDetail*
     description:markdown note:Annotation* useContext:UsageContext* jurisdiction:CodeableConcept* copyright:markdown
     approvalDate:date lastReviewDate:date effectivePeriod:Period topic:CodeableConcept* author:ContactDetail*
     editor:ContactDetail* reviewer:ContactDetail* endorser:ContactDetail* relatedArtifact:RelatedArtifact*
     exposureBackground:Reference! exposureVariant:Reference* outcome:Reference*
    EvidenceVariable<DomainResource url:uri identifier:Identifier* version:string name:string title:string
     shortTitle:string subtitle:string status:code=publication-status! date:dateTime publisher:string
     contact:ContactDetail* description:markdown note:Annotation* useContext:UsageContext*
     jurisdiction:CodeableConcept* copyright:markdown approvalDate:date lastReviewDate:date effectivePeriod:Period
     topic:CodeableConcept* author:ContactDetail* editor:ContactDetail* reviewer:ContactDetail*
     endorser:ContactDetail* relatedArtifact:RelatedArtifact* type:code=variable-type characteristic:@+
    .characteristic description:string
     definition[x]:Reference|canonical|CodeableConcept|Expression|DataRequirement|TriggerDefinition!
     usageContext:UsageContext* exclude:boolean participantEffective[x]:dateTime|Period|Duration|Timing
     timeFromStart:Duration groupMeasure:code=group-measure
    ExampleScenario<DomainResource url:uri identifier:Identifier* version:string name:string
     status:code=publication-status! experimental:boolean date:dateTime publisher:string contact:ContactDetail*
     useContext:UsageContext* jurisdiction:CodeableConcept* copyright:markdown purpose:markdown actor:@* instance:@*
     process:@* workflow:canonical*
    .actor actorId:string! type:code=examplescenario-actor-type! name:string description:markdown
    .instance resourceId:string! resourceType:code! name:string description:markdown version:@* containedInstance:@*
    .instance.version versionId:string! description:markdown!
    .instance.containedInstance resourceId:string! versionId:string
    .process title:string! description:markdown preConditions:markdown postConditions:markdown step:@*
    .process.step process:#ExampleScenario.process* pause:boolean operation:@ alternative:@*
    .process.step.operation number:string! type:string name:string initiator:string receiver:string
     description:markdown initiatorActive:boolean receiverActive:boolean
     request:#ExampleScenario.instance.containedInstance response:#ExampleScenario.instance.containedInstance
    .process.step.alternative title:string! description:markdown step:#ExampleScenario.process.step*
    ExplanationOfBenefit<DomainResource identifier:Identifier* status:code=explanationofbenefit-status!
     type:CodeableConcept! subType:CodeableConcept use:code=claim-use! patient:Reference! billablePeriod:Period
     created:dateTime! enterer:Reference insurer:Reference! provider:Reference! priority:CodeableConcept
     fundsReserveRequested:CodeableConcept fundsReserve:CodeableConcept related:@* prescription:Reference
     originalPrescription:Reference payee:@ referral:Reference facility:Reference claim:Reference
     claimResponse:Reference outcome:code=remittance-outcome! disposition:string preAuthRef:string*
     preAuthRefPeriod:Period* careTeam:@* supportingInfo:@* diagnosis:@* procedure:@* precedence:positiveInt
     insurance:@+ accident:@ item:@* addItem:@* adjudication:#ExplanationOfBenefit.item.adjudication* total:@*
     payment:@ formCode:CodeableConcept form:Attachment processNote:@* benefitPeriod:Period benefitBalance:@*
    .related claim:Reference relationship:CodeableConcept reference:Identifier
    .payee type:CodeableConcept party:Reference
    .careTeam sequence:positiveInt! provider:Reference! responsible:boolean role:CodeableConcept
     qualification:CodeableConcept
    .supportingInfo sequence:positiveInt! category:CodeableConcept! code:CodeableConcept timing[x]:date|Period
     value[x]:boolean|string|Quantity|Attachment|Reference reason:Coding
    .diagnosis sequence:positiveInt! diagnosis[x]:CodeableConcept|Reference! type:CodeableConcept*
     onAdmission:CodeableConcept packageCode:CodeableConcept
    .procedure sequence:positiveInt! type:CodeableConcept* date:dateTime procedure[x]:CodeableConcept|Reference!
     udi:Reference*
    .insurance focal:boolean! coverage:Reference! preAuthRef:string*
    .accident date:date type:CodeableConcept location[x]:Address|Reference
    .item sequence:positiveInt! careTeamSequence:positiveInt* diagnosisSequence:positiveInt*
     procedureSequence:positiveInt* informationSequence:positiveInt* revenue:CodeableConcept
     category:CodeableConcept productOrService:CodeableConcept! modifier:CodeableConcept*
     programCode:CodeableConcept* serviced[x]:date|Period location[x]:CodeableConcept|Address|Reference
     quantity:Quantity unitPrice:Money factor:decimal net:Money udi:Reference* bodySite:CodeableConcept
     subSite:CodeableConcept* encounter:Reference* noteNumber:positiveInt* adjudication:@* detail:@*
    .item.adjudication category:CodeableConcept! reason:CodeableConcept amount:Money value:decimal
    .item.detail sequence:positiveInt! revenue:CodeableConcept category:CodeableConcept
     productOrService:CodeableConcept! modifier:CodeableConcept* programCode:CodeableConcept* quantity:Quantity
     unitPrice:Money factor:decimal net:Money udi:Reference* noteNumber:positiveInt*
     adjudication:#ExplanationOfBenefit.item.adjudication* subDetail:@*
    .item.detail.subDetail sequence:positiveInt! revenue:CodeableConcept category:CodeableConcept
     productOrService:CodeableConcept! modifier:CodeableConcept* programCode:CodeableConcept* quantity:Quantity
     unitPrice:Money factor:decimal net:Money udi:Reference* noteNumber:positiveInt*
     adjudication:#ExplanationOfBenefit.item.adjudication*
    .addItem itemSequence:positiveInt* detailSequence:positiveInt* subDetailSequence:positiveInt*
     provider:Reference* productOrService:CodeableConcept! modifier:CodeableConcept* programCode:CodeableConcept*
     serviced[x]:date|Period location[x]:CodeableConcept|Address|Reference quantity:Quantity unitPrice:Money
     factor:decimal net:Money bodySite:CodeableConcept subSite:CodeableConcept* noteNumber:positiveInt*
     adjudication:#ExplanationOfBenefit.item.adjudication* detail:@*
    .addItem.detail productOrService:CodeableConcept! modifier:CodeableConcept* quantity:Quantity unitPrice:Money
     factor:decimal net:Money noteNumber:positiveInt* adjudication:#ExplanationOfBenefit.item.adjudication*
     subDetail:@*
    .addItem.detail.subDetail productOrService:CodeableConcept! modifier:CodeableConcept* quantity:Quantity
     unitPrice:Money factor:decimal net:Money noteNumber:positiveInt*
     adjudication:#ExplanationOfBenefit.item.adjudication*
    .total category:CodeableConcept! amount:Money!
    .payment type:CodeableConcept adjustment:Money adjustmentReason:CodeableConcept date:date amount:Money
     identifier:Identifier
    .processNote number:positiveInt type:code=note-type text:string language:CodeableConcept
    .benefitBalance category:CodeableConcept! excluded:boolean name:string description:string
     network:CodeableConcept unit:CodeableConcept term:CodeableConcept financial:@*
    .benefitBalance.financial type:CodeableConcept! allowed[x]:unsignedInt|string|Money used[x]:unsignedInt|Money
    FamilyMemberHistory<DomainResource identifier:Identifier* instantiatesCanonical:canonical* instantiatesUri:uri*
     status:code=history-status! dataAbsentReason:CodeableConcept patient:Reference! date:dateTime name:string
     relationship:CodeableConcept! sex:CodeableConcept born[x]:Period|date|string age[x]:Age|Range|string
     estimatedAge:boolean deceased[x]:boolean|Age|Range|date|string reasonCode:CodeableConcept*
     reasonReference:Reference* note:Annotation* condition:@*
    .condition code:CodeableConcept! outcome:CodeableConcept contributedToDeath:boolean
     onset[x]:Age|Range|Period|string note:Annotation*
    Flag<DomainResource identifier:Identifier* status:code=flag-status! category:CodeableConcept*
     code:CodeableConcept! subject:Reference! period:Period encounter:Reference author:Reference
    Goal<DomainResource identifier:Identifier* lifecycleStatus:code=goal-status! achievementStatus:CodeableConcept
     category:CodeableConcept* priority:CodeableConcept description:CodeableConcept! subject:Reference!
     start[x]:date|CodeableConcept target:@* statusDate:date statusReason:string expressedBy:Reference
     addresses:Reference* note:Annotation* outcomeCode:CodeableConcept* outcomeReference:Reference*
    .target measure:CodeableConcept detail[x]:Quantity|Range|CodeableConcept|string|boolean|integer|Ratio
     due[x]:date|Duration
    GraphDefinition<DomainResource url:uri version:string name:string! status:code=publication-status!
     experimental:boolean date:dateTime publisher:string contact:ContactDetail* description:markdown
     useContext:UsageContext* jurisdiction:CodeableConcept* purpose:markdown start:code! profile:canonical link:@*
    .link path:string sliceName:string min:integer max:string description:string target:@*
    .link.target type:code! params:string profile:canonical compartment:@* link:#GraphDefinition.link*
    .link.target.compartment use:code=graph-compartment-use! code:code=compartment-type!
     rule:code=graph-compartment-rule! expression:string description:string
    Group<DomainResource identifier:Identifier* active:boolean type:code=group-type! actual:boolean!
     code:CodeableConcept name:string quantity:unsignedInt managingEntity:Reference characteristic:@* member:@*
    .characteristic code:CodeableConcept! value[x]:CodeableConcept|boolean|Quantity|Range|Reference!
     exclude:boolean! period:Period
    .member entity:Reference! period:Period inactive:boolean
    GuidanceResponse<DomainResource requestIdentifier:Identifier identifier:Identifier*
     module[x]:uri|canonical|CodeableConcept! status:code=guidance-response-status! subject:Reference
     encounter:Reference occurrenceDateTime:dateTime performer:Reference reasonCode:CodeableConcept*
     reasonReference:Reference* note:Annotation* evaluationMessage:Reference* outputParameters:Reference
     result:Reference dataRequirement:DataRequirement*
    HealthcareService<DomainResource identifier:Identifier* active:boolean providedBy:Reference
     category:CodeableConcept* type:CodeableConcept* specialty:CodeableConcept* location:Reference* name:string
     comment:string extraDetails:markdown photo:Attachment telecom:ContactPoint* coverageArea:Reference*
     serviceProvisionCode:CodeableConcept* eligibility:@* program:CodeableConcept* characteristic:CodeableConcept*
     communication:CodeableConcept* referralMethod:CodeableConcept* appointmentRequired:boolean availableTime:@*
     notAvailable:@* availabilityExceptions:string endpoint:Reference*
    .eligibility code:CodeableConcept comment:markdown
    .availableTime daysOfWeek:code=days-of-week* allDay:boolean availableStartTime:time availableEndTime:time
    .notAvailable description:string! during:Period
    ImagingStudy<DomainResource identifier:Identifier* status:code=imagingstudy-status! modality:Coding*
     subject:Reference! encounter:Reference started:dateTime basedOn:Reference* referrer:Reference
     interpreter:Reference* endpoint:Reference* numberOfSeries:unsignedInt numberOfInstances:unsignedInt
     procedureReference:Reference procedureCode:CodeableConcept* location:Reference reasonCode:CodeableConcept*
     reasonReference:Reference* note:Annotation* description:string series:@*
    .series uid:id! number:unsignedInt modality:Coding! description:string numberOfInstances:unsignedInt
     endpoint:Reference* bodySite:Coding laterality:Coding specimen:Reference* started:dateTime performer:@*
     instance:@*
    .series.performer function:CodeableConcept actor:Reference!
    .series.instance uid:id! sopClass:Coding! number:unsignedInt title:string
    Immunization<DomainResource identifier:Identifier* status:code=immunization-status! statusReason:CodeableConcept
     vaccineCode:CodeableConcept! patient:Reference! encounter:Reference occurrence[x]:dateTime|string!
     recorded:dateTime primarySource:boolean reportOrigin:CodeableConcept location:Reference manufacturer:Reference
     lotNumber:string expirationDate:date site:CodeableConcept route:CodeableConcept doseQuantity:Quantity
     performer:@* note:Annotation* reasonCode:CodeableConcept* reasonReference:Reference* isSubpotent:boolean
     subpotentReason:CodeableConcept* education:@* programEligibility:CodeableConcept* fundingSource:CodeableConcept
     reaction:@* protocolApplied:@*
    .performer function:CodeableConcept actor:Reference!
    .education documentType:string reference:uri publicationDate:dateTime presentationDate:dateTime
    .reaction date:dateTime detail:Reference reported:boolean
    .protocolApplied series:string authority:Reference targetDisease:CodeableConcept*
     doseNumber[x]:positiveInt|string! seriesDoses[x]:positiveInt|string
    ImmunizationEvaluation<DomainResource identifier:Identifier* status:code=immunization-evaluation-status!
     patient:Reference! date:dateTime authority:Reference targetDisease:CodeableConcept!
     immunizationEvent:Reference! doseStatus:CodeableConcept! doseStatusReason:CodeableConcept* description:string
     series:string doseNumber[x]:positiveInt|string seriesDoses[x]:positiveInt|string
    ImmunizationRecommendation<DomainResource identifier:Identifier* patient:Reference! date:dateTime!
     authority:Reference recommendation:@+
    .recommendation vaccineCode:CodeableConcept* targetDisease:CodeableConcept
     contraindicatedVaccineCode:CodeableConcept* forecastStatus:CodeableConcept! forecastReason:CodeableConcept*
     dateCriterion:@* description:string series:string doseNumber[x]:positiveInt|string
     seriesDoses[x]:positiveInt|string supportingImmunization:Reference* supportingPatientInformation:Reference*
    .recommendation.dateCriterion code:CodeableConcept! value:dateTime!
    ImplementationGuide<DomainResource url:uri! version:string name:string! title:string
     status:code=publication-status! experimental:boolean date:dateTime publisher:string contact:ContactDetail*
     description:markdown useContext:UsageContext* jurisdiction:CodeableConcept* copyright:markdown packageId:id!
     license:code fhirVersion:code=FHIR-version+ dependsOn:@* global:@* definition:@ manifest:@
    .dependsOn uri:canonical! packageId:id version:string
    .global type:code! profile:canonical!
    .definition grouping:@* resource:@+ page:@ parameter:@* template:@*
    .definition.grouping name:string! description:string
    .definition.resource reference:Reference! fhirVersion:code=FHIR-version* name:string description:string
     example[x]:boolean|canonical groupingId:id
    .definition.page name[x]:url|Reference! title:string! generation:code=guide-page-generation!
     page:#ImplementationGuide.definition.page*
    .definition.parameter code:code=guide-parameter-code! value:string!
    .definition.template code:code! source:string! scope:string
    .manifest rendering:url resource:@+ page:@* image:string* other:string*
    .manifest.resource reference:Reference! example[x]:boolean|canonical relativePath:url
    .manifest.page name:string! title:string anchor:string*
    InsurancePlan<DomainResource identifier:Identifier* status:code=publication-status type:CodeableConcept*
     name:string alias:string* period:Period ownedBy:Reference administeredBy:Reference coverageArea:Reference*
     contact:@* endpoint:Reference* network:Reference* coverage:@* plan:@*
    .contact purpose:CodeableConcept name:HumanName telecom:ContactPoint* address:Address
    .coverage type:CodeableConcept! network:Reference* benefit:@+
    .coverage.benefit type:CodeableConcept! requirement:string limit:@*
    .coverage.benefit.limit value:Quantity code:CodeableConcept
    .plan identifier:Identifier* type:CodeableConcept coverageArea:Reference* network:Reference* generalCost:@*
     specificCost:@*
    .plan.generalCost type:CodeableConcept groupSize:positiveInt cost:Money comment:string
    .plan.specificCost category:CodeableConcept! benefit:@*
    .plan.specificCost.benefit type:CodeableConcept! cost:@*
    .plan.specificCost.benefit.cost type:CodeableConcept! applicability:CodeableConcept qualifiers:CodeableConcept*
     value:Quantity
    Invoice<DomainResource identifier:Identifier* status:code=invoice-status! cancelledReason:string
     type:CodeableConcept subject:Reference recipient:Reference date:dateTime participant:@* issuer:Reference
     account:Reference lineItem:@* totalPriceComponent:#Invoice.lineItem.priceComponent* totalNet:Money
     totalGross:Money paymentTerms:markdown note:Annotation*
    .participant role:CodeableConcept actor:Reference!
    .lineItem sequence:positiveInt chargeItem[x]:Reference|CodeableConcept! priceComponent:@*
    .lineItem.priceComponent type:code=invoice-priceComponentType! code:CodeableConcept factor:decimal amount:Money
    Library<DomainResource url:uri identifier:Identifier* version:string name:string title:string subtitle:string
     status:code=publication-status! experimental:boolean type:CodeableConcept! subject[x]:CodeableConcept|Reference
     date:dateTime publisher:string contact:ContactDetail* description:markdown useContext:UsageContext*
     jurisdiction:CodeableConcept* purpose:markdown usage:string copyright:markdown approvalDate:date
     lastReviewDate:date effectivePeriod:Period topic:CodeableConcept* author:ContactDetail* editor:ContactDetail*
     reviewer:ContactDetail* endorser:ContactDetail* relatedArtifact:RelatedArtifact* parameter:ParameterDefinition*
     dataRequirement:DataRequirement* content:Attachment*
    Linkage<DomainResource active:boolean author:Reference item:@+
    .item type:code=linkage-type! resource:Reference!
    List<DomainResource identifier:Identifier* status:code=list-status! mode:code=list-mode! title:string
     code:CodeableConcept subject:Reference encounter:Reference date:dateTime source:Reference
     orderedBy:CodeableConcept note:Annotation* entry:@* emptyReason:CodeableConcept
    .entry flag:CodeableConcept deleted:boolean date:dateTime item:Reference!
    Location<DomainResource identifier:Identifier* status:code=location-status operationalStatus:Coding name:string
     alias:string* description:string mode:code=location-mode type:CodeableConcept* telecom:ContactPoint*
     address:Address physicalType:CodeableConcept position:@ managingOrganization:Reference partOf:Reference
     hoursOfOperation:@* availabilityExceptions:string endpoint:Reference*
    .position longitude:decimal! latitude:decimal! altitude:decimal
    .hoursOfOperation daysOfWeek:code=days-of-week* allDay:boolean openingTime:time closingTime:time
    """
}
