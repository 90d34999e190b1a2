// SPDX-License-Identifier: Apache-2.0

package mpfs

// hundredth turns the hundredths of the relative value file into a share.
const hundredth = whole / 100

// sides applies the bilateral indicator (Pub. 100-04 ch. 12, 40.7). A procedure
// with indicator 1 is bilateral too if it is billed with two units.
func (it *item) sides() bool {
	twice := it.r.bilat == '1' && it.units == 2
	if !it.mods.has(m50) && !twice {
		return true
	}
	switch it.r.bilat {
	case '0', '2': // one side by nature, or both sides in the value
		return true
	case '1':
		it.units = 1
		return it.need(&it.pre, "bilateral procedure", bilateralOne)
	case '3':
		return it.need(&it.pre, "both sides, each in full", bilateralThree)
	}
	return it.deny("modifier")
}

// packageShare applies the split of a global package: modifiers 54, 55, 56, 78
// (Pub. 100-04 ch. 12, 40.4).
func (it *item) packageShare() bool {
	if !it.mods.has(m54 | m55 | m56 | m78) {
		return true
	}
	r := it.r
	if it.mods.has(m78) && r.global == global0 {
		return true // a return to the operating room for a procedure without a package is paid in full
	}
	if r.global != global10 && r.global != global90 || r.pre+r.intra+r.post == 0 {
		return it.deny("modifier")
	}
	const cite = "42 CFR 414.40(b); Pub. 100-04 ch. 12 40.4"
	switch {
	case it.mods.has(m78):
		it.pre.add(factor{"return to the operating room (78): the operation's share", int64(r.intra) * hundredth, nil, cite})
	case it.mods.has(m54):
		it.pre.add(factor{"surgical care only (54): before and during", int64(r.pre+r.intra) * hundredth, nil, cite})
	case it.mods.has(m55):
		return it.afterCare(cite)
	default:
		it.pre.add(factor{"care before the operation only (56)", int64(r.pre) * hundredth, nil, cite})
	}
	return true
}

// afterCare pays the share after the operation, for the days between the dates of
// assumed and relinquished care if the claim tells them.
func (it *item) afterCare(cite string) bool {
	it.pre.add(factor{"care after the operation only (55)", int64(it.r.post) * hundredth, nil, cite})
	days := it.r.global.days()
	for _, from := range it.l.Dates {
		if from.Qualifier != "090" {
			continue
		}
		for _, to := range it.l.Dates {
			if to.Qualifier != "091" {
				continue
			}
			n := to.From.Sub(from.From) + 1
			if n < 1 || n > days {
				return it.unpriced("the dates of assumed and relinquished care do not lie in the global period")
			}
			it.pre.add(factor{"days of care of those in the period", int64(n) * whole / int64(days), nil, cite})
			return true
		}
	}
	return true
}

// surgeonsPart applies what several surgeons share: assistants, co-surgeons, teams,
// each if the code's indicator allows it.
func (it *item) surgeonsPart() bool {
	switch {
	case it.mods.has(assisting):
		if it.r.asst != '2' {
			return it.deny("assistant")
		}
		if !it.need(&it.post, "assistant at surgery", assistantShare) {
			return false
		}
		if it.mods.has(mAS) {
			return it.need(&it.post, "assistant who is no physician (AS)", assistantNonphysician)
		}
	case it.mods.has(m62):
		switch it.r.co {
		case '2':
			return it.need(&it.post, "co-surgeon (62)", cosurgeon)
		case '1':
			return it.unpriced("modifier 62: co-surgeons of this procedure are paid on documentation")
		}
		return it.deny("assistant")
	case it.mods.has(m66):
		if it.r.team == '1' || it.r.team == '2' {
			return it.unpriced("modifier 66: team surgery is priced by report")
		}
		return it.deny("assistant")
	}
	return true
}

// whoIsPaid applies the kind of practitioner and participation.
func (it *item) whoIsPaid() bool {
	if it.pract != nil && it.pract.share.value != whole && !it.mods.has(mAS) {
		it.post.add(factor{it.pract.kind, it.pract.share.value, &it.pract.share, it.pract.share.cite})
	}
	if it.prov.NonParticipating {
		return it.need(&it.post, "nonparticipating provider", nonparticipating)
	}
	return true
}
