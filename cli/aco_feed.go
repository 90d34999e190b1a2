// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"fmt"

	"github.com/woodlawn-health/woodlawn/vbc/cclf"
	"github.com/woodlawn-health/woodlawn/vbc/feed"
)

// toldRejects is how many records are named that were set aside; the rest are counted.
const toldRejects = 20

// openDeliveries reads a folder of deliveries. Records that are set aside are named on
// standard error; rejects tells how many there were so far.
func (a *App) openDeliveries(dir, temp string) (f *feed.Feed, rejects func() int, err error) {
	cat, err := a.Catalog()
	if err != nil {
		return nil, nil, err
	}
	layouts, err := cclf.Load(cat)
	if err != nil {
		return nil, nil, err
	}
	n := 0
	f, err = feed.Open(feed.Config{Dir: dir, Layouts: layouts, Temp: temp, Reject: func(err error) {
		if n++; n <= toldRejects {
			fmt.Fprintln(a.Err, "woodlawn:", err)
		}
	}})
	return f, func() int { return n }, err
}
