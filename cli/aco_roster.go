// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"fmt"
	"strings"
	"sync"

	"github.com/woodlawn-health/woodlawn/vbc/assignment"
	"github.com/woodlawn-health/woodlawn/vbc/feed"
)

// rosterFlags say whose beneficiaries are meant; commands that work on the assigned share them.
type rosterFlags struct {
	Dir          string `arg:"" help:"Folder with deliveries, assignment lists and opt-outs as they came." type:"existingdir"`
	Year         int    `help:"Performance year." default:"2025"`
	Participants string `help:"Participants; without it participants.csv of the folder." placeholder:"FILE"`
	Providers    string `help:"Specialties of clinicians at hospitals; without it providers.csv of the folder, if there is one." placeholder:"FILE"`
	ACO          string `name:"aco" help:"Organisation; without it that of the first participant." placeholder:"ID"`
	Method       string `help:"Assignment method: ${enum}." enum:"prospective,retrospective" default:"retrospective"`
	Temp         string `help:"Folder for temporary files, which hold claims and are taken away." type:"path" placeholder:"DIR"`
}

// panel is whose panel an assigned beneficiary is on.
type panel struct{ practice, clinician string }

// eachAssigned gives fn every assigned beneficiary, on all cores, and emit what fn makes, one
// at a time and in the same order on every machine. rejects is how many records
// were set aside.
func eachAssigned[T any](a *App, c *rosterFlags, fn func(*feed.Beneficiary, panel) (T, error), emit func(T) error) (rejects int, err error) {
	cmd := acoAssignCmd{Dir: c.Dir, Participants: c.Participants, Providers: c.Providers, ACO: c.ACO, Year: c.Year, Method: c.Method}
	cfg, _, err := cmd.configs(a)
	if err != nil {
		return 0, err
	}
	f, told, err := a.openDeliveries(c.Dir, c.Temp)
	if err != nil {
		return 0, err
	}
	defer f.Close()
	pool := sync.Pool{New: func() any { return assignment.New(cfg) }}
	err = feed.Collect(f, func(b *feed.Beneficiary) (x T, ok bool, err error) {
		one := pool.Get().(*assignment.Assigner)
		defer pool.Put(one)
		if !one.Assign(b, nil).Assigned {
			return x, false, nil
		}
		x, err = fn(b, panel{strings.Clone(one.Practice()), strings.Clone(one.Clinician())})
		return x, err == nil, err
	}, emit)
	if err != nil {
		return told(), &ExitError{ExitInternal, err}
	}
	return told(), nil
}

// setAside is the error of a command that went on without some records.
func setAside(rejects int) error {
	if rejects == 0 {
		return nil
	}
	return &ExitError{ExitRejects, fmt.Errorf("%d records were set aside", rejects)}
}
