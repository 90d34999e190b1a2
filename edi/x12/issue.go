// SPDX-License-Identifier: Apache-2.0

package x12

import (
	"fmt"
	"strings"
)

// Level says which part of an interchange an issue is about, which is also which
// acknowledgment reports it.
type Level uint8

// The levels.
const (
	Interchange  Level = iota + 1 // TA1
	Group                         // 999 AK9
	Transaction                   // 999 IK5
	SegmentLevel                  // 999 IK3
	ElementLevel                  // 999 IK4
	Business                      // beyond the 999: 277CA, or a warning
)

func (l Level) String() string {
	names := [...]string{"", "interchange", "group", "transaction", "segment", "element", "business"}
	if int(l) < len(names) {
		return names[l]
	}
	return ""
}

// MarshalText writes the name of the level.
func (l Level) MarshalText() ([]byte, error) { return []byte(l.String()), nil }

// Issue is one thing wrong with an interchange. It is the single form of an error
// in EDI input: the command line prints it, the 999 and TA1 are made from it, and
// the reject file carries it. Value is data of the claim and may be PHI: it goes
// to acknowledgments and reject files, never to a log.
type Issue struct {
	Level Level
	// Rule names the rule for good: "837P.2300.CLM05.required".
	Rule string
	// Code is the code of the level's acknowledgment: TA105, AK905, IK502, IK304,
	// IK403.
	Code string
	// Warning marks an issue that does not reject anything.
	Warning bool

	Interchange string // ISA13
	Group       string // GS06
	Transaction string // ST02
	Segment     string // segment id
	Position    int    // of the segment in the transaction, ST is 1; 0 outside one
	Offset      int64  // byte offset of the segment in the file
	Loop        string // guide loop id
	Element     int    // position in the segment, from 1; 0 for the segment itself
	Component   int    // position in the composite, from 1
	Repeat      int    // repetition, from 1
	DataElement int    // X12 data element number (IK402)
	Value       string // as it came, cut to 99 bytes
	ClaimID     string // CLM01 of the claim it stands in

	Message string // what is wrong
	Remedy  string // what to do
}

// Place prints where the issue is: "loop 2300 CLM05-3 (segment 24 of ST 0001)".
func (i *Issue) Place() string {
	var b strings.Builder
	if i.Loop != "" {
		fmt.Fprintf(&b, "loop %s ", i.Loop)
	}
	if i.Segment != "" {
		b.WriteString(i.Segment)
		if i.Element > 0 {
			fmt.Fprintf(&b, "%02d", i.Element)
			if i.Component > 0 {
				fmt.Fprintf(&b, "-%d", i.Component)
			}
		}
		b.WriteByte(' ')
	}
	switch {
	case i.Position > 0:
		fmt.Fprintf(&b, "(segment %d of ST %s)", i.Position, i.Transaction)
	case i.Transaction != "":
		fmt.Fprintf(&b, "(ST %s)", i.Transaction)
	case i.Group != "":
		fmt.Fprintf(&b, "(GS %s)", i.Group)
	default:
		fmt.Fprintf(&b, "(byte %d)", i.Offset)
	}
	return b.String()
}

// Error prints place, message and remedy, without the value.
func (i *Issue) Error() string {
	s := i.Place() + ": " + i.Message
	if i.Remedy != "" {
		s += "; " + i.Remedy
	}
	return s
}
