// SPDX-License-Identifier: Apache-2.0

package elm

// comparisonOperators order and equate values.
var comparisonOperators = map[string]operator{
	"Equal":      binary(func(r *run, a, b Value, _ Precision) Value { return r.equal(a, b).value() }),
	"NotEqual":   binary(func(r *run, a, b Value, _ Precision) Value { return r.equal(a, b).not().value() }),
	"Equivalent": binaryOfNull(func(r *run, a, b Value, _ Precision) Value { return Boolean(r.equivalent(a, b)) }),
	"Less":       binary(func(r *run, a, b Value, p Precision) Value { return r.less(a, b, p).value() }),
	"LessOrEqual": binary(func(r *run, a, b Value, p Precision) Value {
		return r.lessOrEqual(a, b, p).value()
	}),
	"Greater": binary(func(r *run, a, b Value, p Precision) Value { return r.less(b, a, p).value() }),
	"GreaterOrEqual": binary(func(r *run, a, b Value, p Precision) Value {
		return r.lessOrEqual(b, a, p).value()
	}),
}
