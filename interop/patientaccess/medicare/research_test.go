// SPDX-License-Identifier: Apache-2.0

package medicare

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/woodlawn-health/woodlawn/fhir/node"
	"github.com/woodlawn-health/woodlawn/internal/ledger"
	"github.com/woodlawn-health/woodlawn/refdata"
	"github.com/woodlawn-health/woodlawn/vbc/cclf"
	"github.com/woodlawn-health/woodlawn/vbc/feed"
	"github.com/woodlawn-health/woodlawn/vbc/rif"
)

// statedClaim is what a sample says itself of a claim, read without the reader under test.
type statedClaim struct {
	Status  string
	Patient struct{ Reference string }
	Type    struct {
		Coding []struct{ System, Code string }
	}
	Payment struct {
		Amount struct{ Value json.Number }
	}
	Item []struct{ Sequence int }
}

// TestResearchTimelines takes the samples of AB2D and BCDA to timelines: claims and lines by
// kind, people and payments are those that the samples state.
func TestResearchTimelines(t *testing.T) {
	table := "| sample | claims | lines | people | claims of timelines | lines | people | set aside |\n|---|---|---|---|---|---|---|---|\n"
	samples := blueButtons(t)
	settings := map[string]feed.Setting{"CARRIER": feed.Professional, "DME": feed.Equipment, "HHA": feed.HomeHealth, "HOSPICE": feed.Hospice,
		"INPATIENT": feed.Inpatient, "OUTPATIENT": feed.Outpatient, "PDE": feed.Drug, "SNF": feed.SNF}
	for _, name := range []string{"AB2D EOB-500", "BCDA"} {
		want, lines, people, paid := map[string]int{}, 0, map[string]bool{}, 0.0
		dir := t.TempDir()
		var open []*os.File
		w := &Research{Year: 2020, Create: func(kind rif.Kind) (io.Writer, error) {
			f, err := os.Create(filepath.Join(dir, fmt.Sprint(int(kind))+".csv"))
			open = append(open, f)
			return f, err
		}}
		for i, text := range samples[name] {
			var x statedClaim
			if err := json.Unmarshal(text, &x); err != nil {
				t.Fatal(err)
			}
			people[x.Patient.Reference] = true
			lines += len(x.Item)
			for _, c := range x.Type.Coding {
				if s, ok := settings[c.Code]; ok {
					want[s.String()]++
					if amount, _ := x.Payment.Amount.Value.Float64(); s != feed.Drug && s != feed.Professional && s != feed.Equipment {
						paid += amount
					}
				}
			}
			d, err := node.Parse(bytes.Clone(text))
			if err != nil {
				t.Fatal(err)
			}
			if err := w.Add(d, name, i+1); err != nil {
				t.Error(err)
			}
		}
		if err := w.Finish(); err != nil {
			t.Fatal(err)
		}
		for _, f := range open {
			f.Close()
		}
		layouts, err := cclf.Load(refdata.Embedded())
		if err != nil {
			t.Fatal(err)
		}
		aside := 0
		f, err := feed.Open(feed.Config{Dir: dir, Layouts: layouts, Temp: t.TempDir(), Reject: func(err error) { aside++; t.Error(err) }})
		if err != nil {
			t.Fatal(err)
		}
		got, gotPaid := map[string]int{}, int64(0)
		var mu sync.Mutex
		if err := f.Each(func(_ int, b *feed.Beneficiary) error {
			mu.Lock()
			defer mu.Unlock()
			for i := range b.Claims {
				c := &b.Claims[i]
				got[c.Setting.String()]++
				if c.Setting != feed.Drug && c.Setting != feed.Professional && c.Setting != feed.Equipment {
					gotPaid += int64(c.Paid)
				}
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s, claims (-sample +timelines):\n%s", name, diff)
		}
		if stated := int64(math.Round(paid * 100)); stated != gotPaid {
			t.Errorf("%s: institutions are paid %d cents, the sample says %d", name, gotPaid, stated)
		}
		total := f.Report.Totals
		if total.Beneficiaries != len(people) || total.Lines != lines {
			t.Errorf("%s: %d people, %d lines; the sample has %d and %d", name, total.Beneficiaries, total.Lines, len(people), lines)
		}
		table += fmt.Sprintf("| %s | %d | %d | %d | %d | %d | %d | %d |\n", name, len(samples[name]), lines, len(people), total.Claims, total.Lines, total.Beneficiaries, aside)
		f.Close()
	}
	if !t.Failed() {
		ledger.Check(t, "feeds.md", fmt.Sprintf(feedsText, table)+fmt.Sprintf(carinText, compareCarin(t, 300)))
	}
}

const feedsText = `# Feeds beside CCLF

Written by the tests of interop/patientaccess/medicare. What every feed becomes is the timeline of vbc/feed, from which all
commands work.

## FHIR bulk exports of CMS (woodlawn aco import)

ExplanationOfBenefits of the Beneficiary FHIR Data server in STU3, which name the RIF columns of their values; each becomes a
claim of a RIF file. Counts of the sample are read from its JSON without the reader under test; claims by kind, lines, people
and payments of institutions must be equal.

%s
## Research Identifiable Files

| what | held by |
|---|---|
| claims by beneficiary and kind of Synthea's files, against the summary that Synthea wrote beside them | TestRIFSamples (vbc/feed) |
| the same invented lives from CCLF and from RIF: timelines field by field | TestRIFGivesTheSameTimelines (vbc/feed), 500 lives |
| assignment, months, expenditures and risk scores of four years from both | TestRIFGivesTheSameAccount (vbc/account), 300 lives |
| claims that are no final action, or deleted, in any order of files | TestRIFWithdrawn |
| bad rows by file, line and field, the good kept | TestRIFBadRecords |

What RIF lacks: payments of lines of inpatient and SNF claims, hospice election periods, which claims were adjusted, when CMS
loaded them. A denied line is one whose processing indicator is none of A, R and S. The state codes of residence outside the
United States were not checked against their source.

## Own claims and remittances (woodlawn aco import ... --remittance)

| what | held by |
|---|---|
| the demo's claims, priced to an 835 and imported with it: claims by control number and payments of Part A and B are the 835's | TestACOImportDemoClaims (cli) |
| replacements, voids, reversals and corrections, professional and institutional, in every order of claims | TestBilledChains |
| payments of lines on the lines that they answer | TestBilledLines |
| claims set aside with the reason, the good kept | TestBilledAside |

Not carried over: CMS specialty codes but by a list (no table from taxonomy codes is held), CCNs but by TS301, suppliers' claims to a DME MAC as
equipment (they stand as carrier claims), external causes, uncompensated care payments (the 835 has none of its own), enrollment.
The codes of who pays before Medicare by SBR05, and the settings by type of bill, were not checked against a primary text.

## Not built

- Coverage by month from a Coverage resource rests on the names of CMS's variables (buyin01, hmoind01, dual_01, rfrnc_yr); the
  samples hold only ms_cd and orec.
`

func TestResearchMembers(t *testing.T) {
	var out bytes.Buffer
	w := &Research{Year: 2025, Create: func(rif.Kind) (io.Writer, error) { return &out, nil }}
	for i, text := range []string{
		`{"resourceType":"Patient","id":"-7","identifier":[{"system":"http://hl7.org/fhir/sid/us-mbi","value":"1S00A00AA00"},{"system":"http://hl7.org/fhir/sid/us-mbi","value":"1S00A00AA11","period":{"end":"2020-01-01"}}],"name":[{"family":"Hill","given":["Ash"]}],"gender":"female","birthDate":"1950-05-05","deceasedDateTime":"2025-11-01T00:00:00Z","address":[{"postalCode":"21244","state":"21"}]}`,
		`{"resourceType":"Coverage","beneficiary":{"reference":"Patient/-7"},"extension":[{"url":"https://bluebutton.cms.gov/resources/variables/ms_cd","valueCoding":{"code":"10"}},{"url":"https://bluebutton.cms.gov/resources/variables/orec","valueCoding":{"code":"0"}},{"url":"https://bluebutton.cms.gov/resources/variables/rfrnc_yr","valueDate":"2024"},{"url":"https://bluebutton.cms.gov/resources/variables/buyin03","valueCoding":{"code":"3"}},{"url":"https://bluebutton.cms.gov/resources/variables/dual_03","valueCoding":{"code":"02"}}]}`,
		`{"resourceType":"Patient"}`, `{"resourceType":"Coverage"}`, `{"resourceType":"ExplanationOfBenefit","id":"r4"}`, `{"resourceType":"Group"}`} {
		d, err := node.ParseResource([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		err = w.Add(d, "sample", i+1)
		var one *Unreadable
		if (err != nil) != (i >= 2 && i <= 4) || err != nil && !errors.As(err, &one) {
			t.Errorf("%s: %v", text, err)
		}
	}
	if err := w.Finish(); err != nil {
		t.Fatal(err)
	}
	r, err := rif.NewReader(&out, "beneficiary.csv")
	if err != nil {
		t.Fatal(err)
	}
	b, err := r.Next()
	if err != nil {
		t.Fatal(err)
	}
	rows, err := b.Rows(nil)
	if err != nil {
		t.Fatal(err)
	}
	for column, want := range map[string]string{"BENE_ID": "-7", "MBI_NUM": "1S00A00AA00", "BENE_SEX_IDENT_CD": "2", "BENE_BIRTH_DT": "19500505", "DEATH_DT": "20251101", "RFRNC_YR": "2024",
		"BENE_MDCR_STATUS_CD": "10", "MDCR_STUS_DEC_CD": "10", "MDCR_ENTLMT_BUYIN_3_IND": "3", "META_DUAL_ELGBL_STUS_MAR_CD": "02", "META_DUAL_ELGBL_STUS_APR_CD": "", "STATE_CODE": "21"} {
		if got := rows[0].Text(column); got != want {
			t.Errorf("%s is %q, want %q", column, got, want)
		}
	}
	if w.Other != 1 || w.Patients != 1 {
		t.Errorf("%d others, %d patients", w.Other, w.Patients)
	}
}
