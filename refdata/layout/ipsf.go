// SPDX-License-Identifier: Apache-2.0

package layout

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/woodlawn-health/woodlawn/claim/civil"
	"github.com/woodlawn-health/woodlawn/claim/money"
	"github.com/woodlawn-health/woodlawn/refdata"
)

// IPSFField is one field of the inpatient provider specific file: its name in
// table ipps.providers, its column in CMS's CSV, and its place in the 310-byte
// record that the pricer reads.
type IPSFField struct {
	Name     string
	CSV      string
	Offset   int // in the fixed record, from 0
	Length   int
	Kind     refdata.Kind
	Decimals uint8
}

// IPSFRecord is the length of the fixed record.
const IPSFRecord = 310

// IPSFFields are the fields that inpatient pricing reads, in the order of the
// fixed record (Medicare Claims Processing Manual, chapter 3, addendum A).
var IPSFFields = []IPSFField{
	{"npi", "nationalProviderIdentifier", 0, 10, refdata.Text, 0},
	{"provider_number", "providerCcn", 10, 6, refdata.Text, 0},
	{"effective_date", "effectiveDate", 16, 8, refdata.Day, 0},
	{"fiscal_year_begin_date", "fiscalYearBeginDate", 24, 8, refdata.Day, 0},
	{"report_date", "exportDate", 32, 8, refdata.Day, 0},
	{"termination_date", "terminationDate", 40, 8, refdata.Day, 0},
	{"waiver_indicator", "waiverIndicator", 48, 1, refdata.Text, 0},
	{"intermediary_number", "intermediaryNumber", 49, 5, refdata.Text, 0},
	{"provider_type", "providerType", 54, 2, refdata.Text, 0},
	{"census_division", "censusDivision", 56, 1, refdata.Text, 0},
	{"msa_change_code", "changeCodeWageIndexReclassification", 57, 1, refdata.Text, 0},
	{"msa_geographic", "msaActualGeographicLocation", 58, 4, refdata.Text, 0},
	{"msa_wage_index", "msaWageIndexLocation", 62, 4, refdata.Text, 0},
	{"msa_standardized_amount", "msaStandardizedAmountLocation", 66, 4, refdata.Text, 0},
	{"sch_mdh_base_year", "soleCommunityOrMedicareDependentHospitalBaseYear", 70, 2, refdata.Text, 0},
	{"lugar", "changeCodeForLugarReclassification", 72, 1, refdata.Text, 0},
	{"temporary_relief_indicator", "temporaryReliefIndicator", 73, 1, refdata.Text, 0},
	{"federal_pps_blend_indicator", "federalPpsBlend", 74, 1, refdata.Text, 0},
	{"state_code", "stateCode", 75, 2, refdata.Text, 0},
	{"hospital_specific_rate", "caseMixAdjustedCostPerDischarge_PpsFacilitySpecificRate", 80, 7, refdata.Number, 2},
	{"cola", "costOfLivingAdjustment", 87, 4, refdata.Number, 3},
	{"intern_to_bed_ratio", "internsToBedsRatio", 91, 5, refdata.Number, 4},
	{"bed_size", "bedSize", 96, 5, refdata.Number, 0},
	{"operating_ccr", "operatingCostToChargeRatio", 101, 4, refdata.Number, 3},
	{"case_mix_index", "caseMixIndex", 105, 5, refdata.Number, 4},
	{"ssi_ratio", "supplementalSecurityIncomeRatio", 110, 4, refdata.Number, 4},
	{"medicaid_ratio", "medicaidRatio", 114, 4, refdata.Number, 4},
	{"pps_blend_year_indicator", "ppsBlendYearIndicator", 118, 1, refdata.Text, 0},
	{"pass_through_update_factor", "specialProviderUpdateFactor", 119, 6, refdata.Number, 5},
	{"dsh_percent", "operatingDsh", 125, 4, refdata.Number, 4},
	{"fiscal_year_end_date", "fiscalYearEndDate", 129, 8, refdata.Day, 0},
	{"special_payment_indicator", "specialPaymentIndicator", 137, 1, refdata.Text, 0},
	{"hospital_quality_indicator", "hospitalQualityIndicator", 138, 1, refdata.Text, 0},
	{"cbsa_geographic", "cbsaActualGeographicLocation", 139, 5, refdata.Text, 0},
	{"cbsa_reclassified", "cbsaWageIndexLocation", 144, 5, refdata.Text, 0},
	{"cbsa_standardized_amount", "cbsaStandardizedAmountLocation", 149, 5, refdata.Text, 0},
	{"special_wage_index", "specialWageIndex", 154, 6, refdata.Number, 4},
	{"pass_through_capital", "passThroughAmountForCapital", 160, 6, refdata.Number, 2},
	{"pass_through_direct_med_ed", "passThroughAmountForDirectMedicalEducation", 166, 6, refdata.Number, 2},
	{"pass_through_organ_acquisition", "passThroughAmountForOrganAcquisition", 172, 6, refdata.Number, 2},
	{"pass_through_misc", "passThroughTotalAmount", 178, 6, refdata.Number, 2},
	{"capital_pay_code", "capitalPpsPaymentCode", 184, 1, refdata.Text, 0},
	{"capital_hospital_specific_rate", "hospitalSpecificCapitalRate", 185, 6, refdata.Number, 2},
	{"capital_old_hold_harmless_rate", "oldCapitalHoldHarmlessRate", 191, 6, refdata.Number, 2},
	{"capital_new_hold_harmless_ratio", "newCapitalHoldHarmlessRate", 197, 5, refdata.Number, 4},
	{"capital_ccr", "capitalCostToChargeRatio", 202, 4, refdata.Number, 3},
	{"capital_new_hospital", "newHospital", 206, 1, refdata.Text, 0},
	{"capital_ime_ratio", "capitalIndirectMedicalEducationRatio", 207, 5, refdata.Number, 4},
	{"capital_exceptions", "capitalExceptionPaymentRate", 212, 6, refdata.Number, 2},
	{"vbp_participant", "vbpParticipantIndicator", 218, 1, refdata.Text, 0},
	{"vbp_factor", "vbpAdjustment", 219, 12, refdata.Number, 11},
	{"hrr_participant", "hrrParticipantIndicator", 231, 1, refdata.Text, 0},
	{"hrr_factor", "hrrAdjustment", 232, 5, refdata.Number, 4},
	{"bundle_model1_discount", "bundleModel1Discount", 237, 3, refdata.Number, 3},
	{"hac_reduction_indicator", "hacReductionParticipantIndicator", 240, 1, refdata.Text, 0},
	{"uncompensated_care_per_claim", "uncompensatedCareAmount", 241, 9, refdata.Number, 2},
	{"ehr_reduction_indicator", "ehrReductionIndicator", 250, 1, refdata.Text, 0},
	{"low_volume_factor", "lowVolumeAdjustmentFactor", 251, 7, refdata.Number, 6},
	{"county_code", "countyCode", 258, 5, refdata.Text, 0},
	{"supplemental_wage_index_indicator", "supplementalWageIndexIndicator", 263, 1, refdata.Text, 0},
	{"supplemental_wage_index", "supplementalWageIndex", 264, 6, refdata.Number, 4},
	{"pass_through_stem_cell", "passThroughAmountForAllogenicStemCellAcquisition", 270, 9, refdata.Number, 2},
}

// IPPSProviderColumns are the columns of table ipps.providers.
func IPPSProviderColumns() []refdata.Column {
	cols := make([]refdata.Column, len(IPSFFields))
	for i, f := range IPSFFields {
		cols[i] = refdata.Column{Name: f.Name, Kind: f.Kind, Scale: f.Decimals}
	}
	return cols
}

var ipsfCSV = Layout{
	Name:     "IPSF CSV",
	Describe: "Inpatient provider specific file, CSV (Provider Specific Data for Public Use)",
	Match: func(_ string, head []byte) bool {
		return headerHas(head, "providerCcn", "effectiveDate", "operatingCostToChargeRatio", "caseMixIndex")
	},
	Read: readIPSFCSV,
}

var ipsfFixed = Layout{
	Name:     "IPSF fixed",
	Describe: "Inpatient provider specific file, fixed-width records of up to 310 bytes",
	Match: func(name string, head []byte) bool {
		line, _, _ := bytes.Cut(head, []byte("\n"))
		line = bytes.TrimRight(line, "\r")
		if len(line) < 184 || len(line) > IPSFRecord || bytes.IndexByte(line, ',') >= 0 {
			return false
		}
		_, err := civil.ParseCompact(line[16:24])
		return err == nil && strings.Trim(string(line[:10]), "0123456789 ") == ""
	},
	Read: readIPSFFixed,
}

func providersMeta(f *File) refdata.Meta {
	return refdata.Meta{ID: "ipps.providers", Title: "Inpatient provider specific file", Source: "CMS provider specific data for public use",
		Release: f.Options["release"], SourceSHA256: f.SHA256(), Verified: true, Columns: IPPSProviderColumns(),
		Cite: "Medicare Claims Processing Manual, chapter 3, addendum A"}
}

// finishProviders dates the table: it is in force from the earliest record on.
func finishProviders(meta refdata.Meta, b *refdata.Builder, first civil.Date) []*refdata.Table {
	t := b.Table()
	t.Effective = first
	t.Version = meta.Release
	if t.Version == "" {
		t.Version = first.String()
	}
	return []*refdata.Table{t}
}

func readIPSFCSV(f File) ([]*refdata.Table, []Reject, error) {
	s, err := newSheet(f.Data, "providerCcn", "effectiveDate", "providerType", "operatingCostToChargeRatio")
	if err != nil {
		return nil, nil, err
	}
	meta := providersMeta(&f)
	b := refdata.NewBuilder(meta)
	var first civil.Date
	row := make([]any, len(IPSFFields))
	for s.next() {
		if field, value, reason := ipsfRow(row, func(i int) string { return s.raw(IPSFFields[i].CSV) }, true); reason != "" {
			s.reject(field, value, reason)
			continue
		}
		if !s.add(b, "providerCcn", row...) {
			continue
		}
		if day := row[2].(civil.Date); first.IsZero() || day.Before(first) {
			first = day
		}
	}
	return finishProviders(meta, b, first), s.rejects, nil
}

func readIPSFFixed(f File) ([]*refdata.Table, []Reject, error) {
	meta := providersMeta(&f)
	b := refdata.NewBuilder(meta)
	var rejects []Reject
	var first civil.Date
	row := make([]any, len(IPSFFields))
	for n, line := range bytes.Split(f.Data, []byte("\n")) {
		line = bytes.TrimRight(line, "\r")
		if len(bytes.TrimSpace(line)) == 0 {
			continue
		}
		if len(rejects) > maxRejects {
			break
		}
		if len(line) > IPSFRecord {
			rejects = append(rejects, Reject{n + 1, "record", "", fmt.Sprintf("%d bytes, a record has at most %d", len(line), IPSFRecord)})
			continue
		}
		padded := string(line) + strings.Repeat(" ", IPSFRecord-len(line))
		field, value, reason := ipsfRow(row, func(i int) string {
			return padded[IPSFFields[i].Offset : IPSFFields[i].Offset+IPSFFields[i].Length]
		}, false)
		if reason == "" {
			if err := b.Add(row...); err != nil {
				reason = err.Error()
			}
		}
		if reason != "" {
			rejects = append(rejects, Reject{n + 1, field, value, reason})
			continue
		}
		if day := row[2].(civil.Date); first.IsZero() || day.Before(first) {
			first = day
		}
	}
	return finishProviders(meta, b, first), rejects, nil
}

// ipsfRow reads the fields of one record into row. A number in CSV has its point;
// in the fixed record it is implied.
func ipsfRow(row []any, get func(i int) string, point bool) (field, value, reason string) {
	for i, f := range IPSFFields {
		text := get(i)
		switch f.Kind {
		case refdata.Text:
			row[i] = ipsfText(f, text)
		case refdata.Day:
			day, err := ipsfDay(strings.TrimSpace(text))
			if err != nil {
				return f.Name, text, "not a date (CCYYMMDD)"
			}
			row[i] = day
		case refdata.Number:
			v, reason := ipsfNumber(f, strings.TrimSpace(text), point)
			if reason != "" {
				return f.Name, text, reason
			}
			row[i] = v
		}
	}
	if row[1].(string) == "" {
		return "provider_number", "", "a record needs the hospital's CMS certification number"
	}
	if row[2].(civil.Date).IsZero() {
		return "effective_date", "", "a record needs the day from which it holds"
	}
	return "", "", ""
}

// ipsfText keeps the leading blanks of an area code (three blanks and a state are
// its rural area) and gives back the leading zeros that spreadsheets drop.
func ipsfText(f IPSFField, text string) string {
	text = strings.TrimRight(text, " ")
	switch f.Name {
	case "cbsa_geographic", "cbsa_reclassified", "cbsa_standardized_amount":
		if code := strings.TrimSpace(text); code != "" && len(code) <= 2 {
			return fmt.Sprintf("   %02s", code)
		}
	case "state_code", "provider_type":
		if text = strings.TrimSpace(text); len(text) == 1 {
			return "0" + text
		}
	case "provider_number", "county_code":
		if text = strings.TrimSpace(text); text != "" && len(text) < f.Length {
			return strings.Repeat("0", f.Length-len(text)) + text
		}
	}
	return text
}

// ipsfDay reads a date; zeros, nines or blanks mean none.
func ipsfDay(s string) (civil.Date, error) {
	if strings.Trim(s, "0") == "" || strings.Trim(s, "9") == "" {
		return 0, nil
	}
	return parseDay(s)
}

// ipsfNumber reads a number at the field's scale. More decimals than the field
// holds are rounded half up, as CMS's record layout stores them.
func ipsfNumber(f IPSFField, s string, point bool) (int64, string) {
	if s == "" {
		return 0, ""
	}
	var v int64
	var err error
	if point {
		v, err = money.ParseScaled(s, 12)
		v = money.Rescale(v, 12, int(f.Decimals))
	} else {
		v, err = money.ParseScaled(s, 0)
		if strings.ContainsAny(s, ".+-") {
			return 0, "not digits"
		}
	}
	if err != nil {
		return 0, "not a number"
	}
	if limit := money.Pow10(min(f.Length, 18)); v < 0 || v >= limit {
		return 0, fmt.Sprintf("outside the %d digits of the field", f.Length)
	}
	return v, ""
}
