// SPDX-License-Identifier: Apache-2.0

package elm

func convertUnit(v Decimal, from, to string) (Decimal, bool) { return v, from == to }
func knownUnit(u string) bool                                { return u != "" }
func multiplyUnits(a, b string) string {
	switch {
	case a == "1":
		return b
	case b == "1":
		return a
	}
	return a + "." + b
}
func divideUnits(a, b string) string {
	switch {
	case a == b:
		return "1"
	case b == "1":
		return a
	}
	return a + "/(" + b + ")"
}
