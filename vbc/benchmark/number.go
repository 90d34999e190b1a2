// SPDX-License-Identifier: Apache-2.0

package benchmark

import (
	"fmt"
	"strings"

	"github.com/woodlawn-health/woodlawn/claim/money"
)

// Amount is dollars a person and year, in billionths: CMS computes these figures in
// spreadsheets without rounding them, and nine decimals keep every digit that matters.
type Amount int64

// Factor is a ratio, a share or a risk score in units of 10^-12.
type Factor int64

const (
	dollar Amount = 1_000_000_000
	one    Factor = 1_000_000_000_000
)

// String prints an amount with two decimals, half up.
func (a Amount) String() string {
	return string(money.AppendScaled(nil, money.HalfUp(int64(a), 1, int64(dollar)/100), 2))
}

// MarshalJSON writes all decimals that are not zero.
func (a Amount) MarshalJSON() ([]byte, error) { return money.AppendTrimmed(nil, int64(a), 9), nil }

// String prints a factor with six decimals, half up.
func (f Factor) String() string {
	return string(money.AppendScaled(nil, money.HalfUp(int64(f), 1, 1_000_000), 6))
}

// MarshalJSON writes all decimals that are not zero.
func (f Factor) MarshalJSON() ([]byte, error) { return money.AppendTrimmed(nil, int64(f), 12), nil }

func (a Amount) times(f Factor) Amount { return Amount(money.HalfUp(int64(a), int64(f), int64(one))) }

func (f Factor) times(g Factor) Factor { return Factor(money.HalfUp(int64(f), int64(g), int64(one))) }

// share is part/whole as a factor.
func share(part, whole int64) Factor {
	if whole <= 0 {
		return 0
	}
	return Factor(money.HalfUp(part, int64(one), whole))
}

// percent turns ten-thousandths of a percent, as the tables have them, into a factor.
func percent(v int64) Factor { return Factor(v * 1_000_000) }

// PersonYears counts person years in millionths.
type PersonYears int64

// String prints person years with two decimals, half up.
func (p PersonYears) String() string {
	return string(money.AppendScaled(nil, money.HalfUp(int64(p), 1, 10_000), 2))
}

// MarshalJSON writes all decimals that are not zero.
func (p PersonYears) MarshalJSON() ([]byte, error) { return money.AppendTrimmed(nil, int64(p), 6), nil }

// personYears turns months into years.
func personYears(months int64) PersonYears { return PersonYears(money.HalfUp(months, 1_000_000, 12)) }

// times is an amount a person and year for a number of person years, in cents.
func (p PersonYears) times(a Amount) money.Cents {
	return money.Cents(money.HalfUp(int64(a), int64(p), 1_000_000*int64(dollar)/100))
}

// micro is dollars in millionths, for sums that are rounded to cents at their end.
type micro int64

func (p PersonYears) micro(a Amount) micro {
	return micro(money.HalfUp(int64(a), int64(p), 1_000*1_000_000))
}

func (m micro) cents() money.Cents { return money.Cents(money.HalfUp(int64(m), 1, 10_000)) }

// perCapita is a sum spread over person months, a year.
func perCapita(sum money.Cents, months int64) Amount {
	return Amount(money.HalfUp(int64(sum), 12*int64(dollar)/100, months))
}

// decimal reads a number as spreadsheets print it, rounding what goes beyond the scale.
// Exponents are read too: 1.05E+00.
func decimal(text string, scale int) (int64, error) {
	mantissa, exponent, hasExponent := strings.Cut(strings.ToLower(strings.TrimSpace(text)), "e")
	shift := 0
	if hasExponent {
		if _, err := fmt.Sscanf(exponent, "%d", &shift); err != nil || shift < -18 || shift > 12 {
			return 0, fmt.Errorf("%q is no number", text)
		}
	}
	whole, decimals, _ := strings.Cut(mantissa, ".")
	digits := whole + decimals
	point := len(whole) + shift // of the digits before the point
	if strings.Trim(digits, "+-0123456789") != "" || len(digits) > 40 {
		return 0, fmt.Errorf("%q is no number", text)
	}
	sign := ""
	if digits != "" && (digits[0] == '-' || digits[0] == '+') {
		sign, digits, point = strings.TrimPrefix(digits[:1], "+"), digits[1:], point-1
	}
	if digits == "" {
		return 0, fmt.Errorf("%q is no number", text)
	}
	for point < 0 {
		digits, point = "0"+digits, point+1
	}
	for len(digits) < point+scale+1 {
		digits += "0"
	}
	up := digits[point+scale] >= '5'
	v, err := money.ParseScaled(sign+"0"+digits[:point+scale], 0)
	if err != nil {
		return 0, err
	}
	if up && sign == "-" {
		v--
	} else if up {
		v++
	}
	return v, nil
}
