// SPDX-License-Identifier: Apache-2.0

package path

import (
	"strings"

	"github.com/woodlawn-health/woodlawn/fhir/datetime"
	"github.com/woodlawn-health/woodlawn/fhir/decimal"
	"github.com/woodlawn-health/woodlawn/terminology/ucum"
)

// divisionPlaces is how many digits after the point a quotient has.
const divisionPlaces = 18

// binary is an operator on two collections.
type binary struct {
	at          int
	op          string
	left, right expr
	run         func(ev *evaluator, e *binary, l, r, out []Value) ([]Value, error)
}

func newBinary(op token, left, right expr) (expr, error) {
	b := &binary{at: op.pos, op: op.text, left: left, right: right}
	switch op.text {
	case "and", "or", "xor", "implies":
		return &logic{at: op.pos, op: op.text, left: left, right: right}, nil
	case "=", "!=":
		b.run = equals
	case "~", "!~":
		b.run = likens
	case "<", ">", "<=", ">=":
		b.run = compares
	case "|":
		b.run = unites
	case "in", "contains":
		b.run = memberships
	case "&":
		b.run = concatenates
	default:
		b.run = calculates
	}
	return b, nil
}

func (e *binary) pos() int { return e.at }
func (e *binary) eval(ev *evaluator, out []Value) ([]Value, error) {
	if err := ev.step(e.at, 1); err != nil {
		return out, err
	}
	l, err := e.left.eval(ev, ev.get())
	if err != nil {
		ev.put(l)
		return out, err
	}
	r, err := e.right.eval(ev, ev.get())
	if err == nil {
		out, err = e.run(ev, e, l, r, out)
	}
	ev.put(l)
	ev.put(r)
	return out, err
}

func equals(ev *evaluator, e *binary, l, r, out []Value) ([]Value, error) {
	same, known := ev.equalAll(l, r)
	if !known {
		return out, nil
	}
	return append(out, Boolean(same == (e.op == "="))), nil
}

func likens(ev *evaluator, e *binary, l, r, out []Value) ([]Value, error) {
	return append(out, Boolean(ev.equivalentAll(l, r) == (e.op == "~"))), nil
}

func unites(ev *evaluator, _ *binary, l, r, out []Value) ([]Value, error) {
	return ev.distinct(r, ev.distinct(l, out, len(out)), len(out)), nil
}

// distinct appends the values of in that out does not hold from its start on.
func (ev *evaluator) distinct(in, out []Value, start int) []Value {
	for _, v := range in {
		if ev.steps < 0 || !ev.contains(out[start:], v) {
			out = append(out, v)
		}
	}
	return out
}

func memberships(ev *evaluator, e *binary, l, r, out []Value) ([]Value, error) {
	if e.op == "contains" {
		l, r = r, l
	}
	switch len(l) {
	case 0:
		return out, nil
	case 1:
		return append(out, Boolean(ev.contains(r, l[0]))), nil
	}
	return out, fail(e.at, "%s asks about one value, not %d", e.op, len(l))
}

func concatenates(ev *evaluator, e *binary, l, r, out []Value) ([]Value, error) {
	a, _, err := ev.singleText(l, e.left.pos(), "what & joins")
	if err != nil {
		return out, err
	}
	b, _, err := ev.singleText(r, e.right.pos(), "what & joins")
	if err != nil {
		return out, err
	}
	return append(out, String(a+b)), nil
}

// operands are the two single System values of an operator; ok is false if one is missing.
func (e *binary) operands(l, r []Value) (a, b Value, ok bool, err error) {
	if len(l) > 1 || len(r) > 1 {
		return a, b, false, fail(e.at, "%s takes one value on each side, not %d and %d", e.op, len(l), len(r))
	}
	if len(l) == 0 || len(r) == 0 {
		return a, b, false, nil
	}
	a, okA := l[0].System()
	b, okB := r[0].System()
	if okA && okB {
		return a, b, true, nil
	}
	for _, v := range []Value{l[0], r[0]} {
		if _, good := v.System(); !good && (len(v.node.JSON()) > 0 && v.node.JSON()[0] == '{') && (v.typ == nil || !v.typ.Is("Quantity")) {
			return a, b, false, fail(e.at, "%s does not take %s", e.op, v.TypeName())
		}
	}
	return a, b, false, nil // a primitive without a value
}

func compares(_ *evaluator, e *binary, l, r, out []Value) ([]Value, error) {
	a, b, ok, err := e.operands(l, r)
	if err != nil || !ok {
		return out, err
	}
	order, ok, comparable := order(a, b)
	if !comparable {
		return out, fail(e.at, "%s cannot order %s and %s", e.op, a.TypeName(), b.TypeName())
	}
	if !ok {
		return out, nil
	}
	result := false
	switch e.op {
	case "<":
		result = order < 0
	case ">":
		result = order > 0
	case "<=":
		result = order <= 0
	case ">=":
		result = order >= 0
	}
	return append(out, Boolean(result)), nil
}

// order compares two System values; comparable is false if their types never
// compare, ok if these values do not.
func order(a, b Value) (order int, ok, comparable bool) {
	switch {
	case isNumber(a) && isNumber(b):
		return compareNumbers(a, b), true, true
	case a.kind == QuantityKind || b.kind == QuantityKind:
		x, okX := asQuantity(a)
		y, okY := asQuantity(b)
		if !okX || !okY {
			return 0, false, false
		}
		order, ok = compareQuantities(x, y)
		return order, ok, true
	case isDate(a) && isDate(b), a.kind == TimeKind && b.kind == TimeKind:
		order, ok = datetime.Compare(a.big.at, b.big.at)
		return order, ok, true
	case a.kind == StringKind && b.kind == StringKind:
		return strings.Compare(a.str, b.str), true, true
	}
	return 0, false, false
}

func calculates(_ *evaluator, e *binary, l, r, out []Value) ([]Value, error) {
	a, b, ok, err := e.operands(l, r)
	if err != nil || !ok {
		return out, err
	}
	var v Value
	switch {
	case isNumber(a) && isNumber(b):
		v, ok = arithmetic(e.op, a, b)
	case a.kind == StringKind && b.kind == StringKind && e.op == "+":
		v = String(a.str + b.str)
	case (isDate(a) || a.kind == TimeKind) && b.kind == QuantityKind && (e.op == "+" || e.op == "-"):
		return e.moveDate(a, b, out)
	case a.kind == QuantityKind || b.kind == QuantityKind:
		x, okX := asQuantity(a)
		y, okY := asQuantity(b)
		if !okX || !okY {
			return out, fail(e.at, "%s does not take %s and %s", e.op, a.TypeName(), b.TypeName())
		}
		v, ok = quantityArithmetic(e.op, x, y)
	default:
		return out, fail(e.at, "%s does not take %s and %s", e.op, a.TypeName(), b.TypeName())
	}
	if !ok {
		return out, nil
	}
	return append(out, v), nil
}

// arithmetic calculates with numbers; ok is false for a division by zero or an
// Integer that leaves 64 bits.
func arithmetic(op string, a, b Value) (v Value, ok bool) {
	x, y := number10(a), number10(b)
	var d decimal.Decimal
	switch op {
	case "+":
		d = x.Add(y)
	case "-":
		d = x.Sub(y)
	case "*":
		d = x.Mul(y)
	case "/":
		d, ok = x.Div(y, max(divisionPlaces, x.Scale(), y.Scale()))
		return Decimal(d.Normal()), ok
	case "div":
		d, _, ok = x.QuoRem(y)
		if i, small := d.Int64(); ok && small {
			return Integer(i), true
		}
		return v, false
	case "mod":
		if _, d, ok = x.QuoRem(y); !ok {
			return v, false
		}
	}
	if a.kind == IntegerKind && b.kind == IntegerKind {
		i, small := d.Int64()
		return Integer(i), small
	}
	const most = 200 // digits after the point, against products without end
	return Decimal(d.RoundDown(most)), true
}

func quantityArithmetic(op string, a, b Value) (Value, bool) {
	switch op {
	case "+", "-":
		if a.str != b.str || a.calendar != b.calendar {
			ua, okA := unit(a)
			ub, okB := unit(b)
			if !okA || !okB {
				return Value{}, false
			}
			inA, err := ucum.Convert(b.big.dec.Rat(), ub, ua)
			if err != nil {
				return Value{}, false
			}
			b = Quantity(decimal.FromRat(inA, divisionPlaces).Normal(), a.str)
		}
		sum, ok := arithmetic(op, Decimal(a.big.dec), Decimal(b.big.dec))
		if !ok {
			return Value{}, false
		}
		v := Quantity(sum.big.dec, a.str)
		v.calendar = a.calendar
		return v, true
	case "*", "/":
		ua, okA := unit(a)
		ub, okB := unit(b)
		if !okA || !okB {
			return Value{}, false
		}
		combine := ucum.Mul
		if op == "/" {
			combine = ucum.Div
		}
		r, u, err := combine(a.big.dec.Rat(), ua, b.big.dec.Rat(), ub)
		if err != nil {
			return Value{}, false
		}
		return Quantity(decimal.FromRat(r, divisionPlaces).Normal(), u.String()), true
	}
	return Value{}, false
}

// dateUnits are the units by which a date or time can be moved, with how many
// of the precision they are.
var dateUnits = map[string]struct {
	precision datetime.Precision
	times     int64
}{
	"year": {datetime.Year, 1}, "month": {datetime.Month, 1}, "week": {datetime.Day, 7}, "day": {datetime.Day, 1},
	"hour": {datetime.Hour, 1}, "minute": {datetime.Minute, 1}, "second": {datetime.Second, 1}, "millisecond": {datetime.Fraction, 1},
	"wk": {datetime.Day, 7}, "d": {datetime.Day, 1}, "h": {datetime.Hour, 1}, "min": {datetime.Minute, 1}, "s": {datetime.Second, 1}, "ms": {datetime.Fraction, 1},
}

// moveDate adds whole units of time to a date; what is after the point is left out.
func (e *binary) moveDate(a, b Value, out []Value) ([]Value, error) {
	name := b.str
	if word := calendarUnits[name]; word != "" {
		name = word
	}
	u, ok := dateUnits[name]
	if !ok {
		return out, fail(e.at, "a date cannot be moved by the unit '%.20s'; years and months are written without quotes", b.str)
	}
	n, ok := b.big.dec.Truncate().Int64()
	if !ok || n > 1<<50 || n < -1<<50 {
		return out, nil
	}
	if e.op == "-" {
		n = -n
	}
	moved, ok := a.big.at.Add(n*u.times, u.precision)
	if !ok {
		return out, nil
	}
	return append(out, Value{kind: a.kind, big: &number{at: moved}}), nil
}

// polarity is a sign.
type polarity struct {
	at      int
	minus   bool
	operand expr
}

func (e *polarity) pos() int { return e.at }
func (e *polarity) eval(ev *evaluator, out []Value) ([]Value, error) {
	in, err := e.operand.eval(ev, ev.get())
	if err == nil {
		out, err = e.apply(in, out)
	}
	ev.put(in)
	return out, err
}

func (e *polarity) apply(in, out []Value) ([]Value, error) {
	if len(in) == 0 {
		return out, nil
	}
	if len(in) > 1 {
		return out, fail(e.at, "a sign takes one number, not %d values", len(in))
	}
	v, ok := in[0].System()
	if !ok || !isNumber(v) && v.kind != QuantityKind {
		return out, fail(e.at, "a sign takes a number, not %s", in[0].TypeName())
	}
	if e.minus {
		v = negate(v)
	}
	return append(out, v), nil
}

func negate(v Value) Value {
	if v.kind == IntegerKind {
		v.num = -v.num
		return v
	}
	v.big = &number{dec: v.big.dec.Neg()}
	return v
}

// logic is and, or, xor, implies, in three-valued logic.
type logic struct {
	at          int
	op          string
	left, right expr
}

func (e *logic) pos() int { return e.at }
func (e *logic) eval(ev *evaluator, out []Value) ([]Value, error) {
	if err := ev.step(e.at, 1); err != nil {
		return out, err
	}
	l, okL, err := ev.operand(e.left)
	if err != nil {
		return out, err
	}
	switch { // what the right side cannot change is not evaluated
	case e.op == "and" && okL && !l, e.op == "or" && okL && l, e.op == "implies" && okL && !l:
		return append(out, Boolean(e.op != "and")), nil
	}
	r, okR, err := ev.operand(e.right)
	if err != nil {
		return out, err
	}
	switch {
	case e.op == "and" && okR && !r:
		return append(out, Boolean(false)), nil
	case (e.op == "or" || e.op == "implies") && okR && r:
		return append(out, Boolean(true)), nil
	case !okL || !okR:
		return out, nil
	case e.op == "xor":
		return append(out, Boolean(l != r)), nil
	case e.op == "implies":
		return append(out, Boolean(r)), nil
	}
	return append(out, Boolean(e.op == "and")), nil
}

func (ev *evaluator) operand(e expr) (result, ok bool, err error) {
	vals, err := e.eval(ev, ev.get())
	if err == nil {
		result, ok, err = ev.truth(vals, e.pos())
	}
	ev.put(vals)
	return result, ok, err
}
