// SPDX-License-Identifier: Apache-2.0

// Package readmission tells planned from unplanned readmissions by CMS's Planned
// Readmission Algorithm 4.0, and finds the index stays and outcomes of the hospital-wide
// readmission measure (MIPS 479, the ACO measure ACR, Hospital IQR) in the stays of one
// person.
//
// Its code lists are the dated tables readmission.lists, ccs.diagnoses and
// ccs.procedures. CMS's measure uses a version of the CCS that its developer changes each
// year; Woodlawn carries AHRQ's last release (2019.1), so that a code introduced after
// it has no category. Such codes are named in the result, and the result rests on
// unverified tables.
package readmission

import (
	"fmt"
	"sort"
	"strings"

	"github.com/woodlawn-health/woodlawn/claim/civil"
	"github.com/woodlawn-health/woodlawn/refdata"
)

const (
	tableLists      = "readmission.lists"
	tableDiagnoses  = "ccs.diagnoses"
	tableProcedures = "ccs.procedures"
)

// Lists are the code lists in force on a day. They are safe for concurrent use.
type Lists struct {
	Version string // of readmission.lists
	CCS     string // the release of the CCS
	// Verified tells whether every row was compared with CMS's own tables.
	Verified bool

	alwaysProcedure, alwaysDiagnosis     map[int64]bool
	potentialProcedure, acuteDiagnosis   map[int64]bool
	potentialCode, acuteCode, cohortCode map[string]bool
	excluded                             map[int64]string
	cohortDiagnosis                      map[int64]Cohort
	cohortProcedure                      map[int64]bool

	diagnoses, procedures categories
}

// categories is a CCS table: codes in their order and the category of each.
type categories struct {
	codes      []string
	categories []int64
}

// of is the category of a code without its dot, 0 if it has none.
func (c *categories) of(code string) int64 {
	i, ok := sort.Find(len(c.codes), func(i int) int { return strings.Compare(code, c.codes[i]) })
	if !ok {
		return 0
	}
	return c.categories[i]
}

// Load reads the lists in force on a day of discharge. A table that is not there is a
// *refdata.NotLoadedError.
func Load(cat *refdata.Catalog, on civil.Date) (*Lists, error) {
	t, err := cat.Load(tableLists, on)
	if err != nil {
		return nil, err
	}
	l := &Lists{
		Version: t.Version, Verified: true,
		alwaysProcedure: map[int64]bool{}, alwaysDiagnosis: map[int64]bool{}, potentialProcedure: map[int64]bool{}, acuteDiagnosis: map[int64]bool{},
		potentialCode: map[string]bool{}, acuteCode: map[string]bool{}, cohortCode: map[string]bool{},
		excluded: map[int64]string{}, cohortDiagnosis: map[int64]Cohort{}, cohortProcedure: map[int64]bool{},
	}
	if err := l.read(t); err != nil {
		return nil, err
	}
	dx, err := cat.Load(tableDiagnoses, on)
	if err != nil {
		return nil, err
	}
	px, err := cat.Load(tableProcedures, on)
	if err != nil {
		return nil, err
	}
	l.CCS = dx.Version
	l.Verified = l.Verified && dx.Verified && px.Verified
	if err := l.diagnoses.read(dx); err != nil {
		return nil, err
	}
	return l, l.procedures.read(px)
}

func (c *categories) read(t *refdata.Table) error {
	b := t.Bind()
	c.codes, c.categories = b.Text("code"), b.Numbers("category", 0)
	if b.Err() == nil && !sort.StringsAreSorted(c.codes) {
		return fmt.Errorf("table %s %s is not in the order of its codes", t.ID, t.Version)
	}
	return b.Err()
}

func (l *Lists) read(t *refdata.Table) error {
	b := t.Bind()
	kind, code, group, verified := b.Text("kind"), b.Text("code"), b.Text("group"), b.Text("verified")
	if err := b.Err(); err != nil {
		return err
	}
	for i := range kind {
		l.Verified = l.Verified && verified[i] == "yes"
		switch kind[i] {
		case "potentially-planned-code":
			l.potentialCode[code[i]] = true
			continue
		case "acute-code":
			l.acuteCode[code[i]] = true
			continue
		case "cohort-code":
			l.cohortCode[code[i]] = true
			continue
		}
		var n int64
		if _, err := fmt.Sscanf(code[i], "%d", &n); err != nil {
			return fmt.Errorf("table %s %s: %s %q is no CCS category", t.ID, t.Version, kind[i], code[i])
		}
		switch kind[i] {
		case "always-planned-procedure":
			l.alwaysProcedure[n] = true
		case "always-planned-diagnosis":
			l.alwaysDiagnosis[n] = true
		case "potentially-planned-procedure":
			l.potentialProcedure[n] = true
		case "acute-diagnosis":
			l.acuteDiagnosis[n] = true
		case "excluded-diagnosis":
			l.excluded[n] = group[i]
		case "cohort-procedure":
			l.cohortProcedure[n] = true
		case "cohort-diagnosis":
			l.cohortDiagnosis[n] = Cohort(group[i])
		default:
			return fmt.Errorf("table %s %s: kind %q is not known", t.ID, t.Version, kind[i])
		}
	}
	return nil
}

// DiagnosisCategory is the CCS category of an ICD-10-CM code, 0 if it has none. The dot
// may be there or not.
func (l *Lists) DiagnosisCategory(code string) int64 { return l.diagnoses.of(plain(code)) }

// ProcedureCategory is the CCS category of an ICD-10-PCS code, 0 if it has none.
func (l *Lists) ProcedureCategory(code string) int64 { return l.procedures.of(plain(code)) }

func plain(code string) string {
	if strings.IndexByte(code, '.') < 0 {
		return code
	}
	return strings.ReplaceAll(code, ".", "")
}
