// SPDX-License-Identifier: Apache-2.0

package main

import "strings"

// hospitals is a provider specific file in CMS's CSV layout for the three invented
// hospitals; columns that it leaves out are blank.
func hospitals() []byte {
	columns := []string{"nationalProviderIdentifier", "providerCcn", "effectiveDate", "fiscalYearBeginDate", "exportDate",
		"waiverIndicator", "intermediaryNumber", "providerType", "censusDivision", "stateCode",
		"caseMixAdjustedCostPerDischarge_PpsFacilitySpecificRate", "costOfLivingAdjustment", "internsToBedsRatio", "bedSize",
		"operatingCostToChargeRatio", "caseMixIndex", "supplementalSecurityIncomeRatio", "medicaidRatio", "specialPaymentIndicator",
		"hospitalQualityIndicator", "cbsaActualGeographicLocation", "cbsaStandardizedAmountLocation", "passThroughAmountForCapital",
		"passThroughAmountForDirectMedicalEducation", "passThroughTotalAmount", "capitalPpsPaymentCode", "capitalCostToChargeRatio",
		"capitalIndirectMedicalEducationRatio", "vbpParticipantIndicator", "vbpAdjustment", "hrrParticipantIndicator", "hrrAdjustment",
		"hacReductionParticipantIndicator", "uncompensatedCareAmount", "lowVolumeAdjustmentFactor", "temporaryReliefIndicator",
		"supplementalWageIndexIndicator", "supplementalWageIndex"}
	rows := [][]string{
		{teaching.npi, "140991", "20251001", "20250701", "20251001", "N", "06101", "00", "3", "14", "0.00", "1.000", "0.2500", "520",
			"0.245", "1.8200", "0.1250", "0.3100", "N", "1", "16984", "", "0.00", "145.20", "145.20", "C", "0.019", "0.2200",
			"Y", "1.00412000000", "1", "0.9956", "N", "1480.25", "0.000000", "N", "1", "1.0500"},
		{community.npi, "450992", "20251001", "20250701", "20251001", "N", "04411", "00", "7", "45", "0.00", "1.000", "0.0000", "95",
			"0.210", "1.4100", "0.0900", "0.2400", "N", "1", "26420", "", "0.00", "0.00", "0.00", "C", "0.016", "0.0000",
			"N", "0.00000000000", "1", "1.0000", "Y", "610.40", "0.000000", "N", "1", "1.0000"},
		{rural.npi, "270993", "20251001", "20250701", "20251001", "N", "03201", "16", "8", "27", "9150.00", "1.000", "0.0000", "44",
			"0.480", "1.1800", "0.0400", "0.1300", "N", "1", "   27", "", "0.00", "0.00", "0.00", "C", "0.041", "0.0000",
			"N", "0.00000000000", "1", "0.9990", "N", "0.00", "0.000000", "N", "1", "0.9000"},
	}
	var b strings.Builder
	b.WriteString(strings.Join(columns, ",") + "\n")
	for _, r := range rows {
		b.WriteString(strings.Join(r, ",") + "\n")
	}
	return []byte(b.String())
}
