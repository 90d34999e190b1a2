// SPDX-License-Identifier: Apache-2.0

package elm

import (
	"fmt"
	"testing"
)

// A query that looks up elements by an index answers as one that goes through all.
func TestEqualityIndex(t *testing.T) {
	long := nums(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 3)
	mixed := items(num(1), null, dec("3.0"), num(4), num(5), num(6), num(7), num(8), num(9), num(10), num(11), num(12), num(13), num(14), num(15), num(3), qty("3", "1"))
	for _, source := range []string{long, mixed} {
		for _, want := range []string{num(3), num(99), null, dec("3.0"), op("Add", alias("Y"), num(1))} {
			by := func(condition string) string {
				inner := `{"type":"Query","source":[{"alias":"X","expression":` + source + `}],` + where(condition) + `}`
				return `{"type":"Query","source":[{"alias":"Y","expression":` + nums(2, 6, 2) + `}],` + returning(inner) + `}`
			}
			indexed, err1 := evaluate(t, libraryOf(by(op("Equal", alias("X"), want))), Options{})
			// "false or" keeps the compiler from seeing the equality.
			plain, err2 := evaluate(t, libraryOf(by(op("Or", noLit, op("Equal", alias("X"), want)))), Options{})
			if err1 != nil || err2 != nil || Text(indexed) != Text(plain) {
				t.Errorf("%s: %s (%v) by index, %s (%v) without", want, Text(indexed), err1, Text(plain), err2)
			}
		}
	}
	// The index is used: 1,000 rows look at one element each.
	var ns []int
	for i := range 1000 {
		ns = append(ns, i)
	}
	inner := `{"type":"Query","source":[{"alias":"X","expression":` + nums(ns...) + `}],` + where(op("Equal", alias("X"), alias("Y"))) + `}`
	_, err := evaluate(t, libraryOf(`{"type":"Query","source":[{"alias":"Y","expression":`+nums(ns...)+`}],`+returning(inner)+`}`), Options{MaxSteps: 3000})
	if err != nil {
		t.Error(fmt.Errorf("the index was not used: %w", err))
	}
}
