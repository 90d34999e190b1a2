// SPDX-License-Identifier: Apache-2.0

package medicare

import (
	"slices"
	"strings"

	"github.com/woodlawn-health/woodlawn/fhir/node"
)

// party is what identifies a provider.
type party struct{ npi, ccn, tin, ncpdp string }

// careMember is an entry of a care team.
type careMember struct {
	party
	sequence, specialty string
	roles               []string
}

// Learn keeps the identifiers of an Organization or a Practitioner, for claims that refer to it.
func (r *Carin) Learn(n node.Node) {
	if r.parties == nil {
		r.parties = map[string]party{}
	}
	r.parties[n.ResourceType()+"/"+n.ID()] = identified(n)
}

// identified reads the identifiers of a resource, or of a reference.
func identified(n node.Node) (p party) {
	for x := range n.Get("identifier").Items() {
		value := x.Get("value").Text()
		kind := ""
		for c := range x.Get("type").Get("coding").Items() {
			kind += " " + c.Get("code").Text() + " "
		}
		is := func(code string) bool { return strings.Contains(kind, " "+code+" ") }
		switch system := x.Get("system").Text(); {
		case strings.Trim(value, "0") == "":
		case system == "http://hl7.org/fhir/sid/us-npi" || is("NPI") || is("npi"):
			p.npi = value
		case system == "http://terminology.hl7.org/NamingSystem/CCN" || system == "urn:oid:2.16.840.1.113883.4.336":
			p.ccn = value
		case system == "urn:oid:2.16.840.1.113883.4.4" || system == "http://hl7.org/fhir/sid/us-ein" || is("TAX"):
			p.tin = strings.ReplaceAll(value, "-", "")
		case strings.Contains(system, "NCPDPProviderIdentificationNumber"):
			p.ncpdp = value
		case is("PRN") && system == "": // version 2 names a facility so
			p.ccn = value
		case is("01"): // the qualifiers of identifiers of Part D events
			p.npi = value
		case is("07"):
			p.ncpdp = value
		}
	}
	return p
}

// party finds who a reference means: by its own identifier, a contained resource or one learnt.
func (r *Carin) party(root, ref node.Node) party {
	if !ref.Exists() {
		return party{}
	}
	p := identified(ref)
	if p != (party{}) {
		return p
	}
	to := ref.Get("reference").Text()
	if id, ok := strings.CutPrefix(to, "#"); ok {
		return identified(root.Contained(id))
	}
	if parts := strings.Split(to, "/"); len(parts) > 2 { // an absolute URL
		to = strings.Join(parts[len(parts)-2:], "/")
	}
	if to == "" {
		return p
	}
	p, ok := r.parties[to]
	if !ok {
		r.Unnamed++
	}
	return p
}

// careTeam reads the care team of a claim.
func (r *Carin) careTeam(root node.Node) {
	r.team = r.team[:0]
	for n := range root.Get("careTeam").Items() {
		m := careMember{party: r.party(root, n.Get("provider")), sequence: n.Get("sequence").Text()}
		for c := range n.Get("role").Get("coding").Items() {
			m.roles = append(m.roles, c.Get("code").Text())
		}
		for c := range n.Get("qualification").Get("coding").Items() {
			if s := c.Get("system").Text(); s == Variables+"prvdr_spclty" || repositoryColumn(s) == "CLM_PRVDR_SPCLTY_CD" {
				m.specialty = c.Get("code").Text()
			}
		}
		r.team = append(r.team, m)
	}
}

func (m *careMember) is(roles ...string) bool {
	return slices.ContainsFunc(m.roles, func(role string) bool { return slices.Contains(roles, role) })
}

// ofClaim is the first NPI in a role.
func (r *Carin) ofClaim(roles ...string) string {
	for i := range r.team {
		if m := &r.team[i]; m.npi != "" && m.is(roles...) {
			return m.npi
		}
	}
	return ""
}

// lineTeam takes who rendered and who referred a supplier's line: those to whom the line
// points, else the only one of the claim.
func (r *Carin) lineTeam(item node.Node, v *values, rendering string) {
	v.set("PRVDR_SPCLTY", "") // a column of lines, not of the first member of the team
	for link := range item.Get("careTeamSequence").Items() {
		for i := range r.team {
			m := &r.team[i]
			if m.sequence != link.Text() {
				continue
			}
			switch {
			case m.is("rendering", "performing"):
				v.set(rendering, m.npi)
				v.set("PRVDR_SPCLTY", m.specialty)
				v.set("TAX_NUM", m.tin)
			case m.is("referring"):
				v.set("RFR_PHYSN_NPI", m.npi)
			}
		}
	}
	if v.get(rendering) == "" {
		only, specialty := "", ""
		for i := range r.team {
			if m := &r.team[i]; m.npi == "" || !m.is("rendering", "performing") {
				continue
			} else if only != "" && m.npi != only {
				return
			} else {
				only, specialty = m.npi, m.specialty
			}
		}
		v.set(rendering, only)
		v.set("PRVDR_SPCLTY", specialty)
	}
}
