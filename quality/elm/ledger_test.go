// SPDX-License-Identifier: Apache-2.0

package elm

import (
	"encoding/json"
	"fmt"
	"sort"
	"strings"
	"testing"

	"github.com/woodlawn-health/woodlawn/internal/ledger"
)

// specification lists the node types of ELM by the sections of its schema.
var specification = []struct{ section, types string }{
	{"Values", "Null Literal Tuple Instance Interval List Quantity Ratio Code Concept MinValue MaxValue"},
	{"References", "ExpressionRef FunctionRef ParameterRef OperandRef IdentifierRef AliasRef QueryLetRef Property ValueSetRef CodeSystemRef CodeRef ConceptRef"},
	{"Queries", "Query Retrieve Sort Aggregate Search"},
	{"Conditions and logic", "If Case And Or Xor Implies Not IsNull IsTrue IsFalse Coalesce"},
	{"Comparison", "Equal NotEqual Equivalent Less LessOrEqual Greater GreaterOrEqual"},
	{"Arithmetic", "Add Subtract Multiply Divide TruncatedDivide Modulo Ceiling Floor Truncate Abs Negate Round Ln Exp Log Power Successor Predecessor Precision LowBoundary HighBoundary"},
	{"Strings", "Concatenate Combine Split SplitOnMatches Length Upper Lower PositionOf LastPositionOf Substring StartsWith EndsWith Matches ReplaceMatches"},
	{"Dates and times", "Now Today TimeOfDay DateTime Date Time DateFrom TimeFrom TimezoneFrom TimezoneOffsetFrom DateTimeComponentFrom DurationBetween DifferenceBetween SameAs SameOrBefore SameOrAfter"},
	{"Intervals", "Start End Width Size PointFrom In Contains ProperIn ProperContains Includes IncludedIn ProperIncludes ProperIncludedIn Overlaps OverlapsBefore OverlapsAfter Before After Meets MeetsBefore MeetsAfter Starts Ends Collapse Expand"},
	{"Lists", "Exists First Last Indexer IndexOf Slice SingletonFrom ToList Distinct Flatten Union Intersect Except Filter ForEach Current Times Repeat Iteration Total Children Descendents"},
	{"Aggregates", "Count Sum Product Min Max Avg Median Mode Variance PopulationVariance StdDev PopulationStdDev GeometricMean AllTrue AnyTrue"},
	{"Types", "As Is Convert CanConvert ToBoolean ToInteger ToLong ToDecimal ToString ToChars ToDate ToDateTime ToTime ToQuantity ToRatio ToConcept ConvertsToBoolean ConvertsToInteger ConvertsToLong ConvertsToDecimal ConvertsToString ConvertsToDate ConvertsToDateTime ConvertsToTime ConvertsToQuantity ConvertsToRatio ConvertQuantity CanConvertQuantity"},
	{"Clinical", "InValueSet AnyInValueSet ExpandValueSet InCodeSystem AnyInCodeSystem Subsumes SubsumedBy CalculateAge CalculateAgeAt"},
	{"Errors", "Message"},
}

// missing are the types that are not evaluated, with the reason, and notes those that
// are evaluated with a limit.
var (
	missing = map[string]string{
		"Aggregate":   "the aggregate clause of a query is supported; the stand-alone node is written by no translator",
		"Search":      "asks a server for references from elsewhere; measures use Retrieve",
		"Times":       "the Cartesian product for FHIRPath; queries of several sources are supported",
		"Repeat":      "FHIRPath only",
		"Iteration":   "FHIRPath only ($index)",
		"Total":       "FHIRPath only ($total)",
		"Children":    "FHIRPath only",
		"Descendents": "FHIRPath only",
	}
	notes = map[string]string{
		"Retrieve":     "not from a related context",
		"Subsumes":     "equal codes only: no hierarchies are loaded, anything else is an error",
		"SubsumedBy":   "equal codes only: no hierarchies are loaded, anything else is an error",
		"InCodeSystem": "by the system that a code names; a bare code is an error",
		"Ln":           "in floating point, rounded to 8 places", "Exp": "in floating point, rounded to 8 places",
		"Log": "in floating point, rounded to 8 places", "Power": "exact for whole exponents, else in floating point",
		"Now": "the time of the evaluation's options",
	}
	examplesByFile = map[string][]example{
		"operator_value_test.go": valueExamples, "query_test.go": append(append([]example{}, queryExamples...), referenceExamples...),
		"operator_logical_test.go": logicalExamples, "operator_comparison_test.go": comparisonExamples,
		"operator_arithmetic_test.go": arithmeticExamples, "operator_string_test.go": stringExamples,
		"operator_temporal_test.go": temporalExamples, "operator_interval_test.go": intervalExamples,
		"operator_list_test.go": listExamples, "operator_aggregate_test.go": aggregateExamples,
		"operator_type_test.go": typeExamples, "operator_clinical_test.go": append(append([]example{}, clinicalExamples...), errorExamples...),
	}
)

func TestLedger(t *testing.T) {
	count := map[string]int{}
	for _, examples := range examplesByFile {
		for _, e := range examples {
			var tree any
			if err := json.Unmarshal([]byte(strings.Replace(e.elm, `"type":[],`, "", 1)), &tree); err != nil {
				t.Fatalf("%s: %v", e.elm, err)
			}
			for typ := range typesIn(tree, map[string]bool{}) {
				count[typ]++
			}
		}
	}
	var b strings.Builder
	b.WriteString("# ELM\n\nThe node types of the Expression Logical Model (HL7 CQL 1.5, expression and clinical expression schemas), and what\n" +
		"the evaluator in `quality/elm` does with each. The examples are those of the CQL and ELM specifications and more of\n" +
		"our own; they stand in the `*_test.go` files beside the operators, and this page counts in how many of them a node\n" +
		"type is evaluated. The page is written by the test run.\n")
	supported, total := 0, 0
	known := map[string]bool{}
	for _, s := range specification {
		fmt.Fprintf(&b, "\n## %s\n\n| node | | examples | note |\n|---|---|---|---|\n", s.section)
		for _, typ := range strings.Fields(s.types) {
			total++
			known[typ] = true
			if _, ok := operators[typ]; !ok {
				if missing[typ] == "" {
					t.Errorf("%s is not supported, and nothing says why", typ)
				}
				fmt.Fprintf(&b, "| %s | not supported | | %s |\n", typ, missing[typ])
				continue
			}
			supported++
			if count[typ] == 0 {
				t.Errorf("%s has no example", typ)
			}
			fmt.Fprintf(&b, "| %s | supported | %d | %s |\n", typ, count[typ], notes[typ])
		}
	}
	for typ := range operators {
		if !known[typ] {
			t.Errorf("%s is supported and not in the ledger", typ)
		}
	}
	fmt.Fprintf(&b, "\n%d of %d node types are supported, each with examples.\n", supported, total)
	fmt.Fprintf(&b, "\n## Where the specification leaves a choice\n\n%s", choices)
	fmt.Fprintf(&b, "\n## Highlighting beside fqm-execution\n\n%s", highlighting)
	ledger.Check(t, "elm.md", b.String())
}

const choices = `- A duration between imprecise dates is a range, computed from the earliest and latest moments that the dates may be;
  comparisons with it are null where the range does not decide. A time given to the second is complete: milliseconds are
  decimals of the second, for durations as for comparisons.
- A date and time without an offset has that of the evaluation (UTC unless the options say otherwise). Values of different
  offsets are compared at the offset of the evaluation.
- An interval whose low bound lies after its high one is kept as it is: nothing is in it. Patients' data have such
  periods, and one must not fail the patient.
- An interval without bounds whose type nothing tells is null.
- Case of strings and kind of white space do not count for ` + "`~`" + `. Decimals are equivalent if they agree to the fewer places.
- Retrieves go by the resource type, the code filter and what a profile prescribes: LOINC code and category of a vital
  sign; doNotPerform or the status for what was ordered or done and what was not. With the option to trust profiles they go
  by meta.profile.
- A value set without expansion is an error where a code is looked up in it, not where the patient has no code to look up.
- A Message of severity Error ends the evaluation of the definition, with its text as the reason.
- FHIRHelpers is evaluated from its own ELM like any library.
`

// highlighting was found with docs/performance/elm-fqm.js and its third argument.
const highlighting = `Compared by hand (not by the test run) with the clause results of fqm-execution 1.8.6, which trusts meta.profile, as we then
did too: 76,616 clauses of 582 test cases of 10 measures are marked true or false by both (it does not run the other two,
whose value sets are not complete), and 11 differ.

- The 11 are asked less often here: the right side of an "and" or "or" that is decided already is not evaluated, so a clause that
  would hold for such a row is not known to (CMS871HHHyper 965 and 988, TJCOverall 319). It marks them unasked as false.
- A literal that is compared has the mark of the comparison in both.
- By default profiles are not trusted here, and an Observation that was not done is an Observation: that marks 144 clauses of
  PCSDepressionScreenAndFollowUp and 2 of ControllingHighBloodPressure otherwise. No population changes.
- It marks no functions.
`

// typesIn gathers the node types of an expression.
func typesIn(v any, found map[string]bool) map[string]bool {
	switch x := v.(type) {
	case map[string]any:
		if s, ok := x["type"].(string); ok {
			found[s] = true
		}
		keys := make([]string, 0, len(x))
		for k := range x {
			keys = append(keys, k)
		}
		sort.Strings(keys)
		for _, k := range keys {
			typesIn(x[k], found)
		}
	case []any:
		for _, item := range x {
			typesIn(item, found)
		}
	}
	return found
}
