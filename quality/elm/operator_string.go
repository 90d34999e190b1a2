// SPDX-License-Identifier: Apache-2.0

package elm

import (
	"regexp"
	"strings"
	"unicode/utf8"
)

// stringOperators work on texts. Positions count characters from 0.
var stringOperators = map[string]operator{
	"Concatenate": nary(func(r *run, args []Value) Value {
		var b strings.Builder
		for _, a := range args {
			if a == nil {
				return nil
			}
			b.WriteString(str("Concatenate", a))
		}
		return String(b.String())
	}),
	"Combine": named(func(r *run, args []Value) Value {
		if args[0] == nil {
			return nil
		}
		var parts []string
		for _, v := range list("Combine", args[0]) {
			if v != nil {
				parts = append(parts, str("Combine", v))
			}
		}
		if len(parts) == 0 {
			return nil
		}
		separator, _ := args[1].(String)
		return String(strings.Join(parts, string(separator)))
	}, "source", "separator"),
	"Split": named(func(r *run, args []Value) Value {
		if args[0] == nil {
			return nil
		}
		if args[1] == nil {
			return List{args[0]}
		}
		return stringList(strings.Split(str("Split", args[0]), str("Split", args[1])))
	}, "stringToSplit", "separator"),
	"SplitOnMatches": named(func(r *run, args []Value) Value {
		if args[0] == nil {
			return nil
		}
		if args[1] == nil {
			return List{args[0]}
		}
		return stringList(r.pattern(str("SplitOnMatches", args[1]), false).Split(str("SplitOnMatches", args[0]), -1))
	}, "stringToSplit", "separatorPattern"),
	"Length": unaryOfNull(func(r *run, a Value) Value {
		switch x := a.(type) {
		case nil:
			return nil
		case String:
			return Integer(utf8.RuneCountInString(string(x)))
		case List:
			return Integer(len(x))
		}
		panic(noOperation("Length", a))
	}),
	"Upper": unary(func(r *run, a Value) Value { return String(strings.ToUpper(str("Upper", a))) }),
	"Lower": unary(func(r *run, a Value) Value { return String(strings.ToLower(str("Lower", a))) }),
	"StartsWith": binary(func(r *run, a, b Value, _ Precision) Value {
		return Boolean(strings.HasPrefix(str("StartsWith", a), str("StartsWith", b)))
	}),
	"EndsWith": binary(func(r *run, a, b Value, _ Precision) Value {
		return Boolean(strings.HasSuffix(str("EndsWith", a), str("EndsWith", b)))
	}),
	"Matches": binary(func(r *run, a, b Value, _ Precision) Value {
		return Boolean(r.pattern(str("Matches", b), true).MatchString(str("Matches", a)))
	}),
	"ReplaceMatches": nary(func(r *run, args []Value) Value {
		if len(args) < 3 || args[0] == nil || args[1] == nil || args[2] == nil {
			return nil
		}
		with := dollars(str("ReplaceMatches", args[2]))
		return String(r.pattern(str("ReplaceMatches", args[1]), false).ReplaceAllString(str("ReplaceMatches", args[0]), with))
	}),
	"PositionOf": named(func(r *run, args []Value) Value {
		return position(args, strings.Index)
	}, "pattern", "string"),
	"LastPositionOf": named(func(r *run, args []Value) Value {
		return position(args, strings.LastIndex)
	}, "pattern", "string"),
	"Substring": named(func(r *run, args []Value) Value {
		start, ok := args[1].(Integer)
		if args[0] == nil || !ok {
			return nil
		}
		chars := []rune(str("Substring", args[0]))
		if start < 0 || int(start) >= len(chars) {
			return nil
		}
		chars = chars[start:]
		if n, ok := args[2].(Integer); ok && int(n) < len(chars) {
			chars = chars[:max(n, 0)]
		}
		return String(chars)
	}, "stringToSub", "startIndex", "length"),
}

func str(what string, v Value) string {
	s, ok := v.(String)
	if !ok {
		panic(noOperation(what, v))
	}
	return string(s)
}

func stringList(parts []string) List {
	l := make(List, len(parts))
	for i, p := range parts {
		l[i] = String(p)
	}
	return l
}

func characterAt(s String, i int) Value {
	for _, c := range string(s) {
		if i == 0 {
			return String(c)
		}
		i--
	}
	return nil
}

// position counts characters to where find found the pattern, -1 if nowhere.
func position(args []Value, find func(s, sub string) int) Value {
	if args[0] == nil || args[1] == nil {
		return nil
	}
	s := str("PositionOf", args[1])
	at := find(s, str("PositionOf", args[0]))
	if at < 0 {
		return Integer(-1)
	}
	return Integer(utf8.RuneCountInString(s[:at]))
}

// pattern compiles a regular expression; whole asks it to match all of the text.
func (r *run) pattern(p string, whole bool) *regexp.Regexp {
	if whole {
		p = "^(?:" + p + ")$"
	}
	re, err := regexp.Compile(p)
	if err != nil {
		panic(failure{"not a regular expression: " + err.Error()})
	}
	return re
}

// dollars writes a replacement's \$ and $1 as Go's regular expressions have them.
func dollars(s string) string {
	s = strings.ReplaceAll(s, `\$`, "$$")
	return regexp.MustCompile(`\$(\d+)`).ReplaceAllString(s, `$${$1}`)
}
