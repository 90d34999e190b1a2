// SPDX-License-Identifier: Apache-2.0

package elm

import (
	"fmt"
	"strconv"
	"strings"
)

// Text is a value as a person reads it: numbers and texts as CQL writes them, a
// resource as its type and id.
func Text(v Value) string {
	switch x := v.(type) {
	case nil:
		return "null"
	case Boolean:
		return strconv.FormatBool(bool(x))
	case Integer:
		return strconv.Itoa(int(x))
	case Long:
		return strconv.FormatInt(int64(x), 10)
	case String:
		return string(x)
	case fmt.Stringer: // Decimal, Temporal, Quantity
		return x.String()
	case *Ratio:
		return Text(x.Numerator) + ":" + Text(x.Denominator)
	case *Code:
		return codeText(x)
	case *Concept:
		parts := make([]string, len(x.Codes))
		for i, c := range x.Codes {
			parts[i] = codeText(c)
		}
		return "Concept{" + strings.Join(parts, ", ") + "}"
	case *ValueSet:
		return "value set " + x.Name
	case *CodeSystem:
		return "code system " + x.Name
	case *Interval:
		open, end := "[", "]"
		if !x.LowClosed {
			open = "("
		}
		if !x.HighClosed {
			end = ")"
		}
		return open + Text(x.Low) + ", " + Text(x.High) + end
	case List:
		parts := make([]string, len(x))
		for i, item := range x {
			parts[i] = Text(item)
		}
		return "{" + strings.Join(parts, ", ") + "}"
	case *Tuple:
		parts := make([]string, len(x.Names))
		for i, name := range x.Names {
			parts[i] = name + ": " + Text(x.Values[i])
		}
		return x.Class + "{" + strings.Join(parts, ", ") + "}"
	case Uncertainty:
		return "between " + Text(x.Low) + " and " + Text(x.High)
	case Element:
		return elementText(x)
	}
	return "?"
}

func codeText(c *Code) string {
	s := c.System + "|" + c.Code
	if c.Display != "" {
		s += " (" + c.Display + ")"
	}
	return s
}

func elementText(e Element) string {
	if t := e.Node.ResourceType(); t != "" {
		return t + "/" + e.Node.ID()
	}
	if e.Node.HasValue() {
		return e.Node.Text()
	}
	s := string(e.Node.JSON())
	if len(s) > 200 {
		s = s[:200] + "..."
	}
	return s
}
