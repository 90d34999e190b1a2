// SPDX-License-Identifier: Apache-2.0

package mpfs

// globalPackages bundles the visits that a procedure of the same claim includes
// (Pub. 100-04 ch. 12, 40.1): on the day of a procedure, on the day before a major
// one, and in the days after, unless a modifier says that the visit is another
// matter (24 unrelated, 25 separate, 57 decision for surgery) or another
// practitioner of the group made it.
func (w *work) globalPackages() {
	for i := range w.items {
		visit := &w.items[i]
		if visit.status != Priced || !visit.s.isVisit(visit.key) {
			continue
		}
		for j := range w.items {
			proc := &w.items[j]
			if i == j || proc.status != Priced || proc.r == nil || proc.mods.has(assisting|m55|m78) || proc.npi != visit.npi || !proc.includes(visit) {
				continue
			}
			visit.deny("global")
			visit.rule = multipleRule{name: "included in the global package of " + proc.l.Procedure, cite: "Pub. 100-04 ch. 12 40.1"}
			break
		}
	}
}

func (it *item) includes(visit *item) bool {
	g := it.r.global
	if g != global0 && g != global10 && g != global90 {
		return false
	}
	switch days := visit.on.Sub(it.on); {
	case days == 0:
		return !visit.mods.has(m24 | m25 | m57)
	case days == -1:
		return g == global90 && !visit.mods.has(m24|m25|m57)
	case days > 0:
		return days <= g.days() && !visit.mods.has(m24)
	}
	return false
}

// aloneServices bundles services of status T if another fee schedule service is
// payable that day.
func (w *work) aloneServices() {
	for i := range w.items {
		it := &w.items[i]
		if it.status != Priced || it.s.status[it.r.status].outcome != paidAlone {
			continue
		}
		for j := range w.items {
			o := &w.items[j]
			if i != j && o.sameDay(it) && o.status == Priced && o.s.status[o.r.status].outcome != paidAlone {
				it.deny(it.s.status[it.r.status].denial)
				break
			}
		}
	}
}
