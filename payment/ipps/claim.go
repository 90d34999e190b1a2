// SPDX-License-Identifier: Apache-2.0

package ipps

import (
	"fmt"
	"slices"
	"strings"

	"github.com/woodlawn-health/woodlawn/claim"
	"github.com/woodlawn-health/woodlawn/claim/civil"
	"github.com/woodlawn-health/woodlawn/claim/money"
)

// Problem is what keeps a claim from being a bill, or what was assumed in its place.
type Problem struct {
	Field   string // as the claim form names it
	Message string
	Remedy  string
	// Assumed marks a problem that does not stand in the way: the message says what
	// was taken for what is missing.
	Assumed bool
}

func (p Problem) Error() string {
	s := p.Field + ": " + p.Message
	if p.Remedy != "" {
		s += "; " + p.Remedy
	}
	return s
}

// Days are a stay's days by how Medicare counts them, from value codes 80 to 83.
type Days struct {
	Covered, NonCovered   int
	Coinsurance, Reserve  int
	CoveredKnown          bool
	LengthOfStay          int
	Admission, Discharged civil.Date
}

// DaysOf counts the days of a claim. The day of discharge is no day of stay; a
// stay of one day and a same-day transfer (condition code 40) are told apart.
func (p *Pricer) DaysOf(c *claim.Claim) (Days, error) {
	y, err := p.yearOf(c.Through)
	if err != nil {
		return Days{}, err
	}
	return y.daysOf(c), nil
}

func (y *year) daysOf(c *claim.Claim) Days {
	d := Days{Admission: c.Admission, Discharged: c.Through}
	if d.Admission.IsZero() {
		d.Admission = c.From
	}
	if !d.Admission.IsZero() {
		d.LengthOfStay = d.Discharged.Sub(d.Admission)
	}
	if d.LengthOfStay == 0 && !slices.Contains(c.ConditionCodes, y.bill.sameDay) {
		d.LengthOfStay = 1
	}
	for _, v := range c.ValueCodes {
		days := int(v.Amount / 100)
		switch v.Code {
		case "80":
			d.Covered, d.CoveredKnown = days, true
		case "81":
			d.NonCovered = days
		case "82":
			d.Coinsurance = days
		case "83":
			d.Reserve = days
		}
	}
	return d
}

// BillFromClaim makes the bill of an institutional claim that a grouper has given
// a DRG. Problems that are not Assumed mean that the claim must not be priced.
// The hospital's certification number stays empty if the claim does not carry it:
// the provider file finds the record by NPI.
func (p *Pricer) BillFromClaim(c *claim.Claim, drg string) (Bill, []Problem, error) {
	y, err := p.yearOf(c.Through)
	if err != nil {
		return Bill{}, nil, err
	}
	days := y.daysOf(c)
	b := Bill{NPI: c.Billing.NPI, ProviderNumber: certification(&c.Billing), DRG: drg, LengthOfStay: days.LengthOfStay,
		CoveredDays: days.Covered, LifetimeReserveDays: days.Reserve, Discharge: c.Through,
		CoveredCharges: y.coveredCharges(c), ConditionCodes: c.ConditionCodes}
	if c.Demonstration != "" {
		b.DemoCodes = []string{c.Demonstration}
	}
	var problems []Problem
	if !days.CoveredKnown {
		b.CoveredDays = days.LengthOfStay
		problems = append(problems, Problem{"value code 80", "covered days are missing", "all days of the stay were taken as covered", true})
	}
	if days.LengthOfStay < 0 || days.Admission.IsZero() {
		problems = append(problems, Problem{Field: "admission date", Message: "missing, or after the end of the stay"})
	}
	if c.Form != claim.Institutional || c.BillType != y.bill.billType {
		problems = append(problems, Problem{Field: "type of bill", Message: fmt.Sprintf("%q is no hospital inpatient bill", c.BillType)})
	}
	b.Diagnoses, b.Procedures = icd10(c)
	for i := range c.Lines {
		if d := c.Lines[i].Drug; d != nil && d.NDC != "" {
			b.NDCs = append(b.NDCs, strings.ReplaceAll(d.NDC, "-", ""))
		}
	}
	var problem *Problem
	if b.ReviewCode, problem = y.reviewCode(c, drg); problem != nil {
		problems = append(problems, *problem)
	}
	return b, problems, nil
}

// certification finds a CMS certification number among a provider's references.
func certification(p *claim.Provider) string {
	for _, r := range p.References {
		if (r.Qualifier == "1C" || r.Qualifier == "G2") && len(r.Value) == 6 {
			return r.Value
		}
	}
	return ""
}

// coveredCharges adds up what counts for outliers: not the total line, not what is
// paid beside the DRG (organ acquisition, clotting factors), not professional fees.
func (y *year) coveredCharges(c *claim.Claim) money.Cents {
	var sum money.Cents
lines:
	for i := range c.Lines {
		l := &c.Lines[i]
		if l.Revenue == "0001" || slices.Contains(y.bill.clottingFactors, l.Procedure) {
			continue
		}
		for _, prefix := range y.bill.excludedRevenue {
			if strings.HasPrefix(l.Revenue, prefix) {
				continue lines
			}
		}
		sum += l.Charge - l.NonCovered
	}
	return sum
}

// icd10 lists the claim's codes as the bill record holds them: the principal
// first, at most 25 of a kind.
func icd10(c *claim.Claim) (diagnoses, procedures []string) {
	for _, kind := range []claim.DiagnosisKind{claim.PrincipalDiagnosis, claim.OtherDiagnosis, claim.ExternalCause} {
		for _, d := range c.Diagnoses {
			if d.Kind == kind && !d.ICD9 && len(diagnoses) < maxDiagnoses {
				diagnoses = append(diagnoses, d.Code)
			}
		}
	}
	for _, principal := range []bool{true, false} {
		for _, p := range c.Procedures {
			if p.Principal == principal && !p.ICD9 && len(procedures) < maxProcedures {
				procedures = append(procedures, p.Code)
			}
		}
	}
	return diagnoses, procedures
}

// reviewCode decides how the bill is paid from where the patient went and from
// the DRG (42 CFR 412.4): to another acute hospital, a transfer; to post-acute
// care with a DRG of that policy, a post-acute transfer, unless the home health
// care is unrelated or begins late.
func (y *year) reviewCode(c *claim.Claim, drg string) (string, *Problem) {
	r := &y.bill
	status := c.PatientStatus
	full, acute, postAcute := "00", "03", "09"
	if slices.Contains(c.ConditionCodes, r.noOutlier) {
		full, acute, postAcute = "07", "06", "11"
	}
	switch {
	case status == r.stillPatient:
		return full, &Problem{Field: "discharge status", Message: status + ": the patient has not been discharged",
			Remedy: "bill after the discharge, or an interim bill"}
	case !slices.Contains(r.validStatuses, status):
		return full, &Problem{Field: "discharge status", Message: fmt.Sprintf("%q is no status of an inpatient discharge", status)}
	case slices.Contains(r.acute, status):
		return acute, nil
	case y.drgs[drg].postAcute && slices.Contains(r.postAcute, status) && !r.homeHealthExempt(status, c.ConditionCodes):
		return postAcute, nil
	}
	return full, nil
}

// homeHealthExempt tells whether home health care is unrelated to the stay or
// begins late.
func (r *billRules) homeHealthExempt(status string, conditions []string) bool {
	return slices.Contains(r.homeHealth, status) &&
		slices.ContainsFunc(conditions, func(code string) bool { return slices.Contains(r.homeHealthExemptions, code) })
}
