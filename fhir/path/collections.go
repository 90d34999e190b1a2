// SPDX-License-Identifier: Apache-2.0

package path

import "sort"

func fnWhere(ev *evaluator, c *call, in, out []Value) ([]Value, error) {
	err := ev.each(in, func(i int) (bool, error) {
		t, ok, err := ev.criterion(c.args[0])
		if ok && t {
			out = append(out, in[i])
		}
		return true, err
	})
	return out, err
}

func fnSelect(ev *evaluator, c *call, in, out []Value) ([]Value, error) {
	err := ev.each(in, func(int) (more bool, err error) {
		out, err = c.args[0].eval(ev, out)
		return true, err
	})
	return out, err
}

func fnRepeat(ev *evaluator, c *call, in, out []Value) ([]Value, error) {
	start, done := len(out), len(out)
	project := func(from []Value) error {
		return ev.each(from, func(int) (bool, error) {
			vals, err := c.args[0].eval(ev, ev.get())
			if err == nil {
				err = ev.step(c.at, 1+len(vals))
				out = ev.distinct(vals, out, start)
			}
			ev.put(vals)
			return true, err
		})
	}
	if err := project(in); err != nil {
		return out, err
	}
	for done < len(out) {
		from := out[done:]
		done = len(out)
		if err := project(from); err != nil {
			return out, err
		}
	}
	return out, nil
}

func fnAggregate(ev *evaluator, c *call, in, out []Value) ([]Value, error) {
	outer := ev.total
	defer func() { ev.total = outer }()
	var total []Value
	if len(c.args) == 2 {
		var err error
		if total, err = c.args[1].eval(ev, nil); err != nil {
			return out, err
		}
	}
	err := ev.each(in, func(int) (bool, error) {
		ev.total = total
		next, err := c.args[0].eval(ev, nil)
		total = next
		return true, err
	})
	return append(out, total...), err
}

func fnOfType(_ *evaluator, c *call, in, out []Value) ([]Value, error) {
	return ofType(c.typ, in, out), nil
}

func fnIs(_ *evaluator, c *call, in, out []Value) ([]Value, error) {
	return isType(c.typ, in, out, c.at)
}

func fnSingle(_ *evaluator, c *call, in, out []Value) ([]Value, error) {
	if len(in) > 1 {
		return out, fail(c.at, "single() found %d values", len(in))
	}
	return append(out, in...), nil
}

// ordered refuses, in strict mode, to count in what has no order.
func ordered(ev *evaluator, c *call) error {
	if from, ok := c.target.(*call); ok && ev.opts.Strict && (from.name == "children" || from.name == "descendants") {
		return fail(c.at, "%s() counts, but %s() has no order", c.name, from.name)
	}
	return nil
}

func fnFirst(ev *evaluator, c *call, in, out []Value) ([]Value, error) {
	return append(out, in[:min(1, len(in))]...), ordered(ev, c)
}

func fnLast(ev *evaluator, c *call, in, out []Value) ([]Value, error) {
	return append(out, in[max(0, len(in)-1):]...), ordered(ev, c)
}

func fnTail(ev *evaluator, c *call, in, out []Value) ([]Value, error) {
	return append(out, in[min(1, len(in)):]...), ordered(ev, c)
}

func fnSkip(ev *evaluator, c *call, in, out []Value) ([]Value, error) {
	n, ok, err := ev.integer(c.args[0], "what skip() takes")
	if err != nil || !ok {
		return out, err
	}
	return append(out, in[min(max(n, 0), int64(len(in))):]...), ordered(ev, c)
}

func fnTake(ev *evaluator, c *call, in, out []Value) ([]Value, error) {
	n, ok, err := ev.integer(c.args[0], "what take() takes")
	if err != nil || !ok {
		return out, err
	}
	return append(out, in[:min(max(n, 0), int64(len(in)))]...), ordered(ev, c)
}

func fnIntersect(ev *evaluator, c *call, in, out []Value) ([]Value, error) {
	other, err := ev.arg(c, 0)
	defer ev.put(other)
	start := len(out)
	for _, v := range in {
		if err == nil && ev.contains(other, v) && !ev.contains(out[start:], v) {
			out = append(out, v)
		}
	}
	return out, err
}

func fnExclude(ev *evaluator, c *call, in, out []Value) ([]Value, error) {
	other, err := ev.arg(c, 0)
	defer ev.put(other)
	for _, v := range in {
		if err == nil && !ev.contains(other, v) {
			out = append(out, v)
		}
	}
	return out, err
}

func fnUnion(ev *evaluator, c *call, in, out []Value) ([]Value, error) {
	other, err := ev.arg(c, 0)
	defer ev.put(other)
	if err != nil {
		return out, err
	}
	start := len(out)
	return ev.distinct(other, ev.distinct(in, out, start), start), nil
}

func fnCombine(ev *evaluator, c *call, in, out []Value) ([]Value, error) {
	return c.args[0].eval(ev, append(out, in...))
}

// fnIif evaluates only the branch that it takes, with $this as its input.
func fnIif(ev *evaluator, c *call, in, out []Value) ([]Value, error) {
	if len(in) > 1 {
		return out, fail(c.at, "iif() takes one value, not %d", len(in))
	}
	if c.target != nil && len(in) == 1 {
		this := ev.this
		ev.this = in[0]
		defer func() { ev.this = this }()
	}
	t, ok, err := ev.criterion(c.args[0])
	switch {
	case err != nil:
		return out, err
	case ok && t:
		return c.args[1].eval(ev, out)
	case len(c.args) == 3:
		return c.args[2].eval(ev, out)
	}
	return out, nil
}

// fnSort orders by keys; a key with a minus sign orders downwards. Values
// without a key come first, in both directions.
func fnSort(ev *evaluator, c *call, in, out []Value) ([]Value, error) {
	type row struct {
		value Value
		keys  [][]Value
	}
	rows := make([]row, len(in))
	down := make([]bool, max(1, len(c.args)))
	keys := make([]expr, len(c.args))
	for i, arg := range c.args {
		keys[i] = arg
		if sign, ok := arg.(*polarity); ok && sign.minus {
			keys[i], down[i] = sign.operand, true
		}
	}
	err := ev.each(in, func(i int) (bool, error) {
		rows[i].value = in[i]
		if len(keys) == 0 {
			rows[i].keys = [][]Value{{in[i]}}
		}
		for _, key := range keys {
			vals, err := key.eval(ev, nil)
			if err == nil && len(vals) > 1 {
				err = fail(key.pos(), "a sort key must be one value, not %d", len(vals))
			}
			if err != nil {
				return false, err
			}
			rows[i].keys = append(rows[i].keys, vals)
		}
		return true, nil
	})
	if err != nil {
		return out, err
	}
	sort.SliceStable(rows, func(i, j int) bool {
		for k := range down {
			a, b := rows[i].keys[k], rows[j].keys[k]
			if len(a) != len(b) {
				return len(a) < len(b)
			}
			o, keyErr := sortOrder(a, b, c)
			if keyErr != nil {
				err = keyErr
			}
			if o != 0 {
				return (o < 0) != down[k]
			}
		}
		return false
	})
	for _, r := range rows {
		out = append(out, r.value)
	}
	return out, err
}

func sortOrder(a, b []Value, c *call) (int, error) {
	if len(a) == 0 {
		return 0, nil
	}
	x, okX := a[0].System()
	y, okY := b[0].System()
	if okX && okY {
		if o, _, comparable := order(x, y); comparable {
			return o, nil
		}
	}
	return 0, fail(c.at, "sort() cannot order %s and %s", a[0].TypeName(), b[0].TypeName())
}

func fnChildren(_ *evaluator, _ *call, in, out []Value) ([]Value, error) {
	for _, v := range in {
		out = children(v, out)
	}
	return out, nil
}

func fnDescendants(ev *evaluator, c *call, in, out []Value) ([]Value, error) {
	from := len(out)
	for _, v := range in {
		out = children(v, out)
	}
	for ; from < len(out); from++ {
		if err := ev.step(c.at, 1); err != nil {
			return out, err
		}
		out = children(out[from], out)
	}
	return out, nil
}

func fnTrace(ev *evaluator, c *call, in, out []Value) ([]Value, error) {
	name, _, err := ev.text(c.args[0], "the name of a trace")
	if err != nil || ev.opts.Trace == nil {
		return append(out, in...), err
	}
	vals := in
	if len(c.args) == 2 {
		if vals, err = fnSelect(ev, &call{args: c.args[1:]}, in, nil); err != nil {
			return out, err
		}
	}
	ev.opts.Trace(name, append([]Value{}, vals...))
	return append(out, in...), nil
}

func fnDefineVariable(ev *evaluator, c *call, in, out []Value) ([]Value, error) {
	name, ok, err := ev.text(c.args[0], "the name of a variable")
	if err != nil || !ok {
		return out, err
	}
	for _, v := range ev.vars {
		if v.name == name {
			return out, fail(c.at, "the variable %%%.40s is defined twice", name)
		}
	}
	vals := append([]Value{}, in...)
	if len(c.args) == 2 {
		vals = nil
		this := ev.this
		if len(in) == 1 {
			ev.this = in[0]
		}
		vals, err = c.args[1].eval(ev, nil)
		ev.this = this
		if err != nil {
			return out, err
		}
	}
	ev.vars = append(ev.vars, variable{name, vals})
	return append(out, in...), nil
}
