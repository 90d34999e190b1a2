// SPDX-License-Identifier: Apache-2.0

package ipps

import "github.com/woodlawn-health/woodlawn/claim/money"

// Payment is the answer to a bill: every output field of CMS's pricer, by its
// plain name. Amounts are cents; factors carry their own decimals.
type Payment struct {
	// ReturnCode below 50 says how the bill was paid, 50 and above why it was not.
	ReturnCode string

	WageIndex        money.Fixed // 4
	OutlierDays      int
	GeometricMeanLOS money.Fixed // 1
	DaysCutoff       money.Fixed // 1
	OperatingIME     money.Cents
	TotalPayment     money.Cents
	// OperatingHSP is what the hospital-specific rate adds to the federal one.
	OperatingHSP            money.Cents
	OperatingFSP            money.Cents
	OperatingOutlier        money.Cents
	RegularDaysUsed         int
	LifetimeReserveDaysUsed int
	OperatingDSH            money.Cents
	CalculationVersion      string
	DriverVersion           string

	HSPPercent, FSPPercent           money.Fixed // 2
	NationalPercent, RegionalPercent money.Fixed // 2
	HospitalSpecificRate             money.Cents
	UpdateFactor                     money.Fixed // 5
	DRGWeight                        money.Fixed // 4
	NationalLabor, NationalNonlabor  money.Cents
	RegionalLabor, RegionalNonlabor  money.Cents
	OperatingCOLA                    money.Fixed // 3
	InternToBedRatio                 money.Fixed // 4
	OperatingCostOutlierCutoff       money.Fixed // 9
	OperatingBillCosts               money.Fixed // 9
	OutlierChargeThreshold           money.Fixed // 9
	DischargeFraction                money.Fixed // 4
	DRGWeightFraction                money.Fixed // 4

	CapitalTotal, CapitalHSP, CapitalFSP money.Cents
	CapitalOutlier                       money.Cents
	CapitalOldHoldHarmless               money.Cents
	CapitalDSH, CapitalIME               money.Cents
	CapitalExceptions                    money.Cents
	CapitalPayCode                       string
	CapitalBFSP, CapitalBOutlier         money.Cents

	NonTemporaryRelief money.Cents
	NewTechnology      money.Cents
	Islet              money.Cents
	LowVolume          money.Cents
	VBPParticipant     string
	VBPFactor          money.Fixed // 11
	HRRParticipant     string
	HRRFactor          money.Fixed // 4

	BundleDiscount          money.Fixed // 3
	OperatingBaseDRGPayment money.Cents
	OperatingHSPAmount      money.Cents
	OperatingDSHRatio       money.Fixed // 4
	CapitalDSHRatio         money.Fixed // 4
	CapitalHSPPercent       money.Fixed // 2
	CapitalFSPPercent       money.Fixed // 4
	ArithmeticMeanLOS       money.Fixed // 1
	PuertoRicoWageIndex     money.Fixed // 4
	TransferAdjustment      money.Fixed // 4
	HMOFlag, COTFlag        string
	HospitalSpecificPayment money.Cents
	BundleAdjustmentPay     money.Cents
	UncompensatedCare       money.Cents
	BundleAdjustment        money.Cents
	VBPAdjustment           money.Cents
	HRRAdjustment           money.Cents
	HACIndicator            string
	EHRIndicator            string
	EHRSavings              money.Cents
	StandardizedValue       money.Cents
	HACReduction            money.Cents
	Flex7                   money.Cents

	// PassThrough is what the hospital gets beside the total for capital, education,
	// organs and the rest that are paid on cost: the daily rate of its record for the
	// covered days. It is for information and in no field of CMS's pricer.
	PassThrough money.Cents
	// Unverified is set if a figure behind the payment was not checked against CMS's
	// publication; the trace marks the steps.
	Unverified bool
}

// blank is a payment before anything was found: zeros, and in some text fields
// the zero that CMS's pricer writes.
var blank = Payment{
	ReturnCode: "00", CalculationVersion: "00000", CapitalPayCode: "0", VBPParticipant: "0", HRRParticipant: "0",
	HMOFlag: "0", COTFlag: "0", HACIndicator: "0", EHRIndicator: "0",
	WageIndex: money.Fixed{Scale: 4}, GeometricMeanLOS: money.Fixed{Scale: 1}, DaysCutoff: money.Fixed{Scale: 1},
	HSPPercent: money.Fixed{Scale: 2}, FSPPercent: money.Fixed{Scale: 2}, NationalPercent: money.Fixed{Scale: 2},
	RegionalPercent: money.Fixed{Scale: 2}, UpdateFactor: money.Fixed{Scale: 5}, DRGWeight: money.Fixed{Scale: 4},
	OperatingCOLA: money.Fixed{Scale: 3}, InternToBedRatio: money.Fixed{Scale: 4},
	OperatingCostOutlierCutoff: money.Fixed{Scale: 9}, OperatingBillCosts: money.Fixed{Scale: 9},
	OutlierChargeThreshold: money.Fixed{Scale: 9}, DischargeFraction: money.Fixed{Scale: 4},
	DRGWeightFraction: money.Fixed{Scale: 4}, VBPFactor: money.Fixed{Scale: 11}, HRRFactor: money.Fixed{Scale: 4},
	BundleDiscount: money.Fixed{Scale: 3}, OperatingDSHRatio: money.Fixed{Scale: 4}, CapitalDSHRatio: money.Fixed{Scale: 4},
	CapitalHSPPercent: money.Fixed{Scale: 2}, CapitalFSPPercent: money.Fixed{Scale: 4}, ArithmeticMeanLOS: money.Fixed{Scale: 1},
	PuertoRicoWageIndex: money.Fixed{Scale: 4}, TransferAdjustment: money.Fixed{Scale: 4},
}

// clearCalculated takes back what a bill that is not paid must not show: all
// that the calculation left, but what the codes 50 and above still report.
func (p *Payment) clearCalculated() {
	keep := *p
	*p = blank
	p.ReturnCode, p.WageIndex, p.GeometricMeanLOS = keep.ReturnCode, keep.WageIndex, keep.GeometricMeanLOS
	p.CalculationVersion, p.DriverVersion = keep.CalculationVersion, keep.DriverVersion
	p.OutlierChargeThreshold, p.StandardizedValue = keep.OutlierChargeThreshold, keep.StandardizedValue
	p.UncompensatedCare, p.BundleDiscount = keep.UncompensatedCare, keep.BundleDiscount
	p.HACIndicator, p.EHRIndicator = keep.HACIndicator, keep.EHRIndicator
	p.Unverified = keep.Unverified
}

// Paid tells whether the bill was priced for payment.
func (p *Payment) Paid() bool { return p.ReturnCode < "50" }
