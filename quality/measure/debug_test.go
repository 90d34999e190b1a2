package measure

import (
	"github.com/woodlawn-health/woodlawn/internal/evidence"
	"os"
	"strings"
	"testing"
)

func TestDebug(t *testing.T) {
	dir, id, def := os.Getenv("DIR"), os.Getenv("CASE"), os.Getenv("DEF")
	if dir == "" {
		t.Skip()
	}
	e := NewEngine(Options{})
	ms, err := e.Load(evidence.Read(t, "data/quality/ecqm/"+dir+"/measure-bundle.json.gz"))
	if err != nil {
		t.Fatal(err)
	}
	evidence.Lines(t, "data/quality/ecqm/"+dir+"/cases.ndjson.gz", func(_ int, line []byte) {
		if !strings.Contains(string(line), id) {
			return
		}
		c, _ := ParseCase(append([]byte(nil), line...))
		rs, err := e.Evaluate(Request{Measures: ms, Period: c.Period}, c.Data...)
		if err != nil {
			t.Fatal(err)
		}
		x, err := rs[0].run.Explain(ms[0].unit, def)
		if err != nil {
			t.Fatal(err)
		}
		x.Write(os.Stdout)
	})
}
