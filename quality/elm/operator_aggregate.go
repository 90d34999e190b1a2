// SPDX-License-Identifier: Apache-2.0

package elm

import (
	"math"
	"slices"

	"github.com/woodlawn-health/woodlawn/fhir/node"
)

// aggregateOperators reduce a list to one value. Nulls in the list do not count; a
// list of nothing but nulls is null, except where noted.
var aggregateOperators = map[string]operator{
	"Count": aggregate(func(r *run, l List) Value { return Integer(len(l)) }, Integer(0)),
	"Sum": aggregate(func(r *run, l List) Value {
		return r.total(l, func(a, b Value) Value { return add(r, a, b, 0) })
	}, nil),
	"Product": aggregate(func(r *run, l List) Value {
		return r.total(l, func(a, b Value) Value { return multiply(r, a, b, 0) })
	}, nil),
	"Min":     aggregate(func(r *run, l List) Value { return r.extremeIn(l, -1) }, nil),
	"Max":     aggregate(func(r *run, l List) Value { return r.extremeIn(l, 1) }, nil),
	"Avg":     aggregate(func(r *run, l List) Value { return r.mean(l) }, nil),
	"Median":  aggregate((*run).median, nil),
	"Mode":    aggregate((*run).mode, nil),
	"AllTrue": aggregate(func(r *run, l List) Value { return Boolean(!slices.ContainsFunc(l, isFalse)) }, Boolean(true)),
	"AnyTrue": aggregate(func(r *run, l List) Value {
		return Boolean(slices.ContainsFunc(l, func(v Value) bool { return truth(v) == yes }))
	}, Boolean(false)),
	"Variance": aggregate(func(r *run, l List) Value { return r.variance(l, 1) }, nil),
	"PopulationVariance": aggregate(func(r *run, l List) Value {
		return r.variance(l, 0)
	}, nil),
	"StdDev":           aggregate(func(r *run, l List) Value { return root(r.variance(l, 1)) }, nil),
	"PopulationStdDev": aggregate(func(r *run, l List) Value { return root(r.variance(l, 0)) }, nil),
	"GeometricMean": aggregate(func(r *run, l List) Value {
		sum := 0.0
		for _, v := range l {
			d, _, ok := amount(v)
			if !ok || d.Sign() <= 0 {
				return nil
			}
			sum += math.Log(d.Float())
		}
		return decimalOrNull(decimalOfFloat(math.Exp(sum / float64(len(l)))))
	}, nil),
}

func isFalse(v Value) bool { return truth(v) == no }

// aggregate is an operator over the values of a list, or over one path of them. empty
// is its answer if there are none.
func aggregate(fn func(r *run, l List) Value, empty Value) operator {
	return operator{func(c *compiler, n node.Node) expr {
		path := n.Get("path").Text()
		return &unaryExpr{c.here(), c.source(n), func(r *run, v Value) Value {
			if v == nil {
				return empty
			}
			values := List{}
			for _, item := range list("an aggregate", v) {
				if path != "" && item != nil {
					item = r.plain(r.get(item, path))
				}
				if item != nil {
					values = append(values, item)
				}
			}
			if len(values) == 0 {
				return empty
			}
			return fn(r, values)
		}, false}
	}}
}

func (r *run) total(l List, fn func(a, b Value) Value) Value {
	sum := l[0]
	for _, v := range l[1:] {
		if sum == nil {
			return nil
		}
		sum = fn(sum, v)
	}
	return sum
}

// extremeIn is the greatest (1) or least (-1) value; null if the order is undecided.
func (r *run) extremeIn(l List, direction int) Value {
	best := l[0]
	for _, v := range l[1:] {
		order, known := r.compare(v, best, noPrecision)
		if !known {
			return nil
		}
		if order == direction {
			best = v
		}
	}
	return best
}

func (r *run) mean(l List) Value {
	sum := r.total(l, func(a, b Value) Value { return add(r, a, b, 0) })
	if sum == nil {
		return nil
	}
	return divide(r, sum, DecimalOf(int64(len(l))), 0)
}

func (r *run) median(l List) Value {
	sorted := r.sorted(l)
	mid := len(sorted) / 2
	if len(sorted)%2 == 1 {
		return sorted[mid]
	}
	return r.mean(sorted[mid-1 : mid+1])
}

func (r *run) mode(l List) Value {
	var best Value
	most := 0
	sorted := r.sorted(l)
	for i := 0; i < len(sorted); {
		k := i + 1
		for k < len(sorted) && r.equal(sorted[i], sorted[k]) == yes {
			k++
		}
		if k-i > most {
			best, most = sorted[i], k-i
		}
		i = k
	}
	return best
}

func (r *run) sorted(l List) List {
	s := slices.Clone(l)
	slices.SortStableFunc(s, func(a, b Value) int {
		order, _ := r.compare(a, b, noPrecision)
		return order
	})
	return s
}

// variance divides by the number of values less one for a sample (1), by the number
// for a population (0).
func (r *run) variance(l List, less int) Value {
	if len(l) <= less {
		return nil
	}
	mean := r.mean(l)
	if mean == nil {
		return nil
	}
	m, u, _ := amount(mean)
	sum := Decimal{}
	for _, v := range l {
		q, isQuantity := v.(Quantity)
		d, _, ok := amount(v)
		if isQuantity {
			d, ok = q.inUnit(u)
		}
		if !ok {
			return nil
		}
		diff, _ := d.Sub(m)
		square, ok := diff.Mul(diff)
		if sum, ok = sum.Add(square); !ok {
			return nil
		}
	}
	d, ok := sum.Quo(DecimalOf(int64(len(l) - less)))
	if _, isQuantity := l[0].(Quantity); isQuantity && ok {
		return Quantity{d, u}
	}
	return decimalOrNull(d, ok)
}

func root(v Value) Value {
	switch x := v.(type) {
	case Decimal:
		return decimalOrNull(decimalOfFloat(math.Sqrt(x.Float())))
	case Quantity:
		if d, ok := decimalOfFloat(math.Sqrt(x.Value.Float())); ok {
			return Quantity{d, x.Unit}
		}
	}
	return nil
}
