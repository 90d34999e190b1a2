// SPDX-License-Identifier: Apache-2.0

package ack

import (
	"bytes"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/woodlawn-health/woodlawn/edi/x12"
	"github.com/woodlawn-health/woodlawn/internal/evidence"
	"github.com/woodlawn-health/woodlawn/internal/ledger"
)

func TestSamples(t *testing.T) {
	var b strings.Builder
	b.WriteString(`# 999 and TA1: sample files

Every sample acknowledgment that is at hand is read. A transaction's fate is what the sample says of it (IK501), with the
errors it lists; "faults" are what is wrong with the sample itself, by rule. Sample names are those of the projects they
come from.

| sample | TA1 | 999 | fates | errors listed | faults |
|---|---|---|---|---|---|
`)
	// want is TA1 segments, 999s, transactions, segment and element errors, and whether
	// the sample must be refused.
	want := map[string]struct {
		ta1, groups, transactions, segments, elements int
		refused                                       bool
	}{
		"azoner__834_lui_id_5010.999.txt":      {0, 4, 4, 0, 0, false},
		"imsweb__x12_999_accepted.txt":         {0, 1, 1, 0, 0, false},
		"inteligenz__DHS_Wisconsin_Sample.txt": {0, 1, 3, 2, 1, false},
		"xlate__invalid999.edi":                {0, 1, 3, 2, 1, true},
		"uhin__TA1.edi":                        {1, 0, 0, 0, 0, false},
	}
	for _, dir := range []string{"999", "TA1"} {
		files, err := filepath.Glob(filepath.Join(evidence.Path(t, "data/edi/"+dir), "*"))
		if err != nil {
			t.Fatal(err)
		}
		for _, path := range files {
			name := filepath.Base(path)
			file, report, err := Read(bytes.NewReader(evidence.Read(t, "data/edi/"+dir+"/"+name)), x12.Options{})
			if err != nil {
				t.Errorf("%s: %v", name, err)
				continue
			}
			var transactions, segments, elements int
			fates := ""
			for _, g := range file.Groups {
				for _, tx := range g.Transactions {
					transactions++
					if tx.Code != 0 {
						fates += string(tx.Code)
					}
					segments += len(tx.Segments)
					for _, s := range tx.Segments {
						elements += len(s.Elements)
					}
				}
				fates += fmt.Sprintf(" AK9 %c %d/%d; ", g.Code, g.Accepted, g.Received)
			}
			for _, ta1 := range file.Interchanges {
				fates += fmt.Sprintf("%c %s", ta1.Code, ta1.Note)
			}
			refused := false
			var faults []string
			report.Each(func(i *x12.Issue) {
				faults = append(faults, i.Rule)
				refused = refused || !i.Warning && strings.HasPrefix(i.Rule, "999.")
			})
			w, known := want[name]
			if !known || w.ta1 != len(file.Interchanges) || w.groups != len(file.Groups) || w.transactions != transactions ||
				w.segments != segments || w.elements != elements || w.refused != refused {
				t.Errorf("%s: %d TA1, %d 999, %d transactions, %d segments, %d elements, refused %v; want %+v", name,
					len(file.Interchanges), len(file.Groups), transactions, segments, elements, refused, w)
			}
			fmt.Fprintf(&b, "| %s | %d | %d | %s | %d segments, %d elements | %s |\n", name, len(file.Interchanges), len(file.Groups),
				strings.TrimSuffix(strings.TrimSpace(fates), ";"), segments, elements, strings.Join(faults, ", "))
		}
	}
	ledger.Check(t, "999.md", b.String())
}
