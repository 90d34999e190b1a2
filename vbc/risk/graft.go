// SPDX-License-Identifier: Apache-2.0

package risk

import "strings"

// Facts about the time since a kidney transplant. They share the type of the other
// flags but are set by Model.graftFlags only.
const (
	transplant1 flags = 1 << (iota + 24)
	transplant2
	transplant3
	graft4to9
	graft10
)

// graftVariable gives the facts behind the variables of the transplant and graft
// segments: KIDNEY_ONLY_1M, GE65_DUR4_9_FBD, PBD_LT65_flag, and DUR10PL of V21, whose
// segment is the age.
func graftVariable(segment, variable string) (flags, bool) {
	switch segment {
	case "TRANSPLANT":
		switch variable {
		case "KIDNEY_ONLY_1M":
			return transplant1, true
		case "KIDNEY_ONLY_2M":
			return transplant2, true
		case "KIDNEY_ONLY_3M":
			return transplant3, true
		}
		return 0, false
	case "FGC", "FGI", "LT65", "GE65":
	default:
		return 0, false
	}
	full := segment + "_" + variable
	var need flags
	switch {
	case strings.Contains(full, "GE65"):
		need |= aged
	case strings.Contains(full, "LT65"):
		need |= nonAged
	}
	switch {
	case strings.Contains(full, "DUR4_9"):
		need |= graft4to9
	case strings.Contains(full, "DUR10PL"):
		need |= graft10
	}
	switch {
	case strings.HasSuffix(full, "_ND_PBD"):
		need |= notFullDual
	case strings.HasSuffix(full, "_FBD"):
		need |= fullDual
	case strings.HasPrefix(variable, "PBD_"):
		need |= partialDual
	}
	return need, true
}

// graftFlags are the facts of the person's months since the transplant.
func graftFlags(p *Person) flags {
	switch {
	case p.ESRD == Transplant && p.GraftMonths >= 1 && p.GraftMonths <= 3:
		return transplant1 << (p.GraftMonths - 1)
	case p.ESRD != FunctioningGraft:
		return 0
	case p.GraftMonths >= 10:
		return graft10
	case p.GraftMonths >= 4:
		return graft4to9
	}
	return 0
}

// graftSegments are the segments whose factors come on top for a functioning graft.
func (m *Model) graftSegments(segment string, f flags) *segment {
	switch {
	case m.family == esrdV24 && segment == "GI":
		return m.segments["FGI"]
	case m.family == esrdV24 && strings.HasPrefix(segment, "G"):
		return m.segments["FGC"]
	case m.family == esrdV21 && (segment == "GI" || segment == "GC" || segment == "GNE"):
		if f&aged != 0 {
			return m.segments["GE65"]
		}
		return m.segments["LT65"]
	}
	return nil
}
