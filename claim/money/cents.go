// SPDX-License-Identifier: Apache-2.0

// Package money holds amounts and the fixed-point arithmetic that prices them.
// Nothing in it is a float: an amount is whole cents, a rate is an integer with a
// stated number of decimals, and every rounding is named at the place it happens.
package money

import (
	"fmt"
	"strconv"
)

// Cents is an amount of US dollars in whole cents. Its range is about 92
// quadrillion dollars either side of zero.
type Cents int64

// ParseCents reads a decimal amount in dollars as X12 (data element 782) and CMS
// files write it: an optional sign, digits, an optional point and at most two
// decimals ("-12", "3.5", ".07", "1200.00"). More decimals than two are accepted
// only if they are zeros.
func ParseCents[T string | []byte](s T) (Cents, error) {
	v, err := ParseScaled(s, 2)
	return Cents(v), err
}

// String prints dollars with two decimals: 123456 is "1234.56".
func (c Cents) String() string { return string(c.Append(nil)) }

// Append appends what String prints.
func (c Cents) Append(b []byte) []byte { return AppendScaled(b, int64(c), 2) }

// AppendX12 appends the shortest form that X12 decimals take: no trailing zeros
// after the point, no point without decimals ("1234.5", "12", "0").
func (c Cents) AppendX12(b []byte) []byte { return AppendTrimmed(b, int64(c), 2) }

// MarshalJSON writes the amount as a JSON number with two decimals.
func (c Cents) MarshalJSON() ([]byte, error) { return c.Append(nil), nil }

// UnmarshalJSON reads a JSON number or a string with at most two decimals.
func (c *Cents) UnmarshalJSON(b []byte) error {
	if len(b) >= 2 && b[0] == '"' {
		b = b[1 : len(b)-1]
	}
	v, err := ParseCents(b)
	if err != nil {
		return err
	}
	*c = v
	return nil
}

// Abs is the amount without its sign.
func (c Cents) Abs() Cents {
	if c < 0 {
		return -c
	}
	return c
}

// ParseScaled reads a decimal number into an integer that counts units of
// 10^-scale. Digits beyond scale must be zeros, so nothing is lost silently.
func ParseScaled[T string | []byte](s T, scale int) (int64, error) {
	i, n := 0, len(s)
	neg := false
	if i < n && (s[i] == '-' || s[i] == '+') {
		neg = s[i] == '-'
		i++
	}
	var v int64
	digits, decimals, point := 0, 0, false
	for ; i < n; i++ {
		switch ch := s[i]; {
		case ch >= '0' && ch <= '9':
			digits++
			if point && decimals == scale {
				if ch != '0' {
					return 0, &NumberError{string(s), fmt.Sprintf("more than %d decimals", scale)}
				}
				continue
			}
			if v > (1<<63-1-9)/10 {
				return 0, &NumberError{string(s), "out of range"}
			}
			v = v*10 + int64(ch-'0')
			if point {
				decimals++
			}
		case ch == '.' && !point:
			point = true
		default:
			return 0, &NumberError{string(s), "not a decimal number"}
		}
	}
	if digits == 0 {
		return 0, &NumberError{string(s), "not a decimal number"}
	}
	for ; decimals < scale; decimals++ {
		if v > (1<<63-1)/10 {
			return 0, &NumberError{string(s), "out of range"}
		}
		v *= 10
	}
	if neg {
		v = -v
	}
	return v, nil
}

// AppendScaled appends v, counted in units of 10^-scale, with all its decimals.
func AppendScaled(b []byte, v int64, scale int) []byte {
	u := uint64(v)
	if v < 0 {
		b = append(b, '-')
		u = -u
	}
	if scale == 0 {
		return strconv.AppendUint(b, u, 10)
	}
	p := uint64(pow10[scale])
	b = strconv.AppendUint(b, u/p, 10)
	b = append(b, '.')
	frac := u % p
	for q := p / 10; q > 0; q /= 10 {
		b = append(b, byte('0'+frac/q%10))
	}
	return b
}

// AppendTrimmed is AppendScaled without trailing zeros after the point.
func AppendTrimmed(b []byte, v int64, scale int) []byte {
	b = AppendScaled(b, v, scale)
	if scale == 0 {
		return b
	}
	for b[len(b)-1] == '0' {
		b = b[:len(b)-1]
	}
	if b[len(b)-1] == '.' {
		b = b[:len(b)-1]
	}
	return b
}

// NumberError says which text is not the number that was asked for.
type NumberError struct{ Text, Reason string }

func (e *NumberError) Error() string {
	text := e.Text
	if len(text) > 40 {
		text = text[:40] + "..."
	}
	return fmt.Sprintf("%q: %s", text, e.Reason)
}
