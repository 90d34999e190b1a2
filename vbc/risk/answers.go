// SPDX-License-Identifier: Apache-2.0

package risk

import (
	"bytes"
	"fmt"
	"sync"

	"github.com/woodlawn-health/woodlawn/claim/trace"
	"github.com/woodlawn-health/woodlawn/refdata"
)

// Answers answers JSON lines with scores. It is safe for concurrent use; each
// goroutine takes a Scorer of its own.
type Answers struct {
	Catalog *refdata.Catalog
	// Model and Year are used where a line names none.
	Model string
	Year  int
	// Explain adds a trace to each answer; ExplainText prints it for a person instead
	// of JSON.
	Explain, ExplainText bool

	mu     sync.Mutex
	models map[modelYear]loaded
}

type modelYear struct {
	name string
	year int
}

type loaded struct {
	model *Model
	err   error
}

// Scorer answers lines on one goroutine.
type Scorer struct {
	answers *Answers
	scratch Scratch
	line    Line
	last    modelYear
	model   *Model
}

// Scorer makes a Scorer.
func (a *Answers) Scorer() *Scorer { return &Scorer{answers: a} }

// Line appends the answer to line n, which ends with a line feed, and reports whether
// the person could be scored. One who could not is answered with an error.
func (sc *Scorer) Line(n int, text string, dst []byte) (out []byte, ok bool) {
	out, err := sc.score(n, text, dst)
	if err != nil {
		return append(appendError(dst, &sc.line, n, err), '\n'), false
	}
	return out, true
}

func (sc *Scorer) score(n int, text string, dst []byte) ([]byte, error) {
	l := &sc.line
	if err := l.Read(text); err != nil {
		return nil, err
	}
	key := modelYear{l.Model, l.Year}
	if key.name == "" {
		key.name = sc.answers.Model
	}
	if key.year == 0 {
		key.year = sc.answers.Year
	}
	if sc.model == nil || key != sc.last {
		m, err := sc.answers.load(key)
		if err != nil {
			return nil, err
		}
		sc.model, sc.last = m, key
	}
	var t *trace.Trace
	if sc.answers.Explain {
		t = trace.New()
	}
	r, err := sc.model.Score(&l.Person, &sc.scratch, t)
	if err != nil {
		return nil, err
	}
	if !sc.answers.ExplainText {
		return append(sc.model.AppendAnswer(dst, l, &r, t), '\n'), nil
	}
	dst = fmt.Appendf(dst, "line %d, id %s, %s of %d\n", n, l.ID, sc.model.Name, sc.model.Year)
	var b bytes.Buffer
	_ = t.WriteTable(&b) // a buffer does not fail
	return append(append(dst, b.Bytes()...), '\n'), nil
}

// names are the models that a line may ask for; the long names are CMS's.
var names = map[string]string{"CMS-HCC Model V22": "CMS-HCC V22", "CMS-HCC Model V24": "CMS-HCC V24", "CMS-HCC Model V28": "CMS-HCC V28",
	"CMS-HCC ESRD Model V21": "CMS-HCC ESRD V21", "CMS-HCC ESRD Model V24": "CMS-HCC ESRD V24", "RxHCC Model V05": "RxHCC V05",
	"RxHCC Model V08": "RxHCC V08", "V22": "CMS-HCC V22", "V24": "CMS-HCC V24", "V28": "CMS-HCC V28"}

// known are the names of the models themselves.
var known = func() map[string]bool {
	out := map[string]bool{"RxHCC V08 PDP": true, "RxHCC V08 MA-PD": true}
	for _, name := range names {
		out[name] = true
	}
	return out
}()

// load reads a model once.
func (a *Answers) load(key modelYear) (*Model, error) {
	if short, ok := names[key.name]; ok {
		key.name = short
	}
	if !known[key.name] {
		return nil, &PersonError{"model", key.name, "is no risk adjustment model; try CMS-HCC V28"}
	}
	if key.year < 2000 || key.year > 2100 {
		return nil, &PersonError{"payment_year", fmt.Sprint(key.year), "must be a year from 2000 to 2100"}
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.models == nil {
		a.models = map[modelYear]loaded{}
	}
	l, ok := a.models[key]
	if !ok {
		l.model, l.err = New(a.Catalog, key.name, key.year)
		a.models[key] = l
	}
	return l.model, l.err
}
