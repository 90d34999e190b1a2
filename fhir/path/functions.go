// SPDX-License-Identifier: Apache-2.0

package path

import "fmt"

// function is one of FHIRPath's functions. run appends its result for the input
// in; arguments it evaluates itself, as some are evaluated for every item.
type function struct {
	min, max int
	typed    bool // the argument is the name of a type
	run      func(ev *evaluator, c *call, in, out []Value) ([]Value, error)
}

func (f *function) arity() string {
	switch {
	case f.typed:
		return "a type"
	case f.max == 0:
		return "no argument"
	case f.min == f.max:
		return fmt.Sprintf("%d arguments", f.min)
	}
	return fmt.Sprintf("%d to %d arguments", f.min, f.max)
}

const many = 64

// functions is the table of all functions by name.
var functions = map[string]*function{
	// existence
	"empty":      {0, 0, false, fnEmpty},
	"exists":     {0, 1, false, fnExists},
	"all":        {1, 1, false, fnAll},
	"allTrue":    {0, 0, false, fnQuantifier(true, true)},
	"anyTrue":    {0, 0, false, fnQuantifier(true, false)},
	"allFalse":   {0, 0, false, fnQuantifier(false, true)},
	"anyFalse":   {0, 0, false, fnQuantifier(false, false)},
	"subsetOf":   {1, 1, false, fnSubsetOf},
	"supersetOf": {1, 1, false, fnSupersetOf},
	"count":      {0, 0, false, fnCount},
	"distinct":   {0, 0, false, fnDistinct},
	"isDistinct": {0, 0, false, fnIsDistinct},
	"not":        {0, 0, false, fnNot},
	// filtering, projection, subsetting, combining
	"where":     {1, 1, false, fnWhere},
	"select":    {1, 1, false, fnSelect},
	"repeat":    {1, 1, false, fnRepeat},
	"aggregate": {1, 2, false, fnAggregate},
	"ofType":    {0, 0, true, fnOfType},
	"single":    {0, 0, false, fnSingle},
	"first":     {0, 0, false, fnFirst},
	"last":      {0, 0, false, fnLast},
	"tail":      {0, 0, false, fnTail},
	"skip":      {1, 1, false, fnSkip},
	"take":      {1, 1, false, fnTake},
	"intersect": {1, 1, false, fnIntersect},
	"exclude":   {1, 1, false, fnExclude},
	"union":     {1, 1, false, fnUnion},
	"combine":   {1, 1, false, fnCombine},
	"sort":      {0, many, false, fnSort},
	"iif":       {2, 3, false, fnIif},
	// types and conversion
	"is":                 {0, 0, true, fnIs},
	"as":                 {0, 0, true, fnOfType},
	"type":               {0, 0, false, fnType},
	"toBoolean":          {0, 0, false, fnTo(toBoolean)},
	"convertsToBoolean":  {0, 0, false, fnConverts(toBoolean)},
	"toInteger":          {0, 0, false, fnTo(toInteger)},
	"convertsToInteger":  {0, 0, false, fnConverts(toInteger)},
	"toDecimal":          {0, 0, false, fnTo(toDecimal)},
	"convertsToDecimal":  {0, 0, false, fnConverts(toDecimal)},
	"toString":           {0, 0, false, fnTo(toText)},
	"convertsToString":   {0, 0, false, fnConverts(toText)},
	"toDate":             {0, 0, false, fnTo(toDate)},
	"convertsToDate":     {0, 0, false, fnConverts(toDate)},
	"toDateTime":         {0, 0, false, fnTo(toDateTime)},
	"convertsToDateTime": {0, 0, false, fnConverts(toDateTime)},
	"toTime":             {0, 0, false, fnTo(toTime)},
	"convertsToTime":     {0, 0, false, fnConverts(toTime)},
	"toQuantity":         {0, 1, false, fnToQuantity},
	"convertsToQuantity": {0, 1, false, fnConvertsToQuantity},
	// strings
	"indexOf":        {1, 1, false, fnIndexOf},
	"lastIndexOf":    {1, 1, false, fnIndexOf},
	"substring":      {1, 2, false, fnSubstring},
	"startsWith":     {1, 1, false, fnTextTest},
	"endsWith":       {1, 1, false, fnTextTest},
	"contains":       {1, 1, false, fnTextTest},
	"upper":          {0, 0, false, fnTextMap},
	"lower":          {0, 0, false, fnTextMap},
	"trim":           {0, 0, false, fnTextMap},
	"replace":        {2, 2, false, fnReplace},
	"matches":        {1, 1, false, fnMatches},
	"matchesFull":    {1, 1, false, fnMatches},
	"replaceMatches": {2, 2, false, fnReplaceMatches},
	"length":         {0, 0, false, fnLength},
	"toChars":        {0, 0, false, fnToChars},
	"split":          {1, 1, false, fnSplit},
	"join":           {0, 1, false, fnJoin},
	"encode":         {1, 1, false, fnCode},
	"decode":         {1, 1, false, fnCode},
	"escape":         {1, 1, false, fnCode},
	"unescape":       {1, 1, false, fnCode},
	// mathematics and precision
	"abs":          {0, 0, false, fnAbs},
	"ceiling":      {0, 0, false, fnWhole},
	"floor":        {0, 0, false, fnWhole},
	"truncate":     {0, 0, false, fnWhole},
	"round":        {0, 1, false, fnRound},
	"exp":          {0, 0, false, fnCurve},
	"ln":           {0, 0, false, fnCurve},
	"sqrt":         {0, 0, false, fnCurve},
	"log":          {1, 1, false, fnLog},
	"power":        {1, 1, false, fnPower},
	"lowBoundary":  {0, 1, false, fnBoundary},
	"highBoundary": {0, 1, false, fnBoundary},
	"precision":    {0, 0, false, fnPrecision},
	"comparable":   {1, 1, false, fnComparable},
	// the tree, time and tools
	"children":       {0, 0, false, fnChildren},
	"descendants":    {0, 0, false, fnDescendants},
	"now":            {0, 0, false, fnNow},
	"today":          {0, 0, false, fnNow},
	"timeOfDay":      {0, 0, false, fnNow},
	"trace":          {1, 2, false, fnTrace},
	"defineVariable": {1, 2, false, fnDefineVariable},
	// FHIR
	"extension":      {1, 1, false, fnExtension},
	"hasValue":       {0, 0, false, fnHasValue},
	"getValue":       {0, 0, false, fnGetValue},
	"resolve":        {0, 0, false, fnResolve},
	"memberOf":       {1, 1, false, fnMemberOf},
	"conformsTo":     {1, 1, false, fnConformsTo},
	"htmlChecks":     {0, 0, false, fnHTMLChecks},
	"checkModifiers": {0, many, false, fnCheckModifiers},
}

func fnEmpty(_ *evaluator, _ *call, in, out []Value) ([]Value, error) {
	return append(out, Boolean(len(in) == 0)), nil
}

func fnExists(ev *evaluator, c *call, in, out []Value) ([]Value, error) {
	if len(c.args) == 0 {
		return append(out, Boolean(len(in) > 0)), nil
	}
	found := false
	err := ev.each(in, func(int) (bool, error) {
		t, ok, err := ev.criterion(c.args[0])
		found = ok && t
		return !found, err
	})
	return append(out, Boolean(found)), err
}

func fnAll(ev *evaluator, c *call, in, out []Value) ([]Value, error) {
	all := true
	err := ev.each(in, func(int) (bool, error) {
		t, ok, err := ev.criterion(c.args[0])
		all = ok && t
		return all, err
	})
	return append(out, Boolean(all)), err
}

// fnQuantifier makes allTrue, anyTrue, allFalse and anyFalse.
func fnQuantifier(want, all bool) func(*evaluator, *call, []Value, []Value) ([]Value, error) {
	return func(_ *evaluator, c *call, in, out []Value) ([]Value, error) {
		result := all
		for _, v := range in {
			b, ok := v.Bool()
			if !ok {
				return out, fail(c.at, "%s() takes Booleans, not %s", c.name, v.TypeName())
			}
			if (b == want) != all {
				result = !all
			}
		}
		return append(out, Boolean(result)), nil
	}
}

// arg evaluates an argument once, for $this as it stands.
func (ev *evaluator) arg(c *call, i int) ([]Value, error) { return c.args[i].eval(ev, ev.get()) }

func fnSubsetOf(ev *evaluator, c *call, in, out []Value) ([]Value, error) {
	other, err := ev.arg(c, 0)
	defer ev.put(other)
	if err != nil {
		return out, err
	}
	return append(out, Boolean(ev.subset(in, other))), nil
}

func fnSupersetOf(ev *evaluator, c *call, in, out []Value) ([]Value, error) {
	other, err := ev.arg(c, 0)
	defer ev.put(other)
	if err != nil {
		return out, err
	}
	return append(out, Boolean(ev.subset(other, in))), nil
}

func (ev *evaluator) subset(part, whole []Value) bool {
	for _, v := range part {
		if !ev.contains(whole, v) {
			return false
		}
	}
	return true
}

func fnCount(_ *evaluator, _ *call, in, out []Value) ([]Value, error) {
	return append(out, Integer(int64(len(in)))), nil
}

func fnDistinct(ev *evaluator, _ *call, in, out []Value) ([]Value, error) {
	return ev.distinct(in, out, len(out)), nil
}

func fnIsDistinct(ev *evaluator, _ *call, in, out []Value) ([]Value, error) {
	for i := range in {
		if ev.contains(in[:i], in[i]) {
			return append(out, Boolean(false)), nil
		}
	}
	return append(out, Boolean(true)), nil
}

func fnNot(ev *evaluator, c *call, in, out []Value) ([]Value, error) {
	t, ok, err := ev.truth(in, c.at)
	if err != nil || !ok {
		return out, err
	}
	return append(out, Boolean(!t)), nil
}
