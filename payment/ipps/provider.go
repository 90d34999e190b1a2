// SPDX-License-Identifier: Apache-2.0

package ipps

import (
	"github.com/woodlawn-health/woodlawn/claim/civil"
	"github.com/woodlawn-health/woodlawn/claim/money"
)

// ProviderRecord is one record of the inpatient provider specific file: what a
// hospital's contractor has set for it from a day on (Medicare Claims Processing
// Manual, chapter 3, addendum A). Ratios and factors are integers with the
// decimals that their comments state. Text has no trailing blanks; a blank
// indicator is empty. Area codes are 5 digits, or three blanks and a state for its
// rural area.
type ProviderRecord struct {
	NPI             string
	ProviderNumber  string
	Effective       civil.Date
	FiscalYearBegin civil.Date
	Report          civil.Date
	Termination     civil.Date
	Waiver          string // Y: paid under a state's waiver
	Intermediary    string
	ProviderType    string // 00 short term, 07 rural referral center, 08 Indian, 14 to 17, 21, 22 with hospital-specific rate
	CensusDivision  string
	MSAChange       string
	MSAGeographic   string // 9400 to 9900 carries the two-midnight factor
	MSAWageIndex    string
	MSAStandardized string
	BaseYear        string // sole community or Medicare-dependent hospital
	Lugar           string
	TemporaryRelief string // Y: low-volume hospital
	FederalPPSBlend string
	State           string // SSA state code

	HospitalSpecificRate money.Cents
	COLA                 int64 // 3 decimals
	InternToBedRatio     int64 // 4 decimals
	Beds                 int64
	OperatingCCR         int64 // 3 decimals
	CaseMixIndex         int64 // 4 decimals
	SSIRatio             int64 // 4 decimals
	MedicaidRatio        int64 // 4 decimals
	PPSBlendYear         string
	PassThroughUpdate    int64 // 5 decimals
	DSHPercent           int64 // 4 decimals
	FiscalYearEnd        civil.Date

	SpecialPayment   string // Y, D, N, blank, 1, 2: see wageIndex
	Quality          string // 1: quality data submitted
	CBSAGeographic   string
	CBSAReclassified string
	CBSAStandardized string
	SpecialWageIndex int64 // 4 decimals

	PassThroughCapital   money.Cents // a day
	PassThroughEducation money.Cents // a day
	PassThroughOrgans    money.Cents // a day
	PassThroughTotal     money.Cents // a day: all pass-through amounts and miscellaneous

	CapitalPayCode             string // B or C
	CapitalHospitalRate        money.Cents
	CapitalOldHoldHarmlessRate money.Cents
	CapitalNewHoldHarmless     int64  // 4 decimals
	CapitalCCR                 int64  // 3 decimals
	CapitalNewHospital         string // Y: capital is paid on cost
	CapitalIMERatio            int64  // 4 decimals
	CapitalExceptions          money.Cents

	VBPParticipant      string // Y or N
	VBPFactor           int64  // 11 decimals
	HRRParticipant      string // 0 or 1
	HRRFactor           int64  // 4 decimals
	BundleDiscount      int64  // 3 decimals
	HACReduction        string // Y
	UncompensatedCare   money.Cents
	EHRReduction        string // Y
	LowVolumeFactor     int64  // 6 decimals
	County              string // FIPS
	PriorWageIndexUse   string // supplemental wage index indicator: 1 prior year's
	PriorWageIndex      int64  // 4 decimals
	PassThroughStemCell money.Cents
}

// providerField binds a field of ProviderRecord to its name in CMS's record, in
// table ipps.providers and in JSON. One of text, day and number is set.
type providerField struct {
	name   string
	text   func(*ProviderRecord) *string
	day    func(*ProviderRecord) *civil.Date
	number func(*ProviderRecord) *int64
	scale  uint8
}

func textField(name string, f func(*ProviderRecord) *string) providerField {
	return providerField{name: name, text: f}
}

func dayField(name string, f func(*ProviderRecord) *civil.Date) providerField {
	return providerField{name: name, day: f}
}

func numberField(name string, scale uint8, f func(*ProviderRecord) *int64) providerField {
	return providerField{name: name, number: f, scale: scale}
}

func moneyField(name string, f func(*ProviderRecord) *money.Cents) providerField {
	return numberField(name, 2, func(p *ProviderRecord) *int64 { return (*int64)(f(p)) })
}

var providerFields = []providerField{
	textField("npi", func(p *ProviderRecord) *string { return &p.NPI }),
	textField("provider_number", func(p *ProviderRecord) *string { return &p.ProviderNumber }),
	dayField("effective_date", func(p *ProviderRecord) *civil.Date { return &p.Effective }),
	dayField("fiscal_year_begin_date", func(p *ProviderRecord) *civil.Date { return &p.FiscalYearBegin }),
	dayField("report_date", func(p *ProviderRecord) *civil.Date { return &p.Report }),
	dayField("termination_date", func(p *ProviderRecord) *civil.Date { return &p.Termination }),
	textField("waiver_indicator", func(p *ProviderRecord) *string { return &p.Waiver }),
	textField("intermediary_number", func(p *ProviderRecord) *string { return &p.Intermediary }),
	textField("provider_type", func(p *ProviderRecord) *string { return &p.ProviderType }),
	textField("census_division", func(p *ProviderRecord) *string { return &p.CensusDivision }),
	textField("msa_change_code", func(p *ProviderRecord) *string { return &p.MSAChange }),
	textField("msa_geographic", func(p *ProviderRecord) *string { return &p.MSAGeographic }),
	textField("msa_wage_index", func(p *ProviderRecord) *string { return &p.MSAWageIndex }),
	textField("msa_standardized_amount", func(p *ProviderRecord) *string { return &p.MSAStandardized }),
	textField("sch_mdh_base_year", func(p *ProviderRecord) *string { return &p.BaseYear }),
	textField("lugar", func(p *ProviderRecord) *string { return &p.Lugar }),
	textField("temporary_relief_indicator", func(p *ProviderRecord) *string { return &p.TemporaryRelief }),
	textField("federal_pps_blend_indicator", func(p *ProviderRecord) *string { return &p.FederalPPSBlend }),
	textField("state_code", func(p *ProviderRecord) *string { return &p.State }),
	moneyField("hospital_specific_rate", func(p *ProviderRecord) *money.Cents { return &p.HospitalSpecificRate }),
	numberField("cola", 3, func(p *ProviderRecord) *int64 { return &p.COLA }),
	numberField("intern_to_bed_ratio", 4, func(p *ProviderRecord) *int64 { return &p.InternToBedRatio }),
	numberField("bed_size", 0, func(p *ProviderRecord) *int64 { return &p.Beds }),
	numberField("operating_ccr", 3, func(p *ProviderRecord) *int64 { return &p.OperatingCCR }),
	numberField("case_mix_index", 4, func(p *ProviderRecord) *int64 { return &p.CaseMixIndex }),
	numberField("ssi_ratio", 4, func(p *ProviderRecord) *int64 { return &p.SSIRatio }),
	numberField("medicaid_ratio", 4, func(p *ProviderRecord) *int64 { return &p.MedicaidRatio }),
	textField("pps_blend_year_indicator", func(p *ProviderRecord) *string { return &p.PPSBlendYear }),
	numberField("pass_through_update_factor", 5, func(p *ProviderRecord) *int64 { return &p.PassThroughUpdate }),
	numberField("dsh_percent", 4, func(p *ProviderRecord) *int64 { return &p.DSHPercent }),
	dayField("fiscal_year_end_date", func(p *ProviderRecord) *civil.Date { return &p.FiscalYearEnd }),
	textField("special_payment_indicator", func(p *ProviderRecord) *string { return &p.SpecialPayment }),
	textField("hospital_quality_indicator", func(p *ProviderRecord) *string { return &p.Quality }),
	textField("cbsa_geographic", func(p *ProviderRecord) *string { return &p.CBSAGeographic }),
	textField("cbsa_reclassified", func(p *ProviderRecord) *string { return &p.CBSAReclassified }),
	textField("cbsa_standardized_amount", func(p *ProviderRecord) *string { return &p.CBSAStandardized }),
	numberField("special_wage_index", 4, func(p *ProviderRecord) *int64 { return &p.SpecialWageIndex }),
	moneyField("pass_through_capital", func(p *ProviderRecord) *money.Cents { return &p.PassThroughCapital }),
	moneyField("pass_through_direct_med_ed", func(p *ProviderRecord) *money.Cents { return &p.PassThroughEducation }),
	moneyField("pass_through_organ_acquisition", func(p *ProviderRecord) *money.Cents { return &p.PassThroughOrgans }),
	moneyField("pass_through_misc", func(p *ProviderRecord) *money.Cents { return &p.PassThroughTotal }),
	textField("capital_pay_code", func(p *ProviderRecord) *string { return &p.CapitalPayCode }),
	moneyField("capital_hospital_specific_rate", func(p *ProviderRecord) *money.Cents { return &p.CapitalHospitalRate }),
	moneyField("capital_old_hold_harmless_rate", func(p *ProviderRecord) *money.Cents { return &p.CapitalOldHoldHarmlessRate }),
	numberField("capital_new_hold_harmless_ratio", 4, func(p *ProviderRecord) *int64 { return &p.CapitalNewHoldHarmless }),
	numberField("capital_ccr", 3, func(p *ProviderRecord) *int64 { return &p.CapitalCCR }),
	textField("capital_new_hospital", func(p *ProviderRecord) *string { return &p.CapitalNewHospital }),
	numberField("capital_ime_ratio", 4, func(p *ProviderRecord) *int64 { return &p.CapitalIMERatio }),
	moneyField("capital_exceptions", func(p *ProviderRecord) *money.Cents { return &p.CapitalExceptions }),
	textField("vbp_participant", func(p *ProviderRecord) *string { return &p.VBPParticipant }),
	numberField("vbp_factor", 11, func(p *ProviderRecord) *int64 { return &p.VBPFactor }),
	textField("hrr_participant", func(p *ProviderRecord) *string { return &p.HRRParticipant }),
	numberField("hrr_factor", 4, func(p *ProviderRecord) *int64 { return &p.HRRFactor }),
	numberField("bundle_model1_discount", 3, func(p *ProviderRecord) *int64 { return &p.BundleDiscount }),
	textField("hac_reduction_indicator", func(p *ProviderRecord) *string { return &p.HACReduction }),
	moneyField("uncompensated_care_per_claim", func(p *ProviderRecord) *money.Cents { return &p.UncompensatedCare }),
	textField("ehr_reduction_indicator", func(p *ProviderRecord) *string { return &p.EHRReduction }),
	numberField("low_volume_factor", 6, func(p *ProviderRecord) *int64 { return &p.LowVolumeFactor }),
	textField("county_code", func(p *ProviderRecord) *string { return &p.County }),
	textField("supplemental_wage_index_indicator", func(p *ProviderRecord) *string { return &p.PriorWageIndexUse }),
	numberField("supplemental_wage_index", 4, func(p *ProviderRecord) *int64 { return &p.PriorWageIndex }),
	moneyField("pass_through_stem_cell", func(p *ProviderRecord) *money.Cents { return &p.PassThroughStemCell }),
}
