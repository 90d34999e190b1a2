// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/woodlawn-health/woodlawn/quality/measure"
	"github.com/woodlawn-health/woodlawn/quality/qrda/qicore"
)

// documentFlags are those of how QRDA Category I documents are read and written.
type documentFlags struct {
	Zone string `help:"Time zone of documents whose times have no offset: a name or an offset." default:"UTC" placeholder:"America/New_York"`
}

func (f documentFlags) options() (qicore.Options, error) {
	zone, err := parseZone(f.Zone)
	if err != nil {
		return qicore.Options{}, &ExitError{ExitUsage, fmt.Errorf("--zone: %w", err)}
	}
	return qicore.Options{Zone: zone}, nil
}

// parseZone reads a zone's name or an offset such as -05:00.
func parseZone(s string) (*time.Location, error) {
	if t, err := time.Parse("-07:00", s); err == nil {
		_, offset := t.Zone()
		return time.FixedZone(s, offset), nil
	}
	return time.LoadLocation(s)
}

// lossCount counts what documents could not carry.
type lossCount struct {
	mu    sync.Mutex
	times map[string]int
}

func (c *lossCount) add(_ string, losses []qicore.Loss) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.times == nil {
		c.times = map[string]int{}
	}
	for _, l := range losses {
		c.times[l.Element+": "+l.Reason]++
	}
}

// shownLosses bounds the kinds of losses that are printed.
const shownLosses = 20

func (c *lossCount) print(a *App, what string) {
	keys := slices.Sorted(maps.Keys(c.times))
	for i, k := range keys {
		if i == shownLosses {
			fmt.Fprintf(a.Err, "woodlawn: %d more kinds\n", len(keys)-i)
			break
		}
		fmt.Fprintf(a.Err, "woodlawn: %s: %s (%d times)\n", what, k, c.times[k])
	}
}

// readPatients reads patients of a folder or file: FHIR, QRDA Category I, or both.
func readPatients(path string, opt qicore.Options, lost *lossCount, yield func(measure.Patient) bool) error {
	documents, others, err := qicore.Find(path)
	if err != nil {
		return err
	}
	if len(documents) > 0 {
		more := true
		err := qicore.ReadPatients(documents, opt, lost.add, func(p measure.Patient) bool { more = yield(p); return more })
		if err != nil || !more || !others {
			return err
		}
	}
	return measure.ReadPatients(path, yield)
}
