// SPDX-License-Identifier: Apache-2.0

// Package spread measures an accountable care organisation's beneficiaries on Apache
// Beam, for more lives than one machine should carry. What is computed of each
// beneficiary, and how it is added up, is vbc/account and nothing else; Beam only
// brings the rows of a beneficiary together. The sums are whole numbers that merge
// in any order, so that they are those of one machine bit for bit, whatever the
// runner, the number of workers, and the workers that were lost on the way.
package spread

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"

	"github.com/woodlawn-health/woodlawn/refdata"
	"github.com/woodlawn-health/woodlawn/vbc/account"
	"github.com/woodlawn-health/woodlawn/vbc/assignment"
	"github.com/woodlawn-health/woodlawn/vbc/cclf"
	"github.com/woodlawn-health/woodlawn/vbc/feed"
)

// Job says what to measure. It goes to every worker as JSON; each makes the same plan
// of it. Dir and the files in it must be readable under the same path everywhere.
type Job struct {
	Dir    string            `json:"dir"`              // deliveries, lists, participants.csv, providers.csv
	ACO    string            `json:"aco,omitempty"`    // the first participant's by default
	Years  []int             `json:"years"`            // benchmark years, then the performance year
	Method assignment.Method `json:"method"`           // of assignment
	Roster account.Roster    `json:"roster"`           // by claims or by CMS's lists
	Limits []account.Limits  `json:"limits,omitempty"` // one a year; nothing is cut or completed without
	Risk   bool              `json:"risk"`             // compute risk scores
}

// work is what a worker makes of a Job once.
type work struct {
	plan    *account.Plan
	layouts *cclf.Layouts
	files   []string
	xref    *feed.Crossref
}

// open reads what the job names. It gives the same on every machine.
func (j *Job) open() (*work, error) {
	cat := refdata.Embedded()
	layouts, err := cclf.Load(cat)
	if err != nil {
		return nil, err
	}
	files, err := feed.Files(j.Dir)
	if err != nil {
		return nil, err
	}
	xref, err := feed.ReadCrossref(files, layouts)
	if err != nil {
		return nil, err
	}
	plan, err := j.Plan(cat)
	if err != nil {
		return nil, err
	}
	return &work{plan, layouts, files, xref}, nil
}

// Plan is the plan that every worker follows.
func (j *Job) Plan(cat *refdata.Catalog) (*account.Plan, error) {
	if len(j.Years) == 0 {
		return nil, fmt.Errorf("the job names no years")
	}
	cfg := assignment.Config{ACO: j.ACO, Method: j.Method}
	var err error
	if cfg.Rules, err = assignment.Load(cat, j.Years[len(j.Years)-1]); err != nil {
		return nil, err
	}
	if cfg.Participants, err = read(filepath.Join(j.Dir, "participants.csv"), assignment.ReadParticipants); err != nil {
		return nil, err
	}
	if cfg.ACO == "" {
		cfg.ACO = cfg.Participants.First()
	}
	cfg.Specialties, err = read(filepath.Join(j.Dir, "providers.csv"), assignment.ReadSpecialties)
	if err != nil && !os.IsNotExist(err) {
		return nil, err
	}
	limits := j.Limits
	if limits == nil {
		limits = make([]account.Limits, len(j.Years))
	}
	var scorer *account.Scorer
	if j.Risk {
		if scorer, err = account.NewScorer(cat, j.Years); err != nil {
			return nil, err
		}
	}
	return account.New(account.Config{Years: j.Years, Limits: limits, Roster: j.Roster, Assignment: cfg, Catalog: cat, Scorer: scorer})
}

// read reads a file of the job's folder.
func read[T any](path string, parse func(r io.Reader, name string) (T, error)) (T, error) {
	f, err := os.Open(path)
	if err != nil {
		var none T
		return none, err
	}
	defer f.Close()
	return parse(f, filepath.Base(path))
}

var opened struct {
	sync.Mutex
	work map[string]*work
}

// open makes a job's work, once a process.
func open(job string) (*work, error) {
	opened.Lock()
	defer opened.Unlock()
	if w := opened.work[job]; w != nil {
		return w, nil
	}
	var j Job
	if err := json.Unmarshal([]byte(job), &j); err != nil {
		return nil, fmt.Errorf("the job is not readable: %w", err)
	}
	w, err := j.open()
	if err != nil {
		return nil, err
	}
	if opened.work == nil {
		opened.work = map[string]*work{}
	}
	opened.work[job] = w
	return w, nil
}
