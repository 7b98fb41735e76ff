extension R4Table {
  /// Resources of HL7 FHIR R4 4.0.1 (http://hl7.org/fhir/R4/resourcelist.html), M.
  static let resourcesM = """
    Measure<DomainResource url:uri identifier:Identifier* version:string name:string title:string subtitle:string
     status:code=publication-status! experimental:boolean subject[x]:CodeableConcept|Reference date:dateTime
     publisher:string contact:ContactDetail* description:markdown useContext:UsageContext*
     jurisdiction:CodeableConcept* purpose:markdown usage:string copyright:markdown approvalDate:date
     lastReviewDate:date effectivePeriod:Period topic:CodeableConcept* author:ContactDetail* editor:ContactDetail*
     reviewer:ContactDetail* endorser:ContactDetail* relatedArtifact:RelatedArtifact* library:canonical*
     disclaimer:markdown scoring:CodeableConcept compositeScoring:CodeableConcept type:CodeableConcept*
     riskAdjustment:string rateAggregation:string rationale:markdown clinicalRecommendationStatement:markdown
     improvementNotation:CodeableConcept definition:markdown* guidance:markdown group:@* supplementalData:@*
    .group code:CodeableConcept description:string population:@* stratifier:@*
    .group.population code:CodeableConcept description:string criteria:Expression!
    .group.stratifier code:CodeableConcept description:string criteria:Expression component:@*
    .group.stratifier.component code:CodeableConcept description:string criteria:Expression!
    .supplementalData code:CodeableConcept usage:CodeableConcept* description:string criteria:Expression!
    MeasureReport<DomainResource identifier:Identifier* status:code=measure-report-status!
     type:code=measure-report-type! measure:canonical! subject:Reference date:dateTime reporter:Reference
     period:Period! improvementNotation:CodeableConcept group:@* evaluatedResource:Reference*
    .group code:CodeableConcept population:@* measureScore:Quantity stratifier:@*
    .group.population code:CodeableConcept count:integer subjectResults:Reference
    .group.stratifier code:CodeableConcept* stratum:@*
    .group.stratifier.stratum value:CodeableConcept component:@* population:@* measureScore:Quantity
    .group.stratifier.stratum.component code:CodeableConcept! value:CodeableConcept!
    .group.stratifier.stratum.population code:CodeableConcept count:integer subjectResults:Reference
    Media<DomainResource identifier:Identifier* basedOn:Reference* partOf:Reference* status:code=event-status!
     type:CodeableConcept modality:CodeableConcept view:CodeableConcept subject:Reference encounter:Reference
     created[x]:dateTime|Period issued:instant operator:Reference reasonCode:CodeableConcept*
     bodySite:CodeableConcept deviceName:string device:Reference height:positiveInt width:positiveInt
     frames:positiveInt duration:decimal content:Attachment! note:Annotation*
    Medication<DomainResource identifier:Identifier* code:CodeableConcept status:code=medication-status
     manufacturer:Reference form:CodeableConcept amount:Ratio ingredient:@* batch:@
    .ingredient item[x]:CodeableConcept|Reference! isActive:boolean strength:Ratio
    .batch lotNumber:string expirationDate:dateTime
    MedicationAdministration<DomainResource identifier:Identifier* instantiates:uri* partOf:Reference*
     status:code=medication-admin-status! statusReason:CodeableConcept* category:CodeableConcept
     medication[x]:CodeableConcept|Reference! subject:Reference! context:Reference supportingInformation:Reference*
     effective[x]:dateTime|Period! performer:@* reasonCode:CodeableConcept* reasonReference:Reference*
     request:Reference device:Reference* note:Annotation* dosage:@ eventHistory:Reference*
    .performer function:CodeableConcept actor:Reference!
    .dosage text:string site:CodeableConcept route:CodeableConcept method:CodeableConcept dose:Quantity
     rate[x]:Ratio|Quantity
    MedicationDispense<DomainResource identifier:Identifier* partOf:Reference*
     status:code=medicationdispense-status! statusReason[x]:CodeableConcept|Reference category:CodeableConcept
     medication[x]:CodeableConcept|Reference! subject:Reference context:Reference supportingInformation:Reference*
     performer:@* location:Reference authorizingPrescription:Reference* type:CodeableConcept quantity:Quantity
     daysSupply:Quantity whenPrepared:dateTime whenHandedOver:dateTime destination:Reference receiver:Reference*
     note:Annotation* dosageInstruction:Dosage* substitution:@ detectedIssue:Reference* eventHistory:Reference*
    .performer function:CodeableConcept actor:Reference!
    .substitution wasSubstituted:boolean! type:CodeableConcept reason:CodeableConcept* responsibleParty:Reference*
    MedicationKnowledge<DomainResource code:CodeableConcept status:code=medicationknowledge-status
     manufacturer:Reference doseForm:CodeableConcept amount:Quantity synonym:string* relatedMedicationKnowledge:@*
     associatedMedication:Reference* productType:CodeableConcept* monograph:@* ingredient:@*
     preparationInstruction:markdown intendedRoute:CodeableConcept* cost:@* monitoringProgram:@*
     administrationGuidelines:@* medicineClassification:@* packaging:@ drugCharacteristic:@*
     contraindication:Reference* regulatory:@* kinetics:@*
    .relatedMedicationKnowledge type:CodeableConcept! reference:Reference+
    .monograph type:CodeableConcept source:Reference
    .ingredient item[x]:CodeableConcept|Reference! isActive:boolean strength:Ratio
    .cost type:CodeableConcept! source:string cost:Money!
    .monitoringProgram type:CodeableConcept name:string
    .administrationGuidelines dosage:@* indication[x]:CodeableConcept|Reference patientCharacteristics:@*
    .administrationGuidelines.dosage type:CodeableConcept! dosage:Dosage+
    .administrationGuidelines.patientCharacteristics characteristic[x]:CodeableConcept|Quantity! value:string*
    .medicineClassification type:CodeableConcept! classification:CodeableConcept*
    .packaging type:CodeableConcept quantity:Quantity
    .drugCharacteristic type:CodeableConcept value[x]:CodeableConcept|string|Quantity|base64Binary
    .regulatory regulatoryAuthority:Reference! substitution:@* schedule:@* maxDispense:@
    .regulatory.substitution type:CodeableConcept! allowed:boolean!
    .regulatory.schedule schedule:CodeableConcept!
    .regulatory.maxDispense quantity:Quantity! period:Duration
    .kinetics areaUnderCurve:Quantity* lethalDose50:Quantity* halfLifePeriod:Duration
    MedicationRequest<DomainResource identifier:Identifier* status:code=medicationrequest-status!
     statusReason:CodeableConcept intent:code=medicationrequest-intent! category:CodeableConcept*
     priority:code=request-priority doNotPerform:boolean reported[x]:boolean|Reference
     medication[x]:CodeableConcept|Reference! subject:Reference! encounter:Reference
     supportingInformation:Reference* authoredOn:dateTime requester:Reference performer:Reference
     performerType:CodeableConcept recorder:Reference reasonCode:CodeableConcept* reasonReference:Reference*
     instantiatesCanonical:canonical* instantiatesUri:uri* basedOn:Reference* groupIdentifier:Identifier
     courseOfTherapyType:CodeableConcept insurance:Reference* note:Annotation* dosageInstruction:Dosage*
     dispenseRequest:@ substitution:@ priorPrescription:Reference detectedIssue:Reference* eventHistory:Reference*
    .dispenseRequest initialFill:@ dispenseInterval:Duration validityPeriod:Period
     numberOfRepeatsAllowed:unsignedInt quantity:Quantity expectedSupplyDuration:Duration performer:Reference
    .dispenseRequest.initialFill quantity:Quantity duration:Duration
    .substitution allowed[x]:boolean|CodeableConcept! reason:CodeableConcept
    MedicationStatement<DomainResource identifier:Identifier* basedOn:Reference* partOf:Reference*
     status:code=medication-statement-status! statusReason:CodeableConcept* category:CodeableConcept
     medication[x]:CodeableConcept|Reference! subject:Reference! context:Reference effective[x]:dateTime|Period
     dateAsserted:dateTime informationSource:Reference derivedFrom:Reference* reasonCode:CodeableConcept*
     reasonReference:Reference* note:Annotation* dosage:Dosage*
    MedicinalProduct<DomainResource identifier:Identifier* type:CodeableConcept domain:Coding
     combinedPharmaceuticalDoseForm:CodeableConcept legalStatusOfSupply:CodeableConcept
     additionalMonitoringIndicator:CodeableConcept specialMeasures:string* paediatricUseIndicator:CodeableConcept
     productClassification:CodeableConcept* marketingStatus:MarketingStatus* pharmaceuticalProduct:Reference*
     packagedMedicinalProduct:Reference* attachedDocument:Reference* masterFile:Reference* contact:Reference*
     clinicalTrial:Reference* name:@+ crossReference:Identifier* manufacturingBusinessOperation:@*
     specialDesignation:@*
    .name productName:string! namePart:@* countryLanguage:@*
    .name.namePart part:string! type:Coding!
    .name.countryLanguage country:CodeableConcept! jurisdiction:CodeableConcept language:CodeableConcept!
    .manufacturingBusinessOperation operationType:CodeableConcept authorisationReferenceNumber:Identifier
     effectiveDate:dateTime confidentialityIndicator:CodeableConcept manufacturer:Reference* regulator:Reference
    .specialDesignation identifier:Identifier* type:CodeableConcept intendedUse:CodeableConcept
     indication[x]:CodeableConcept|Reference status:CodeableConcept date:dateTime species:CodeableConcept
    MedicinalProductAuthorization<DomainResource identifier:Identifier* subject:Reference country:CodeableConcept*
     jurisdiction:CodeableConcept* status:CodeableConcept statusDate:dateTime restoreDate:dateTime
     validityPeriod:Period dataExclusivityPeriod:Period dateOfFirstAuthorization:dateTime
     internationalBirthDate:dateTime legalBasis:CodeableConcept jurisdictionalAuthorization:@* holder:Reference
     regulator:Reference procedure:@
    .jurisdictionalAuthorization identifier:Identifier* country:CodeableConcept jurisdiction:CodeableConcept*
     legalStatusOfSupply:CodeableConcept validityPeriod:Period
    .procedure identifier:Identifier type:CodeableConcept! date[x]:Period|dateTime
     application:#MedicinalProductAuthorization.procedure*
    MedicinalProductContraindication<DomainResource subject:Reference* disease:CodeableConcept
     diseaseStatus:CodeableConcept comorbidity:CodeableConcept* therapeuticIndication:Reference* otherTherapy:@*
     population:Population*
    .otherTherapy therapyRelationshipType:CodeableConcept! medication[x]:CodeableConcept|Reference!
    MedicinalProductIndication<DomainResource subject:Reference* diseaseSymptomProcedure:CodeableConcept
     diseaseStatus:CodeableConcept comorbidity:CodeableConcept* intendedEffect:CodeableConcept duration:Quantity
     otherTherapy:@* undesirableEffect:Reference* population:Population*
    .otherTherapy therapyRelationshipType:CodeableConcept! medication[x]:CodeableConcept|Reference!
    MedicinalProductIngredient<DomainResource identifier:Identifier role:CodeableConcept!
     allergenicIndicator:boolean manufacturer:Reference* specifiedSubstance:@* substance:@
    .specifiedSubstance code:CodeableConcept! group:CodeableConcept! confidentiality:CodeableConcept strength:@*
    .specifiedSubstance.strength presentation:Ratio! presentationLowLimit:Ratio concentration:Ratio
     concentrationLowLimit:Ratio measurementPoint:string country:CodeableConcept* referenceStrength:@*
    .specifiedSubstance.strength.referenceStrength substance:CodeableConcept strength:Ratio! strengthLowLimit:Ratio
     measurementPoint:string country:CodeableConcept*
    .substance code:CodeableConcept! strength:#MedicinalProductIngredient.specifiedSubstance.strength*
    MedicinalProductInteraction<DomainResource subject:Reference* description:string interactant:@*
     type:CodeableConcept effect:CodeableConcept incidence:CodeableConcept management:CodeableConcept
    .interactant item[x]:Reference|CodeableConcept!
    MedicinalProductManufactured<DomainResource manufacturedDoseForm:CodeableConcept!
     unitOfPresentation:CodeableConcept quantity:Quantity! manufacturer:Reference* ingredient:Reference*
     physicalCharacteristics:ProdCharacteristic otherCharacteristics:CodeableConcept*
    MedicinalProductPackaged<DomainResource identifier:Identifier* subject:Reference* description:string
     legalStatusOfSupply:CodeableConcept marketingStatus:MarketingStatus* marketingAuthorization:Reference
     manufacturer:Reference* batchIdentifier:@* packageItem:@+
    .batchIdentifier outerPackaging:Identifier! immediatePackaging:Identifier
    .packageItem identifier:Identifier* type:CodeableConcept! quantity:Quantity! material:CodeableConcept*
     alternateMaterial:CodeableConcept* device:Reference* manufacturedItem:Reference*
     packageItem:#MedicinalProductPackaged.packageItem* physicalCharacteristics:ProdCharacteristic
     otherCharacteristics:CodeableConcept* shelfLifeStorage:ProductShelfLife* manufacturer:Reference*
    MedicinalProductPharmaceutical<DomainResource identifier:Identifier* administrableDoseForm:CodeableConcept!
     unitOfPresentation:CodeableConcept ingredient:Reference* device:Reference* characteristics:@*
     routeOfAdministration:@+
    .characteristics code:CodeableConcept! status:CodeableConcept
    .routeOfAdministration code:CodeableConcept! firstDose:Quantity maxSingleDose:Quantity maxDosePerDay:Quantity
     maxDosePerTreatmentPeriod:Ratio maxTreatmentPeriod:Duration targetSpecies:@*
    .routeOfAdministration.targetSpecies code:CodeableConcept! withdrawalPeriod:@*
    .routeOfAdministration.targetSpecies.withdrawalPeriod tissue:CodeableConcept! value:Quantity!
     supportingInformation:string
    MedicinalProductUndesirableEffect<DomainResource subject:Reference* symptomConditionEffect:CodeableConcept
     classification:CodeableConcept frequencyOfOccurrence:CodeableConcept population:Population*
    MessageDefinition<DomainResource url:uri identifier:Identifier* version:string name:string title:string
     replaces:canonical* status:code=publication-status! experimental:boolean date:dateTime! publisher:string
     contact:ContactDetail* description:markdown useContext:UsageContext* jurisdiction:CodeableConcept*
     purpose:markdown copyright:markdown base:canonical parent:canonical* event[x]:Coding|uri!
     category:code=message-significance-category focus:@* responseRequired:code=messageheader-response-request
     allowedResponse:@* graph:canonical*
    .focus code:code! profile:canonical min:unsignedInt! max:string
    .allowedResponse message:canonical! situation:markdown
    MessageHeader<DomainResource event[x]:Coding|uri! destination:@* sender:Reference enterer:Reference
     author:Reference source:@! responsible:Reference reason:CodeableConcept response:@ focus:Reference*
     definition:canonical
    .destination name:string target:Reference endpoint:url! receiver:Reference
    .source name:string software:string version:string contact:ContactPoint endpoint:url!
    .response identifier:id! code:code=response-code! details:Reference
    MolecularSequence<DomainResource identifier:Identifier* type:code=sequence-type coordinateSystem:integer!
     patient:Reference specimen:Reference device:Reference performer:Reference quantity:Quantity referenceSeq:@
     variant:@* observedSeq:string quality:@* readCoverage:integer repository:@* pointer:Reference*
     structureVariant:@*
    .referenceSeq chromosome:CodeableConcept genomeBuild:string orientation:code=orientation-type
     referenceSeqId:CodeableConcept referenceSeqPointer:Reference referenceSeqString:string strand:code=strand-type
     windowStart:integer windowEnd:integer
    .variant start:integer end:integer observedAllele:string referenceAllele:string cigar:string
     variantPointer:Reference
    .quality type:code=quality-type! standardSequence:CodeableConcept start:integer end:integer score:Quantity
     method:CodeableConcept truthTP:decimal queryTP:decimal truthFN:decimal queryFP:decimal gtFP:decimal
     precision:decimal recall:decimal fScore:decimal roc:@
    .quality.roc score:integer* numTP:integer* numFP:integer* numFN:integer* precision:decimal* sensitivity:decimal*
     fMeasure:decimal*
    .repository type:code=repository-type! url:uri name:string datasetId:string variantsetId:string readsetId:string
    .structureVariant variantType:CodeableConcept exact:boolean length:integer outer:@ inner:@
    .structureVariant.outer start:integer end:integer
    .structureVariant.inner start:integer end:integer
    """
}
