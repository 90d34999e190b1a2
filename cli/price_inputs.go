// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/woodlawn-health/woodlawn/claim/civil"
	"github.com/woodlawn-health/woodlawn/claim/money"
	"github.com/woodlawn-health/woodlawn/payment/adjudicate"
	"github.com/woodlawn-health/woodlawn/payment/ipps"
	"github.com/woodlawn-health/woodlawn/payment/mpfs"
	"github.com/woodlawn-health/woodlawn/refdata/layout"
)

// readHospitals reads a provider specific file; no name gives nil.
func readHospitals(name string) (*ipps.ProviderFile, error) {
	if name == "" {
		return nil, nil
	}
	data, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	f := layout.File{Name: filepath.Base(name), Data: data, Options: map[string]string{}}
	l, err := layout.Find(f)
	if err != nil {
		return nil, err
	}
	tables, rejects, err := l.Read(f)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", f.Name, err)
	}
	if len(rejects) > 0 {
		return nil, fmt.Errorf("%s: %s (and %d more such records); correct the file, for a hospital must not be priced by half a record",
			f.Name, rejects[0], len(rejects)-1)
	}
	for _, t := range tables {
		if t.ID == "ipps.providers" {
			return ipps.ReadProviders(t)
		}
	}
	return nil, fmt.Errorf("%s is a %s file, not an inpatient provider specific file", f.Name, l.Name)
}

// readClinicians reads a CSV with the columns npi, tin, mips_percent,
// nonparticipating and qualifying_apm, in any order; npi or tin is required.
func readClinicians(name string) (mpfs.Options, error) {
	opt := mpfs.Options{Providers: map[mpfs.ProviderID]mpfs.Provider{}}
	err := eachRow(name, func(row func(string) string) error {
		id := mpfs.ProviderID{NPI: row("npi"), TaxID: row("tin")}
		if id == (mpfs.ProviderID{}) {
			return errors.New("npi or tin is required")
		}
		var p mpfs.Provider
		var err error
		if v := row("mips_percent"); v != "" {
			if p.MIPS, err = money.ParseScaled(v, 4); err != nil {
				return fmt.Errorf("mips_percent: %w", err)
			}
		}
		if p.NonParticipating, err = yes(row("nonparticipating")); err != nil {
			return fmt.Errorf("nonparticipating: %w", err)
		}
		if p.QualifyingAPM, err = yes(row("qualifying_apm")); err != nil {
			return fmt.Errorf("qualifying_apm: %w", err)
		}
		opt.Providers[id] = p
		return nil
	})
	return opt, err
}

func yes(s string) (bool, error) {
	switch strings.ToLower(s) {
	case "", "n", "no", "false", "0":
		return false, nil
	case "y", "yes", "true", "1":
		return true, nil
	}
	return false, fmt.Errorf("%q is neither yes nor no", s)
}

// readBeneficiaries posts what members had met before to the ledger: a CSV with
// the columns member, year, part_b_deductible_met, last_inpatient_day,
// part_a_deductible_met, days_used and reserve_days_used.
func readBeneficiaries(name string, l *adjudicate.Ledger) error {
	return eachRow(name, func(row func(string) string) error {
		member := row("member")
		if member == "" {
			return errors.New("member is required")
		}
		if v := row("part_b_deductible_met"); v != "" {
			met, err := money.ParseCents(v)
			if err != nil {
				return fmt.Errorf("part_b_deductible_met: %w", err)
			}
			year, err := strconv.Atoi(row("year"))
			if err != nil || year < 1966 || year > 2199 {
				return fmt.Errorf("year: %q is not a year", row("year"))
			}
			l.SetPartB(member, year, met)
		}
		if v := row("last_inpatient_day"); v != "" {
			return postStay(member, v, row, l)
		}
		return nil
	})
}

func postStay(member, last string, row func(string) string, l *adjudicate.Ledger) error {
	day, err := civil.ParseISO(last)
	if err != nil {
		return fmt.Errorf("last_inpatient_day: %w", err)
	}
	met, err := money.ParseCents(orZero(row("part_a_deductible_met")))
	if err != nil {
		return fmt.Errorf("part_a_deductible_met: %w", err)
	}
	days, err := strconv.Atoi(orZero(row("days_used")))
	if err != nil || days < 0 {
		return fmt.Errorf("days_used: %q is not a number of days", row("days_used"))
	}
	reserve, err := strconv.Atoi(orZero(row("reserve_days_used")))
	if err != nil || reserve < 0 {
		return fmt.Errorf("reserve_days_used: %q is not a number of days", row("reserve_days_used"))
	}
	l.SetPartA(member, day, met, days, reserve)
	return nil
}

func orZero(s string) string {
	if s == "" {
		return "0"
	}
	return s
}

// eachRow calls fn with each row of a CSV that has a header line. Errors name the
// file, the line and what fn says; no name has no rows.
func eachRow(name string, fn func(row func(column string) string) error) error {
	if name == "" {
		return nil
	}
	f, err := os.Open(name)
	if err != nil {
		return err
	}
	defer f.Close()
	r := csv.NewReader(f)
	r.TrimLeadingSpace = true
	header, err := r.Read()
	if err != nil {
		return fmt.Errorf("%s: header line: %w", filepath.Base(name), err)
	}
	column := map[string]int{}
	for i, h := range header {
		column[strings.ToLower(strings.TrimSpace(strings.TrimPrefix(h, "\ufeff")))] = i
	}
	for {
		record, err := r.Read()
		if errors.Is(err, io.EOF) {
			return nil
		}
		line, _ := r.FieldPos(0)
		if err == nil {
			err = fn(func(name string) string {
				if i, ok := column[name]; ok {
					return strings.TrimSpace(record[i])
				}
				return ""
			})
		}
		if err != nil {
			return fmt.Errorf("%s line %d: %w", filepath.Base(name), line, err)
		}
	}
}
