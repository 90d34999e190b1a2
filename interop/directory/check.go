// SPDX-License-Identifier: Apache-2.0

package directory

import (
	"slices"
	"strings"

	"github.com/woodlawn-health/woodlawn/interop/sheet"
)

// check notes what is wrong in a row beside what every sheet checks.
func (d *build) check(_ *sheet.Kind, r *sheet.Row) {
	received, published := r.Date("received"), r.Date("published")
	if received.After(d.opt.Today) {
		r.Bad("received", "the day is still to come")
	} else if !published.IsZero() && (published.Before(received) || published.After(d.opt.Today)) {
		r.Bad("published", "the day is before the information was received, or still to come")
	}
	if (r.Get("latitude") == "") != (r.Get("longitude") == "") {
		r.Bad("latitude", "latitude and longitude go together")
	}
	if v := r.Get("gender"); v != "" && !slices.Contains([]string{"male", "female", "other", "unknown"}, v) {
		r.Bad("gender", "write male, female, other or unknown")
	}
	const levels = planCodes + "LanguageProficiencyCS"
	for _, l := range r.List("languages") {
		if _, level, ok := strings.Cut(l, ":"); ok && !d.codes.Has(levels, strings.TrimSpace(level)) {
			r.Bad("languages", "the proficiency is one of %s", strings.Join(d.codes.Of(levels), ", "))
		}
	}
}
