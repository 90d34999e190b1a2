// SPDX-License-Identifier: Apache-2.0

// Package search is FHIR search without a database: it takes the values out of a
// resource that searches look for, and reads search requests.
//
//	types := search.For("Patient")        // the parameters of a type, compiled once
//	err := types.Extract(&index, doc)     // what a store keeps beside the resource
//	q, err := search.Parse("Patient", values, search.Options{})
//
// Both sides meet in numbers: a parameter of a type, a code, a system, a
// reference's target are each a 64-bit Key, so that a store compares integers.
// Criteria of a Query are in these terms; a store needs to know no FHIR to
// answer them.
package search

import (
	"crypto/sha256"
	"encoding/binary"
	"strings"
)

// Version counts changes of what Extract gives. A store whose rows were made by
// another version makes them anew.
const Version = 2

// Key is the number that stands for a text: the first eight bytes of its SHA-256.
// No one can find a second text for a key that is in use.
func Key(parts ...string) int64 {
	var buf [128]byte
	b := buf[:0]
	for i, p := range parts {
		if i > 0 {
			b = append(b, 0)
		}
		b = append(b, p...)
	}
	sum := sha256.Sum256(b)
	return int64(binary.BigEndian.Uint64(sum[:8]))
}

// ResourceKey is the key of a resource on this server, and of local references to it.
func ResourceKey(resourceType, id string) int64 { return Key(resourceType + "/" + id) }

// CompartmentKey is the parameter under which References hold the Patient
// compartments of a resource of that type.
func CompartmentKey(resourceType string) int64 { return Key(resourceType, "compartment:Patient") }

// codeKey is the key of a code. Tokens match whatever their case (R4, search.html#token).
func codeKey(code string) int64 { return Key(strings.ToLower(code)) }

// Systems of tokens that have none.
const (
	NoSystem       int64 = 0
	ImpliedSystem  int64 = 1 // a code whose system is that of its binding
	implicitPrefix       = "http://hl7.org/fhir/"
)

func systemKey(system string) int64 {
	if system == "" {
		return NoSystem
	}
	return Key(system)
}

// Index is what a store keeps of one resource.
type Index struct {
	Patients   []string // ids of the patients in whose compartment it is
	Tokens     []Token
	Strings    []String
	References []Reference
	Dates      []Date
	Numbers    []Number
}

// Token is a code with its system.
type Token struct{ Param, Code, System int64 }

// String is a text, in the form in which texts are compared, and the key of the text as it was.
type String struct {
	Param int64
	Norm  string
	Exact int64
}

// Reference is the ResourceKey of what a reference points to, or the Key of an address.
type Reference struct{ Param, Target int64 }

// Date is a span of time, in microseconds since 1970 UTC, both ends within.
type Date struct{ Param, Lo, Hi int64 }

// Number is a number or a range, both ends within. Unit is 0 for a plain number.
type Number struct {
	Param  int64
	Lo, Hi float64
	Unit   int64
}

// Reset empties the index for the next resource.
func (x *Index) Reset() {
	x.Patients = x.Patients[:0]
	x.Tokens, x.Strings, x.References = x.Tokens[:0], x.Strings[:0], x.References[:0]
	x.Dates, x.Numbers = x.Dates[:0], x.Numbers[:0]
}

// Len is the number of rows.
func (x *Index) Len() int {
	return len(x.Tokens) + len(x.Strings) + len(x.References) + len(x.Dates) + len(x.Numbers)
}
