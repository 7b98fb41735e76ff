extension R4Table {
  /// Value sets of HL7 FHIR R4 4.0.1 (http://hl7.org/fhir/R4) to which an element of type `code` is bound by
  /// `required`, and that can be listed: the name, then the codes.
  static let codes = """
    FHIR-version 0.01 0.05 0.06 0.11 0.0.80 0.0.81 0.0.82 0.4.0 0.5.0 1.0.0 1.0.1 1.0.2 1.1.0 1.4.0 1.6.0 1.8.0
     3.0.0 3.0.1 3.3.0 3.5.0 4.0.0 4.0.1
    account-status active inactive entered-in-error on-hold unknown
    action-cardinality-behavior single multiple
    action-condition-kind applicability start stop
    action-grouping-behavior visual-group logical-group sentence-group
    action-participant-type patient practitioner related-person device
    action-precheck-behavior yes no
    action-relationship-type before-start before before-end concurrent-with-start concurrent concurrent-with-end
     after-start after after-end
    action-required-behavior must could must-unless-documented
    action-selection-behavior any all all-or-none exactly-one at-most-one one-or-more
    address-type postal physical both
    address-use home work temp old billing
    administrative-gender male female other unknown
    adverse-event-actuality actual potential
    allergy-intolerance-category food medication environment biologic
    allergy-intolerance-criticality low high unable-to-assess
    allergy-intolerance-type allergy intolerance
    appointmentstatus proposed pending booked arrived fulfilled cancelled noshow entered-in-error checked-in
     waitlist
    assert-direction-codes response request
    assert-operator-codes equals notEquals in notIn greaterThan lessThan empty notEmpty contains notContains eval
    assert-response-code-types okay created noContent notModified bad forbidden notFound methodNotAllowed conflict
     gone preconditionFailed unprocessable
    audit-event-action C R U D E
    audit-event-outcome 0 4 8 12
    binding-strength required extensible preferred example
    bundle-type document message transaction transaction-response batch batch-response history searchset collection
    capability-statement-kind instance capability requirements
    care-plan-activity-kind Appointment CommunicationRequest DeviceRequest MedicationRequest NutritionOrder Task
     ServiceRequest VisionPrescription
    care-plan-activity-status not-started scheduled in-progress on-hold completed cancelled stopped unknown
     entered-in-error
    care-plan-intent proposal plan order option
    care-team-status proposed active suspended inactive entered-in-error
    chargeitem-status planned billable not-billable aborted billed entered-in-error unknown
    claim-use claim preauthorization predetermination
    clinicalimpression-status in-progress completed entered-in-error
    code-search-support explicit all
    codesystem-content-mode not-present example fragment complete supplement
    codesystem-hierarchy-meaning grouped-by is-a part-of classified-with
    compartment-type Patient Encounter RelatedPerson Practitioner Device
    composition-attestation-mode personal professional legal official
    composition-status preliminary final amended entered-in-error
    concept-map-equivalence relatedto equivalent equal wider subsumes narrower specializes inexact unmatched
     disjoint
    concept-property-type code Coding string integer boolean dateTime decimal
    conceptmap-unmapped-mode provided fixed other-map
    conditional-delete-status not-supported single multiple
    conditional-read-status not-supported modified-since not-match full-support
    consent-data-meaning instance related dependents authoredby
    consent-provision-type deny permit
    consent-state-codes draft proposed active rejected inactive entered-in-error
    constraint-severity error warning
    contact-point-system phone fax email pager url sms other
    contact-point-use home work temp old mobile
    contract-publicationstatus amended appended cancelled disputed entered-in-error executable executed negotiable
     offered policy rejected renewed revoked resolved terminated
    contract-status amended appended cancelled disputed entered-in-error executable executed negotiable offered
     policy rejected renewed revoked resolved terminated
    contributor-type author editor reviewer endorser
    days-of-week mon tue wed thu fri sat sun
    detectedissue-severity high moderate low
    device-nametype udi-label-name user-friendly-name patient-reported-name manufacturer-name model-name other
    device-statement-status active completed entered-in-error intended stopped on-hold
    device-status active inactive entered-in-error unknown
    diagnostic-report-status registered partial preliminary final amended corrected appended cancelled
     entered-in-error unknown
    discriminator-type value exists pattern type profile
    document-mode producer consumer
    document-reference-status current superseded entered-in-error
    document-relationship-type replaces transforms signs appends
    eligibilityrequest-purpose auth-requirements benefits discovery validation
    eligibilityresponse-purpose auth-requirements benefits discovery validation
    encounter-location-status planned active reserved completed
    encounter-status planned arrived triaged in-progress onleave finished cancelled entered-in-error unknown
    endpoint-status active suspended error off entered-in-error test
    episode-of-care-status planned waitlist active onhold finished cancelled entered-in-error
    event-capability-mode sender receiver
    event-status preparation in-progress not-done on-hold stopped completed entered-in-error unknown
    event-timing MORN MORN.early MORN.late NOON AFT AFT.early AFT.late EVE EVE.early EVE.late NIGHT PHS HS WAKE C CM
     CD CV AC ACM ACD ACV PC PCM PCD PCV
    examplescenario-actor-type person entity
    explanationofbenefit-status active cancelled draft entered-in-error
    exposure-state exposure exposure-alternative
    extension-context-type fhirpath element extension
    filter-operator = is-a descendent-of is-not-a regex in not-in generalizes exists
    flag-status active inactive entered-in-error
    fm-status active cancelled draft entered-in-error
    goal-status proposed planned accepted active on-hold completed cancelled entered-in-error rejected
    graph-compartment-rule identical matching different custom
    graph-compartment-use condition requirement
    group-measure mean median mean-of-mean mean-of-median median-of-mean median-of-median
    group-type person animal practitioner device medication substance
    guidance-response-status success data-requested data-required in-progress failure entered-in-error
    guide-page-generation html markdown xml generated
    guide-parameter-code apply path-resource path-pages path-tx-cache expansion-parameter rule-broken-links
     generate-xml generate-json generate-turtle html-template
    history-status partial completed entered-in-error health-unknown
    http-operations delete get options patch post put head
    http-verb GET HEAD POST PUT DELETE PATCH
    identifier-use usual official temp secondary old
    identity-assuranceLevel level1 level2 level3 level4
    imagingstudy-status registered available cancelled entered-in-error unknown
    immunization-evaluation-status completed entered-in-error
    immunization-status completed entered-in-error not-done
    invoice-priceComponentType base surcharge deduction discount tax informational
    invoice-status draft issued balanced cancelled entered-in-error
    issue-severity fatal error warning information
    issue-type invalid structure required value invariant security login unknown expired forbidden suppressed
     processing not-supported duplicate multiple-matches not-found deleted too-long code-invalid extension
     too-costly business-rule conflict transient lock-error no-store exception timeout incomplete throttled
     informational
    item-type group display question boolean decimal integer date dateTime time string text url choice open-choice
     attachment reference quantity
    link-type replaced-by replaces refer seealso
    linkage-type source alternate historical
    list-mode working snapshot changes
    list-status current retired entered-in-error
    location-mode instance kind
    location-status active suspended inactive
    map-context-type type variable
    map-group-type-mode none types type-and-types
    map-input-mode source target
    map-model-mode source queried target produced
    map-source-list-mode first not_first last not_last only_one
    map-target-list-mode first share last collate
    map-transform create copy truncate escape cast append translate reference dateOp uuid pointer evaluate cc c qty
     id cp
    measure-report-status complete pending error
    measure-report-type individual subject-list summary data-collection
    medication-admin-status in-progress not-done on-hold completed entered-in-error stopped unknown
    medication-statement-status active completed entered-in-error intended stopped on-hold unknown not-taken
    medication-status active inactive entered-in-error
    medicationdispense-status preparation in-progress cancelled on-hold completed entered-in-error stopped declined
     unknown
    medicationknowledge-status active inactive entered-in-error
    medicationrequest-intent proposal plan order original-order reflex-order filler-order instance-order option
    medicationrequest-status active on-hold cancelled completed entered-in-error stopped draft unknown
    message-significance-category consequence currency notification
    messageheader-response-request always on-error never on-success
    metric-calibration-state not-calibrated calibration-required calibrated unspecified
    metric-calibration-type unspecified offset gain two-point
    metric-category measurement setting calculation unspecified
    metric-color black red green yellow blue magenta cyan white
    metric-operational-status on off standby entered-in-error
    name-use usual official temp nickname anonymous old maiden
    namingsystem-identifier-type oid uuid uri other
    namingsystem-type codesystem identifier root
    narrative-status generated extensions additional empty
    network-type 1 2 3 4 5
    note-type display print printoper
    observation-range-category reference critical absolute
    observation-status registered preliminary final amended corrected cancelled entered-in-error unknown
    operation-kind operation query
    operation-parameter-use in out
    orientation-type sense antisense
    participantrequired required optional information-only
    participationstatus accepted declined tentative needs-action
    permitted-data-type Quantity CodeableConcept string boolean integer Range Ratio SampledData time dateTime Period
    product-category organ tissue fluid cells biologicalAgent
    product-status available unavailable
    product-storage-scale farenheit celsius kelvin
    property-representation xmlAttr xmlText typeAttr cdaText xhtml
    provenance-entity-role derivation revision quotation source removal
    publication-status draft active retired unknown
    quality-type indel snp unknown
    quantity-comparator < <= >= >
    questionnaire-answers-status in-progress completed amended entered-in-error stopped
    questionnaire-enable-behavior all any
    questionnaire-enable-operator exists = != > < >= <=
    reaction-event-severity mild moderate severe
    reference-handling-policy literal logical resolves enforced local
    reference-version-rules either independent specific
    related-artifact-type documentation justification citation predecessor successor derived-from depends-on
     composed-of
    relation-type triggers is-replaced-by
    remittance-outcome queued complete error partial
    report-action-result-codes pass skip fail warning error
    report-participant-type test-engine client server
    report-result-codes pass fail pending
    report-status-codes completed in-progress waiting stopped entered-in-error
    repository-type directlink openapi login oauth other
    request-intent proposal plan directive order original-order reflex-order filler-order instance-order option
    request-priority routine urgent asap stat
    request-resource-types Appointment AppointmentResponse CarePlan Claim CommunicationRequest Contract
     DeviceRequest EnrollmentRequest ImmunizationRecommendation MedicationRequest NutritionOrder ServiceRequest
     SupplyRequest Task VisionPrescription
    request-status draft active on-hold revoked completed entered-in-error unknown
    research-element-type population exposure outcome
    research-study-status active administratively-completed approved closed-to-accrual
     closed-to-accrual-and-intervention completed disapproved in-review temporarily-closed-to-accrual
     temporarily-closed-to-accrual-and-intervention withdrawn
    research-subject-status candidate eligible follow-up ineligible not-registered off-study on-study
     on-study-intervention on-study-observation pending-on-study potential-candidate screening withdrawn
    resource-aggregation-mode contained referenced bundled
    resource-slicing-rules closed open openAtEnd
    response-code ok transient-error fatal-error
    restful-capability-mode client server
    search-comparator eq ne gt lt ge le sa eb ap
    search-entry-mode match include outcome
    search-modifier-code missing exact contains not text in not-in below above type identifier ofType
    search-param-type number date string token reference composite quantity uri special
    search-xpath-usage normal phonetic nearby distance other
    sequence-type aa dna rna
    slotstatus busy free busy-unavailable busy-tentative entered-in-error
    sort-direction ascending descending
    specimen-contained-preference preferred alternate
    specimen-status available unavailable unsatisfactory entered-in-error
    strand-type watson crick
    structure-definition-kind primitive-type complex-type resource logical
    subscription-channel-type rest-hook websocket email sms message
    subscription-status requested active error off
    substance-status active inactive entered-in-error
    supplydelivery-status in-progress completed abandoned entered-in-error
    supplyrequest-status draft active suspended cancelled completed entered-in-error unknown
    system-restful-interaction transaction batch search-system history-system
    task-intent unknown proposal plan order original-order reflex-order filler-order instance-order option
    task-status draft requested received accepted rejected ready cancelled in-progress on-hold failed completed
     entered-in-error
    trigger-type named-event periodic data-changed data-added data-modified data-removed data-accessed
     data-access-ended
    type-derivation-rule specialization constraint
    type-restful-interaction read vread update patch delete history-instance history-type create search-type
    udi-entry-type barcode rfid manual card self-reported unknown
    units-of-time s min h d wk mo a
    v3-ConfidentialityClassification U L M N R V
    variable-type dichotomous continuous descriptive
    verificationresult-status attested validated in-process req-revalid val-fail reval-fail
    versioning-policy no-version versioned versioned-update
    vision-base-codes up down in out
    vision-eye-codes right left
    """
}
