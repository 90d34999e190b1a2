// SPDX-License-Identifier: Apache-2.0

package search

import (
	"fmt"

	"github.com/woodlawn-health/woodlawn/fhir/schema"
)

// Query is a search request, ready to be answered.
type Query struct {
	Type       string
	Criteria   []Criterion // all must hold
	Sort       []Sort
	Count      int    // entries of a page
	Cursor     string // where the page starts, as an earlier page said
	Total      Total
	Summary    string   // _summary: true, text, data, count, false or nothing
	Elements   []string // _elements
	Include    []Include
	RevInclude []Include
	Unknown    []string // parameters that were ignored
	// Self is the request as it was understood, for the self link: name and value in order.
	Self [][2]string
}

// Total tells how many matches are to be counted.
type Total uint8

// The totals. CheapTotal counts no further than a store likes.
const (
	CheapTotal Total = iota
	NoTotal
	AccurateTotal
)

// Criterion holds if any of its matches does, or with Negate if none does.
type Criterion struct {
	Any    []Match
	Negate bool
}

// Table is where a match looks.
type Table uint8

// The tables. The first five are those of Index; IDs are resource keys, Updated
// the time of the last change, Chain follows a reference, Has is followed by one.
const (
	Tokens Table = iota
	Strings
	References
	Dates
	Numbers
	IDs
	Updated
	Chain
	Has
)

// Match is one value that a criterion looks for. Which fields count depends on Table.
type Match struct {
	Table  Table
	Param  int64 // Key of the parameter; of the reference for Chain and Has
	Exists bool  // any row of the parameter will do (:missing)

	// Tokens: the code, unless AnyCode; one of the systems, unless there are none.
	// IDs and References: the resource's key.
	// Codes, if there are any, are alternatives that stand in for Code.
	Code    int64
	Codes   []int64
	AnyCode bool
	Systems []int64

	// Strings
	Text string
	How  TextMatch

	// Dates, Numbers and Updated
	Prefix   Prefix
	Lo, Hi   int64   // Dates and Updated: the span asked for, both ends within
	Min, Max float64 // Numbers: the range asked for
	Point    float64 // Numbers: the number as written
	Unit     int64   // Numbers: 0 for any

	// Chain and Has: what the resource at the other end must meet.
	Inner []Inner
}

// Inner is a condition on a resource of another type.
type Inner struct {
	Type      string
	Criterion Criterion
}

// TextMatch is how texts are compared.
type TextMatch uint8

// The ways. Starts and Contains compare normalized texts; Equal and Below compare
// Text as it stands, Exact by its key in Code.
const (
	Starts TextMatch = iota
	Contains
	Exact
	Equal // addresses
	Below // addresses that begin with Text
)

// Prefix is how a number or date is compared.
type Prefix string

// The prefixes of R4.
const (
	EQ Prefix = "eq"
	NE Prefix = "ne"
	GT Prefix = "gt"
	LT Prefix = "lt"
	GE Prefix = "ge"
	LE Prefix = "le"
	SA Prefix = "sa"
	EB Prefix = "eb"
	AP Prefix = "ap"
)

// Sort is one key of an order.
type Sort struct {
	Param      *Param
	Descending bool
}

// Include asks for resources that matches refer to, or that refer to matches.
type Include struct {
	Source  string // resource type that has the reference; * in an _include of everything
	Param   *Param // nil for all references
	Target  string // resource type, nothing for any
	Iterate bool
}

// Error says why a search cannot be answered. Its text names parameters, never values.
type Error struct {
	Param  string
	Reason string
	// Unknown marks a parameter that the server does not have, which a client may ask
	// to have ignored.
	Unknown bool
	// Modifier marks a modifier that the server does not have for the parameter. Such
	// a search is always refused (R4, search.html#modifiers).
	Modifier bool
}

func (e *Error) Error() string {
	return fmt.Sprintf("search parameter %s: %s", shorten(e.Param), e.Reason)
}

func shorten(s string) string {
	if len(s) > 80 {
		s = s[:80] + "..."
	}
	return fmt.Sprintf("%q", s)
}

func bad(param, format string, args ...any) error {
	return &Error{Param: param, Reason: fmt.Sprintf(format, args...)}
}

func unknown(param, format string, args ...any) error {
	return &Error{Param: param, Reason: fmt.Sprintf(format, args...), Unknown: true}
}

func noModifier(param, modifier, of string) error {
	return &Error{Param: param, Reason: fmt.Sprintf("the modifier :%s is not supported for %s", modifier, of), Modifier: true}
}

// ByID is the criterion that a resource has the id.
func ByID(resourceType, id string) Criterion {
	return Criterion{Any: []Match{{Table: IDs, Code: ResourceKey(resourceType, id)}}}
}

// InPatient is the criterion that a resource of the type is in the compartment of
// one of the patients.
func InPatient(resourceType string, patients ...string) Criterion {
	var c Criterion
	for _, id := range patients {
		c.Any = append(c.Any, Match{Table: References, Param: CompartmentKey(resourceType), Code: ResourceKey("Patient", id)})
	}
	return c
}

// InCompartment is the criterion that a resource of the type is in a compartment,
// as Encounter/1; ok is false if R4 has no such compartment or the type is never in it.
func InCompartment(resourceType, compartment, id string) (c Criterion, ok bool) {
	types, def := For(resourceType), schema.R4().Compartment(compartment)
	if types == nil || def == nil {
		return c, false
	}
	if compartment == "Patient" {
		return InPatient(resourceType, id), types.InPatientCompartment()
	}
	if resourceType == compartment {
		c.Any = ByID(resourceType, id).Any
	}
	for _, code := range def.Members[resourceType] {
		if p := types.Param(code); p != nil && p.Type == "reference" {
			c.Any = append(c.Any, Match{Table: References, Param: p.Key, Code: ResourceKey(compartment, id)})
		}
	}
	return c, len(c.Any) > 0
}
