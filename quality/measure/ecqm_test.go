// SPDX-License-Identifier: Apache-2.0

package measure

import (
	"os"
	"sort"
	"testing"

	"github.com/woodlawn-health/woodlawn/internal/evidence"
)

func TestPublishedCases(t *testing.T) {
	root := evidence.Path(t, "data/quality/ecqm")
	dirs, err := os.ReadDir(root)
	if err != nil {
		t.Fatal(err)
	}
	sort.Slice(dirs, func(i, j int) bool { return dirs[i].Name() < dirs[j].Name() })
	total, bad := 0, 0
	for _, d := range dirs {
		e := NewEngine(Options{})
		ms, err := e.Load(evidence.Read(t, "data/quality/ecqm/"+d.Name()+"/measure-bundle.json.gz"))
		if err != nil {
			t.Errorf("%s: %v", d.Name(), err)
			continue
		}
		for _, v := range ms[0].MissingValueSets(e.Terminology()) {
			t.Logf("%s: missing %s %s", d.Name(), v.Name, v.URL)
		}
		n, failed := 0, 0
		evidence.Lines(t, "data/quality/ecqm/"+d.Name()+"/cases.ndjson.gz", func(_ int, line []byte) {
			c, err := ParseCase(append([]byte(nil), line...))
			if err != nil {
				t.Error(err)
				return
			}
			n++
			rs, err := e.Evaluate(Request{Measures: ms, Period: c.Period, Supplemental: true}, c.Data...)
			if err != nil {
				t.Errorf("%s: %v", c.Name, err)
				return
			}
			if rs[0].Err != nil {
				failed++
				t.Logf("%s %s: %v", d.Name(), c.Name, rs[0].Err)
				return
			}
			if mm := c.Compare(&rs[0]); len(mm) > 0 {
				failed++
				t.Logf("%s %s: %v -- %s", d.Name(), c.Name, mm, c.Description)
			}
		})
		t.Logf("%s: %d of %d", d.Name(), n-failed, n)
		total += n
		bad += failed
	}
	t.Logf("%d passed, %d failed", total-bad, bad)
}
