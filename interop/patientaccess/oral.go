// SPDX-License-Identifier: Apache-2.0

package patientaccess

import (
	"strconv"

	"github.com/woodlawn-health/woodlawn/claim"
	"github.com/woodlawn-health/woodlawn/claim/civil"
)

const (
	sysTooth    = "http://terminology.hl7.org/CodeSystem/ADAUniversalToothDesignationSystem"
	sysCavity   = "http://terminology.hl7.org/CodeSystem/ADAAreaOralCavitySystem"
	sysSurfaces = guide + "CodeSystem/C4BBSurfaceCodes"
)

// DTP01 of dental claims.
const (
	appliancePlaced = "452"
	priorPlacement  = "441"
)

// Codes of dental claims.
const (
	toothMissing = 'M' // DN202
	replacement  = 'R' // SV305
)

// site is where in the mouth a service was done.
type site struct{ system, code string }

// sites are a line's teeth, then its areas of the oral cavity.
func sites(l *claim.Line) []site {
	var out []site
	for i := range l.Teeth {
		if l.Teeth[i].Number != "" {
			out = append(out, site{sysTooth, l.Teeth[i].Number})
		}
	}
	for _, area := range l.OralCavity {
		if area != "" {
			out = append(out, site{sysCavity, area})
		}
	}
	return out
}

// bodySite writes the first of a line's sites, and the surfaces of the tooth if it is one.
// The others stand in supportingInfo.
func (x *mapping) bodySite(l *claim.Line) {
	w := &x.w
	list := sites(l)
	if x.profile != oral || len(list) == 0 {
		return
	}
	w.concept("bodySite", list[0].system, list[0].code)
	if len(l.Teeth) == 0 || l.Teeth[0].Number == "" {
		return
	}
	w.array("subSite", func() {
		for _, s := range l.Teeth[0].Surfaces {
			if s != "" {
				w.element(func() { w.codings(sysSurfaces, s) })
			}
		}
	})
}

// gatherTeeth lists what only dental claims have.
func (x *mapping) gatherTeeth() {
	c, w := x.c, &x.w
	if o := c.Orthodontics; o != nil {
		placed := dateOf(c.Dates, appliancePlaced)
		x.inform("orthodontics", nil, func() {
			if o.Indicated {
				w.object("code", func() { w.text("text", "the treatment is orthodontic") })
			}
			w.date("timingDate", placed)
			w.object("valueQuantity", func() {
				if o.Months.Value == 0 {
					w.absent()
					return
				}
				w.decimal("value", o.Months)
				w.unit("months", "mo")
			})
		})
	}
	if i := x.prosthesisLine(); i >= 0 {
		l := &c.Lines[i]
		x.inform("prosthesis", []int{i}, func() {
			w.date("timingDate", dateOf(l.Dates, priorPlacement))
			w.bool("valueBoolean", l.Prosthesis == replacement)
		})
	}
	for i := range c.Lines {
		list := sites(&c.Lines[i])
		for j := 1; j < len(list); j++ {
			s := list[j]
			x.inform("additionalbodysite", []int{i}, func() { w.concept("code", s.system, s.code) })
		}
	}
	for _, t := range c.ToothStatus {
		if t.Status == toothMissing {
			number := t.Number
			x.inform("missingtoothnumber", nil, func() { w.concept("code", sysTooth, number) })
		}
	}
}

// prosthesisLine is the first line with a prosthesis; the guide has one a claim. -1 if
// there is none.
func (x *mapping) prosthesisLine() int {
	for i := range x.c.Lines {
		if p := x.c.Lines[i].Prosthesis; p == replacement || p == 'I' {
			return i
		}
	}
	return -1
}

// dateOf is the first date with a qualifier.
func dateOf(list []claim.QualifiedDate, qualifier string) civil.Date {
	for _, d := range list {
		if d.Qualifier == qualifier {
			return d.From
		}
	}
	return 0
}

// placedDate tells whether date i of a list, the first with its qualifier, stands in
// supportingInfo of a dental claim. line is -1 for the claim's own.
func (x *mapping) placedDate(list []claim.QualifiedDate, i, line int) bool {
	qualifier := appliancePlaced
	if line >= 0 {
		qualifier = priorPlacement
	}
	if x.profile != oral || list[i].Qualifier != qualifier || list[i].Time != "" || !list[i].To.IsZero() {
		return false
	}
	for j := range i {
		if list[j].Qualifier == qualifier {
			return false
		}
	}
	if line >= 0 {
		return line == x.prosthesisLine()
	}
	return x.c.Orthodontics != nil
}

// lostTeeth names what of the dental fields is left out.
func (x *mapping) lostTeeth() {
	c := x.c
	if o := c.Orthodontics; o != nil {
		x.lost(x.profile != oral, "claim.orthodontics", NoPlace)
		x.lost(x.profile == oral && o.Remaining.Value != 0, "claim.orthodontics.remaining", NoPlace)
		x.lost(x.profile == oral && o.Description != "", "claim.orthodontics.description", NoPlace)
	}
	for i, t := range c.ToothStatus {
		x.lost(x.profile != oral || t.Status != toothMissing, "claim.toothStatus["+strconv.Itoa(i)+"]", NoPlace)
	}
	for i := range c.Lines {
		l := &c.Lines[i]
		of := lineName(i)
		if x.profile != oral {
			x.lostIn(len(l.Teeth) > 0, of, ".teeth", NoPlace)
			x.lostIn(l.OralCavity != [5]string{}, of, ".oralCavity", NoPlace)
			x.lostIn(l.Prosthesis != 0, of, ".prosthesis", NoPlace)
			continue
		}
		x.lostIn(l.Prosthesis != 0 && i != x.prosthesisLine(), of, ".prosthesis", NoPlace)
		for j := range l.Teeth {
			t := &l.Teeth[j]
			x.lostIn((j > 0 || t.Number == "") && t.Surfaces != [5]string{}, of, ".teeth["+strconv.Itoa(j)+"].surfaces", NoPlace)
		}
	}
}
