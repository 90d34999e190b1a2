// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/woodlawn-health/woodlawn/vbc/assignment"
	"github.com/woodlawn-health/woodlawn/vbc/feed"
)

// assignmentList writes beneficiaries as CMS's list of assigned beneficiaries has them, as
// far as claims and enrollment tell: identifier, sex, birth, death, county, and a flag of
// the enrollment type for each month of the year.
type assignmentList struct {
	year int
	f    *os.File
	w    *bufio.Writer
}

// newAssignmentList makes the file; nil if none is asked for.
func newAssignmentList(dir string, cfg assignment.Config) (*assignmentList, error) {
	if dir == "" {
		return nil, nil
	}
	year := cfg.Rules.Year
	name := fmt.Sprintf("P.%s.ACO.AALR.Y%d.D%02d0301.T0000000_1-1.csv", cfg.ACO, year, (year+1)%100)
	f, err := os.OpenFile(filepath.Join(dir, name), os.O_CREATE|os.O_WRONLY|os.O_EXCL, 0o600)
	if err != nil {
		return nil, err
	}
	l := &assignmentList{year: year, f: f, w: bufio.NewWriterSize(f, 1<<16)}
	_, err = l.w.WriteString("bene_mbi_id,bene_sex_cd,bene_brth_dt,bene_death_dt,bene_fips_cnty_cd,va_tin,va_npi," +
		"enrollflag1,enrollflag2,enrollflag3,enrollflag4,enrollflag5,enrollflag6,enrollflag7,enrollflag8,enrollflag9,enrollflag10,enrollflag11,enrollflag12\n")
	return l, err
}

func (l *assignmentList) line(b *feed.Beneficiary) []byte {
	sex := byte('0')
	switch b.Sex {
	case 'M':
		sex = '1'
	case 'F':
		sex = '2'
	}
	death := ""
	if !b.Death.IsZero() {
		death = b.Death.String()
	}
	out := fmt.Appendf(nil, "%s,%c,%s,%s,%s,%s,%s", b.MBI, sex, b.Birth, death, b.State+b.County, b.Clinician.TIN, b.Clinician.NPI)
	for m := time.January; m <= time.December; m++ {
		flag := feed.NoType
		if b.Enrollment.At(l.year, m) == feed.BothParts {
			flag = b.Enrollment.TypeAt(l.year, m)
		}
		out = fmt.Appendf(out, ",%d", flag)
	}
	return append(out, '\n')
}

func (l *assignmentList) write(line []byte) error {
	if l == nil || line == nil {
		return nil
	}
	_, err := l.w.Write(line)
	return err
}

func (l *assignmentList) close() error {
	if l == nil {
		return nil
	}
	return errors.Join(l.w.Flush(), l.f.Close())
}
