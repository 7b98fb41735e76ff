extension R4Table {
  /// What HL7 FHIR STU3 3.0 (http://hl7.org/fhir/STU3) has and R4 has not: types of resources, then elements of
  /// types that both have. One of these in a text tells that it is STU3.
  static let stu3 = """
    types BodySite DataElement DeviceComponent EligibilityRequest EligibilityResponse ExpansionProfile
     ImagingManifest ProcedureRequest ProcessRequest ProcessResponse ReferralRequest Sequence ServiceDefinition
    elements Account:active,balance,period ActivityDefinition:contributor
     ActivityDefinition.dynamicValue:description AdverseEvent:description,eventParticipant,reaction
     AdverseEvent:type AdverseEvent.suspectEntity:causalityAssessment,causalityAuthor,causalityMethod
     AdverseEvent.suspectEntity:causalityProductRelatedness,causalityResult AllergyIntolerance:assertedDate
     Appointment:incomingReferral,indication,reason AuditEvent.agent:reference,userId
     AuditEvent.entity:identifier,reference AuditEvent.entity.detail:value AuditEvent.source:identifier
     Binary:content CapabilityStatement:acceptUnknown,profile CapabilityStatement.messaging:event
     CapabilityStatement.rest.security:certificate CarePlan:context,definition
     CarePlan.activity.detail:category,definition,prohibited CareTeam:context ChargeItem:definition,participant
     Claim:employmentImpacted,hospitalization,information Claim:organization
     Claim.item:careTeamLinkId,diagnosisLinkId,informationLinkId Claim.item:procedureLinkId,service
     Claim.item.detail:service Claim.item.detail.subDetail:service Claim.payee:resourceType
     ClaimResponse:requestOrganization,requestProvider,reserved
     ClaimResponse:totalBenefit,totalCost,unallocDeductable ClaimResponse.addItem:category,fee,revenue
     ClaimResponse.addItem:sequenceLinkId,service ClaimResponse.addItem.detail:category,fee,revenue
     ClaimResponse.addItem.detail:service
     ClaimResponse.error:detailSequenceLinkId,sequenceLinkId,subdetailSequenceLinkId
     ClaimResponse.insurance:preAuthRef ClaimResponse.item:sequenceLinkId ClaimResponse.item.detail:sequenceLinkId
     ClaimResponse.item.detail.subDetail:sequenceLinkId ClinicalImpression:action,context
     Communication:context,definition,notDone Communication:notDoneReason CommunicationRequest:context,topic
     CompartmentDefinition:jurisdiction,title Composition:class ConceptMap:sourceReference,targetReference
     ConceptMap.group.element.target.dependsOn:code Condition:abatementBoolean,assertedDate,context
     Consent:action,actor,consentingParty Consent:data,dataPeriod,except Consent:period,purpose,securityLabel
     Consent:sourceIdentifier Contract:action,actionReason,agent
     Contract:bindingAttachment,bindingReference,decisionType Contract:securityLabel,topic,valuedItem
     Contract.term:actionReason,agent,topic Contract.term:valuedItem Coverage:grouping,sequence
     DataRequirement.codeFilter:valueCode,valueCodeableConcept,valueCoding
     DataRequirement.codeFilter:valueSetReference,valueSetString DetectedIssue:category,date Device:model,udi
     DeviceRequest:context,definition DeviceUseStatement:indication,whenUsed
     DiagnosticReport:codedDiagnosis,context,image DocumentReference:class,created,indexed
     Dosage:doseQuantity,doseRange,rateQuantity Dosage:rateRange,rateRatio
     ElementDefinition.binding:valueSetReference,valueSetUri Encounter:incomingReferral,reason
     Encounter.diagnosis:role EnrollmentRequest:organization,subject EnrollmentResponse:requestOrganization
     ExplanationOfBenefit:employmentImpacted,hospitalization,information
     ExplanationOfBenefit:organization,totalBenefit,totalCost ExplanationOfBenefit:unallocDeductable
     ExplanationOfBenefit.addItem:category,fee,revenue ExplanationOfBenefit.addItem:sequenceLinkId,service
     ExplanationOfBenefit.addItem.detail:category,fee,revenue ExplanationOfBenefit.addItem.detail:service
     ExplanationOfBenefit.benefitBalance:subCategory
     ExplanationOfBenefit.item:careTeamLinkId,diagnosisLinkId,informationLinkId
     ExplanationOfBenefit.item:procedureLinkId,service ExplanationOfBenefit.item.detail:service,type
     ExplanationOfBenefit.item.detail.subDetail:service,type ExplanationOfBenefit.payee:resourceType
     FamilyMemberHistory:definition,gender,notDone FamilyMemberHistory:notDoneReason Goal:status
     GuidanceResponse:context,module,reasonCodeableConcept GuidanceResponse:requestId
     HealthcareService:eligibilityNote,programName ImagingStudy:accession,availability,context
     ImagingStudy:modalityList,patient,reason ImagingStudy:uid ImagingStudy.series:availability
     Immunization:date,explanation,notGiven Immunization:practitioner,vaccinationProtocol
     ImmunizationRecommendation.recommendation:date,doseNumber,protocol
     ImplementationGuide:binary,dependency,package ImplementationGuide:page Library:contributor
     Measure:contributor,set Measure.group:identifier,name Measure.group.population:identifier,name
     Measure.group.stratifier:identifier,path Measure.supplementalData:identifier,path
     MeasureReport:evaluatedResources,patient,reportingOrganization MeasureReport.group:identifier
     MeasureReport.group.population:identifier,patients MeasureReport.group.stratifier:identifier
     MeasureReport.group.stratifier.stratum.population:identifier,patients
     Media:context,occurrenceDateTime,occurrencePeriod Media:subtype Medication:image,isBrand,isOverTheCounter
     Medication:package Medication.ingredient:amount MedicationAdministration:definition,notGiven,prescription
     MedicationAdministration:reasonNotGiven MedicationAdministration.performer:onBehalfOf
     MedicationDispense:notDone,notDoneReasonCodeableConcept,notDoneReasonReference
     MedicationDispense.performer:onBehalfOf MedicationRequest:context,definition
     MedicationRequest.substitution:allowed MedicationStatement:reasonNotTaken,taken MessageDefinition:event
     MessageHeader:event,receiver,timestamp NamingSystem:replacedBy Observation:comment,context,related
     Observation:valueAttachment Observation.component:valueAttachment OperationDefinition:idempotent
     OperationDefinition.parameter:profile OperationDefinition.parameter.binding:valueSetReference,valueSetUri
     Patient:animal PaymentNotice:organization,statusDate,target
     PaymentReconciliation:form,organization,requestOrganization PaymentReconciliation:requestProvider,total
     PlanDefinition:contributor PlanDefinition.action:definition,label,triggerDefinition
     PlanDefinition.action.condition:description PlanDefinition.action.dynamicValue:description
     Procedure:context,definition,notDone Procedure:notDoneReason Procedure.performer:role Provenance:period
     Provenance.agent:onBehalfOfReference,onBehalfOfUri,relatedAgentType Provenance.agent:whoReference,whoUri
     Provenance.entity:whatIdentifier,whatReference,whatUri
     Questionnaire.item:initialAttachment,initialBoolean,initialCoding
     Questionnaire.item:initialDate,initialDateTime,initialDecimal
     Questionnaire.item:initialInteger,initialQuantity,initialReference
     Questionnaire.item:initialString,initialTime,initialUri Questionnaire.item:option,options
     Questionnaire.item.enableWhen:answerAttachment,answerUri,hasAnswer QuestionnaireResponse:context,parent
     QuestionnaireResponse.item:subject RequestGroup:context,definition,reasonCodeableConcept
     RequestGroup.action:label RequestGroup.action.condition:description ResearchStudy:jurisdiction
     ResearchStudy.arm:code RiskAssessment:comment,context,reasonCodeableConcept
     Signature:blob,contentType,onBehalfOfReference Signature:onBehalfOfUri,whoReference,whoUri
     StructureDefinition:contextType Subscription:tag SupplyRequest:orderedItem,reasonCodeableConcept
     Task:context,definitionReference,definitionUri Task:reason TestScript:rule,ruleset
     TestScript.setup.action.assert:rule,ruleset TriggerDefinition:eventData,eventName,eventTimingDate
     TriggerDefinition:eventTimingDateTime,eventTimingReference,eventTimingTiming ValueSet:extensible
     VisionPrescription:dispense,reasonCodeableConcept,reasonReference
    """
}
