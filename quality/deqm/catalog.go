// SPDX-License-Identifier: Apache-2.0

package deqm

import (
	"context"
	"slices"
	"strings"
	"sync"

	"github.com/woodlawn-health/woodlawn/quality/measure"
)

// catalog holds the measures that are ready: those of bundles, and those that are kept.
// When what is kept changes, a new edition is made; requests under way go on with theirs.
type catalog struct {
	opt *Options
	mu  sync.Mutex
	now *edition
}

// edition is the measures of one state of what is kept.
type edition struct {
	stamp    string
	engine   *measure.Engine
	measures []*measure.Measure // of bundles, then those that are kept
	problems []string           // why measures or libraries could not be loaded
}

// edition is the present one.
func (c *catalog) edition(ctx context.Context, defs Definitions) (*edition, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	stamp := ""
	if defs != nil {
		var err error
		if stamp, err = defs.Stamp(ctx); err != nil {
			return nil, err
		}
	}
	if c.now != nil && c.now.stamp == stamp {
		return c.now, nil
	}
	e := &edition{stamp: stamp, engine: measure.NewEngine(measure.Options{Evaluation: c.opt.Evaluation})}
	for _, b := range c.opt.Bundles {
		ms, err := e.engine.Load(b)
		if err != nil {
			return nil, err
		}
		e.measures = append(e.measures, ms...)
	}
	if defs != nil {
		if err := e.load(ctx, defs); err != nil {
			return nil, err
		}
	}
	c.now = e
	return e, nil
}

// load takes what is kept. What is broken is left out, and said where it is asked for.
func (e *edition) load(ctx context.Context, defs Definitions) error {
	loader := e.engine.NewLoader()
	for _, typ := range []string{"ValueSet", "Library", "Measure"} {
		for src, err := range defs.All(ctx, typ) {
			if err != nil {
				return err
			}
			if err := loader.Add(src); err != nil {
				e.problems = append(e.problems, err.Error())
			}
		}
	}
	ready, errs := loader.Link()
	e.measures = append(e.measures, ready...)
	for _, err := range errs {
		e.problems = append(e.problems, err.Error())
	}
	return nil
}

// byID finds the measure that was stored last under an id.
func (e *edition) byID(id string) *measure.Measure {
	for _, m := range slices.Backward(e.measures) {
		if m.ID == id {
			return m
		}
	}
	return nil
}

// byURL finds a measure by canonical address; of several versions the last one,
// unless one is named.
func (e *edition) byURL(canonical string) *measure.Measure {
	url, version, _ := strings.Cut(canonical, "|")
	var best *measure.Measure
	for _, m := range e.measures {
		if m.URL == url && (version == "" || m.Version == version) && (best == nil || compareVersions(m.Version, best.Version) >= 0) {
			best = m
		}
	}
	return best
}

// byIdentifier finds a measure by system|value, or by the value alone.
func (e *edition) byIdentifier(text string) *measure.Measure {
	for _, m := range slices.Backward(e.measures) {
		for _, id := range m.Identifiers {
			_, value, _ := strings.Cut(id, "|")
			if id == text || value == strings.TrimPrefix(text, "|") && !strings.Contains(strings.TrimPrefix(text, "|"), "|") {
				return m
			}
		}
	}
	return nil
}

// compareVersions compares 1.10.0 and 1.9.0 part by part, numbers as numbers.
func compareVersions(a, b string) int {
	as, bs := strings.Split(a, "."), strings.Split(b, ".")
	for i := 0; i < len(as) && i < len(bs); i++ {
		x, y := strings.TrimLeft(as[i], "0"), strings.TrimLeft(bs[i], "0")
		if len(x) != len(y) {
			return len(x) - len(y)
		}
		if c := strings.Compare(x, y); c != 0 {
			return c
		}
	}
	return len(as) - len(bs)
}

// measures are those that a request names, by every name that versions of the guide
// have for it; without a name, all of a program or topic, or all.
func (e *edition) requested(req *Request) (list []*measure.Measure, named bool, err error) {
	in := req.Input
	add := func(m *measure.Measure, what, name string) error {
		if m == nil {
			return e.missing(what, name)
		}
		if !slices.Contains(list, m) {
			list = append(list, m)
		}
		return nil
	}
	ids := append([]string{}, in.Texts("measureId")...)
	if req.MeasureID != "" {
		ids = append(ids, req.MeasureID)
	}
	for _, id := range ids {
		id = strings.TrimPrefix(id, "Measure/")
		if err := add(e.byID(id), "id", id); err != nil {
			return nil, true, err
		}
	}
	for _, name := range []string{"measureUrl", "measureURL", "measure"} {
		for _, url := range in.Texts(name) {
			m := e.byURL(url)
			if m == nil { // STU 3 and R4 allow an id or a reference
				m = e.byID(strings.TrimPrefix(url, "Measure/"))
			}
			if err := add(m, "address", url); err != nil {
				return nil, true, err
			}
		}
	}
	for _, id := range identifiers(in) {
		if err := add(e.byIdentifier(id), "identifier", id); err != nil {
			return nil, true, err
		}
	}
	if len(list) > 0 {
		return list, true, nil
	}
	programs, topics := in.Texts("program"), in.Texts("topic")
	for _, m := range e.measures {
		if hasAny(m.Programs, programs) && hasAny(m.Topics, topics) {
			list = append(list, m)
		}
	}
	if len(list) == 0 && (len(programs) > 0 || len(topics) > 0) {
		return nil, false, failure(Missing, "no measure says that it is of the program or topic (Measure.useContext program, Measure.topic)")
	}
	if len(list) == 0 {
		return nil, false, failure(Missing, "there are no measures here: post Measure, Library and ValueSet resources%s", e.whyNot())
	}
	return list, false, nil
}

func hasAny(have, want []string) bool {
	return len(want) == 0 || slices.ContainsFunc(want, func(w string) bool { return slices.Contains(have, w) })
}

// identifiers are the values of measureIdentifier: Identifiers, or texts system|value.
func identifiers(in Input) []string {
	list := in.Texts("measureIdentifier")
	if v, typ := in.Value("measureIdentifier"); typ == "Identifier" {
		list = append(list, v.Get("system").Text()+"|"+v.Get("value").Text())
	}
	return slices.DeleteFunc(list, func(s string) bool { return s == "" })
}

func (e *edition) missing(what, name string) error {
	if len(name) > 200 {
		name = name[:200]
	}
	return failure(Missing, "there is no measure with the %s %s that can be computed%s", what, name, e.whyNot())
}

// whyNot adds what kept measures from being loaded.
func (e *edition) whyNot() string {
	if len(e.problems) == 0 {
		return ""
	}
	return "; not loaded: " + strings.Join(e.problems[:min(len(e.problems), 3)], "; ")
}

// parts are the measures that a list is computed from: composites add their components.
func (e *edition) parts(list []*measure.Measure) (plain []*measure.Measure, components map[*measure.Measure][]*measure.Measure, err error) {
	components = map[*measure.Measure][]*measure.Measure{}
	add := func(m *measure.Measure) {
		if !slices.Contains(plain, m) {
			plain = append(plain, m)
		}
	}
	for _, m := range list {
		if len(m.Components) == 0 {
			add(m)
			continue
		}
		of, err := m.ComponentsIn(e.measures)
		if err != nil {
			return nil, nil, failure(Impossible, "%s", err)
		}
		components[m] = of
		for _, part := range of {
			add(part)
		}
	}
	return plain, components, nil
}
