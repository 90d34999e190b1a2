// SPDX-License-Identifier: Apache-2.0

package medicare

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"sort"
	"strings"
	"testing"

	"github.com/woodlawn-health/woodlawn/fhir/node"
	"github.com/woodlawn-health/woodlawn/internal/evidence"
	"github.com/woodlawn-health/woodlawn/internal/ledger"
	"github.com/woodlawn-health/woodlawn/interop/patientaccess"
)

// blueButtons are the resources that AB2D and BCDA publish as samples.
func blueButtons(t testing.TB) map[string][][]byte {
	t.Helper()
	out := map[string][][]byte{}
	text := evidence.Read(t, "data/vbc/ab2d_dpc/EOB-500.ndjson.gz") // unpacked
	for line := range bytes.SplitSeq(bytes.TrimSpace(text), []byte("\n")) {
		out["AB2D EOB-500"] = append(out["AB2D EOB-500"], line)
	}
	var bundle struct {
		Entry []struct{ Resource json.RawMessage }
	}
	if err := json.Unmarshal(evidence.Read(t, "data/vbc/bcda_fhir/ExplanationOfBenefit"), &bundle); err != nil {
		t.Fatal(err)
	}
	for _, e := range bundle.Entry {
		out["BCDA"] = append(out["BCDA"], e.Resource)
	}
	return out
}

// blueTold is all that is said of a resource.
func blueTold(m *patientaccess.Mapper, r *BlueButton, text []byte) (resources string, losses []patientaccess.Loss, profile string, err error) {
	d, err := node.Parse(bytes.Clone(text))
	if err != nil {
		return "", nil, "", err
	}
	if err := r.Read(d, "sample", 1); err != nil {
		return "", nil, "", err
	}
	var s patientaccess.Set
	if err := m.Map(&r.RIF.Input, &s); err != nil {
		return "", nil, "", err
	}
	return joined(&s), append(slices.Clone(r.RIF.Losses), s.Losses...), s.Profile, nil
}

// TestBlueButton maps every sample, validates what it becomes and writes the ledger.
func TestBlueButton(t *testing.T) {
	v, m := validator(t), mapper(t)
	var r BlueButton
	var table, refusals strings.Builder
	profiles := map[string]*profileTally{}
	for _, source := range []string{"AB2D EOB-500", "BCDA"} {
		mapped, lost, why := map[string]int{}, 0, map[string]int{}
		for i, text := range blueButtons(t)[source] {
			resources, losses, profile, err := blueTold(m, &r, text)
			if err != nil {
				why[err.Error()[strings.LastIndex(err.Error(), ": ")+2:]]++
				continue
			}
			mapped[profile[strings.LastIndex(profile, "/")+1:]]++
			lost += len(losses)
			if mapped[profile[strings.LastIndex(profile, "/")+1:]] > 40 {
				continue // the others differ in their figures
			}
			for _, line := range strings.Split(strings.TrimSpace(resources), "\n") {
				tally(t, v, fmt.Sprintf("%s %d", source, i+1), []byte(line), profiles)
			}
		}
		for _, p := range sortedKeys(mapped) {
			fmt.Fprintf(&table, "| %s | %s | %d |\n", source, strings.TrimSuffix(p, "|2.0.0"), mapped[p])
		}
		fmt.Fprintf(&table, "| %s | all: losses | %d |\n", source, lost)
		for _, reason := range sortedKeys(why) {
			fmt.Fprintf(&refusals, "| %s | %s | %d |\n", source, reason, why[reason])
		}
	}
	if !t.Failed() {
		ledger.Check(t, "carin-bluebutton.md", fmt.Sprintf(blueText, table.String(), refusals.String(), supportText(profiles)))
	}
}

func sortedKeys(m map[string]int) []string {
	var out []string
	for k := range m {
		out = append(out, k)
	}
	sort.Strings(out)
	return out
}

// TestEveryLeafIsSaid changes each value of sample resources, one at a time: the row that is
// mapped changes with it, or the losses name its path. What becomes of the columns of a row is
// TestEveryColumnIsSaid's to tell.
func TestEveryLeafIsSaid(t *testing.T) {
	var r BlueButton
	read := func(text []byte) (row string, losses []patientaccess.Loss, err error) {
		d, err := node.Parse(bytes.Clone(text))
		if err != nil {
			return "", nil, err
		}
		if err := r.Read(d, "sample", 1); err != nil {
			return "", nil, err
		}
		return strings.Join(r.RIF.f.h.Names, "|") + r.row, r.RIF.Losses, nil
	}
	done := map[string]int{}
	for _, text := range blueButtons(t)["AB2D EOB-500"] {
		before, _, err := read(text)
		kind := r.kind.String()
		if err != nil || done[kind] == 1 {
			continue
		}
		done[kind]++
		var doc any
		if err := json.Unmarshal(text, &doc); err != nil {
			t.Fatal(err)
		}
		leaves(doc, "", func(path string, old any, set func(any)) {
			name := path[strings.LastIndex(path, ".")+1:]
			if said[name] || path == "id" || old == "USD" || old == "" {
				return // names, units and systems, by which values are told
			}
			to := any("7Q")
			if n, ok := old.(float64); ok {
				to = n + 3
			}
			if _, ok := old.(bool); ok {
				to = old == false
			}
			set(to)
			changed, err := json.Marshal(doc)
			set(old)
			if err != nil {
				t.Fatal(err)
			}
			after, now, err := read(changed)
			if err == nil && after == before && !slices.ContainsFunc(now, func(l patientaccess.Loss) bool { return l.Field == path }) {
				t.Errorf("%s: %s = %v instead of %v is neither in the row nor among the losses", kind, path, to, old)
			}
		})
	}
	if len(done) < 6 {
		t.Errorf("only %v have been tried", done)
	}
}

// leaves visits the values of a document by their paths without indexes.
func leaves(v any, path string, visit func(path string, old any, set func(any))) {
	below := func(name string) string { return strings.TrimPrefix(path+"."+name, ".") }
	switch x := v.(type) {
	case map[string]any:
		for name, e := range x {
			switch e.(type) {
			case map[string]any, []any:
				leaves(e, below(name), visit)
			default:
				visit(below(name), e, func(to any) { x[name] = to })
			}
		}
	case []any:
		for i, e := range x {
			switch e.(type) {
			case map[string]any, []any:
				leaves(e, path, visit)
			default:
				visit(path, e, func(to any) { x[i] = to })
			}
		}
	}
}

func TestNotBlueButton(t *testing.T) {
	for text, want := range map[string]string{`{"resourceType":"Patient"}`: "its type is Patient", `{"resourceType":"ExplanationOfBenefit"}`: "its type has no code"} {
		d, err := node.Parse([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		var r BlueButton
		var not *NotBlueButtonError
		if err := r.Read(d, "x", 1); !errors.As(err, &not) || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %s", err, want)
		}
	}
}

const blueText = `# CARIN Blue Button from BFD's older FHIR

ExplanationOfBenefits that CMS's Beneficiary FHIR Data server (BFD) made in FHIR STU3, as AB2D and BCDA publish them as samples. They name
values by the columns of the RIF files from which they came, and are read back into rows of those files, which are mapped as
[RIF files](carin-rif.md) are. Up to 40 of each profile are validated against R4 and their profile: there is no error.

The samples of BFD's third version (IDR) are not FHIR but what BFD maps to it, and are not read.

| source | profile | number |
|---|---|---|
%s
| source | not mapped because | number |
|---|---|---|
%s
%s`
