// SPDX-License-Identifier: Apache-2.0

package medicare

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/woodlawn-health/woodlawn/fhir/node"
	"github.com/woodlawn-health/woodlawn/interop/patientaccess"
	"github.com/woodlawn-health/woodlawn/refdata"
	"github.com/woodlawn-health/woodlawn/vbc/cclf"
	"github.com/woodlawn-health/woodlawn/vbc/feed"
	"github.com/woodlawn-health/woodlawn/vbc/rif"
	"github.com/woodlawn-health/woodlawn/vbc/synth"
)

// rifFolder writes the files of a Research.
func rifFolder(t *testing.T, dir string, w *Research) (finish func()) {
	t.Helper()
	var open []*os.File
	w.Create = func(kind rif.Kind) (io.Writer, error) {
		f, err := os.Create(filepath.Join(dir, strings.ReplaceAll(kind.String(), " ", "_")+".csv"))
		open = append(open, f)
		return f, err
	}
	return func() {
		if err := w.Finish(); err != nil {
			t.Fatal(err)
		}
		for _, f := range open {
			if err := f.Close(); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// eachLife reads a folder; the function is called by one at a time.
func eachLife(t *testing.T, dir string, do func(b *feed.Beneficiary)) *feed.Report {
	t.Helper()
	layouts, err := cclf.Load(refdata.Embedded())
	if err != nil {
		t.Fatal(err)
	}
	f, err := feed.Open(feed.Config{Dir: dir, Layouts: layouts, Temp: t.TempDir(), Reject: func(err error) { t.Error(err) }})
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var mu sync.Mutex
	if err := f.Each(func(_ int, b *feed.Beneficiary) error {
		mu.Lock()
		defer mu.Unlock()
		do(b)
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	return &f.Report
}

// carried prints a life without what the guide's resources do not say.
func carried(b *feed.Beneficiary) string {
	var out strings.Builder
	fmt.Fprintln(&out, b.MBI, b.Birth, b.Death, string(b.Sex), b.Zip, b.PartA, b.PartB, b.First, b.Last)
	for _, c := range b.Claims {
		c.Adjusted, c.Loaded, c.Type, c.IME, c.DSH, c.Uncompensated = false, 0, "", 0, 0, 0
		if c.Setting == feed.Equipment {
			c.Setting = feed.Professional
		}
		lines := append([]feed.Line(nil), c.Lines...)
		for i := range lines {
			l := &lines[i]
			l.Specialty, l.Denial, l.Processing, l.PrimaryPayer = "", "", "", ""
			if c.Setting == feed.Inpatient || c.Setting == feed.SNF || c.Setting == feed.HomeHealth || c.Setting == feed.Hospice {
				l.Paid = 0
			}
			if c.Setting != feed.Professional && c.Setting != feed.Drug {
				l.Thru = 0
			}
		}
		c.Lines = lines
		fmt.Fprintf(&out, "%+v\n", c)
	}
	return out.String()
}

// compareCarin takes invented lives to the guide's resources and back to timelines, and compares
// them with those of the deliveries.
func compareCarin(t *testing.T, lives int) (table string) {
	layouts, err := cclf.Load(refdata.Embedded())
	if err != nil {
		t.Fatal(err)
	}
	dir, out := t.TempDir(), t.TempDir()
	if _, err := synth.Generate(synth.Config{Lives: lives, Seed: 11, Year: 2025, Months: 14, Dir: dir, Layouts: layouts}); err != nil {
		t.Fatal(err)
	}
	w := &Research{Year: 2025}
	finish := rifFolder(t, out, w)
	m, text := mapper(t), map[string][]string{}
	add := func(s *patientaccess.Set) {
		for _, r := range s.Resources {
			text[r.Type] = append(text[r.Type], string(r.JSON))
		}
	}
	var reader CCLF
	want, claims, lines, paid := map[string]string{}, 0, 0, int64(0)
	eachLife(t, dir, func(b *feed.Beneficiary) {
		want[b.MBI] = carried(b)
		var s patientaccess.Set
		reader.Beneficiary(b)
		if err := m.MapMember(&reader.Member, &s); err != nil {
			t.Fatal(err)
		}
		add(&s)
		for i := range b.Claims {
			var s patientaccess.Set
			reader.Claim(b.MBI, &b.Claims[i])
			if err := m.Map(&reader.Input, &s); err != nil {
				t.Fatal(err)
			}
			add(&s)
			claims, lines, paid = claims+1, lines+len(b.Claims[i].Lines), paid+int64(b.Claims[i].Paid)
		}
	})
	for _, kind := range []string{"Organization", "Practitioner", "Patient", "Coverage", "ExplanationOfBenefit"} {
		for i, x := range text[kind] {
			d, err := node.ParseResource([]byte(x))
			if err != nil {
				t.Fatal(err)
			}
			if err := w.Add(d, kind, i+1); err != nil {
				t.Fatal(err)
			}
			d.Release()
		}
	}
	finish()
	if w.Unnamed() != 0 {
		t.Errorf("%d references to providers are not resolved", w.Unnamed())
	}
	bad, gotClaims, gotLines, gotPaid := 0, 0, 0, int64(0)
	report := eachLife(t, out, func(b *feed.Beneficiary) {
		got := carried(b)
		if diff := cmp.Diff(want[b.MBI], got); diff != "" {
			if bad++; bad < 4 {
				t.Errorf("-CCLF +CARIN:\n%s", diff)
			}
		}
		delete(want, b.MBI)
		for i := range b.Claims {
			gotClaims, gotLines, gotPaid = gotClaims+1, gotLines+len(b.Claims[i].Lines), gotPaid+int64(b.Claims[i].Paid)
		}
	})
	if bad > 0 || len(want) > 0 || gotClaims != claims || gotLines != lines || gotPaid != paid || report.Totals.Claims != claims {
		t.Errorf("%d lives differ, %d are missing; %d claims, %d lines, %d cents of %d, %d, %d", bad, len(want), gotClaims, gotLines, gotPaid, claims, lines, paid)
	}
	return fmt.Sprintf("| %d | %d | %d | %d.%02d | %d | %d | %d.%02d |\n", lives, claims, lines, paid/100, paid%100, gotClaims, gotLines, gotPaid/100, gotPaid%100)
}

// TestCarinTimelines: what is in force of the claim line feed comes back from resources of the
// CARIN guide.
func TestCarinTimelines(t *testing.T) { compareCarin(t, 60) }

const carinText = `
## FHIR R4: CARIN Blue Button (woodlawn aco import)

Invented lives go from CCLF to resources of the CARIN guide (as woodlawn eob --cclf writes them), and those to RIF files and
timelines. Every life is compared field by field with what the deliveries gave: identifier, birth, death, sex, ZIP code, begin of
Parts A and B, names; claims by number with dates, facility, type of bill, frequency, DRG, discharge status, admission,
diagnoses, procedures, providers, control number, payment; lines with dates, revenue center, code, modifiers, units, place,
clinician, TIN, referrer, allowed and paid amounts, diagnosis, days' supply and fill. Paid is the sum over all claims, of Part D
what the beneficiary paid.

| lives | claims | lines | paid (CCLF) | claims (CARIN) | lines | paid |
|---|---|---|---|---|---|---|
%s
Claims in the forms of versions 2 and 3 of CMS's server, value by value: TestCarinSecondVersion, TestCarinThirdVersion (written after
CMS's published responses; no export of either was at hand). Examples of the CARIN guide 1.1.0 and 2.0.0, kinds, lines and days:
TestCarinGuideExamples; oral claims are refused. Refusals by file and line: TestCarinRefusals. An institution's claim without
lines has one empty line.

Not carried by the guide's resources, and left out of the comparison:

- CMS's claim type code: an equipment supplier's claim comes back as a professional one, unless the resource has BFD's code or
  CMS's claim type (versions 2 and 3 of BCDA, AB2D and DPC do);
- CMS's specialty of the clinician (told by versions 2 and 3), the carrier's denial code, the processing indicator and the primary
  payer of a line (told by versions 2 and 3); a claim that is denied as a whole is known by its payment type;
- payments of lines of stays, home health and hospice; the last day of a revenue line that has one of its own;
- add-ons of inpatient payment (IME, DSH, uncompensated care), told by versions 2 and 3; that a claim was adjusted; when CMS loaded it;
- of the person: FIPS state and county, Medicare status, dual status, original reason for entitlement and coverage by month (of
  which version 3 tells status, dual status and periods), former identifiers, hospice periods, the designated clinician.
`
