// SPDX-License-Identifier: Apache-2.0

// Package deqm answers the operations of Da Vinci's Data Exchange for Quality
// Measures (DEQM, version 5.0; the names of STU 3 and 4 are understood): $evaluate
// and $evaluate-measure, $care-gaps, $collect-data, $submit-data, $data-requirements
// and $bulk-submit.
//
// A Service knows the measures. Each request brings its own Reader, which shows what
// its caller may see and nothing else. Patients are read one by one, evaluated on
// every core, and forgotten: memory does not grow with their number.
package deqm

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"iter"
	"time"

	"github.com/woodlawn-health/woodlawn/fhir/node"
	"github.com/woodlawn-health/woodlawn/quality/elm"
	"github.com/woodlawn-health/woodlawn/quality/measure"
)

// ErrNotFound is what a Reader's errors wrap where there is no resource, or none that
// the caller may see.
var ErrNotFound = errors.New("there is no such resource")

// Reader reads resources as far as the caller may see them. It is used by several
// goroutines at a time.
type Reader interface {
	// Read is a resource as JSON.
	Read(ctx context.Context, resourceType, id string) ([]byte, error)
	// Find yields the resources of a type whose search parameter refers to a target
	// (general-practitioner, Practitioner/1); with no parameter, all of the type.
	Find(ctx context.Context, resourceType, parameter, target string) iter.Seq2[[]byte, error]
	// Record is a patient's resources of these types, the Patient first, and those of
	// these types that they refer to, such as medications and locations.
	Record(ctx context.Context, patient string, types []string) ([][]byte, error)
	// Whole tells whether the caller may see all resources of a type that there are of
	// the patients it may see. What is computed from a part would be wrong.
	Whole(resourceType string) bool
}

// Definitions reads the measures, libraries and value sets that are kept.
type Definitions interface {
	// Stamp changes when any of them does.
	Stamp(ctx context.Context) (string, error)
	// All yields all of a type: Measure, Library or ValueSet.
	All(ctx context.Context, resourceType string) iter.Seq2[[]byte, error]
}

// Input is the parameters of an operation.
type Input interface {
	Text(name string) string
	Texts(name string) []string
	Value(name string) (node.Node, string)
	Resource(name string) (node.Node, bool)
	Resources(name string) []node.Node
}

// Options of a Service.
type Options struct {
	// Bundles are measure bundles that are always there.
	Bundles [][]byte
	// Evaluation is how libraries are evaluated.
	Evaluation elm.Options
	// Reporter is who reports, if a request does not say: a reference, Organization/1.
	Reporter string
	// Documents bounds the bundles of one answer; 0 means 1,000.
	Documents int
	Workers   int // patients at a time; 0 means one a core
	Now       func() time.Time
	NewID     func() string // of the resources that are made; UUIDs by default
}

// Service answers the operations.
type Service struct {
	opt     Options
	catalog catalog
}

// New makes a Service. The bundles are loaded now.
func New(opt Options) (*Service, error) {
	if opt.Now == nil {
		opt.Now = time.Now
	}
	if opt.NewID == nil {
		opt.NewID = newID
	}
	if opt.Documents <= 0 {
		opt.Documents = 1000
	}
	s := &Service{opt: opt}
	s.catalog.opt = &s.opt
	if _, err := s.catalog.edition(context.Background(), nil); err != nil {
		return nil, err
	}
	return s, nil
}

// Request is one use of an operation.
type Request struct {
	Input  Input
	Reader Reader
	// Definitions are the measures that are kept; nil for none.
	Definitions Definitions
	Base        string // the address of the server, for the fullUrl of entries
	// Shown, if not nil, is told of each patient whose data the answer shows.
	Shown func(patient string)
	// MeasureID is the measure that the operation is asked of, Measure/[id]/$evaluate.
	MeasureID string
}

// Error is why a request is not answered.
type Error struct {
	Kind Kind
	Text string // for the client: it holds no value of a person
}

func (e *Error) Error() string { return e.Text }

// Kind is what is wrong with a request.
type Kind int

// The kinds of errors.
const (
	Invalid     Kind = iota // a parameter is wrong
	Unsupported             // a parameter asks for what is not done here
	Forbidden               // the caller may not see what is needed
	Missing                 // there is no such measure or subject
	TooMuch                 // the answer would be too long
	Impossible              // the measure cannot be computed
)

func failure(kind Kind, format string, args ...any) error {
	return &Error{kind, fmt.Sprintf(format, args...)}
}

// newID is a random UUID (version 4).
func newID() string {
	var b [16]byte
	rand.Read(b[:]) // never fails
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}

// period reads periodStart and periodEnd.
func period(in Input) (measure.Period, error) {
	start, end := in.Text("periodStart"), in.Text("periodEnd")
	if start == "" || end == "" {
		return measure.Period{}, failure(Invalid, "periodStart and periodEnd are needed, as 2026-01-01 and 2026-12-31")
	}
	p, err := measure.ParsePeriod(start, end)
	if err != nil {
		return p, failure(Invalid, "periodStart and periodEnd are two dates (2026-01-01), the end not before the start")
	}
	return p, nil
}

// first is the first of the parameters that is given.
func first(in Input, names ...string) string {
	for _, name := range names {
		if t := in.Text(name); t != "" {
			return t
		}
	}
	return ""
}

// flag reads a boolean.
func flag(in Input, name string, otherwise bool) (bool, error) {
	switch in.Text(name) {
	case "":
		return otherwise, nil
	case "true":
		return true, nil
	case "false":
		return false, nil
	}
	return false, failure(Invalid, "%s is true or false", name)
}
