// SPDX-License-Identifier: Apache-2.0

package elm

// errorOperators tell the user something.
var errorOperators = map[string]operator{
	"Message": named(func(r *run, args []Value) Value {
		if truth(args[1]) != yes {
			return args[0]
		}
		text := func(v Value) string {
			s, _ := v.(String)
			return string(s)
		}
		m := Message{Severity: text(args[3]), Code: text(args[2]), Text: text(args[4])}
		if m.Severity == "Error" {
			panic(failure{"the library reports an error: " + m.Code + ": " + m.Text})
		}
		if len(r.messages) < 1000 {
			r.messages = append(r.messages, m)
		}
		return args[0]
	}, "source", "condition", "code", "severity", "message"),
}
