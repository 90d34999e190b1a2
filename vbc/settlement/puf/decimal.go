// SPDX-License-Identifier: Apache-2.0

package puf

import (
	"math/big"
	"strings"

	"github.com/woodlawn-health/woodlawn/claim/money"
)

// figure is a published number and the precision to which it was printed.
type figure struct {
	value    int64 // in units of 10^-scale of the column
	decimals int   // printed decimals, without the noise of binary fractions
	known    bool
	exponent bool // printed with an exponent: its decimals are its own, not the column's
}

// noise is where the decimals of a number that went through a binary fraction stop
// meaning anything: 0.9409000000000001 was printed as 0.9409.
const noise = 13

// parse reads a decimal number, with an exponent if need be, rounded half up to a
// scale. Blank and NA are not known.
func parse(s string, scale int) (figure, error) {
	s = strings.TrimSpace(s)
	if s == "" || strings.EqualFold(s, "NA") {
		return figure{}, nil
	}
	bad := &money.NumberError{Text: s, Reason: "not a decimal number"}
	if len(s) > 32 || strings.Trim(s, "+-0123456789.eE") != "" {
		return figure{}, bad
	}
	if i := strings.IndexAny(s, "eE"); i >= 0 && len(s)-i > 4 {
		return figure{}, bad
	}
	r, ok := new(big.Rat).SetString(s)
	if !ok {
		return figure{}, bad
	}
	rounded := new(big.Rat)
	if _, ok := rounded.SetString(r.FloatString(noise)); !ok {
		return figure{}, bad
	}
	text := strings.TrimRight(rounded.FloatString(noise), "0")
	f := figure{known: true, exponent: strings.ContainsAny(s, "eE"), decimals: len(text) - strings.IndexByte(text, '.') - 1}
	v, err := money.ParseScaled(rounded.FloatString(scale), scale)
	if err != nil {
		return figure{}, err
	}
	f.value = v
	return f, nil
}
