// SPDX-License-Identifier: Apache-2.0

package validate

import (
	"time"

	"github.com/woodlawn-health/woodlawn/fhir/datetime"
	"github.com/woodlawn-health/woodlawn/fhir/node"
	"github.com/woodlawn-health/woodlawn/fhir/path"
)

// bounds checks minValue and maxValue.
func (r *run) bounds(v path.Value, d *definition, p *profile) {
	for _, bound := range []struct {
		n    node.Node
		sign int
		word string
	}{{d.value.least, -1, "less"}, {d.value.most, 1, "more"}} {
		if !bound.n.Exists() {
			continue
		}
		order, ok := r.compareTo(v, bound.n, bound.sign)
		if ok && order == bound.sign {
			r.add(Error, "value", v.Node(), d.label(), p.url, "the value is %s than the profile allows", bound.word)
		}
	}
}

var isLess, isMore = path.MustCompile("$this < %bound"), path.MustCompile("$this > %bound")

// compareTo orders a value and a bound of the same type; for a date the bound
// may be a duration, which counts from now: back for a minimum, whose sign is -1, and
// forward for a maximum (R4, ElementDefinition.minValue).
func (r *run) compareTo(v path.Value, bound node.Node, sign int) (order int, ok bool) {
	if a, okA := v.DateTime(); okA {
		b, okB := bound.DateTime()
		if bound.Kind() == node.Object {
			b, okB = r.fromNow(bound, sign)
		}
		if !okB {
			return 0, false
		}
		return datetime.Compare(a, b)
	}
	opts := &path.Options{Variables: map[string][]path.Value{"bound": {path.NodeValue(bound, v.Type())}}}
	if less, known, err := isLess.Test(v, opts); err == nil && known && less {
		return -1, true
	}
	if more, known, err := isMore.Test(v, opts); err == nil && known && more {
		return 1, true
	}
	return 0, false
}

// fromNow is the time that a Quantity in UCUM's units of time is from now: a day
// for years to days, an instant for less. Part units are not counted.
func (r *run) fromNow(quantity node.Node, sign int) (datetime.DateTime, bool) {
	n, whole := quantity.Get("value").Int()
	if !whole || !quantity.Get("system").Is("http://unitsofmeasure.org") || n > 100_000 || n < -100_000 {
		return datetime.DateTime{}, false
	}
	n *= int64(sign)
	now, at, layout := r.now(), int(n), "2006-01-02"
	switch quantity.Get("code").Text() {
	case "a":
		now = now.AddDate(at, 0, 0)
	case "mo":
		now = now.AddDate(0, at, 0)
	case "wk":
		now = now.AddDate(0, 0, 7*at)
	case "d":
		now = now.AddDate(0, 0, at)
	case "h":
		now, layout = now.Add(time.Duration(n)*time.Hour), time.RFC3339
	case "min":
		now, layout = now.Add(time.Duration(n)*time.Minute), time.RFC3339
	case "s":
		now, layout = now.Add(time.Duration(n)*time.Second), time.RFC3339
	default:
		return datetime.DateTime{}, false
	}
	d, err := datetime.Parse(now.Format(layout))
	return d, err == nil
}

func (r *run) now() time.Time {
	if r.validator.Now != nil {
		return r.validator.Now()
	}
	return time.Now()
}
