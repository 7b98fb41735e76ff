extension R4Table {
  /// Resources of HL7 FHIR R4 4.0.1 (http://hl7.org/fhir/R4/resourcelist.html), N to R.
  static let resourcesNToR = """
    NamingSystem<DomainResource name:string! status:code=publication-status! kind:code=namingsystem-type!
     date:dateTime! publisher:string contact:ContactDetail* responsible:string type:CodeableConcept
     description:markdown useContext:UsageContext* jurisdiction:CodeableConcept* usage:string uniqueId:@+
    .uniqueId type:code=namingsystem-identifier-type! value:string! preferred:boolean comment:string period:Period
    NutritionOrder<DomainResource identifier:Identifier* instantiatesCanonical:canonical* instantiatesUri:uri*
     instantiates:uri* status:code=request-status! intent:code=request-intent! patient:Reference!
     encounter:Reference dateTime:dateTime! orderer:Reference allergyIntolerance:Reference*
     foodPreferenceModifier:CodeableConcept* excludeFoodModifier:CodeableConcept* oralDiet:@ supplement:@*
     enteralFormula:@ note:Annotation*
    .oralDiet type:CodeableConcept* schedule:Timing* nutrient:@* texture:@* fluidConsistencyType:CodeableConcept*
     instruction:string
    .oralDiet.nutrient modifier:CodeableConcept amount:Quantity
    .oralDiet.texture modifier:CodeableConcept foodType:CodeableConcept
    .supplement type:CodeableConcept productName:string schedule:Timing* quantity:Quantity instruction:string
    .enteralFormula baseFormulaType:CodeableConcept baseFormulaProductName:string additiveType:CodeableConcept
     additiveProductName:string caloricDensity:Quantity routeofAdministration:CodeableConcept administration:@*
     maxVolumeToDeliver:Quantity administrationInstruction:string
    .enteralFormula.administration schedule:Timing quantity:Quantity rate[x]:Quantity|Ratio
    Observation<DomainResource identifier:Identifier* basedOn:Reference* partOf:Reference*
     status:code=observation-status! category:CodeableConcept* code:CodeableConcept! subject:Reference
     focus:Reference* encounter:Reference effective[x]:dateTime|Period|Timing|instant issued:instant
     performer:Reference*
     value[x]:Quantity|CodeableConcept|string|boolean|integer|Range|Ratio|SampledData|time|dateTime|Period
     dataAbsentReason:CodeableConcept interpretation:CodeableConcept* note:Annotation* bodySite:CodeableConcept
     method:CodeableConcept specimen:Reference device:Reference referenceRange:@* hasMember:Reference*
     derivedFrom:Reference* component:@*
    .referenceRange low:Quantity high:Quantity type:CodeableConcept appliesTo:CodeableConcept* age:Range text:string
    .component code:CodeableConcept!
     value[x]:Quantity|CodeableConcept|string|boolean|integer|Range|Ratio|SampledData|time|dateTime|Period
     dataAbsentReason:CodeableConcept interpretation:CodeableConcept* referenceRange:#Observation.referenceRange*
    ObservationDefinition<DomainResource category:CodeableConcept* code:CodeableConcept! identifier:Identifier*
     permittedDataType:code=permitted-data-type* multipleResultsAllowed:boolean method:CodeableConcept
     preferredReportName:string quantitativeDetails:@ qualifiedInterval:@* validCodedValueSet:Reference
     normalCodedValueSet:Reference abnormalCodedValueSet:Reference criticalCodedValueSet:Reference
    .quantitativeDetails customaryUnit:CodeableConcept unit:CodeableConcept conversionFactor:decimal
     decimalPrecision:integer
    .qualifiedInterval category:code=observation-range-category range:Range context:CodeableConcept
     appliesTo:CodeableConcept* gender:code=administrative-gender age:Range gestationalAge:Range condition:string
    OperationDefinition<DomainResource url:uri version:string name:string! title:string
     status:code=publication-status! kind:code=operation-kind! experimental:boolean date:dateTime publisher:string
     contact:ContactDetail* description:markdown useContext:UsageContext* jurisdiction:CodeableConcept*
     purpose:markdown affectsState:boolean code:code! comment:markdown base:canonical resource:code* system:boolean!
     type:boolean! instance:boolean! inputProfile:canonical outputProfile:canonical parameter:@* overload:@*
    .parameter name:code! use:code=operation-parameter-use! min:integer! max:string! documentation:string type:code
     targetProfile:canonical* searchType:code=search-param-type binding:@ referencedFrom:@*
     part:#OperationDefinition.parameter*
    .parameter.binding strength:code=binding-strength! valueSet:canonical!
    .parameter.referencedFrom source:string! sourceId:string
    .overload parameterName:string* comment:string
    OperationOutcome<DomainResource issue:@+
    .issue severity:code=issue-severity! code:code=issue-type! details:CodeableConcept diagnostics:string
     location:string* expression:string*
    Organization<DomainResource identifier:Identifier* active:boolean type:CodeableConcept* name:string
     alias:string* telecom:ContactPoint* address:Address* partOf:Reference contact:@* endpoint:Reference*
    .contact purpose:CodeableConcept name:HumanName telecom:ContactPoint* address:Address
    OrganizationAffiliation<DomainResource identifier:Identifier* active:boolean period:Period
     organization:Reference participatingOrganization:Reference network:Reference* code:CodeableConcept*
     specialty:CodeableConcept* location:Reference* healthcareService:Reference* telecom:ContactPoint*
     endpoint:Reference*
    Parameters<Resource parameter:@*
    .parameter name:string! value[x]:open resource:Resource part:#Parameters.parameter*
    Patient<DomainResource identifier:Identifier* active:boolean name:HumanName* telecom:ContactPoint*
     gender:code=administrative-gender birthDate:date deceased[x]:boolean|dateTime address:Address*
     maritalStatus:CodeableConcept multipleBirth[x]:boolean|integer photo:Attachment* contact:@* communication:@*
     generalPractitioner:Reference* managingOrganization:Reference link:@*
    .contact relationship:CodeableConcept* name:HumanName telecom:ContactPoint* address:Address
     gender:code=administrative-gender organization:Reference period:Period
    .communication language:CodeableConcept! preferred:boolean
    .link other:Reference! type:code=link-type!
    PaymentNotice<DomainResource identifier:Identifier* status:code=fm-status! request:Reference response:Reference
     created:dateTime! provider:Reference payment:Reference! paymentDate:date payee:Reference recipient:Reference!
     amount:Money! paymentStatus:CodeableConcept
    PaymentReconciliation<DomainResource identifier:Identifier* status:code=fm-status! period:Period
     created:dateTime! paymentIssuer:Reference request:Reference requestor:Reference outcome:code=remittance-outcome
     disposition:string paymentDate:date! paymentAmount:Money! paymentIdentifier:Identifier detail:@*
     formCode:CodeableConcept processNote:@*
    .detail identifier:Identifier predecessor:Identifier type:CodeableConcept! request:Reference submitter:Reference
     response:Reference date:date responsible:Reference payee:Reference amount:Money
    .processNote type:code=note-type text:string
    Person<DomainResource identifier:Identifier* name:HumanName* telecom:ContactPoint*
     gender:code=administrative-gender birthDate:date address:Address* photo:Attachment
     managingOrganization:Reference active:boolean link:@*
    .link target:Reference! assurance:code=identity-assuranceLevel
    PlanDefinition<DomainResource url:uri identifier:Identifier* version:string name:string title:string
     subtitle:string type:CodeableConcept status:code=publication-status! experimental:boolean
     subject[x]:CodeableConcept|Reference date:dateTime publisher:string contact:ContactDetail* description:markdown
     useContext:UsageContext* jurisdiction:CodeableConcept* purpose:markdown usage:string copyright:markdown
     approvalDate:date lastReviewDate:date effectivePeriod:Period topic:CodeableConcept* author:ContactDetail*
     editor:ContactDetail* reviewer:ContactDetail* endorser:ContactDetail* relatedArtifact:RelatedArtifact*
     library:canonical* goal:@* action:@*
    .goal category:CodeableConcept description:CodeableConcept! priority:CodeableConcept start:CodeableConcept
     addresses:CodeableConcept* documentation:RelatedArtifact* target:@*
    .goal.target measure:CodeableConcept detail[x]:Quantity|Range|CodeableConcept due:Duration
    .action prefix:string title:string description:string textEquivalent:string priority:code=request-priority
     code:CodeableConcept* reason:CodeableConcept* documentation:RelatedArtifact* goalId:id*
     subject[x]:CodeableConcept|Reference trigger:TriggerDefinition* condition:@* input:DataRequirement*
     output:DataRequirement* relatedAction:@* timing[x]:dateTime|Age|Period|Duration|Range|Timing participant:@*
     type:CodeableConcept groupingBehavior:code=action-grouping-behavior
     selectionBehavior:code=action-selection-behavior requiredBehavior:code=action-required-behavior
     precheckBehavior:code=action-precheck-behavior cardinalityBehavior:code=action-cardinality-behavior
     definition[x]:canonical|uri transform:canonical dynamicValue:@* action:#PlanDefinition.action*
    .action.condition kind:code=action-condition-kind! expression:Expression
    .action.relatedAction actionId:id! relationship:code=action-relationship-type! offset[x]:Duration|Range
    .action.participant type:code=action-participant-type! role:CodeableConcept
    .action.dynamicValue path:string expression:Expression
    Practitioner<DomainResource identifier:Identifier* active:boolean name:HumanName* telecom:ContactPoint*
     address:Address* gender:code=administrative-gender birthDate:date photo:Attachment* qualification:@*
     communication:CodeableConcept*
    .qualification identifier:Identifier* code:CodeableConcept! period:Period issuer:Reference
    PractitionerRole<DomainResource identifier:Identifier* active:boolean period:Period practitioner:Reference
     organization:Reference code:CodeableConcept* specialty:CodeableConcept* location:Reference*
     healthcareService:Reference* telecom:ContactPoint* availableTime:@* notAvailable:@*
     availabilityExceptions:string endpoint:Reference*
    .availableTime daysOfWeek:code=days-of-week* allDay:boolean availableStartTime:time availableEndTime:time
    .notAvailable description:string! during:Period
    Procedure<DomainResource identifier:Identifier* instantiatesCanonical:canonical* instantiatesUri:uri*
     basedOn:Reference* partOf:Reference* status:code=event-status! statusReason:CodeableConcept
     category:CodeableConcept code:CodeableConcept subject:Reference! encounter:Reference
     performed[x]:dateTime|Period|string|Age|Range recorder:Reference asserter:Reference performer:@*
     location:Reference reasonCode:CodeableConcept* reasonReference:Reference* bodySite:CodeableConcept*
     outcome:CodeableConcept report:Reference* complication:CodeableConcept* complicationDetail:Reference*
     followUp:CodeableConcept* note:Annotation* focalDevice:@* usedReference:Reference* usedCode:CodeableConcept*
    .performer function:CodeableConcept actor:Reference! onBehalfOf:Reference
    .focalDevice action:CodeableConcept manipulated:Reference!
    Provenance<DomainResource target:Reference+ occurred[x]:Period|dateTime recorded:instant! policy:uri*
     location:Reference reason:CodeableConcept* activity:CodeableConcept agent:@+ entity:@* signature:Signature*
    .agent type:CodeableConcept role:CodeableConcept* who:Reference! onBehalfOf:Reference
    .entity role:code=provenance-entity-role! what:Reference! agent:#Provenance.agent*
    Questionnaire<DomainResource url:uri identifier:Identifier* version:string name:string title:string
     derivedFrom:canonical* status:code=publication-status! experimental:boolean subjectType:code* date:dateTime
     publisher:string contact:ContactDetail* description:markdown useContext:UsageContext*
     jurisdiction:CodeableConcept* purpose:markdown copyright:markdown approvalDate:date lastReviewDate:date
     effectivePeriod:Period code:Coding* item:@*
    .item linkId:string! definition:uri code:Coding* prefix:string text:string type:code=item-type! enableWhen:@*
     enableBehavior:code=questionnaire-enable-behavior required:boolean repeats:boolean readOnly:boolean
     maxLength:integer answerValueSet:canonical answerOption:@* initial:@* item:#Questionnaire.item*
    .item.enableWhen question:string! operator:code=questionnaire-enable-operator!
     answer[x]:boolean|decimal|integer|date|dateTime|time|string|Coding|Quantity|Reference!
    .item.answerOption value[x]:integer|date|time|string|Coding|Reference! initialSelected:boolean
    .item.initial
     value[x]:boolean|decimal|integer|date|dateTime|time|string|uri|Attachment|Coding|Quantity|Reference!
    QuestionnaireResponse<DomainResource identifier:Identifier basedOn:Reference* partOf:Reference*
     questionnaire:canonical status:code=questionnaire-answers-status! subject:Reference encounter:Reference
     authored:dateTime author:Reference source:Reference item:@*
    .item linkId:string! definition:uri text:string answer:@* item:#QuestionnaireResponse.item*
    .item.answer value[x]:boolean|decimal|integer|date|dateTime|time|string|uri|Attachment|Coding|Quantity|Reference
     item:#QuestionnaireResponse.item*
    RelatedPerson<DomainResource identifier:Identifier* active:boolean patient:Reference!
     relationship:CodeableConcept* name:HumanName* telecom:ContactPoint* gender:code=administrative-gender
     birthDate:date address:Address* photo:Attachment* period:Period communication:@*
    .communication language:CodeableConcept! preferred:boolean
    RequestGroup<DomainResource identifier:Identifier* instantiatesCanonical:canonical* instantiatesUri:uri*
     basedOn:Reference* replaces:Reference* groupIdentifier:Identifier status:code=request-status!
     intent:code=request-intent! priority:code=request-priority code:CodeableConcept subject:Reference
     encounter:Reference authoredOn:dateTime author:Reference reasonCode:CodeableConcept* reasonReference:Reference*
     note:Annotation* action:@*
    .action prefix:string title:string description:string textEquivalent:string priority:code=request-priority
     code:CodeableConcept* documentation:RelatedArtifact* condition:@* relatedAction:@*
     timing[x]:dateTime|Age|Period|Duration|Range|Timing participant:Reference* type:CodeableConcept
     groupingBehavior:code=action-grouping-behavior selectionBehavior:code=action-selection-behavior
     requiredBehavior:code=action-required-behavior precheckBehavior:code=action-precheck-behavior
     cardinalityBehavior:code=action-cardinality-behavior resource:Reference action:#RequestGroup.action*
    .action.condition kind:code=action-condition-kind! expression:Expression
    .action.relatedAction actionId:id! relationship:code=action-relationship-type! offset[x]:Duration|Range
    ResearchDefinition<DomainResource url:uri identifier:Identifier* version:string name:string title:string
     shortTitle:string subtitle:string status:code=publication-status! experimental:boolean
     subject[x]:CodeableConcept|Reference date:dateTime publisher:string contact:ContactDetail* description:markdown
     comment:string* useContext:UsageContext* jurisdiction:CodeableConcept* purpose:markdown usage:string
     copyright:markdown approvalDate:date lastReviewDate:date effectivePeriod:Period topic:CodeableConcept*
     author:ContactDetail* editor:ContactDetail* reviewer:ContactDetail* endorser:ContactDetail*
     relatedArtifact:RelatedArtifact* library:canonical* population:Reference! exposure:Reference
     exposureAlternative:Reference outcome:Reference
    ResearchElementDefinition<DomainResource url:uri identifier:Identifier* version:string name:string title:string
     shortTitle:string subtitle:string status:code=publication-status! experimental:boolean
     subject[x]:CodeableConcept|Reference date:dateTime publisher:string contact:ContactDetail* description:markdown
     comment:string* useContext:UsageContext* jurisdiction:CodeableConcept* purpose:markdown usage:string
     copyright:markdown approvalDate:date lastReviewDate:date effectivePeriod:Period topic:CodeableConcept*
     author:ContactDetail* editor:ContactDetail* reviewer:ContactDetail* endorser:ContactDetail*
     relatedArtifact:RelatedArtifact* library:canonical* type:code=research-element-type!
     variableType:code=variable-type characteristic:@+
    .characteristic definition[x]:CodeableConcept|canonical|Expression|DataRequirement! usageContext:UsageContext*
     exclude:boolean unitOfMeasure:CodeableConcept studyEffectiveDescription:string
     studyEffective[x]:dateTime|Period|Duration|Timing studyEffectiveTimeFromStart:Duration
     studyEffectiveGroupMeasure:code=group-measure participantEffectiveDescription:string
     participantEffective[x]:dateTime|Period|Duration|Timing participantEffectiveTimeFromStart:Duration
     participantEffectiveGroupMeasure:code=group-measure
    ResearchStudy<DomainResource identifier:Identifier* title:string protocol:Reference* partOf:Reference*
     status:code=research-study-status! primaryPurposeType:CodeableConcept phase:CodeableConcept
     category:CodeableConcept* focus:CodeableConcept* condition:CodeableConcept* contact:ContactDetail*
     relatedArtifact:RelatedArtifact* keyword:CodeableConcept* location:CodeableConcept* description:markdown
     enrollment:Reference* period:Period sponsor:Reference principalInvestigator:Reference site:Reference*
     reasonStopped:CodeableConcept note:Annotation* arm:@* objective:@*
    .arm name:string! type:CodeableConcept description:string
    .objective name:string type:CodeableConcept
    ResearchSubject<DomainResource identifier:Identifier* status:code=research-subject-status! period:Period
     study:Reference! individual:Reference! assignedArm:string actualArm:string consent:Reference
    RiskAssessment<DomainResource identifier:Identifier* basedOn:Reference parent:Reference
     status:code=observation-status! method:CodeableConcept code:CodeableConcept subject:Reference!
     encounter:Reference occurrence[x]:dateTime|Period condition:Reference performer:Reference
     reasonCode:CodeableConcept* reasonReference:Reference* basis:Reference* prediction:@* mitigation:string
     note:Annotation*
    .prediction outcome:CodeableConcept probability[x]:decimal|Range qualitativeRisk:CodeableConcept
     relativeRisk:decimal when[x]:Period|Range rationale:string
    RiskEvidenceSynthesis<DomainResource url:uri identifier:Identifier* version:string name:string title:string
     status:code=publication-status! date:dateTime publisher:string contact:ContactDetail* description:markdown
     note:Annotation* useContext:UsageContext* jurisdiction:CodeableConcept* copyright:markdown approvalDate:date
     lastReviewDate:date effectivePeriod:Period topic:CodeableConcept* author:ContactDetail* editor:ContactDetail*
     reviewer:ContactDetail* endorser:ContactDetail* relatedArtifact:RelatedArtifact* synthesisType:CodeableConcept
     studyType:CodeableConcept population:Reference! exposure:Reference outcome:Reference! sampleSize:@
     riskEstimate:@ certainty:@*
    .sampleSize description:string numberOfStudies:integer numberOfParticipants:integer
    .riskEstimate description:string type:CodeableConcept value:decimal unitOfMeasure:CodeableConcept
     denominatorCount:integer numeratorCount:integer precisionEstimate:@*
    .riskEstimate.precisionEstimate type:CodeableConcept level:decimal from:decimal to:decimal
    .certainty rating:CodeableConcept* note:Annotation* certaintySubcomponent:@*
    .certainty.certaintySubcomponent type:CodeableConcept rating:CodeableConcept* note:Annotation*
    """
}
