// SPDX-License-Identifier: Apache-2.0

package elm

import (
	"math/big"
	"sync"

	"github.com/woodlawn-health/woodlawn/terminology/ucum"
)

// parsedUnits remembers UCUM units by their code; a nil unit is one that UCUM does not have.
// Units come from libraries and from patients' data, so what is kept is bounded.
var parsedUnits = struct {
	sync.RWMutex
	byCode map[string]*ucum.Unit
}{byCode: map[string]*ucum.Unit{}}

const maxParsedUnits = 4096

func unitOf(code string) *ucum.Unit {
	parsedUnits.RLock()
	u, ok := parsedUnits.byCode[code]
	parsedUnits.RUnlock()
	if ok {
		return u
	}
	u, err := ucum.Parse(code)
	if err != nil {
		u = nil
	}
	parsedUnits.Lock()
	if len(parsedUnits.byCode) < maxParsedUnits {
		parsedUnits.byCode[code] = u
	}
	parsedUnits.Unlock()
	return u
}

func knownUnit(code string) bool { return unitOf(code) != nil }

// convertUnit gives a value in another unit; ok is false if the units are not of the
// same dimension, or no units at all.
func convertUnit(v Decimal, from, to string) (Decimal, bool) {
	a, b := unitOf(from), unitOf(to)
	if a == nil || b == nil {
		return Decimal{}, false
	}
	q, err := ucum.Convert(new(big.Rat).SetFrac(v.big(), bigUnit), a, b)
	if err != nil {
		return Decimal{}, false
	}
	n := new(big.Int).Mul(q.Num(), bigUnit)
	return fromBig(quoHalfUp(n, q.Denom()))
}

func multiplyUnits(a, b string) string {
	switch {
	case a == "1":
		return b
	case b == "1":
		return a
	}
	return plainUnit(a) + "." + plainUnit(b)
}

func divideUnits(a, b string) string {
	switch {
	case a == b:
		return "1"
	case b == "1":
		return a
	}
	return plainUnit(a) + "/(" + plainUnit(b) + ")"
}
