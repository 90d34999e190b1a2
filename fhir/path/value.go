// SPDX-License-Identifier: Apache-2.0

package path

import (
	"strconv"

	"github.com/woodlawn-health/woodlawn/fhir/datetime"
	"github.com/woodlawn-health/woodlawn/fhir/decimal"
	"github.com/woodlawn-health/woodlawn/fhir/node"
	"github.com/woodlawn-health/woodlawn/fhir/schema"
)

// Kind is the kind of a value: an element of a document, or one of FHIRPath's
// System types.
type Kind uint8

// The kinds.
const (
	NoKind Kind = iota
	NodeKind
	BooleanKind
	IntegerKind
	DecimalKind
	StringKind
	DateKind
	DateTimeKind
	TimeKind
	QuantityKind
	typeKind // what type() gives
)

var systemNames = [...]string{"", "", "Boolean", "Integer", "Decimal", "String", "Date", "DateTime", "Time", "Quantity", "TypeInfo"}

// Value is one item of a FHIRPath collection.
type Value struct {
	kind Kind
	// calendar marks a quantity whose unit is a word such as days, not a UCUM code.
	calendar bool
	node     node.Node
	typ      *schema.Type // of a node; nil if it is not known
	num      int64        // boolean, integer
	str      string       // string, a quantity's unit, a type's name
	big      *number      // decimal, date, time, quantity
}

// number holds what is too large for every Value.
type number struct {
	dec decimal.Decimal
	at  datetime.DateTime
}

// Root is the resource of a document, with its type.
func Root(d *node.Doc) Value { return ResourceValue(d.Root()) }

// ResourceValue is a resource, with its type.
func ResourceValue(n node.Node) Value {
	return Value{kind: NodeKind, node: n, typ: schema.R4().Type(n.ResourceType())}
}

// NodeValue is an element of a known type; typ may be nil.
func NodeValue(n node.Node, typ *schema.Type) Value {
	return Value{kind: NodeKind, node: n, typ: typ}
}

// Boolean, Integer, Decimal, String, Date, DateTime, Time, Quantity make System values.
func Boolean(b bool) Value {
	if b {
		return Value{kind: BooleanKind, num: 1}
	}
	return Value{kind: BooleanKind}
}

// Integer makes an Integer.
func Integer(i int64) Value { return Value{kind: IntegerKind, num: i} }

// Decimal makes a Decimal.
func Decimal(d decimal.Decimal) Value { return Value{kind: DecimalKind, big: &number{dec: d}} }

// String makes a String.
func String(s string) Value { return Value{kind: StringKind, str: s} }

// Date makes a Date; the time of d is left out.
func Date(d datetime.DateTime) Value { return Value{kind: DateKind, big: &number{at: d.Date()}} }

// DateTime makes a DateTime.
func DateTime(d datetime.DateTime) Value { return Value{kind: DateTimeKind, big: &number{at: d}} }

// Time makes a Time of a time of day.
func Time(d datetime.DateTime) Value { return Value{kind: TimeKind, big: &number{at: d}} }

// Quantity makes a Quantity with a UCUM unit.
func Quantity(d decimal.Decimal, unit string) Value {
	return Value{kind: QuantityKind, str: unit, big: &number{dec: d}}
}

// Kind is the value's kind.
func (v Value) Kind() Kind { return v.kind }

// Node is the element that the value is; the zero Node for a System value.
func (v Value) Node() node.Node { return v.node }

// Type is the schema type of an element, nil if it is not known.
func (v Value) Type() *schema.Type { return v.typ }

// TypeName is FHIR.Patient or System.Boolean.
func (v Value) TypeName() string {
	if v.kind != NodeKind {
		return "System." + systemNames[v.kind]
	}
	if v.typ == nil {
		return "FHIR.Element"
	}
	return "FHIR." + v.typ.FHIRName()
}

// System is the value as one of FHIRPath's System types. A FHIR primitive
// becomes its value, a FHIR Quantity a Quantity; ok is false for other elements
// and for primitives without a value.
func (v Value) System() (Value, bool) {
	switch v.kind {
	case NodeKind:
		return v.convert()
	case NoKind:
		return v, false
	}
	return v, true
}

// Bool is the value as a boolean.
func (v Value) Bool() (b, ok bool) {
	s, ok := v.System()
	return s.num == 1, ok && s.kind == BooleanKind
}

// Int is the value as an integer.
func (v Value) Int() (int64, bool) {
	s, ok := v.System()
	return s.num, ok && s.kind == IntegerKind
}

// Decimal is the value as an exact number, for Integers, Decimals and Quantities.
func (v Value) Decimal() (decimal.Decimal, bool) {
	s, ok := v.System()
	if !ok {
		return decimal.Zero, false
	}
	switch s.kind {
	case IntegerKind:
		return decimal.FromInt(s.num), true
	case DecimalKind, QuantityKind:
		return s.big.dec, true
	}
	return decimal.Zero, false
}

// DateTime is the value as a date, date and time, or time of day.
func (v Value) DateTime() (datetime.DateTime, bool) {
	s, ok := v.System()
	if !ok || s.kind < DateKind || s.kind > TimeKind {
		return datetime.DateTime{}, false
	}
	return s.big.at, true
}

// Unit is the unit of a Quantity: a UCUM code, or a word such as day.
func (v Value) Unit() string {
	if s, ok := v.System(); ok && s.kind == QuantityKind {
		return s.str
	}
	return ""
}

// String is the value's text: what toString() gives, or the JSON of an element
// with children.
func (v Value) String() string {
	s, ok := v.System()
	if !ok {
		return string(v.node.JSON())
	}
	return s.text()
}

// text prints a System value.
func (v Value) text() string {
	switch v.kind {
	case BooleanKind:
		return strconv.FormatBool(v.num == 1)
	case IntegerKind:
		return strconv.FormatInt(v.num, 10)
	case DecimalKind:
		return v.big.dec.String()
	case DateKind, DateTimeKind, TimeKind:
		return v.big.at.String()
	case QuantityKind:
		if v.calendar {
			return v.big.dec.String() + " " + v.str
		}
		return v.big.dec.String() + " '" + v.str + "'"
	}
	return v.str
}

// convert makes a System value of an element.
func (v Value) convert() (Value, bool) {
	n := v.node
	if n.Kind() == node.Object {
		if v.typ != nil && v.typ.Is("Quantity") {
			return quantityOf(n)
		}
		return v, false
	}
	if !n.HasValue() {
		return v, false
	}
	if v.typ == nil {
		return untyped(n)
	}
	switch v.typ.Name {
	case "boolean":
		b, ok := n.Bool()
		return Boolean(b), ok
	case "integer", "positiveInt", "unsignedInt":
		i, ok := n.Int()
		return Integer(i), ok
	case "decimal":
		d, ok := n.Decimal()
		return Decimal(d), ok
	case "date":
		d, ok := n.DateTime()
		return Date(d), ok
	case "dateTime", "instant":
		d, ok := n.DateTime()
		return DateTime(d), ok
	case "time":
		d, ok := n.Time()
		return Time(d), ok
	}
	return String(n.Text()), n.Kind() == node.String
}

// untyped goes by the JSON kind, where the type is not known.
func untyped(n node.Node) (Value, bool) {
	switch n.Kind() {
	case node.True, node.False:
		b, _ := n.Bool()
		return Boolean(b), true
	case node.Number:
		if i, ok := n.Int(); ok {
			return Integer(i), true
		}
		d, ok := n.Decimal()
		return Decimal(d), ok
	}
	return String(n.Text()), true
}

const ucumURL = "http://unitsofmeasure.org"

// quantityOf reads a FHIR Quantity. One with a comparator, as "< 5 mg", is no number.
func quantityOf(n node.Node) (Value, bool) {
	d, ok := n.Get("value").Decimal()
	if !ok || n.Get("comparator").HasValue() {
		return Value{}, false
	}
	unit := n.Get("unit").Text()
	if code := n.Get("code"); code.HasValue() {
		unit = code.Text()
	}
	if unit == "" {
		unit = "1"
	}
	return Quantity(d, unit), true
}
