// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"github.com/woodlawn-health/woodlawn/claim/civil"
	"github.com/woodlawn-health/woodlawn/claim/money"
	"github.com/woodlawn-health/woodlawn/claim/trace"
	"github.com/woodlawn-health/woodlawn/refdata"
	"github.com/woodlawn-health/woodlawn/vbc/episodes"
	"github.com/woodlawn-health/woodlawn/vbc/feed"
	"github.com/woodlawn-health/woodlawn/vbc/risk"
)

type acoEpisodesCmd struct {
	Dir             string `arg:"" help:"Folder with deliveries, assignment lists and opt-outs as they came." type:"existingdir"`
	Model           string `help:"Model: ${enum}." enum:"TEAM,CJR,BPCI Advanced" default:"TEAM"`
	Year            int    `help:"Performance year." default:"2026"`
	Hospitals       string `help:"Participating hospitals (csv: ccn, region, and name, track, beds, safety_net, discount); without it hospitals.csv of the folder." placeholder:"FILE"`
	Prices          string `help:"Target prices (csv: region, type, price, ...), as CMS sends them or as --baseline makes them." placeholder:"FILE"`
	Factors         string `help:"Risk factors (csv: category, variable, factor)." placeholder:"FILE"`
	Exclusions      string `help:"CMS's exclusion lists (csv: kind, code, and category, from, to, reason)." placeholder:"FILE"`
	Amounts         string `help:"Standardized amounts, new technology and pass-through payments by claim (csv: claim_id, kind, amount)." placeholder:"FILE"`
	Quality         string `help:"Quality results (csv: ccn, measure, and percentile or rate)." placeholder:"FILE"`
	QualityBaseline string `help:"Rates of the quality baseline, to rank rates in (csv: measure, rate)." placeholder:"FILE"`
	Reconcile       bool   `help:"Only the hospitals' reconciled years, without episodes."`
	Explain         string `help:"Show every step of one episode, or of one hospital's reconciliation." placeholder:"ID"`
	Baseline        int    `help:"In place of episodes, estimate target prices from the baseline years up to this one." placeholder:"YEAR"`
	Trend           string `help:"Prospective trend from the last baseline year to the performance year, for --baseline." default:"1"`
	Temp            string `help:"Folder for temporary files, which hold claims and are taken away." type:"path" placeholder:"DIR"`
}

// Help is the long help.
func (acoEpisodesCmd) Help() string {
	return `Finds the episodes of a bundled payment model in the claims of every delivery: anchor stays by MS-DRG
and outpatient procedures by HCPCS at participating hospitals, what followed until the episode's end,
what was spent in each setting. Cancelled episodes say why. With target prices, each hospital's year is
reconciled: quality score, stop-gain and stop-loss, spending after the episodes (42 CFR part 512 subpart
E; CJR: part 510; BPCI Advanced: its agreements). What CMS publishes apart (prices, risk factors,
exclusion lists, quality results) comes from files; what is not given is named on standard error.`
}

func (c acoEpisodesCmd) Run(a *App) error {
	cat, err := a.Catalog()
	if err != nil {
		return err
	}
	run, err := c.prepare(cat)
	if err != nil {
		return err
	}
	f, rejects, err := a.openDeliveries(c.Dir, c.Temp)
	if err != nil {
		return err
	}
	defer f.Close()
	if mbi, _, ok := strings.Cut(c.Explain, "-"); ok {
		err = run.explain(a, f, f.Crossref.Current(mbi), c.Explain)
	} else {
		err = run.all(a, f)
	}
	if err != nil {
		return err
	}
	return setAside(rejects())
}

// episodeRun is what a run works with.
type episodeRun struct {
	cmd      acoEpisodesCmd
	cfg      episodes.Config
	quality  *episodes.Quality
	baseline *episodes.Baseline
	notes    []string
	unknown  int // episodes with a month of unknown coverage
}

// prepare reads the rules and the user's files.
func (c acoEpisodesCmd) prepare(cat *refdata.Catalog) (*episodeRun, error) {
	rules, err := episodes.Load(cat, c.Model, c.Year)
	if none := (*refdata.NotLoadedError)(nil); errors.As(err, &none) && none.ID == "episodes.parameters of "+c.Model {
		return nil, &ExitError{ExitUsage, fmt.Errorf("%s has no performance year %d; woodlawn refdata show episodes.parameters tells when it runs", c.Model, c.Year)}
	}
	if err != nil {
		return nil, err
	}
	run := &episodeRun{cmd: c, cfg: episodes.Config{Rules: rules}}
	hospitals := c.Hospitals
	if hospitals == "" {
		hospitals = filepath.Join(c.Dir, "hospitals.csv")
	}
	for _, x := range []struct {
		path string
		read func(r io.Reader, name string) error
		lack string
	}{
		{hospitals, func(r io.Reader, n string) (err error) {
			run.cfg.Hospitals, err = episodes.ReadHospitals(r, n)
			return err
		}, ""},
		{c.Prices, func(r io.Reader, n string) (err error) {
			run.cfg.Prices, err = episodes.ReadPrices(r, n, c.Year)
			return err
		}, lackUnless(c.Baseline, "target prices: episodes have none, and nothing is reconciled")},
		{c.Factors, func(r io.Reader, n string) (err error) { run.cfg.Factors, err = episodes.ReadFactors(r, n); return err }, lackUnless(c.Baseline, "risk factors: prices are not risk-adjusted")},
		{c.Exclusions, func(r io.Reader, n string) (err error) {
			run.cfg.Exclusions, err = episodes.ReadExclusions(r, n)
			return err
		},
			"CMS's exclusion lists (" + strings.Join(rules.NotHeld, "; ") + "): what they exclude is counted"},
		{c.Amounts, func(r io.Reader, n string) (err error) { run.cfg.Amounts, err = episodes.ReadAmounts(r, n); return err }, "standardized amounts"},
		{c.Quality, func(r io.Reader, n string) (err error) { run.quality, err = episodes.ReadQuality(r, n); return err }, ""},
	} {
		if x.path == "" {
			if x.lack != "" {
				run.notes = append(run.notes, "not loaded: "+x.lack)
			}
			continue
		}
		if err := readFile(x.path, x.read); err != nil {
			return nil, err
		}
	}
	if c.QualityBaseline != "" {
		if run.quality == nil {
			return nil, &ExitError{ExitUsage, errors.New("--quality-baseline ranks rates of --quality, which is missing")}
		}
		if err := readFile(c.QualityBaseline, run.quality.AddBaseline); err != nil {
			return nil, err
		}
	}
	run.notes = append(append(run.notes, rules.Missing...), episodes.AmountBasis)
	if !rules.Verified() {
		run.notes = append(run.notes, "not verified: not every rule of "+c.Model+" was compared with the regulation's text; woodlawn refdata show episodes.parameters tells which")
	}
	if c.Baseline != 0 {
		return run, run.setBaseline()
	}
	return run, run.loadHCC(cat)
}

// lackUnless is what to say of a missing file, nothing for a baseline, which needs none.
func lackUnless(baseline int, what string) string {
	if baseline != 0 {
		return ""
	}
	return what
}

func readFile(path string, read func(io.Reader, string) error) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	return read(f, filepath.Base(path))
}

func (run *episodeRun) setBaseline() error {
	run.baseline = episodes.NewBaseline(run.cfg.Rules, run.cmd.Baseline)
	trend, err := money.ParseScaled(run.cmd.Trend, 6)
	if err != nil || trend < 500_000 || trend > 2_000_000 {
		return &ExitError{ExitUsage, fmt.Errorf("--trend %s is no factor from 0.5 to 2", run.cmd.Trend)}
	}
	run.baseline.Trend = trend
	run.cfg.Baseline = true
	run.cfg.From, run.cfg.To = civil.Of(run.baseline.First(), 1, 1), civil.Of(run.cmd.Baseline, 12, 31)
	run.notes = append(run.notes, "prices are of the claims at hand, not of the region; the prospective trend is "+run.cmd.Trend+", as given")
	return nil
}

// loadHCC finds the model that counts conditions: of the year, or of the latest before it.
func (run *episodeRun) loadHCC(cat *refdata.Catalog) error {
	name := run.cfg.Rules.HCCModel()
	if name == "" {
		return nil
	}
	var none *refdata.NotLoadedError
	for year := run.cmd.Year; year > run.cmd.Year-3; year-- {
		m, err := risk.New(cat, name, year)
		if errors.As(err, &none) {
			continue
		}
		if err != nil {
			return err
		}
		if year != run.cmd.Year {
			run.notes = append(run.notes, fmt.Sprintf("conditions are counted by the tables of %d: those of %d are not loaded", year, run.cmd.Year))
		}
		run.cfg.HCC = m
		return nil
	}
	run.notes = append(run.notes, "not loaded: "+name+": conditions are not counted")
	return nil
}

// all finds every episode, prints it, and reconciles.
func (run *episodeRun) all(a *App, f *feed.Feed) error {
	view := newEpisodeView(a, run.cmd.Reconcile || run.cmd.Explain != "" || run.baseline != nil)
	accounts := map[string]*episodes.Account{}
	pool := sync.Pool{New: func() any { return episodes.New(run.cfg) }}
	err := feed.Collect(f, func(p *feed.Beneficiary) ([]episodes.Episode, bool, error) {
		b := pool.Get().(*episodes.Builder)
		defer pool.Put(b)
		list := b.Episodes(p)
		return slices.Clone(list), len(list) > 0, nil
	}, func(list []episodes.Episode) error {
		for i := range list {
			e := &list[i]
			if run.baseline != nil {
				run.baseline.Add(e)
				continue
			}
			if accounts[e.Hospital] == nil {
				accounts[e.Hospital] = episodes.NewAccount(run.cfg.Hospitals[e.Hospital])
			}
			accounts[e.Hospital].Add(e)
			if e.Counts() && !e.CoverageKnown {
				run.unknown++
			}
			view.episode(e)
		}
		return nil
	})
	if err != nil {
		return &ExitError{ExitInternal, err}
	}
	if run.baseline != nil {
		if err := run.baseline.Write(a.Out); err != nil {
			return &ExitError{ExitInternal, err}
		}
		for _, n := range run.notes {
			fmt.Fprintln(a.Err, "note:", n)
		}
		return nil
	}
	failed := run.hospitals(view, accounts)
	run.tell(a, view)
	if err := view.flush(); err != nil {
		return &ExitError{ExitInternal, err}
	}
	return failed
}

// hospitals reconciles every hospital in order of its CCN.
func (run *episodeRun) hospitals(view *episodeView, accounts map[string]*episodes.Account) error {
	found := false
	var bad []error
	for _, ccn := range slices.Sorted(maps.Keys(accounts)) {
		var t *trace.Trace
		if run.cmd.Explain != "" {
			if ccn != run.cmd.Explain {
				continue
			}
			t = trace.New()
		}
		found = true
		res, err := run.cfg.Rules.Reconcile(accounts[ccn], run.quality, run.cfg.Prices, t)
		if err != nil {
			bad = append(bad, err) // the others are reconciled
			continue
		}
		if run.cfg.Prices != nil || run.cmd.Reconcile || t.On() {
			view.hospital(&res, t)
		}
		if run.cfg.Prices != nil && !t.On() {
			for _, n := range res.Notes {
				if !slices.Contains(run.notes, n) {
					run.notes = append(run.notes, n)
				}
			}
		}
	}
	if run.cmd.Explain != "" && !found {
		return &ExitError{ExitUsage, fmt.Errorf("no episode of hospital %q; the ID of an episode is an MBI, a hyphen and a claim number", run.cmd.Explain)}
	}
	if bad != nil {
		return &ExitError{ExitRejects, errors.Join(bad...)}
	}
	return nil
}

// tell names what results rest on: on standard error, and in JSON as the last line too.
func (run *episodeRun) tell(a *App, view *episodeView) {
	if run.unknown > 0 {
		run.notes = append(run.notes, fmt.Sprintf("%d episodes count although no list tells the coverage of some month", run.unknown))
	}
	for _, n := range run.notes {
		fmt.Fprintln(a.Err, "note:", n)
	}
	view.notes(run.notes)
}

// explain prints one episode with every step.
func (run *episodeRun) explain(a *App, f *feed.Feed, mbi, id string) error {
	_, claim, _ := strings.Cut(id, "-")
	var found *episodes.Episode
	var t *trace.Trace
	var mu sync.Mutex
	err := f.Each(func(_ int, p *feed.Beneficiary) error {
		if p.MBI != mbi {
			return nil
		}
		mu.Lock()
		defer mu.Unlock()
		t = trace.New()
		if e := episodes.New(run.cfg).Explain(p, mbi+"-"+claim, t); e != nil {
			one := *e
			found = &one
		}
		return nil
	})
	if err != nil {
		return &ExitError{ExitInternal, err}
	}
	if found == nil {
		return &ExitError{ExitUsage, errors.New("the deliveries have no episode of that ID in the performance year")}
	}
	view := newEpisodeView(a, false)
	view.explained(found, t)
	run.tell(a, view)
	if err := view.flush(); err != nil {
		return &ExitError{ExitInternal, err}
	}
	return nil
}
