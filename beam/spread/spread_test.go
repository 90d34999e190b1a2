// SPDX-License-Identifier: Apache-2.0

package spread_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/apache/beam/sdks/v2/go/pkg/beam"
	_ "github.com/apache/beam/sdks/v2/go/pkg/beam/runners/prism"
	"github.com/apache/beam/sdks/v2/go/pkg/beam/testing/ptest"

	"github.com/woodlawn-health/woodlawn/beam/spread"
	"github.com/woodlawn-health/woodlawn/refdata"
	"github.com/woodlawn-health/woodlawn/vbc/account"
	"github.com/woodlawn-health/woodlawn/vbc/assignment"
	"github.com/woodlawn-health/woodlawn/vbc/cclf"
	"github.com/woodlawn-health/woodlawn/vbc/feed"
	"github.com/woodlawn-health/woodlawn/vbc/synth"
)

func TestMain(m *testing.M) { ptest.MainWithDefault(m, "prism") }

// TestPrism runs the same lives on one machine's cores and through Beam's own runner.
func TestPrism(t *testing.T) {
	layouts, err := cclf.Load(refdata.Embedded())
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if _, err := synth.Generate(synth.Config{Lives: 300, Seed: 5, Year: 2025, Months: 24, Dir: dir, Layouts: layouts}); err != nil {
		t.Fatal(err)
	}
	job := spread.Job{Dir: dir, Years: []int{2024, 2025}, Method: assignment.Retrospective, Roster: account.ByClaims, Risk: true,
		Limits: []account.Limits{{Completion: 1_013_000}, {Completion: 1_013_000}}}
	want := local(t, job, layouts)

	out, rejects := filepath.Join(t.TempDir(), "sums.json"), filepath.Join(t.TempDir(), "rejects.txt")
	p, scope := beam.NewPipelineWithRoot()
	if err := spread.Build(scope, job, out, rejects); err != nil {
		t.Fatal(err)
	}
	if _, err := ptest.RunWithMetrics(p); err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	if strings.TrimSpace(string(got)) != want {
		t.Errorf("the accounts differ:\nlocal %s\nbeam  %s", want, got)
	}
	var s account.Sums
	if err := json.Unmarshal(got, &s); err != nil {
		t.Fatal(err)
	}
	if s.Beneficiaries < 200 || s.Years[1].Lives < 20 {
		t.Errorf("an account of nearly nobody: %d beneficiaries, %d assigned", s.Beneficiaries, s.Years[1].Lives)
	}
}

// local is the account as one machine makes it.
func local(t *testing.T, job spread.Job, layouts *cclf.Layouts) string {
	t.Helper()
	plan, err := job.Plan(refdata.Embedded())
	if err != nil {
		t.Fatal(err)
	}
	f, err := feed.Open(feed.Config{Dir: job.Dir, Layouts: layouts, Temp: t.TempDir(), Workers: 2, Reject: func(err error) { t.Error(err) }})
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	sums, err := account.Run(f, []*account.Plan{plan}, nil)
	if err != nil {
		t.Fatal(err)
	}
	b, err := json.Marshal(sums[0])
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// TestBadJob: what is wrong is told before anything is sent out.
func TestBadJob(t *testing.T) {
	_, scope := beam.NewPipelineWithRoot()
	if err := spread.Build(scope, spread.Job{Dir: t.TempDir()}, "out", "rejects"); err == nil || !strings.Contains(err.Error(), "years") {
		t.Errorf("a job without years: %v", err)
	}
	if err := spread.Build(scope, spread.Job{Dir: t.TempDir(), Years: []int{2025}}, "out", "rejects"); err == nil || !strings.Contains(err.Error(), "participants.csv") {
		t.Errorf("a folder without participants: %v", err)
	}
}
