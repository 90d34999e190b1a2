// SPDX-License-Identifier: Apache-2.0

package x12

import "fmt"

// Delimiters are the four characters that an ISA segment sets. Repetition is 0 if
// the version has none (before 00402) or if ISA11 is no usable separator.
type Delimiters struct {
	Element, Component, Repetition, Segment byte
}

// isaLength is the length of an ISA segment with its terminator: all its elements
// have a fixed width.
const isaLength = 106

// isaStart is where each element of the ISA begins; index 16 is ISA16.
var isaStart = [...]int{0, 4, 7, 18, 21, 32, 35, 51, 54, 70, 77, 82, 84, 90, 100, 102, 104}

// parseISA reads the delimiters from the first 106 bytes of an interchange.
func parseISA(b []byte) (Delimiters, error) {
	if len(b) < isaLength {
		return Delimiters{}, fmt.Errorf("the ISA segment has %d bytes of the %d it must have", len(b), isaLength)
	}
	d := Delimiters{Element: b[3], Component: b[104], Segment: b[105]}
	for i := 1; i < len(isaStart); i++ {
		if b[isaStart[i]-1] != d.Element {
			return d, fmt.Errorf("the ISA segment is not of fixed width: no separator before ISA%02d", i)
		}
	}
	for i := 1; i < len(isaStart)-1; i++ {
		for _, c := range b[isaStart[i] : isaStart[i+1]-1] {
			if c == d.Element {
				return d, fmt.Errorf("the ISA segment is not of fixed width: ISA%02d is too short", i)
			}
		}
	}
	if alphanumeric(d.Element) || alphanumeric(d.Component) || alphanumeric(d.Segment) || d.Element == ' ' || d.Segment == ' ' {
		return d, fmt.Errorf("the ISA segment sets a letter, digit or blank as a separator")
	}
	if d.Element == d.Segment || d.Element == d.Component || d.Component == d.Segment {
		return d, fmt.Errorf("the ISA segment sets one character for two separators")
	}
	if rep := b[82]; string(b[84:89]) >= "00402" && !alphanumeric(rep) && rep != ' ' &&
		rep != d.Element && rep != d.Component && rep != d.Segment {
		d.Repetition = rep
	}
	return d, nil
}

func alphanumeric(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z'
}
