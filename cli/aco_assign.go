// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"bufio"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/woodlawn-health/woodlawn/claim/trace"
	"github.com/woodlawn-health/woodlawn/vbc/assignment"
	"github.com/woodlawn-health/woodlawn/vbc/feed"
)

type acoAssignCmd struct {
	Dir          string   `arg:"" help:"Folder with deliveries, assignment lists and opt-outs as they came." type:"existingdir"`
	Participants string   `help:"Participants (csv: aco_id, tin, ccn, kind); without it participants.csv of the folder." placeholder:"FILE"`
	Providers    string   `help:"Specialties of clinicians at hospitals (csv: npi, specialty); without it providers.csv of the folder, if there is one." placeholder:"FILE"`
	ACO          string   `name:"aco" help:"Organisation to assign to; without it that of the first participant." placeholder:"ID"`
	Year         int      `help:"Performance year." default:"2025"`
	Model        string   `help:"Whose rules: ${enum}; mssp is the Shared Savings Program, reach alignment by claims under ACO REACH." enum:"mssp,reach" default:"mssp"`
	Method       string   `help:"Assignment method: ${enum}." enum:"prospective,retrospective" default:"retrospective"`
	Through      string   `help:"Last month of the window of a preliminary assignment, as 2025-06." placeholder:"MONTH"`
	DropTIN      []string `name:"drop-tin" help:"What if this practice left." placeholder:"TIN"`
	AddTIN       []string `name:"add-tin" help:"What if this practice joined." placeholder:"TIN"`
	Compare      string   `help:"What if the method were another: prospective or retrospective." enum:"prospective,retrospective," default:""`
	Explain      string   `help:"Show how one beneficiary's assignment came about." placeholder:"MBI"`
	Report       bool     `help:"Print the completeness report of the deliveries."`
	WriteList    string   `help:"Write those assigned as an assignment list in CMS's layout into this folder, for the roster of aco settle. The file names people." type:"existingdir" placeholder:"DIR"`
	Temp         string   `help:"Folder for temporary files, which hold claims and are taken away." type:"path" placeholder:"DIR"`
}

// Help is the long help.
func (acoAssignCmd) Help() string {
	return `Reads every delivery of the folder, resolves adjustments and changes of identifiers, and assigns
each beneficiary by the Shared Savings Program's rules (42 CFR 425.400 to 425.404). As a table it
prints counts; with --format csv or json a line a beneficiary with charges, margin and what would
change the result. With --drop-tin, --add-tin or --compare each line has the result before and
after. With --model reach the rules are those of ACO REACH, as far as they are held: two weighted
alignment years that end on 30 June before the performance year, primary care specialties first;
participants.csv may have a column npi. Records that are set aside are named on standard error, and the exit code is 1.`
}

// assigned is what is kept of one beneficiary: the result and, if something is asked,
// the result in the other case.
type assigned struct {
	now   assignment.Result
	after *assignment.Result
	line  []byte // of the assignment list, if one is written
}

func (c acoAssignCmd) Run(a *App) error {
	base, other, err := c.configs(a)
	if err != nil {
		return err
	}
	f, rejects, err := a.openDeliveries(c.Dir, c.Temp)
	if err != nil {
		return err
	}
	defer f.Close()
	if c.Explain != "" {
		return c.explain(a, f, base)
	}
	out := bufio.NewWriter(a.Out)
	view := newAssignView(a.Format, out, base, other)
	pool := sync.Pool{New: func() any { return newAssigners(base, other) }}
	list, err := newAssignmentList(c.WriteList, base)
	if err != nil {
		return &ExitError{ExitInternal, err}
	}
	err = feed.Collect(f, func(b *feed.Beneficiary) (assigned, bool, error) {
		two := pool.Get().(*assigners)
		defer pool.Put(two)
		x := two.assign(b, view.rows())
		if list != nil && x.now.Assigned {
			x.line = list.line(b)
		}
		return x, true, nil
	}, func(x assigned) error { return errors.Join(view.add(&x), list.write(x.line)) })
	if err = errors.Join(err, list.close()); err != nil {
		return &ExitError{ExitInternal, err}
	}
	if err := view.finish(); err != nil {
		return &ExitError{ExitInternal, err}
	}
	if c.Report {
		fmt.Fprint(out, "\n", f.Report.String())
	}
	if err := out.Flush(); err != nil {
		return &ExitError{ExitInternal, err}
	}
	return setAside(rejects())
}

// configs are the case as it is and, if another is asked for, that one.
func (c acoAssignCmd) configs(a *App) (base assignment.Config, other *assignment.Config, err error) {
	cat, err := a.Catalog()
	if err != nil {
		return base, nil, err
	}
	load := assignment.Load
	if c.Model == "reach" {
		load = assignment.LoadREACH
		if c.Compare != "" || c.Through != "" || c.WriteList != "" {
			return base, nil, &ExitError{ExitUsage, errors.New("--compare, --through and --write-list are of the Shared Savings Program's rules, not of --model reach")}
		}
	}
	if base.Rules, err = load(cat, c.Year); err != nil {
		return base, nil, err
	}
	name := c.Participants
	if name == "" {
		name = filepath.Join(c.Dir, "participants.csv")
	}
	file, err := os.Open(name)
	if err != nil {
		return base, nil, err
	}
	defer file.Close()
	if base.Participants, err = assignment.ReadParticipants(file, name); err != nil {
		return base, nil, err
	}
	if base.Specialties, err = c.specialties(); err != nil {
		return base, nil, err
	}
	base.Method = assignment.Method(c.Method)
	if base.ACO = c.ACO; base.ACO == "" {
		base.ACO = base.Participants.First()
	}
	if c.Through != "" {
		m, err := time.Parse("2006-01", c.Through)
		if err != nil {
			return base, nil, &ExitError{ExitUsage, fmt.Errorf("--through %q is no month like 2025-06", c.Through)}
		}
		base.Window = assignment.Ending(m.Year(), m.Month())
	}
	if len(c.DropTIN)+len(c.AddTIN) == 0 && c.Compare == "" {
		return base, nil, nil
	}
	x := base
	if x.Participants, err = base.Participants.With(base.ACO, c.AddTIN, c.DropTIN); err != nil {
		return base, nil, &ExitError{ExitUsage, err}
	}
	if c.Compare != "" {
		x.Method, x.Window = assignment.Method(c.Compare), assignment.Window{}
	}
	return base, &x, nil
}

func (c acoAssignCmd) specialties() (assignment.Specialties, error) {
	name := c.Providers
	if name == "" {
		name = filepath.Join(c.Dir, "providers.csv")
	}
	file, err := os.Open(name)
	if c.Providers == "" && errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer file.Close()
	return assignment.ReadSpecialties(file, name)
}

// explain prints one beneficiary's result with every step.
func (c acoAssignCmd) explain(a *App, f *feed.Feed, cfg assignment.Config) error {
	mbi := f.Crossref.Current(c.Explain)
	found := false
	var mu sync.Mutex
	err := f.Each(func(_ int, b *feed.Beneficiary) error {
		if b.MBI != mbi {
			return nil
		}
		mu.Lock()
		defer mu.Unlock()
		found = true
		t := trace.New()
		one := assignment.New(cfg)
		r := one.Assign(b, t)
		one.Explain(&r)
		if a.Format == "json" {
			return writeAssignJSON(a.Out, &r, nil, t)
		}
		if err := t.WriteTable(a.Out); err != nil {
			return err
		}
		for _, x := range r.Changes {
			fmt.Fprintln(a.Out, "would change with:", x.What)
		}
		return nil
	})
	if err != nil {
		return &ExitError{ExitInternal, err}
	}
	if !found {
		return &ExitError{ExitUsage, fmt.Errorf("the deliveries have no beneficiary of that identifier")}
	}
	return nil
}

// assigners are those of the case as it is and of the other one.
type assigners struct{ base, other *assignment.Assigner }

func newAssigners(base assignment.Config, other *assignment.Config) *assigners {
	two := &assigners{base: assignment.New(base)}
	if other != nil {
		two.other = assignment.New(*other)
	}
	return two
}

func (two *assigners) assign(b *feed.Beneficiary, explain bool) assigned {
	x := assigned{now: two.base.Assign(b, nil)}
	if explain {
		two.base.Explain(&x.now)
	}
	if two.other != nil {
		r := two.other.Assign(b, nil)
		x.after = &r
	}
	return x
}
