// SPDX-License-Identifier: Apache-2.0

package patientaccess

// Code systems and identifier systems as CARIN Blue Button 2.0.0 names them.
const (
	guide = "http://hl7.org/fhir/us/carin-bb/"
	ncpdp = "http://terminology.hl7.org/CodeSystem/NCPDP"

	sysIdentifierType  = guide + "CodeSystem/C4BBIdentifierType"
	sysAdjudication    = guide + "CodeSystem/C4BBAdjudication"
	sysDiscriminator   = guide + "CodeSystem/C4BBAdjudicationDiscriminator"
	sysPayerStatus     = guide + "CodeSystem/C4BBPayerAdjudicationStatus"
	sysCareTeamRole    = guide + "CodeSystem/C4BBClaimCareTeamRole"
	sysDiagnosisType   = guide + "CodeSystem/C4BBClaimDiagnosisType"
	sysProcedureType   = guide + "CodeSystem/C4BBClaimProcedureType"
	sysSubType         = guide + "CodeSystem/C4BBInstitutionalClaimSubType"
	sysPayeeType       = guide + "CodeSystem/C4BBPayeeType"
	sysSupportingInfo  = guide + "CodeSystem/C4BBSupportingInfoType"
	sysClaimType       = "http://terminology.hl7.org/CodeSystem/claim-type"
	sysPlainAdjudicate = "http://terminology.hl7.org/CodeSystem/adjudication"
	sysPlainPayee      = "http://terminology.hl7.org/CodeSystem/payeetype"
	sysPlainTeamRole   = "http://terminology.hl7.org/CodeSystem/claimcareteamrole"
	sysPlainDiagnosis  = "http://terminology.hl7.org/CodeSystem/ex-diagnosistype"
	sysRelatedClaim    = "http://terminology.hl7.org/CodeSystem/ex-relatedclaimrelationship"
	sysIdentifierV2    = "http://terminology.hl7.org/CodeSystem/v2-0203"
	sysRelationship    = "http://terminology.hl7.org/CodeSystem/subscriber-relationship"
	sysCoverageClass   = "http://terminology.hl7.org/CodeSystem/coverage-class"
	sysRoleCode        = "http://terminology.hl7.org/CodeSystem/v3-RoleCode"
	sysIncident        = "http://terminology.hl7.org/CodeSystem/v3-ActCode"
	sysAbsent          = "http://terminology.hl7.org/CodeSystem/data-absent-reason"

	sysICD10CM      = "http://hl7.org/fhir/sid/icd-10-cm"
	sysICD9CM       = "http://terminology.hl7.org/CodeSystem/icd9"
	sysICD10PCS     = "http://www.cms.gov/Medicare/Coding/ICD10"
	sysICD9PCS      = "http://www.cms.gov/Medicare/Coding/ICD9"
	sysCPT          = "http://www.ama-assn.org/go/cpt"
	sysHCPCS        = "https://www.cms.gov/Medicare/Coding/HCPCSReleaseCodeSets"
	sysHIPPS        = "https://www.cms.gov/Medicare/Medicare-Fee-for-Service-Payment/ProspMedicareFeeSvcPmtGen/HIPPSCodes"
	sysCDT          = "http://www.ada.org/cdt"
	sysNDC          = "http://hl7.org/fhir/sid/ndc"
	sysMSDRG        = "https://www.cms.gov/Medicare/Medicare-Fee-for-Service-Payment/AcuteInpatientPPS/MS-DRG-Classifications-and-Software"
	sysPOS          = "https://www.cms.gov/Medicare/Coding/place-of-service-codes/Place_of_Service_Code_Set"
	sysDAW          = ncpdp + "DispensedAsWrittenOrProductSelectionCode"
	sysRxOrigin     = ncpdp + "PrescriptionOriginCode"
	sysTaxonomy     = "http://nucc.org/provider-taxonomy"
	sysBrandGeneric = ncpdp + "BrandGenericIndicator"
	sysReject       = ncpdp + "RejectCode"
	sysCompoundCode = ncpdp + "CompoundCode"
	sysCompound     = guide + "CodeSystem/C4BBCompoundLiteral"
	sysUCUM         = "http://unitsofmeasure.org"

	sysRevenue         = "https://www.nubc.org/CodeSystem/RevenueCodes"
	sysTypeOfBill      = "https://www.nubc.org/CodeSystem/TypeOfBill"
	sysPointOfOrigin   = "https://www.nubc.org/CodeSystem/PointOfOrigin"
	sysNewbornOrigin   = "https://www.nubc.org/CodeSystem/PointOfOriginNewborn"
	sysAdmissionType   = "https://www.nubc.org/CodeSystem/PriorityTypeOfAdmitOrVisit"
	sysDischarge       = "https://www.nubc.org/CodeSystem/PatDischargeStatus"
	sysPOA             = "https://www.nubc.org/CodeSystem/PresentOnAdmissionIndicator"
	sysCARC            = "https://x12.org/codes/claim-adjustment-reason-codes"
	sysRARC            = "https://x12.org/codes/remittance-advice-remark-codes"
	sysTransportReason = "https://x12.org/codesystem.x12.org/ambulance-transport-reason-codes"
	// sysFiling is X12's list of claim filing indicators, in the form in which the
	// Da Vinci guides name X12's lists.
	sysFiling = "https://codesystem.x12.org/005010/1032"

	idNPI   = "http://hl7.org/fhir/sid/us-npi"
	idEIN   = "urn:oid:2.16.840.1.113883.4.4"
	idMBI   = "http://hl7.org/fhir/sid/us-mbi"
	idCCN   = "urn:oid:2.16.840.1.113883.4.336" // CMS certification numbers
	idNCPDP = "http://terminology.hl7.org/NamingSystem/NCPDPProviderIdentificationNumber"

	dataAbsentReason = "http://hl7.org/fhir/StructureDefinition/data-absent-reason"
)

// The profiles of the resources around a claim.
const (
	version             = "|2.0.0"
	profilePatient      = guide + "StructureDefinition/C4BB-Patient" + version
	profileCoverage     = guide + "StructureDefinition/C4BB-Coverage" + version
	profileOrganization = guide + "StructureDefinition/C4BB-Organization" + version
	profilePractitioner = guide + "StructureDefinition/C4BB-Practitioner" + version
	profileRelated      = guide + "StructureDefinition/C4BB-RelatedPerson" + version
)
