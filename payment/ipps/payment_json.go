// SPDX-License-Identifier: Apache-2.0

package ipps

import (
	"encoding/json"
	"strconv"

	"github.com/woodlawn-health/woodlawn/claim/money"
)

// MarshalJSON writes the fields of CMS's pricer under their plain names; amounts
// and factors are strings with every decimal, days are numbers.
func (p Payment) MarshalJSON() ([]byte, error) {
	b := append(make([]byte, 0, 2600), '{')
	return append(p.AppendFields(b), '}'), nil
}

// AppendFields appends the members of the JSON object, without braces.
func (p *Payment) AppendFields(b []byte) []byte {
	w := fieldWriter{b: b, start: true}
	w.text("return_code", p.ReturnCode)
	w.fixed("wage_index", p.WageIndex)
	w.days("outlier_days", p.OutlierDays)
	w.fixed("geometric_mean_los", p.GeometricMeanLOS)
	w.fixed("days_cutoff", p.DaysCutoff)
	w.cents("operating_ime", p.OperatingIME)
	w.cents("total_payment", p.TotalPayment)
	w.cents("operating_hsp", p.OperatingHSP)
	w.cents("operating_fsp", p.OperatingFSP)
	w.cents("operating_outlier", p.OperatingOutlier)
	w.days("regular_days_used", p.RegularDaysUsed)
	w.days("lifetime_reserve_days_used", p.LifetimeReserveDaysUsed)
	w.cents("operating_dsh", p.OperatingDSH)
	w.text("calculation_version", p.CalculationVersion)
	w.text("driver_version", p.DriverVersion)
	w.fixed("hsp_percent", p.HSPPercent)
	w.fixed("fsp_percent", p.FSPPercent)
	w.fixed("national_percent", p.NationalPercent)
	w.fixed("regional_percent", p.RegionalPercent)
	w.cents("hospital_specific_rate", p.HospitalSpecificRate)
	w.fixed("update_factor", p.UpdateFactor)
	w.fixed("drg_weight", p.DRGWeight)
	w.cents("national_labor", p.NationalLabor)
	w.cents("national_nonlabor", p.NationalNonlabor)
	w.cents("regional_labor", p.RegionalLabor)
	w.cents("regional_nonlabor", p.RegionalNonlabor)
	w.fixed("operating_cola", p.OperatingCOLA)
	w.fixed("intern_to_bed_ratio", p.InternToBedRatio)
	w.fixed("operating_cost_outlier_cutoff", p.OperatingCostOutlierCutoff)
	w.fixed("operating_bill_costs", p.OperatingBillCosts)
	w.fixed("outlier_charge_threshold", p.OutlierChargeThreshold)
	w.fixed("discharge_fraction", p.DischargeFraction)
	w.fixed("drg_weight_fraction", p.DRGWeightFraction)
	w.cents("capital_total", p.CapitalTotal)
	w.cents("capital_hsp", p.CapitalHSP)
	w.cents("capital_fsp", p.CapitalFSP)
	w.cents("capital_outlier", p.CapitalOutlier)
	w.cents("capital_old_hold_harmless", p.CapitalOldHoldHarmless)
	w.cents("capital_dsh", p.CapitalDSH)
	w.cents("capital_ime", p.CapitalIME)
	w.cents("capital_exceptions", p.CapitalExceptions)
	w.text("capital_pay_code", p.CapitalPayCode)
	w.cents("capital_b_fsp", p.CapitalBFSP)
	w.cents("capital_b_outlier", p.CapitalBOutlier)
	w.cents("non_temporary_relief_payment", p.NonTemporaryRelief)
	w.cents("new_technology_add_on", p.NewTechnology)
	w.cents("islet_add_on", p.Islet)
	w.cents("low_volume_payment", p.LowVolume)
	w.text("vbp_participant", p.VBPParticipant)
	w.fixed("vbp_factor", p.VBPFactor)
	w.text("hrr_participant", p.HRRParticipant)
	w.fixed("hrr_factor", p.HRRFactor)
	w.fixed("bundle_model1_discount", p.BundleDiscount)
	w.cents("operating_base_drg_payment", p.OperatingBaseDRGPayment)
	w.cents("operating_hsp_amount", p.OperatingHSPAmount)
	w.fixed("operating_dsh_ratio", p.OperatingDSHRatio)
	w.fixed("capital_dsh_ratio", p.CapitalDSHRatio)
	w.fixed("capital_hsp_percent", p.CapitalHSPPercent)
	w.fixed("capital_fsp_percent", p.CapitalFSPPercent)
	w.fixed("arithmetic_mean_los", p.ArithmeticMeanLOS)
	w.fixed("puerto_rico_wage_index", p.PuertoRicoWageIndex)
	w.fixed("transfer_adjustment", p.TransferAdjustment)
	w.text("hmo_flag", p.HMOFlag)
	w.text("cot_flag", p.COTFlag)
	w.cents("hospital_specific_payment", p.HospitalSpecificPayment)
	w.cents("bundle_adjustment_pay", p.BundleAdjustmentPay)
	w.cents("uncompensated_care", p.UncompensatedCare)
	w.cents("bundle_adjustment", p.BundleAdjustment)
	w.cents("vbp_adjustment", p.VBPAdjustment)
	w.cents("hrr_adjustment", p.HRRAdjustment)
	w.text("hac_indicator", p.HACIndicator)
	w.text("ehr_indicator", p.EHRIndicator)
	w.cents("ehr_savings", p.EHRSavings)
	w.cents("standardized_value", p.StandardizedValue)
	w.cents("hac_reduction", p.HACReduction)
	w.cents("flex7_payment", p.Flex7)
	return w.b
}

type fieldWriter struct {
	b     []byte
	start bool
}

func (w *fieldWriter) name(name string) {
	if !w.start {
		w.b = append(w.b, ',')
	}
	w.start = false
	w.b = append(w.b, '"')
	w.b = append(w.b, name...)
	w.b = append(w.b, `":`...)
}

func (w *fieldWriter) cents(name string, c money.Cents) {
	w.name(name)
	w.b = append(c.Append(append(w.b, '"')), '"')
}

func (w *fieldWriter) fixed(name string, f money.Fixed) {
	w.name(name)
	w.b = append(money.AppendScaled(append(w.b, '"'), f.Value, int(f.Scale)), '"')
}

func (w *fieldWriter) days(name string, n int) {
	w.name(name)
	w.b = strconv.AppendInt(w.b, int64(n), 10)
}

// text holds codes of the record; only an unusual one needs escapes.
func (w *fieldWriter) text(name, s string) {
	w.name(name)
	for i := range len(s) {
		if c := s[i]; c < ' ' || c == '"' || c == '\\' || c > '~' {
			q, _ := json.Marshal(s)
			w.b = append(w.b, q...)
			return
		}
	}
	w.b = append(append(append(w.b, '"'), s...), '"')
}
