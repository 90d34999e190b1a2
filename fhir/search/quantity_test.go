// SPDX-License-Identifier: Apache-2.0

package search

import (
	"math/big"

	"github.com/woodlawn-health/woodlawn/terminology/ucum"
)

type based struct {
	unit  int64
	value float64
}

// number is a count of units as it stands in the index.
func number(n int64, code string) (based, bool) {
	unit, value, ok := canonical(rat(n), code)
	if !ok {
		return based{}, false
	}
	return based{unit, float(value)}, true
}

func rat(n int64) *big.Rat { return big.NewRat(n, 1) }

func mustUnit(code string) *ucum.Unit {
	u, err := ucum.Parse(code)
	if err != nil {
		panic(err)
	}
	return u
}

func compare(a, b float64) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}
