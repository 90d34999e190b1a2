// SPDX-License-Identifier: Apache-2.0

package medicare

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/woodlawn-health/woodlawn/claim"
	"github.com/woodlawn-health/woodlawn/fhir/node"
	"github.com/woodlawn-health/woodlawn/fhir/packages"
	"github.com/woodlawn-health/woodlawn/fhir/validate"
	"github.com/woodlawn-health/woodlawn/internal/evidence"
	"github.com/woodlawn-health/woodlawn/internal/ledger"
	"github.com/woodlawn-health/woodlawn/interop/patientaccess"
	"github.com/woodlawn-health/woodlawn/terminology"
	"github.com/woodlawn-health/woodlawn/vbc/rif"
)

// anybody takes every BENE_ID for a member.
type anybody struct{}

func (anybody) MBI(id string) (string, bool) { return "1S00E00AA06" + id, id != "" }

func mapper(t testing.TB) *patientaccess.Mapper {
	t.Helper()
	m, err := patientaccess.New(patientaccess.Options{Base: "urn:test", Key: []byte("test"), Updated: time.Date(2026, 1, 5, 0, 0, 0, 0, time.UTC),
		Payer: claim.Payer{Name: "EXAMPLE PAYER", ID: "P1"}})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func validator(t *testing.T) *validate.Validator {
	t.Helper()
	x := packages.NewIndex()
	for _, name := range []string{"hl7.fhir.r4.core#4.0.1", "hl7.fhir.us.core#3.1.1", "hl7.fhir.us.carin-bb#2.0.0"} {
		p, err := packages.Open(evidence.Path(t, "fhir/packages/"+name+".tgz"))
		if err != nil {
			t.Fatal(err)
		}
		x.AddPackage(p)
	}
	return &validate.Validator{Definitions: x, MemberOf: terminology.NewStore(x).MemberOf}
}

// samples are the sample files that CMS publishes with its Beneficiary FHIR Data server.
func samples(t *testing.T) []string {
	t.Helper()
	var out []string
	for _, dir := range []string{"data/vbc/bfd_rif_synthea", "data/vbc/bfd_rif_static"} {
		files, err := filepath.Glob(filepath.Join(evidence.Path(t, dir), "*"))
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, files...)
	}
	return slices.DeleteFunc(out, func(f string) bool { return strings.HasSuffix(f, "export_summary.csv") })
}

// blocks reads a whole file.
func blocks(t testing.TB, path string) []rif.Block {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	r, err := rif.NewReader(bytes.NewReader(data), filepath.Base(path))
	if err != nil {
		t.Fatal(err)
	}
	var out []rif.Block
	for {
		b, err := r.Next()
		if errors.Is(err, io.EOF) {
			return out
		}
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, b)
	}
}

// told is all that is said of a block, in resources and in losses. why is the refusal.
func told(m *patientaccess.Mapper, b *rif.Block) (resources string, losses []patientaccess.Loss, why error) {
	var s patientaccess.Set
	if !b.Header.Claims() {
		var r Beneficiary
		if err := r.Read(b); err != nil {
			return "", nil, err
		}
		if err := m.MapMember(&r.Member, &s); err != nil {
			return "", nil, err
		}
		return joined(&s), append(s.Losses, r.Losses...), nil
	}
	r := RIF{Members: anybody{}}
	if err := r.Read(b); err != nil {
		return "", nil, err
	}
	if err := m.Map(&r.Input, &s); err != nil {
		return "", nil, err
	}
	return joined(&s), append(s.Losses, r.Losses...), nil
}

func joined(s *patientaccess.Set) string {
	var b strings.Builder
	for _, r := range s.Resources {
		b.Write(r.JSON)
		b.WriteByte('\n')
	}
	return b.String()
}

// TestEveryColumnIsSaid changes every column of sample claims, one at a time: the resources
// change with it, or the losses name the column.
func TestEveryColumnIsSaid(t *testing.T) {
	m := mapper(t)
	done := map[rif.Kind]int{}
	for _, file := range samples(t) {
		for _, b := range blocks(t, file) {
			if b.Header.Kind == rif.BeneficiaryHistory || done[b.Header.Kind] == 3 {
				continue
			}
			if _, _, err := told(m, &b); err != nil {
				continue
			}
			done[b.Header.Kind]++
			everyColumn(t, m, &b)
		}
	}
	if len(done) != 9 {
		t.Errorf("only %v have been tried", done)
	}
}

func everyColumn(t *testing.T, m *patientaccess.Mapper, b *rif.Block) {
	before, _, _ := told(m, b)
	rows := strings.Split(strings.TrimRight(b.Text, "\r\n"), "\n")
	for n := range rows[:min(2, len(rows))] {
		values := strings.Split(strings.TrimRight(rows[n], "\r"), "|")
		for i, name := range b.Header.Names {
			if n > 0 && i < b.Header.FirstLine && (name == "CLM_ID" || name == "BENE_ID") {
				continue // another claim
			}
			for _, v := range otherValues(name, strings.TrimSpace(values[i])) {
				changed := slices.Clone(values)
				changed[i] = v
				all := slices.Clone(rows)
				all[n] = strings.Join(changed, "|")
				c := *b
				c.Text = strings.Join(all, "\n") + "\n"
				after, losses, err := told(m, &c)
				if err != nil || after != before {
					continue
				}
				if !slices.ContainsFunc(losses, func(l patientaccess.Loss) bool {
					if month, _ := path.Match(l.Field, name); month {
						return true
					}
					return strings.HasSuffix("."+l.Field, "."+name) || strings.HasSuffix(name, "LINE_NUM") && strings.HasSuffix(l.Field, ".number")
				}) {
					t.Errorf("%s line %d: %s = %q instead of %q is neither in the resources nor among the losses", b.File, b.Line+n, name, v, values[i])
				}
			}
		}
	}
}

// otherValues are values that a column can hold by its name.
func otherValues(name, v string) []string {
	stem := strings.TrimRight(name, "0123456789")
	switch {
	case strings.HasSuffix(stem, "_DT") || strings.HasSuffix(name, "_DT_ID") || strings.HasSuffix(name, "_DT_I") || strings.HasSuffix(name, "_THRU") || name == "COVSTART":
		return []string{"03-Feb-2019"}
	case strings.HasSuffix(stem, "_AMT") || strings.HasSuffix(stem, "_AM") || strings.HasSuffix(stem, "_CNT") || strings.HasSuffix(stem, "_QTY") ||
		strings.HasSuffix(name, "_PMT") || strings.HasSuffix(name, "ADJSTD_C") || strings.HasSuffix(name, "_NUM") && v != "" && !strings.ContainsAny(v, "ABCDEFGHIJKLMNOPQRSTUVWXYZ"):
		if v == "7" {
			return []string{"8"}
		}
		return []string{"7"}
	case name == "FINAL_ACTION":
		return []string{"N"}
	case name == "DML_IND":
		return []string{"DELETE"}
	}
	return []string{v + "Q7", "X"}
}

// profileTally is what the samples fill of a profile.
type profileTally struct {
	resources int
	filled    map[string]bool
	order     []string
}

// tally counts a resource that is valid, and reports one that is not.
func tally(t *testing.T, v *validate.Validator, what string, text []byte, profiles map[string]*profileTally) {
	t.Helper()
	d, err := node.ParseResource(text)
	if err != nil {
		t.Fatalf("%s: %v", what, err)
	}
	for _, i := range v.Validate(d) {
		if i.Severity == validate.Error {
			t.Errorf("%s: %s: %s", what, d.Root().Get("resourceType").Text(), i)
		}
	}
	url := d.Root().Get("meta").Get("profile").At(0).Text()
	p := profiles[url]
	if p == nil {
		p = &profileTally{filled: map[string]bool{}}
		profiles[url] = p
	}
	p.resources++
	support, ok := v.MustSupport(d, strings.TrimSuffix(url, "|2.0.0"))
	if !ok {
		t.Fatalf("%s is not loaded", url)
	}
	for _, s := range support {
		if _, seen := p.filled[s.Element]; !seen {
			p.order = append(p.order, s.Element)
		}
		p.filled[s.Element] = p.filled[s.Element] || s.Present > 0
	}
}

// supportText lists the profiles with what the resources fill and leave open.
func supportText(profiles map[string]*profileTally) string {
	var b strings.Builder
	for _, url := range slices.Sorted(maps.Keys(profiles)) {
		p := profiles[url]
		var open []string
		for _, e := range p.order {
			if !p.filled[e] {
				open = append(open, "`"+strings.TrimPrefix(e, strings.SplitN(e, ".", 2)[0]+".")+"`")
			}
		}
		fmt.Fprintf(&b, "## %s\n\n%d resources, no error; %d of %d must-support elements are filled.\n\n", url[strings.LastIndex(url, "/")+1:],
			p.resources, len(p.order)-len(open), len(p.order))
		if len(open) > 0 {
			fmt.Fprintf(&b, "Open: %s.\n\n", strings.Join(open, ", "))
		}
	}
	return b.String()
}

// TestSamplesAreValid maps every sample and validates what it becomes.
func TestSamplesAreValid(t *testing.T) {
	v, m := validator(t), mapper(t)
	profiles := map[string]*profileTally{}
	var table strings.Builder
	for _, file := range samples(t) {
		list := blocks(t, file)
		if list[0].Header.Kind == rif.BeneficiaryHistory {
			continue
		}
		resources, lost, columns := 0, 0, map[string]bool{}
		for i := range list {
			b := &list[i]
			text, losses, err := told(m, b)
			if err != nil {
				t.Errorf("%s line %d: %v", b.File, b.Line, err)
				continue
			}
			lost += len(losses)
			for _, l := range losses {
				columns[l.Field[strings.LastIndex(l.Field, ".")+1:]] = true
			}
			for _, line := range strings.Split(strings.TrimSpace(text), "\n") {
				resources++
				tally(t, v, fmt.Sprintf("%s line %d", b.File, b.Line), []byte(line), profiles)
			}
		}
		fmt.Fprintf(&table, "| %s | %v | %d | %d | %d of %d | %d |\n", filepath.Base(file), list[0].Header.Kind, len(list), resources,
			len(columns), len(list[0].Header.Names), lost)
	}
	if !t.Failed() {
		ledger.Check(t, "carin-rif.md", fmt.Sprintf(rifText, table.String(), supportText(profiles)))
	}
}

const rifText = `# CARIN Blue Button from CMS's RIF files

The sample files that CMS publishes with its Beneficiary FHIR Data server (BFD), three of Synthea's beneficiaries and one by
hand, each claim mapped. Every resource is valid against R4 and its profile, with the packages of R4, US Core 3.1.1 and
CARIN Blue Button 2.0.0 loaded. A test changes each column of up to three claims of each kind, one at a time: the resources change with it,
or the losses name the column.

BFD's own FHIR for these samples is not held beside this repository, so that it is not compared with.

| file | kind | claims or rows | resources, no error | columns lost | losses |
|---|---|---|---|---|---|
%s
%s`

// TestFacts compares what the hand-made samples become with what stands in them.
func TestFacts(t *testing.T) {
	m := mapper(t)
	for file, want := range map[string][]string{
		"sample-a-pde.txt": {`variables/pde_id","value":"89"`, `variables/rx_srvc_rfrnc_num","value":"799999"`, `"code":"dayssupply"}]},"valueQuantity":{"value":30}`,
			`"code":"refillnum"}]},"valueQuantity":{"value":3}`, `SelectionCode","code":"0"`, `CompoundCode","code":"1"`, `"quantity":{"value":60}`,
			`"code":"drugcost"},{"system":"https://bluebutton.cms.gov/resources/codesystem/adjudication","code":"https://bluebutton.cms.gov/resources/variables/tot_rx_cst_amt"}]},"amount":{"value":550.00`,
			`variables/ptnt_pay_amt"}]},"amount":{"value":235.85`, `variables/cvrd_d_plan_pd_amt"}]},"amount":{"value":126.99`, `"value":"H9999-020"`,
			`us-npi","value":"1023011079"`, `us-npi","value":"1750384806"`, `"payment":{"type":{"coding":[{"system":"http://hl7.org/fhir/us/carin-bb/CodeSystem/C4BBPayerAdjudicationStatus","code":"paid"}]},"date":"2015-05-27"`},
		"sample-a-bcarrier.txt": {`variables/clm_id","value":"9991831999"`, `"sequence":6`, `"code":"92999"`, `"diagnosisSequence":[5]`, `variables/line_alowd_chrg_amt"}]},"amount":{"value":47.84`,
			`variables/line_coinsrnc_amt"}]},"amount":{"value":9.57`, `variables/nch_carr_clm_sbmtd_chrg_amt"}]},"amount":{"value":245.04`, `"amount":{"value":199.99,"currency":"USD"}}`},
		"sample-a-inpatient.txt": {`"code":"0111"`, `MS-DRG-Classifications-and-Software","code":"695"`, `"start":"2016-01-15","end":"2016-01-27"`, `"code":"BQ0HZZZ"`,
			`variables/clm_tot_chrg_amt"}]},"amount":{"value":84999.37`, `variables/nch_bene_ip_ddctbl_amt"}]},"amount":{"value":112.00`, `"value":"777776"`,
			`"code":"memberliability"}]},"amount":{"value":123.00`}, // 112 deductible, 6 blood deductible, 5 coinsurance
		"sample-a-beneficiaries.txt": {`"family":"Doe","given":["John","A"]`, `"birthDate":"1981-03-17"`, `"period":{"start":"2020-03-17","end":"2020-06-17"}`, `"gender":"male"`},
	} {
		for _, b := range blocks(t, filepath.Join(evidence.Path(t, "data/vbc/bfd_rif_static"), file)) {
			text, _, err := told(m, &b)
			if err != nil {
				t.Fatal(err)
			}
			for _, w := range want {
				if !strings.Contains(text, w) {
					t.Errorf("%s does not become %s", file, w)
				}
			}
			break
		}
	}
}

func TestUnknownMember(t *testing.T) {
	b := rif.Block{File: "pde.csv", Line: 2, Text: "INSERT|1|7|30-May-2015\n"}
	var err error
	if b.Header, err = rif.NewHeader("DML_IND|PDE_ID|BENE_ID|SRVC_DT"); err != nil {
		t.Fatal(err)
	}
	r := RIF{Members: nobody{}}
	var unknown *UnknownMemberError
	if err := r.Read(&b); !errors.As(err, &unknown) || !strings.Contains(err.Error(), "pde.csv, line 2, field BENE_ID") {
		t.Error(err)
	}
}

type nobody struct{}

func (nobody) MBI(string) (string, bool) { return "", false }

func BenchmarkCarrier(b *testing.B) {
	list := blocks(b, filepath.Join(evidence.Path(b, "data/vbc/bfd_rif_synthea"), "carrier.csv"))
	m := mapper(b)
	r := RIF{Members: anybody{}}
	var s patientaccess.Set
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		if err := r.Read(&list[i%len(list)]); err != nil {
			b.Fatal(err)
		}
		if err := m.Map(&r.Input, &s); err != nil {
			b.Fatal(err)
		}
	}
}
