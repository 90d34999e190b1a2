// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/woodlawn-health/woodlawn/vbc/cclf"
	"github.com/woodlawn-health/woodlawn/vbc/feed"
	"github.com/woodlawn-health/woodlawn/vbc/synth"
)

type acoGenerateCmd struct {
	Lives   int    `help:"Number of lives, 1 to 5000000." default:"1000"`
	Seed    uint64 `help:"Seed: the same one gives the same bytes." default:"1"`
	Out     string `help:"Folder to write to." required:"" type:"path" placeholder:"DIR"`
	Year    int    `help:"Performance year; care ends on its last day." default:"2025"`
	Months  int    `help:"Months of care up to then, 3 to 60." default:"24"`
	RIF     string `name:"rif" help:"Write what is in force as Research Identifiable Files too, with the lists, to this folder." type:"path" placeholder:"DIR"`
	Surgery int    `help:"Of a thousand lives, how many have an operation of bundled payment models in a month, with its aftercare." default:"0"`
}

// Help is the long help.
func (acoGenerateCmd) Help() string {
	return `Invents an accountable care organisation and its region: monthly deliveries (CCLF of layout v36,
zipped as CMS sends them), an assignment list, a list of opt-outs, enrollment by month, the
participants of two organisations and the specialties of clinicians. Claims are adjusted and
cancelled, identifiers change, people die. truth.csv says what a reader must find. Nobody is real.
Prospective assignment with the expanded window looks back 39 months.`
}

func (c acoGenerateCmd) Run(a *App) error {
	cat, err := a.Catalog()
	if err != nil {
		return err
	}
	layouts, err := cclf.Load(cat)
	if err != nil {
		return err
	}
	p := newProgress(a.Err, "generating", "lives", 0)
	done := 0
	sum, err := synth.Generate(synth.Config{Lives: c.Lives, Seed: c.Seed, Year: c.Year, Months: c.Months, Dir: c.Out, Layouts: layouts, Surgery: c.Surgery,
		Progress: func(n int) { p.Add(int64(n - done)); done = n }})
	p.Done()
	if err != nil {
		return &ExitError{ExitInternal, err}
	}
	fmt.Fprintf(a.Out, "%d lives, %d deliveries, %d records, %d bytes before they are compressed\n", sum.Lives, sum.Deliveries, sum.Records, sum.Bytes)
	if c.RIF == "" {
		return nil
	}
	return c.writeRIF(a, layouts)
}

// writeRIF reads the deliveries back and writes what is in force as RIF, beside copies of the
// lists that RIF has none of.
func (c acoGenerateCmd) writeRIF(a *App, layouts *cclf.Layouts) error {
	f, err := feed.Open(feed.Config{Dir: c.Out, Layouts: layouts})
	if err != nil {
		return err
	}
	defer f.Close()
	claims, err := synth.WriteRIF(f, c.RIF, c.Year-(c.Months-1)/12, c.Year)
	if err != nil {
		return &ExitError{ExitInternal, err}
	}
	for _, pattern := range []string{"participants.csv", "providers.csv", "P.*ALR*.csv", "P.ON.ACO*"} {
		names, _ := filepath.Glob(filepath.Join(c.Out, pattern)) // the patterns are good
		for _, name := range names {
			data, err := os.ReadFile(name)
			if err == nil {
				err = os.WriteFile(filepath.Join(c.RIF, filepath.Base(name)), data, 0o644)
			}
			if err != nil {
				return &ExitError{ExitInternal, err}
			}
		}
	}
	fmt.Fprintf(a.Out, "%d claims in force written as RIF to %s\n", claims, c.RIF)
	return nil
}
