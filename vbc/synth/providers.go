// SPDX-License-Identifier: Apache-2.0

package synth

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
)

// writeProviders writes the participants of both organisations and the specialties of
// clinicians, which claims of facilities do not tell.
func (g *generator) writeProviders() error {
	var who, participants bytes.Buffer
	who.WriteString("npi,tin,specialty\n")
	participants.WriteString("aco_id,tin,ccn,kind,name\n")
	for i := range g.world.practices {
		p := &g.world.practices[i]
		if p.aco != "" {
			fmt.Fprintf(&participants, "%s,%s,,practice,Practice %d\n", p.aco, p.tin, i+1)
		}
		for _, c := range slices.Concat(p.primary, p.others, p.specialist) {
			fmt.Fprintf(&who, "%s,%s,%s\n", c.npi, c.tin, c.specialty)
		}
	}
	for _, kind := range []string{"FQHC", "RHC", "CAH2", "ETA"} {
		for i, f := range g.world.facilities[kind] {
			if f.aco != "" || kind == "ETA" { // teaching hospitals that elected are listed all
				fmt.Fprintf(&participants, "%s,%s,%s,%s,%s %d\n", f.aco, f.tin, f.ccn, kind, kind, i+1)
			}
			for _, c := range f.staff {
				fmt.Fprintf(&who, "%s,%s,%s\n", c.npi, c.tin, c.specialty)
			}
		}
	}
	if err := os.WriteFile(filepath.Join(g.cfg.Dir, "participants.csv"), participants.Bytes(), 0o644); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(g.cfg.Dir, "providers.csv"), who.Bytes(), 0o644)
}
