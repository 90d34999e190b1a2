// SPDX-License-Identifier: Apache-2.0

package synth

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"time"

	"github.com/woodlawn-health/woodlawn/claim/civil"
	"github.com/woodlawn-health/woodlawn/vbc/cclf"
)

// Config says what to invent.
type Config struct {
	Lives int    // 1 to 5,000,000
	Seed  uint64 // the same seed gives the same bytes
	// Year is the performance year; care ends on its last day. Months is how many months
	// of care there are up to then, 3 to 60. Assignment with the expanded window looks back
	// 39 months from the end of the year where it is prospective.
	Year, Months int
	Dir          string // made if it is not there
	Layouts      *cclf.Layouts
	Workers      int // cores to use, 0 for all
	// Surgery is how many of a thousand lives have an operation of bundled payment models
	// in a month, 0 to 1000, with what comes before and after it. Other
	// care stays as it is without.
	Surgery int
	// Progress is told how many lives are done; nil drops the notice.
	Progress func(lives int)
}

// Summary is what was written.
type Summary struct {
	Lives, Deliveries int
	Records           int64 // of all CCLF files
	Bytes             int64 // of them, before they are compressed
}

// MaxLives bounds a run.
const MaxLives = 5_000_000

// generator holds what all lives share.
type generator struct {
	cfg         Config
	world       *world
	forms       map[byte]*form
	first, last civil.Date
	firstYear   int
	years       int
	deliveries  []civil.Date
	surgical    *surgical
}

// blockLives is how many lives are made at a time.
const blockLives = 250

// newGenerator checks a configuration and makes what all lives share.
func newGenerator(cfg Config) (*generator, error) {
	if cfg.Lives < 1 || cfg.Lives > MaxLives || cfg.Months < 3 || cfg.Months > 60 || cfg.Year < 2010 || cfg.Year > 2099 {
		return nil, fmt.Errorf("%d lives, %d months, year %d: wanted 1 to %d lives, 3 to 60 months, a year of 2010 to 2099", cfg.Lives, cfg.Months, cfg.Year, MaxLives)
	}
	if cfg.Surgery < 0 || cfg.Surgery > 1000 {
		return nil, fmt.Errorf("surgery of %d a thousand lives a month: wanted 0 to 1000", cfg.Surgery)
	}
	forms, err := forms(cfg.Layouts)
	if err != nil {
		return nil, err
	}
	if cfg.Workers <= 0 {
		cfg.Workers = runtime.GOMAXPROCS(0)
	}
	g := &generator{cfg: cfg, world: newWorld(cfg.Seed, cfg.Lives), forms: forms, surgical: newSurgical()}
	g.last = civil.Of(cfg.Year, time.December, 31)
	g.first = civil.Of(cfg.Year, time.Month(13-cfg.Months), 1)
	g.firstYear = g.first.Year()
	g.years = cfg.Year - g.firstYear + 1
	for m := range cfg.Months + 1 {
		g.deliveries = append(g.deliveries, g.monthAfter(m+1).AddDays(14)) // the 15th of the next month
	}
	return g, nil
}

// Generate writes a folder of deliveries and lists.
func Generate(cfg Config) (*Summary, error) {
	g, err := newGenerator(cfg)
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(cfg.Dir, 0o755); err != nil {
		return nil, err
	}
	for _, name := range []string{"participants.csv", "enrollment.csv"} {
		if _, err := os.Stat(filepath.Join(cfg.Dir, name)); err == nil {
			return nil, fmt.Errorf("%s holds a generated organisation already; choose another folder", cfg.Dir)
		}
	}
	if err := g.writeProviders(); err != nil {
		return nil, err
	}
	if cfg.Surgery > 0 {
		if err := g.writeHospitals(); err != nil {
			return nil, err
		}
	}
	s, err := newStore(g)
	if err != nil {
		return nil, err
	}
	if err := g.run(s); err != nil {
		return nil, errors.Join(err, s.drop())
	}
	return s.finish()
}

// run makes the blocks on all cores and stores them in order.
func (g *generator) run(s *store) error {
	blocks := (g.cfg.Lives + blockLives - 1) / blockLives
	type job struct {
		index int
		done  chan *block
	}
	jobs := make(chan job)
	order := make(chan job, g.cfg.Workers+1)
	stop := make(chan struct{})
	var wg sync.WaitGroup
	for range g.cfg.Workers {
		wg.Add(1)
		go func() {
			defer wg.Done()
			for j := range jobs {
				j.done <- g.block(j.index)
			}
		}()
	}
	go func() {
		defer close(jobs)
		defer close(order)
		for i := range blocks {
			j := job{i, make(chan *block, 1)}
			select {
			case order <- j:
			case <-stop:
				return
			}
			jobs <- j
		}
	}()
	var err error
	for j := range order {
		b := <-j.done
		if err == nil {
			if err = s.add(b); err != nil {
				close(stop)
			}
		}
		if g.cfg.Progress != nil {
			g.cfg.Progress(min((j.index+1)*blockLives, g.cfg.Lives))
		}
	}
	wg.Wait()
	return err
}

// deliveryOf is the delivery that brings a record of a day, -1 if none does any more.
func (g *generator) deliveryOf(effective civil.Date) int {
	y, m, d := effective.YMD()
	fy, fm, _ := g.first.YMD()
	k := (y-fy)*12 + int(m) - int(fm)
	if d < 15 { // delivery k is on the 15th of month k+1
		k--
	}
	if k = max(k, 0); k >= len(g.deliveries) {
		return -1
	}
	return k
}
