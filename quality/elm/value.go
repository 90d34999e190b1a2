// SPDX-License-Identifier: Apache-2.0

package elm

import (
	"github.com/woodlawn-health/woodlawn/fhir/node"
	"github.com/woodlawn-health/woodlawn/fhir/schema"
)

// Value is a value of CQL. nil is null. The types that implement it are Boolean,
// Integer, Long, Decimal, String, Temporal, Quantity, *Ratio, *Code, *Concept,
// *ValueSet, *CodeSystem, *Interval, List, *Tuple, Element and Uncertainty.
type Value interface{ isValue() }

// The simple values.
type (
	// Boolean is true or false; the third truth value is null.
	Boolean bool
	// Integer is a 32-bit whole number.
	Integer int32
	// Long is a 64-bit whole number.
	Long int64
	// String is a text.
	String string
	// List is an ordered collection; its elements may be null.
	List []Value
)

// Quantity is a number with a UCUM unit or a calendar unit such as "years". An
// empty unit is the unit "1".
type Quantity struct {
	Value Decimal
	Unit  string
}

// Ratio is a relation of two quantities.
type Ratio struct{ Numerator, Denominator Value }

// Code is a code of a code system.
type Code struct{ Code, System, Version, Display string }

// Concept is a set of codes that mean the same.
type Concept struct {
	Codes   []*Code
	Display string
}

// Interval is a range of values between two bounds. A closed bound that is null
// means "as far as the type goes", an open one "unknown".
type Interval struct {
	Low, High             Value
	LowClosed, HighClosed bool
	// Point is the type of the bounds where neither bound tells it; nil if unknown.
	Point *typeSpec
}

// Tuple is a structured value made by an expression: a tuple proper, or an
// instance of a class of the data model if Class is set.
type Tuple struct {
	Class  string // "Reference" of {http://hl7.org/fhir}Reference, or ""
	Names  []string
	Values []Value
}

// Get is the element of that name, or null.
func (t *Tuple) Get(name string) Value {
	for i, n := range t.Names {
		if n == name {
			return t.Values[i]
		}
	}
	return nil
}

// Element is an element of a FHIR document: a resource or a part of one.
type Element struct {
	Node node.Node
	Type *schema.Type // nil if FHIR R4 does not know the element
}

// Uncertainty is a value known only to lie between two others, both included: the
// duration between two dates of which one is imprecise.
type Uncertainty struct{ Low, High Value }

func (Boolean) isValue()     {}
func (Integer) isValue()     {}
func (Long) isValue()        {}
func (Decimal) isValue()     {}
func (String) isValue()      {}
func (List) isValue()        {}
func (Temporal) isValue()    {}
func (Quantity) isValue()    {}
func (*Ratio) isValue()      {}
func (*Code) isValue()       {}
func (*Concept) isValue()    {}
func (*ValueSet) isValue()   {}
func (*CodeSystem) isValue() {}
func (*Interval) isValue()   {}
func (*Tuple) isValue()      {}
func (Element) isValue()     {}
func (Uncertainty) isValue() {}

// tri is a truth value of three-valued logic.
type tri int8

const (
	unknown tri = iota
	no
	yes
)

func triOf(b bool) tri {
	if b {
		return yes
	}
	return no
}

func (t tri) value() Value {
	switch t {
	case yes:
		return Boolean(true)
	case no:
		return Boolean(false)
	}
	return nil
}

func (t tri) not() tri {
	switch t {
	case yes:
		return no
	case no:
		return yes
	}
	return unknown
}

func (t tri) and(o tri) tri {
	if t == no || o == no {
		return no
	}
	if t == yes && o == yes {
		return yes
	}
	return unknown
}

func (t tri) or(o tri) tri {
	if t == yes || o == yes {
		return yes
	}
	if t == no && o == no {
		return no
	}
	return unknown
}

// truth is the truth value of a boolean or null.
func truth(v Value) tri {
	switch b := v.(type) {
	case nil:
		return unknown
	case Boolean:
		return triOf(bool(b))
	}
	panic(failure{"a Boolean is needed, not " + typeName(v)})
}
