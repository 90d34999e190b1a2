// SPDX-License-Identifier: Apache-2.0

package patientaccess

import "github.com/woodlawn-health/woodlawn/claim"

// teamMember is an entry of the care team.
type teamMember struct {
	party        int
	system, role string
	taxonomy     string
	line         int // index of the line that names the provider, -1 for the claim
}

// teamRole is the role of a provider in the guide's value set for the profile; an
// empty role if it has none.
func (x *mapping) teamRole(p *claim.Provider) (system, role string) {
	switch p.Role {
	case claim.PrimaryCare:
		return sysPlainTeamRole, "primary"
	case claim.Referring:
		if x.profile != pharmacy {
			return sysCareTeamRole, "referring"
		}
	case claim.Prescribing:
		if x.profile == pharmacy {
			return sysCareTeamRole, "prescribing"
		}
	}
	if x.profile == pharmacy {
		return "", ""
	}
	if x.profile.institutional() {
		switch p.Role {
		case claim.Attending:
			return sysCareTeamRole, "attending"
		case claim.Operating:
			return sysCareTeamRole, "operating"
		case claim.OtherOperating:
			return sysCareTeamRole, "otheroperating"
		case claim.Facility: // on institutional claims the guide has only organizations render
			if x.profile == outpatient && p.Taxonomy == "" {
				return "", "" // its rule EOB-careteam-qualification wants a taxonomy code
			}
			return sysCareTeamRole, "rendering"
		}
		return "", ""
	}
	switch p.Role {
	case claim.Rendering:
		return sysCareTeamRole, "rendering"
	case claim.Purchased:
		return sysCareTeamRole, "purchasedservice"
	case claim.Supervising:
		return sysPlainTeamRole, "supervisor"
	}
	return "", ""
}

// gatherTeam lists the care team: the claim's providers, then those of the lines.
func (x *mapping) gatherTeam() {
	c := x.c
	for i := range c.Providers {
		x.join(&c.Providers[i], -1)
	}
	if c.Provider(claim.Rendering) == nil && (x.profile == professional || x.profile == oral) {
		// The 837 names a rendering provider only if it is not the billing provider.
		rendering := c.Billing
		rendering.Role = claim.Rendering
		x.join(&rendering, -1)
	}
	for i := range c.Lines {
		for j := range c.Lines[i].Providers {
			x.join(&c.Lines[i].Providers[j], i)
		}
	}
}

// join adds a provider to the team unless it is there in the same role.
func (x *mapping) join(p *claim.Provider, line int) {
	system, role := x.teamRole(p)
	if role == "" {
		return
	}
	party := x.add(p, p.Organization || p.Role == claim.Facility)
	if party < 0 {
		return
	}
	x.team = append(x.team, teamMember{party, system, role, p.Taxonomy, line})
}

// careTeam writes the care team.
func (x *mapping) careTeam() {
	w := &x.w
	w.array("careTeam", func() {
		for i, t := range x.team {
			w.element(func() {
				w.int("sequence", i+1)
				w.object("provider", func() { x.to(t.party) })
				w.concept("role", t.system, t.role)
				if t.taxonomy != "" {
					w.concept("qualification", sysTaxonomy, t.taxonomy)
				}
			})
		}
	})
}

// lineTeam are the sequences of the care team of a line: its own providers, and
// those of the claim whose role no provider of the line has.
func (x *mapping) lineTeam(line int) []int {
	var out []int
	for i, t := range x.team {
		if t.line == line || t.line < 0 && !x.overridden(t.role, line) {
			out = append(out, i+1)
		}
	}
	return out
}

func (x *mapping) overridden(role string, line int) bool {
	for _, t := range x.team {
		if t.line == line && t.role == role {
			return true
		}
	}
	return false
}
