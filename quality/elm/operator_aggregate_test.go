// SPDX-License-Identifier: Apache-2.0

package elm

import "testing"

// Examples of the CQL reference, Aggregate Functions.
var aggregateExamples = []example{
	{agg("Count", nums(1, 2, 3)), "3"}, {agg("Count", items(num(1), null)), "1"}, {agg("Count", null), "0"},
	{agg("Sum", nums(1, 2, 3)), "6"}, {agg("Sum", items(null)), "null"}, {agg("Sum", items(qty("1", "g"), qty("500", "mg"))), "1.5 'g'"},
	{agg("Product", nums(2, 3, 4)), "24"},
	{agg("Min", nums(5, 2, 9)), "2"}, {agg("Min", items(date("2012-01-02"), date("2012-01-01"))), "2012-01-01"}, {agg("Min", nums()), "null"},
	{agg("Max", items(txt("a"), txt("c"), txt("b"))), "c"}, {agg("Max", items(null, num(4))), "4"},
	{agg("Avg", items(dec("5.5"), dec("4.7"), dec("4.8"))), "5.0"}, {agg("Avg", nums()), "null"},
	{agg("Median", items(dec("6.0"), dec("5.0"), dec("4.0"), dec("3.0"))), "4.5"}, {agg("Median", nums(5, 1, 3)), "3"},
	{agg("Mode", nums(2, 1, 8, 2, 9, 1, 9, 9)), "9"},
	{agg("Variance", items(dec("1.0"), dec("2.0"), dec("3.0"), dec("4.0"), dec("5.0"))), "2.5"},
	{agg("PopulationVariance", items(dec("1.0"), dec("2.0"), dec("3.0"), dec("4.0"), dec("5.0"))), "2.0"},
	{agg("StdDev", items(dec("1.0"), dec("2.0"), dec("3.0"), dec("4.0"), dec("5.0"))), "1.58113883"},
	{agg("PopulationStdDev", items(dec("1.0"), dec("2.0"), dec("3.0"), dec("4.0"), dec("5.0"))), "1.41421356"},
	{agg("GeometricMean", items(dec("2.0"), dec("8.0"))), "4.0"},
	{agg("AllTrue", items(yesLit, null, yesLit)), "true"}, {agg("AllTrue", items(yesLit, noLit)), "false"}, {agg("AllTrue", null), "true"},
	{agg("AnyTrue", items(noLit, null, yesLit)), "true"}, {agg("AnyTrue", items(noLit, null)), "false"}, {agg("AnyTrue", null), "false"},
}

func TestAggregate(t *testing.T) { check(t, aggregateExamples) }
