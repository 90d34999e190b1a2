// SPDX-License-Identifier: Apache-2.0

package measure

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"

	"github.com/woodlawn-health/woodlawn/fhir/node"
	"github.com/woodlawn-health/woodlawn/quality/elm"
)

// Options of an Engine.
type Options struct {
	// Evaluation is how libraries are evaluated; the Engine sets its Terminology.
	Evaluation elm.Options
}

// Engine holds measures and the value sets that they share. Load everything, then
// evaluate from as many goroutines as you like.
type Engine struct {
	opt         Options
	program     *elm.Program
	tracing     sync.Mutex
	traced      *elm.Program              // made when it is first asked for
	libraries   map[[32]byte]*elm.Library // by digest: bundles repeat the shared ones
	terminology *elm.Terminology
}

// NewEngine is an Engine without measures.
func NewEngine(opt Options) *Engine {
	e := &Engine{opt: opt, program: elm.NewProgram(), terminology: elm.NewTerminology(), libraries: map[[32]byte]*elm.Library{}}
	e.opt.Evaluation.Terminology = e.terminology
	return e
}

// Terminology are the value sets loaded so far.
func (e *Engine) Terminology() *elm.Terminology { return e.terminology }

// bundleLimits bound a measure bundle, which may hold large value sets.
var bundleLimits = node.Limits{Bytes: 512 << 20, Values: 32 << 20}

// Load reads a bundle of measures with their libraries and value sets, plain or
// under gzip, and makes the measures ready. A bundle may hold value sets alone.
func (e *Engine) Load(bundle []byte) ([]*Measure, error) {
	l := e.NewLoader()
	if err := l.Add(bundle); err != nil {
		return nil, err
	}
	ready, errs := l.Link()
	if len(errs) > 0 {
		return nil, errs[0]
	}
	return ready, nil
}

// Loader gathers measures, libraries and value sets that come one by one, before they
// are linked.
type Loader struct {
	engine    *Engine
	measures  []node.Node
	libraries []*elm.Library
	byURL     map[string]*elm.Library
}

// NewLoader is an empty one.
func (e *Engine) NewLoader() *Loader { return &Loader{engine: e, byURL: map[string]*elm.Library{}} }

// Add takes a Measure, Library or ValueSet, or a bundle of them, plain or under gzip.
// Other resources are passed over. What is broken is not taken, and the error says why.
func (l *Loader) Add(src []byte) error {
	src, err := unzipped(src)
	if err != nil {
		return err
	}
	doc, err := bundleLimits.ParseResource(src)
	if err != nil {
		return err
	}
	for _, r := range resources(doc.Root(), nil) {
		switch r.ResourceType() {
		case "Measure":
			l.measures = append(l.measures, r)
		case "ValueSet":
			if _, err := l.engine.terminology.Add(r); err != nil {
				return err
			}
		case "Library":
			lib, err := loadLibrary(r)
			if err != nil {
				return err
			}
			if lib != nil {
				if known := l.engine.libraries[lib.Digest()]; known != nil {
					lib = known
				}
				l.engine.libraries[lib.Digest()] = lib
				l.libraries = append(l.libraries, lib)
				url := r.Get("url").Text()
				l.byURL[url], l.byURL[url+"|"+r.Get("version").Text()] = lib, lib
			}
		}
	}
	return nil
}

// Link makes the measures ready. Those that cannot be are left out, each with an error
// that names it.
func (l *Loader) Link() (ready []*Measure, errs []error) {
	for _, n := range l.measures {
		m, err := parseMeasure(n)
		if err == nil {
			err = l.engine.link(m, n, l.libraries, l.byURL)
		}
		if err != nil {
			errs = append(errs, err)
			continue
		}
		ready = append(ready, m)
	}
	return ready, errs
}

// resources lists a resource, or those of a bundle.
func resources(n node.Node, list []node.Node) []node.Node {
	if n.ResourceType() != "Bundle" {
		return append(list, n)
	}
	for e := range n.Get("entry").Items() {
		if r := e.Get("resource"); r.Exists() {
			list = append(list, r)
		}
	}
	return list
}

func unzipped(b []byte) ([]byte, error) {
	if !bytes.HasPrefix(b, []byte{0x1f, 0x8b}) {
		return b, nil
	}
	z, err := gzip.NewReader(bytes.NewReader(b))
	if err != nil {
		return nil, err
	}
	out, err := io.ReadAll(io.LimitReader(z, int64(bundleLimits.Bytes)+1))
	if err == nil && len(out) > bundleLimits.Bytes {
		err = errors.New("the bundle is larger than 512 MiB")
	}
	return out, err
}

// loadLibrary reads the ELM of a Library resource, nil if it has none (a library of
// other content).
func loadLibrary(n node.Node) (*elm.Library, error) {
	for c := range n.Get("content").Items() {
		if !c.Get("contentType").Is("application/elm+json") {
			continue
		}
		text := c.Get("data").AppendText(nil)
		src := make([]byte, base64.StdEncoding.DecodedLen(len(text)))
		size, err := base64.StdEncoding.Decode(src, text)
		if err != nil {
			return nil, fmt.Errorf("library %s: the ELM is not base64: %w", n.Get("name").Text(), err)
		}
		lib, err := elm.Load(src[:size])
		if err != nil {
			return nil, fmt.Errorf("library %s: %w", n.Get("name").Text(), err)
		}
		return lib, nil
	}
	return nil, nil
}

// link compiles the measure's library and checks that it has what the measure names.
func (e *Engine) link(m *Measure, n node.Node, libraries []*elm.Library, byURL map[string]*elm.Library) error {
	if len(m.Groups) == 0 {
		return nil // a composite has no logic of its own
	}
	url := n.Get("library").At(0).Text()
	lib := byURL[url]
	if lib == nil {
		bare, _, _ := strings.Cut(url, "|")
		name := bare[strings.LastIndexByte(bare, '/')+1:]
		for _, l := range libraries {
			if l.ID == name {
				lib = l
			}
		}
	}
	if lib == nil {
		return fmt.Errorf("measure %s: its library %s is not in the bundle, or has no ELM (application/elm+json)", m.Label(), url)
	}
	unit, err := e.program.Link(lib, libraries)
	if err != nil {
		return fmt.Errorf("measure %s: %w", m.Label(), err)
	}
	m.unit = unit
	m.traced = sync.OnceValues(func() (*elm.Unit, error) {
		e.tracing.Lock()
		defer e.tracing.Unlock()
		if e.traced == nil {
			e.traced = elm.NewTracedProgram()
		}
		return e.traced.Link(lib, libraries)
	})
	return m.checkNames(unit)
}

// checkNames refuses a measure that names what its library does not define.
func (m *Measure) checkNames(unit *elm.Unit) error {
	missing := func(where, name string) error {
		return fmt.Errorf("measure %s, %s: library %s does not define %q", m.Label(), where, unit.Name(), name)
	}
	for _, g := range m.Groups {
		for _, p := range g.Populations {
			if unit.Definition(p.Expression) == nil && !(p.Role == Observation && unit.HasFunction(p.Expression)) {
				return missing("group "+g.ID, p.Expression)
			}
		}
		for _, s := range g.Stratifiers {
			for _, part := range append([]Stratifier{s}, s.Components...) {
				if part.Expression != "" && unit.Definition(part.Expression) == nil && !unit.HasFunction(part.Expression) {
					return missing("group "+g.ID+", stratifier "+s.ID, part.Expression)
				}
			}
		}
	}
	for _, s := range m.Supplemental {
		if unit.Definition(s.Expression) == nil {
			return missing("supplemental data "+s.ID, s.Expression)
		}
	}
	return nil
}
