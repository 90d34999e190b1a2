// SPDX-License-Identifier: Apache-2.0

package path

import (
	"bytes"
	"math/big"
	"strings"

	"github.com/woodlawn-health/woodlawn/fhir/datetime"
	"github.com/woodlawn-health/woodlawn/fhir/decimal"
	"github.com/woodlawn-health/woodlawn/fhir/node"
	"github.com/woodlawn-health/woodlawn/fhir/schema"
	"github.com/woodlawn-health/woodlawn/terminology/ucum"
)

// equal compares two values as = does; known is false where it gives nothing.
func (ev *evaluator) equal(a, b Value) (same, known bool) {
	ev.steps--
	x, okX := a.System()
	y, okY := b.System()
	if !okX || !okY {
		if a.kind != NodeKind || b.kind != NodeKind {
			return false, true
		}
		return ev.sameTree(a.node, b.node), true
	}
	switch {
	case isNumber(x) && isNumber(y):
		return compareNumbers(x, y) == 0, true
	case x.kind == QuantityKind || y.kind == QuantityKind:
		return equalQuantities(x, y)
	case isDate(x) && isDate(y):
		order, ok := datetime.Compare(x.big.at, y.big.at)
		return order == 0, ok
	case x.kind != y.kind:
		return false, true
	case x.kind == TimeKind:
		order, ok := datetime.Compare(x.big.at, y.big.at)
		return order == 0, ok
	case x.kind == BooleanKind:
		return x.num == y.num, true
	}
	return x.str == y.str, true
}

func isNumber(v Value) bool { return v.kind == IntegerKind || v.kind == DecimalKind }
func isDate(v Value) bool   { return v.kind == DateKind || v.kind == DateTimeKind }

func number10(v Value) decimal.Decimal {
	if v.kind == IntegerKind {
		return decimal.FromInt(v.num)
	}
	return v.big.dec
}

func compareNumbers(a, b Value) int {
	if a.kind == IntegerKind && b.kind == IntegerKind {
		switch {
		case a.num < b.num:
			return -1
		case a.num > b.num:
			return 1
		}
		return 0
	}
	return number10(a).Cmp(number10(b))
}

// asQuantity lets a plain number be a quantity of one.
func asQuantity(v Value) (Value, bool) {
	if isNumber(v) {
		return Quantity(number10(v), "1"), true
	}
	return v, v.kind == QuantityKind
}

// calendarCodes are the UCUM units that calendar words equal. A calendar year or
// month is not a definite length of time, so that they have none.
var calendarCodes = map[string]string{
	"week": "wk", "day": "d", "hour": "h", "minute": "min", "second": "s", "millisecond": "ms",
}

// unit is a quantity's UCUM unit; ok is false if it has none.
func unit(v Value) (u *ucum.Unit, ok bool) {
	code := v.str
	if v.calendar {
		if code = calendarCodes[calendarUnits[v.str]]; code == "" {
			return nil, false
		}
	}
	u, err := ucum.Parse(code)
	return u, err == nil
}

// months is a calendar quantity of years or months in months.
func months(v Value) (decimal.Decimal, bool) {
	switch {
	case !v.calendar:
	case calendarUnits[v.str] == "year":
		return v.big.dec.Mul(decimal.FromInt(12)), true
	case calendarUnits[v.str] == "month":
		return v.big.dec, true
	}
	return decimal.Zero, false
}

// compareQuantities orders two quantities; ok is false if their units do not allow it.
func compareQuantities(a, b Value) (order int, ok bool) {
	if a.str == b.str && a.calendar == b.calendar {
		return a.big.dec.Cmp(b.big.dec), true
	}
	if x, okX := months(a); okX {
		if y, okY := months(b); okY {
			return x.Cmp(y), true
		}
		return 0, false
	}
	ua, okA := unit(a)
	ub, okB := unit(b)
	if !okA || !okB {
		return 0, false
	}
	order, err := ucum.Compare(a.big.dec.Rat(), ua, b.big.dec.Rat(), ub)
	return order, err == nil
}

func equalQuantities(a, b Value) (same, known bool) {
	x, okX := asQuantity(a)
	y, okY := asQuantity(b)
	if !okX || !okY {
		return false, true
	}
	if order, ok := compareQuantities(x, y); ok {
		return order == 0, true
	}
	_, monthsX := months(x)
	_, monthsY := months(y)
	if monthsX || monthsY {
		return false, false // 1 year and 1 'a' are neither equal nor not
	}
	return false, true
}

// sameTree compares two elements with all that is in them.
func (ev *evaluator) sameTree(a, b node.Node) bool {
	if a == b {
		return true
	}
	if ev.steps--; ev.steps < 0 || a.Kind() != b.Kind() || a.Len() != b.Len() {
		return false
	}
	switch a.Kind() {
	case node.Object:
		if bytes.Equal(a.JSON(), b.JSON()) {
			return true
		}
	case node.Array:
		for i := range a.Len() {
			if !ev.sameTree(a.At(i), b.At(i)) {
				return false
			}
		}
		return true
	case node.Number:
		x, _ := a.Decimal()
		y, _ := b.Decimal()
		if x.Cmp(y) != 0 {
			return false
		}
	default:
		if !b.Is(a.Text()) {
			return false
		}
	}
	return ev.sameMembers(a, b)
}

// sameMembers compares the elements of two objects, or the extensions of two primitives.
func (ev *evaluator) sameMembers(a, b node.Node) bool {
	countA, countB := 0, 0
	for name, child := range a.Elements() {
		countA++
		if other := b.Get(name); !other.Exists() || !ev.sameTree(child, other) {
			return false
		}
	}
	for range b.Elements() {
		countB++
	}
	return countA == countB
}

// equalAll compares collections in order.
func (ev *evaluator) equalAll(a, b []Value) (same, known bool) {
	if len(a) == 0 || len(b) == 0 {
		return false, false
	}
	if len(a) != len(b) {
		return false, true
	}
	known = true
	for i := range a {
		same, ok := ev.equal(a[i], b[i])
		if ok && !same {
			return false, true
		}
		known = known && ok
	}
	return known, known
}

// contains tells whether a value equals one of a collection.
func (ev *evaluator) contains(vals []Value, v Value) bool {
	for i := range vals {
		if same, known := ev.equal(vals[i], v); same && known {
			return true
		}
	}
	return false
}

// equivalent compares two values as ~ does.
func (ev *evaluator) equivalent(a, b Value) bool {
	ev.steps--
	x, okX := a.System()
	y, okY := b.System()
	if !okX || !okY {
		return a.kind == NodeKind && b.kind == NodeKind && ev.likeTree(a, b)
	}
	switch {
	case isNumber(x) && isNumber(y):
		return likeNumbers(number10(x), number10(y))
	case x.kind == QuantityKind && y.kind == QuantityKind:
		return likeQuantities(x, y)
	case x.kind == StringKind && y.kind == StringKind:
		return likeText(x.str, y.str)
	}
	same, known := ev.equal(a, b)
	return same && known
}

// likeNumbers compares in the precision of the less precise number.
func likeNumbers(a, b decimal.Decimal) bool {
	a, b = a.Normal(), b.Normal()
	places := min(a.Scale(), b.Scale())
	return a.Round(places).Cmp(b.Round(places)) == 0
}

func likeQuantities(a, b Value) bool {
	if a.str == b.str && a.calendar == b.calendar {
		return likeNumbers(a.big.dec, b.big.dec)
	}
	approximate := func(v Value) (*ucum.Unit, bool) {
		if v.calendar { // a calendar year is like a UCUM year here
			v.calendar = false
			switch u := calendarUnits[v.str]; u {
			case "year":
				v.str = "a"
			case "month":
				v.str = "mo"
			default:
				v.str = calendarCodes[u]
			}
		}
		return unit(v)
	}
	ua, okA := approximate(a)
	ub, okB := approximate(b)
	if !okA || !okB {
		return false
	}
	// Compare in the unit of the less precise number, in its precision.
	if a.big.dec.Normal().Scale() > b.big.dec.Normal().Scale() || coarser(ub, ua) {
		a, b, ua, ub = b, a, ub, ua
	}
	inA, err := ucum.Convert(b.big.dec.Rat(), ub, ua)
	if err != nil {
		return false
	}
	places := a.big.dec.Normal().Scale()
	return decimal.FromRat(inA, places).Cmp(a.big.dec) == 0
}

// coarser tells whether a is the larger of two units of a kind.
func coarser(a, b *ucum.Unit) bool {
	one := big.NewRat(1, 1)
	order, err := ucum.Compare(one, a, one, b)
	return err == nil && order > 0
}

// likeText compares without case and with all white space as one blank.
func likeText(a, b string) bool {
	if a == b {
		return true
	}
	return strings.EqualFold(strings.Join(strings.Fields(a), " "), strings.Join(strings.Fields(b), " "))
}

// likeTree compares two elements by their children, in any order.
func (ev *evaluator) likeTree(a, b Value) bool {
	if a.node == b.node {
		return true
	}
	if ev.steps < 0 {
		return false
	}
	var namesA, namesB int
	for name, child := range a.node.Elements() {
		namesA++
		other := b.node.Get(name)
		if !other.Exists() {
			return false
		}
		if !ev.equivalentAll(appendItems(nil, child, memberType(a, name)), appendItems(nil, other, memberType(b, name))) {
			return false
		}
	}
	for range b.node.Elements() {
		namesB++
	}
	return namesA == namesB
}

func memberType(v Value, name string) *schema.Type {
	if v.typ == nil {
		return nil
	}
	_, typ := v.typ.JSONElement(name)
	return typ
}

// equivalentAll compares collections in any order.
func (ev *evaluator) equivalentAll(a, b []Value) bool {
	if len(a) != len(b) {
		return false
	}
	used := make([]bool, len(b))
next:
	for i := range a {
		for j := range b {
			if !used[j] && ev.equivalent(a[i], b[j]) {
				used[j] = true
				continue next
			}
		}
		return false
	}
	return true
}
