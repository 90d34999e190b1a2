// SPDX-License-Identifier: Apache-2.0

package risk

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"runtime"
	"strings"
	"sync"

	"github.com/woodlawn-health/woodlawn/claim/trace"
	"github.com/woodlawn-health/woodlawn/refdata"
)

// Stream scores JSON lines on every core and keeps their order.
type Stream struct {
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

// Stats counts lines.
type Stats struct{ Lines, Rejects int }

const (
	chunkSize = 256 << 10
	maxLine   = 4 << 20
)

// chunk is a run of whole lines on its way through a worker.
type chunk struct {
	text      []byte
	firstLine int
	tooLong   bool // a line longer than maxLine, which was left out
	out       []byte
	stats     Stats
	done      chan struct{}
}

// Run answers every line of r on w. Lines that can't be scored are answered with an
// error and counted; only reading and writing end the run early.
func (s *Stream) Run(r io.Reader, w io.Writer) (Stats, error) {
	workers := runtime.GOMAXPROCS(0)
	work, order := make(chan *chunk, workers), make(chan *chunk, 4*workers)
	stop := make(chan struct{})
	var wg sync.WaitGroup
	for range workers {
		wg.Go(func() {
			sc := &scorer{stream: s}
			for c := range work {
				sc.chunk(c)
				close(c.done)
			}
		})
	}
	var readErr error
	wg.Go(func() {
		readErr = split(r, func(c *chunk) bool {
			c.done = make(chan struct{})
			select {
			case order <- c:
			case <-stop:
				return false
			}
			work <- c
			return true
		})
		close(work)
		close(order)
	})
	var total Stats
	var writeErr error
	for c := range order {
		<-c.done
		total.Lines += c.stats.Lines
		total.Rejects += c.stats.Rejects
		if writeErr == nil {
			if _, writeErr = w.Write(c.out); writeErr != nil {
				close(stop)
			}
		}
	}
	wg.Wait()
	if readErr != nil {
		return total, fmt.Errorf("reading line %d or after: %w", total.Lines+1, readErr)
	}
	return total, writeErr
}

// split cuts the input into chunks of whole lines until send says no.
func split(r io.Reader, send func(*chunk) bool) error {
	line := 1
	var rest []byte
	for {
		buf := make([]byte, len(rest), len(rest)+chunkSize)
		copy(buf, rest)
		n, err := io.ReadFull(r, buf[len(rest):cap(buf)])
		buf = buf[:len(rest)+n]
		end := bytes.LastIndexByte(buf, '\n') + 1
		last := errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF)
		if last {
			end = len(buf)
		}
		c := &chunk{text: buf[:end], firstLine: line}
		rest = buf[end:]
		line += bytes.Count(c.text, []byte{'\n'})
		if len(rest) > maxLine {
			c.tooLong = true
			if skipErr := skipLine(r, &rest); skipErr != nil {
				err, last = skipErr, errors.Is(skipErr, io.EOF)
			}
			line++
		}
		if (len(c.text) > 0 || c.tooLong) && !send(c) {
			return nil
		}
		if last {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// skipLine drops the rest of a line that is too long.
func skipLine(r io.Reader, rest *[]byte) error {
	buf := (*rest)[:chunkSize]
	for {
		n, err := r.Read(buf)
		if i := bytes.IndexByte(buf[:n], '\n'); i >= 0 {
			*rest = bytes.Clone(buf[i+1 : n])
			return nil
		}
		if err != nil {
			*rest = nil
			return err
		}
	}
}

// scorer is one worker's memory.
type scorer struct {
	stream  *Stream
	scratch Scratch
	line    Line
	last    modelYear
	model   *Model
}

func (sc *scorer) chunk(c *chunk) {
	text := string(c.text)
	c.text = nil
	number := c.firstLine
	for len(text) > 0 {
		line, after, _ := strings.Cut(text, "\n")
		if strings.TrimSpace(line) != "" {
			c.stats.Lines++
			sc.one(c, line, number)
		}
		text = after
		number++
	}
	if c.tooLong {
		c.stats.Lines++
		sc.reject(c, number, fmt.Errorf("line is longer than %d bytes", maxLine))
	}
}

func (sc *scorer) reject(c *chunk, number int, err error) {
	c.stats.Rejects++
	c.out = append(appendError(c.out, &sc.line, number, err), '\n')
}

func (sc *scorer) one(c *chunk, text string, number int) {
	l := &sc.line
	if err := l.Read(text); err != nil {
		sc.reject(c, number, err)
		return
	}
	key := modelYear{l.Model, l.Year}
	if key.name == "" {
		key.name = sc.stream.Model
	}
	if key.year == 0 {
		key.year = sc.stream.Year
	}
	if sc.model == nil || key != sc.last {
		m, err := sc.stream.load(key)
		if err != nil {
			sc.reject(c, number, err)
			return
		}
		sc.model, sc.last = m, key
	}
	var t *trace.Trace
	if sc.stream.Explain {
		t = trace.New()
	}
	r, err := sc.model.Score(&l.Person, &sc.scratch, t)
	if err != nil {
		sc.reject(c, number, err)
		return
	}
	if sc.stream.ExplainText {
		c.out = fmt.Appendf(c.out, "line %d, id %s, %s of %d\n", number, l.ID, sc.model.Name, sc.model.Year)
		var b bytes.Buffer
		_ = t.WriteTable(&b) // a buffer does not fail
		c.out = append(append(c.out, b.Bytes()...), '\n')
		return
	}
	c.out = append(sc.model.AppendAnswer(c.out, l, &r, t), '\n')
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
func (s *Stream) load(key modelYear) (*Model, error) {
	if short, ok := names[key.name]; ok {
		key.name = short
	}
	if !known[key.name] {
		return nil, &PersonError{"model", key.name, "is no risk adjustment model; try CMS-HCC V28"}
	}
	if key.year < 2000 || key.year > 2100 {
		return nil, &PersonError{"payment_year", fmt.Sprint(key.year), "must be a year from 2000 to 2100"}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.models == nil {
		s.models = map[modelYear]loaded{}
	}
	l, ok := s.models[key]
	if !ok {
		l.model, l.err = New(s.Catalog, key.name, key.year)
		s.models[key] = l
	}
	return l.model, l.err
}
