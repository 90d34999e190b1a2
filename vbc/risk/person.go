// SPDX-License-Identifier: Apache-2.0

package risk

import "fmt"

// Person is what a model asks about one beneficiary for one payment year.
type Person struct {
	// Age is the age in whole years on 1 February of the payment year.
	Age int
	Sex byte // F or M
	// Dual is the dual eligibility status code of the payment year, 00 to 10; empty
	// or NA is not dual. 02, 04 and 08 are full benefit, 01, 03, 05 and 06 partial.
	Dual string
	// OREC is the original reason for entitlement: 0 age, 1 disability, 2 ESRD,
	// 3 disability and ESRD.
	OREC byte
	// Institution tells that the person is in a long-term institution (90 days or more).
	Institution bool
	// NewEnrollee tells that the person had less than 12 months of Part B in the
	// year before; SNP that the plan is a chronic condition special needs plan.
	NewEnrollee, SNP bool
	// LowIncome is the low-income subsidy (RxHCC only).
	LowIncome bool
	// ESRD is Dialysis, or the state after a kidney transplant (ESRD models only).
	ESRD ESRDStatus
	// GraftMonths counts months since the transplant: 1 is the month of it.
	GraftMonths int
	// Segment overrides the segment that follows from the fields above: "CNA".
	Segment string
	// Diagnoses are ICD-10-CM codes without points, upper case.
	Diagnoses []string
}

// ESRDStatus is the person's state in the ESRD models.
type ESRDStatus uint8

// The states.
const (
	Dialysis ESRDStatus = iota
	Transplant
	FunctioningGraft
)

// flags are the yes-or-no facts about a person that variables depend on.
type flags uint32

const (
	female flags = 1 << iota
	male
	aged    // 65 or older
	nonAged // younger than 65
	disabled
	originallyDisabled // aged, first entitled by disability
	originallyESRD     // aged, first entitled by ESRD
	medicaid           // any dual status
	fullDual
	partialDual
	institution
	newOriginallyDisabled // new enrollee of 65 or more, first entitled by disability
	notNewOriginallyDisabled
	notMedicaid
	notFullDual
	entitledByESRD
	notEntitledByESRD
	notDisabled
)

// PersonError says which field of a person no model can use.
type PersonError struct{ Field, Value, Reason string }

func (e *PersonError) Error() string { return fmt.Sprintf("%s %q: %s", e.Field, e.Value, e.Reason) }

func (p *Person) flags() (flags, error) {
	var f flags
	switch p.Sex {
	case 'F':
		f |= female
	case 'M':
		f |= male
	default:
		return 0, &PersonError{"sex", string(rune(p.Sex)), "must be F or M"}
	}
	if p.Age < 0 || p.Age > maxAge {
		return 0, &PersonError{"age", fmt.Sprint(p.Age), fmt.Sprintf("must be 0 to %d years", maxAge)}
	}
	if p.OREC < '0' || p.OREC > '3' {
		return 0, &PersonError{"orec", string(rune(p.OREC)), "must be 0, 1, 2 or 3"}
	}
	if p.Age >= 65 {
		f |= aged
		if p.OREC == '1' {
			f |= originallyDisabled | newOriginallyDisabled
		}
		if p.OREC >= '2' {
			f |= originallyESRD
		}
	} else {
		f |= nonAged
		if p.OREC != '0' {
			f |= disabled
		}
	}
	switch p.Dual {
	case "", "NA", "00", "09", "99":
	case "02", "04", "08":
		f |= medicaid | fullDual
	case "01", "03", "05", "06":
		f |= medicaid | partialDual
	case "10":
		f |= medicaid
	default:
		return 0, &PersonError{"dual_code", p.Dual, "must be a dual eligibility status code, 00 to 10"}
	}
	if p.Institution {
		f |= institution
	}
	if p.OREC >= '2' {
		f |= entitledByESRD
	}
	return f, nil
}

// in adjusts the facts to a model family: in the ESRD models new enrollees on dialysis
// count as originally disabled at any age.
func (f flags) in(fam family, p *Person) flags {
	if (fam == esrdV21 || fam == esrdV24) && p.ESRD == Dialysis && p.OREC == '1' {
		f |= newOriginallyDisabled
	}
	return f | f.opposites()
}

// opposites are the flags that stand for the absence of others.
func (f flags) opposites() flags {
	var o flags
	if f&newOriginallyDisabled == 0 {
		o |= notNewOriginallyDisabled
	}
	if f&medicaid == 0 {
		o |= notMedicaid
	}
	if f&fullDual == 0 {
		o |= notFullDual
	}
	if f&entitledByESRD == 0 {
		o |= notEntitledByESRD
	}
	if f&disabled == 0 {
		o |= notDisabled
	}
	return o
}

// segment names the person's segment of a model family.
func (fam family) segment(p *Person, f flags) (string, error) {
	if p.Segment != "" {
		return p.Segment, nil
	}
	switch fam {
	case esrdV21, esrdV24:
		return fam.esrdSegment(p, f)
	case rx:
		return rxSegment(p, f), nil
	}
	switch {
	case p.NewEnrollee && p.SNP:
		return "SNPNE", nil
	case p.NewEnrollee:
		return "NE", nil
	case p.Institution:
		return "INS", nil
	}
	dual := 0
	if f&fullDual != 0 {
		dual = 1
	} else if f&partialDual != 0 {
		dual = 2
	}
	names := [...][2]string{{"CND", "CNA"}, {"CFD", "CFA"}, {"CPD", "CPA"}}
	return names[dual][f&aged/aged], nil
}

func (fam family) esrdSegment(p *Person, f flags) (string, error) {
	switch {
	case p.ESRD == Transplant:
		if p.GraftMonths < 1 || p.GraftMonths > 3 {
			return "", &PersonError{"graft_months", fmt.Sprint(p.GraftMonths), "the transplant factors are for months 1 to 3"}
		}
		return "TRANSPLANT", nil
	case p.ESRD == Dialysis && p.NewEnrollee:
		return "DNE", nil
	case p.ESRD == Dialysis:
		return "DI", nil
	case p.GraftMonths < 4:
		return "", &PersonError{"graft_months", fmt.Sprint(p.GraftMonths), "a functioning graft counts from month 4"}
	case p.NewEnrollee && fam == esrdV21:
		return "GNE", nil
	case p.NewEnrollee:
		return "", &PersonError{"esrd", "functioning graft", "V24's factors of new enrollees with a functioning graft are not built"}
	case p.Institution:
		return "GI", nil
	case fam == esrdV21:
		return "GC", nil
	}
	names := [...][2]string{{"GNPN", "GNPA"}, {"GFN", "GFA"}}
	return names[f&fullDual/fullDual][f&aged/aged], nil
}

func rxSegment(p *Person, f flags) string {
	switch {
	case p.NewEnrollee && p.Institution:
		return "Rx_NE_LTI"
	case p.NewEnrollee && p.LowIncome:
		return "Rx_NE_Lo"
	case p.NewEnrollee:
		return "Rx_NE_NoLo"
	case p.Institution:
		return "Rx_CE_LTI"
	}
	low := 0
	if p.LowIncome {
		low = 1
	}
	names := [...][2]string{{"Rx_CE_NoLowNoAged", "Rx_CE_NoLowAged"}, {"Rx_CE_LowNoAged", "Rx_CE_LowAged"}}
	return names[low][f&aged/aged]
}
