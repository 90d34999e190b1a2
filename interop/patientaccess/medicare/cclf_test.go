// SPDX-License-Identifier: Apache-2.0

package medicare

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/woodlawn-health/woodlawn/claim/civil"
	"github.com/woodlawn-health/woodlawn/internal/ledger"
	"github.com/woodlawn-health/woodlawn/interop/patientaccess"
	"github.com/woodlawn-health/woodlawn/refdata"
	"github.com/woodlawn-health/woodlawn/vbc/cclf"
	"github.com/woodlawn-health/woodlawn/vbc/feed"
)

var seen = civil.Of(2025, time.March, 3)

// fed are claims of the feed, one of each setting.
func fed() map[string]*feed.Claim {
	stay := &feed.Claim{ID: 7, Setting: feed.Inpatient, From: seen, Thru: seen.AddDays(4), Facility: "330101", BillType: "11", Frequency: "1",
		Paid: 900000, Charge: 2000000, DRG: "871", PatientStatus: "01", AdmissionType: "1", AdmissionSource: "1", Principal: "A419", Admitting: "R509",
		Attending: "2000000010", Operating: "2000000028", OtherNPI: "2000000036", FacilityNPI: "3000000018", ControlNumber: "C7",
		Diagnoses: []string{"A419", "I10"}, Procedures: []feed.Procedure{{Code: "0BH17EZ", Day: seen}}, Effective: seen.AddDays(20),
		Lines: []feed.Line{{Number: 1, From: seen, Thru: seen, Revenue: "0120", Units: 40000}}}
	clinic := &feed.Claim{ID: 8, Setting: feed.Outpatient, From: seen, Thru: seen, BillType: "13", Frequency: "1", Paid: 9000, Principal: "E119",
		Diagnoses: []string{"E119"}, FacilityNPI: "3000000018", Effective: seen.AddDays(9),
		Lines: []feed.Line{{Number: 1, From: seen, Thru: seen, Revenue: "0510", Code: "G0463", Modifiers: [5]string{"25"}, Units: 10000, Paid: 9000}}}
	visit := &feed.Claim{ID: 9, Setting: feed.Professional, From: seen, Thru: seen, Paid: 8000, ControlNumber: "C9", Diagnoses: []string{"E119", "I10"},
		Lines: []feed.Line{{Number: 1, From: seen, Thru: seen, Code: "G0438", Place: "11", TIN: "360000001", NPI: "2000000010", Referring: "2000000028",
			Allowed: 10000, Paid: 8000, Units: 10000, Diagnosis: "I10", Processing: "A"}}}
	equipment := &feed.Claim{ID: 10, Setting: feed.Equipment, From: seen, Thru: seen, Paid: 8000,
		Lines: []feed.Line{{Number: 1, From: seen, Thru: seen, Code: "E0110", Place: "12", NPI: "1000000012", Allowed: 10000, Paid: 8000}}}
	drug := &feed.Claim{ID: 11, Setting: feed.Drug, From: seen, Thru: seen, ControlNumber: "RX1",
		Lines: []feed.Line{{Number: 1, From: seen, Thru: seen, Code: "00777310502", NPI: "1000000012", Referring: "2000000010", Paid: 1000, Units: 600000,
			DaysSupply: 30, Fill: "1", DispenseAsWritten: "0"}}}
	return map[string]*feed.Claim{"stay": stay, "clinic": clinic, "visit": visit, "equipment": equipment, "drug": drug}
}

func person() *feed.Beneficiary {
	return &feed.Beneficiary{MBI: "1S00E00AA06", Birth: civil.Of(1950, 5, 1), Sex: 'F', First: "GIA", Last: "SAMPLE", Zip: "62701", PartA: seen, PartB: seen}
}

// fedTold is all that is said of a claim of the feed.
func fedTold(m *patientaccess.Mapper, c *feed.Claim) string {
	var r CCLF
	r.Claim("1S00E00AA06", c)
	var s patientaccess.Set
	if err := m.Map(&r.Input, &s); err != nil {
		return err.Error()
	}
	return joined(&s) + fmt.Sprint(s.Losses, r.Losses)
}

func memberTold(m *patientaccess.Mapper, b *feed.Beneficiary) string {
	var r CCLF
	r.Beneficiary(b)
	var s patientaccess.Set
	if err := m.MapMember(&r.Member, &s); err != nil {
		return err.Error()
	}
	return joined(&s) + fmt.Sprint(r.Losses)
}

// TestEveryFieldOfTheFeedIsSaid changes each field of a claim and of a beneficiary, one at a time.
func TestEveryFieldOfTheFeedIsSaid(t *testing.T) {
	m := mapper(t)
	each := func(name string, make func() reflect.Value, told func() string, skip func(string) bool) {
		before := told()
		v := make()
		n := 0
		walk(v, "", func(path string, change func() func()) {
			n++
			if skip(path) {
				return
			}
			undo := change()
			if told() == before {
				t.Errorf("%s: a change of %s is neither in the resources nor among the losses", name, path)
			}
			undo()
		})
		if n < 15 {
			t.Errorf("%s: only %d fields", name, n)
		}
	}
	for name := range fed() {
		c := fed()[name]
		each(name, func() reflect.Value { return reflect.ValueOf(c).Elem() }, func() string { return fedTold(m, c) }, func(path string) bool {
			return path == ".Setting" || // the kind of the claim
				c.Setting == feed.Drug && path == ".Paid" // the line's once more
		})
	}
	b := person()
	each("beneficiary", func() reflect.Value { return reflect.ValueOf(b).Elem() }, func() string { return memberTold(m, b) }, func(path string) bool {
		for _, other := range []string{".Claims", ".Adjustments", ".OptedOut", ".Enrollment", ".Known"} { // not of the person
			if strings.HasPrefix(path, other) {
				return true
			}
		}
		return false
	})
}

// walk visits the fields that a change can be made to; change makes it and returns its undoing.
func walk(v reflect.Value, path string, visit func(string, func() func())) {
	if !v.CanSet() {
		return
	}
	old := reflect.ValueOf(v.Interface())
	set := func(to any) func() func() {
		return func() func() {
			v.Set(reflect.ValueOf(to).Convert(v.Type()))
			return func() { v.Set(old) }
		}
	}
	switch x := v.Interface().(type) {
	case civil.Date:
		if x.IsZero() {
			x = seen
		}
		visit(path, set(x.AddDays(33)))
		return
	}
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				walk(v.Field(i), path+"."+v.Type().Field(i).Name, visit)
			}
		}
	case reflect.Slice:
		if v.Len() > 0 {
			walk(v.Index(0), path+"[0]", visit)
		} else {
			visit(path+"[+]", func() func() {
				e := reflect.New(v.Type().Elem()).Elem()
				if e.Kind() == reflect.String {
					e.SetString("Q7")
				}
				if e.Kind() == reflect.Struct && e.NumField() > 0 && e.Field(0).Kind() == reflect.String {
					e.Field(0).SetString("Q7")
				}
				v.Set(reflect.Append(v, e))
				return func() { v.Set(old) }
			})
		}
	case reflect.Array:
		for i := range v.Len() {
			walk(v.Index(i), fmt.Sprintf("%s[%d]", path, i), visit)
		}
	case reflect.String:
		visit(path, set(v.String()+"Q"))
	case reflect.Bool:
		visit(path, set(!v.Bool()))
	case reflect.Int, reflect.Int64:
		visit(path, set(v.Int()+30000))
	case reflect.Uint8:
		visit(path, set(v.Uint()%250+1))
	default:
		panic("no change for " + v.Type().String())
	}
}

// TestFeedIsValid validates what the feed's claims become and writes the ledger, with the
// columns of the feed that nothing is made of.
func TestFeedIsValid(t *testing.T) {
	v, m := validator(t), mapper(t)
	profiles := map[string]*profileTally{}
	take := func(name, text string) {
		for _, line := range strings.Split(text, "\n") {
			if strings.HasPrefix(line, "{\"") {
				tally(t, v, name, []byte(line), profiles)
			}
		}
	}
	take("beneficiary", memberTold(m, person()))
	names := []string{}
	for name := range fed() {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		text := fedTold(m, fed()[name])
		if !strings.HasPrefix(text, "{") {
			t.Errorf("%s: %s", name, text)
		}
		take(name, text)
	}
	cat, err := refdata.Open("")
	if err != nil {
		t.Fatal(err)
	}
	layouts, err := cclf.Load(cat)
	if err != nil {
		t.Fatal(err)
	}
	var table strings.Builder
	for _, file := range []byte("12345678") {
		unread, err := feed.Unread(layouts, file)
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&table, "| CCLF%c | %s |\n", file, strings.Join(unread, ", "))
	}
	if !t.Failed() {
		ledger.Check(t, "carin-cclf.md", fmt.Sprintf(cclfText, table.String(), supportText(profiles)))
	}
}

const cclfText = `# CARIN Blue Button from CMS's claim line feed

Claims of each setting as package feed reads them from CCLF1 to CCLF7, and a beneficiary of CCLF8, become resources,
each valid against R4 and its profile, with the packages of R4, US Core 3.1.1 and CARIN Blue Button 2.0.0 loaded. A test
changes every field of such a claim and beneficiary, one at a time: the resources change with it, or the losses name the field.

The reader of the feed does not keep these columns; every claim of their file loses them:

| file | columns |
|---|---|
%s
%s`
