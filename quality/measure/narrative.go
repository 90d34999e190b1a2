// SPDX-License-Identifier: Apache-2.0

package measure

import (
	"bytes"
	"encoding/json"
	"fmt"
	"html"
	"strings"
)

// narrativeJSON is what people read of a resource.
type narrativeJSON struct {
	Status string `json:"status"`
	Div    string `json:"div"`
}

// narrative says in a few lines what the report says: measure, period, whom it is about,
// and the counts and score of every group. Strata stay out of it, so that it is short.
func (rep *reportJSON) narrative(m *Measure) *narrativeJSON {
	title := m.Title
	if title == "" {
		title = m.Label()
	}
	start, end := rep.Period.Start, rep.Period.End
	var b strings.Builder
	fmt.Fprintf(&b, `<div xmlns="http://www.w3.org/1999/xhtml"><p>%s, %s to %s`, html.EscapeString(title), start[:min(len(start), 10)], end[:min(len(end), 10)])
	if rep.Subject != nil {
		fmt.Fprintf(&b, ", %s", html.EscapeString(rep.Subject.Reference))
	}
	b.WriteString(` (`)
	b.WriteString(rep.Type)
	b.WriteString(`)</p><table>`)
	for i, g := range rep.Group {
		label := ""
		if len(rep.Group) > 1 {
			label = fmt.Sprintf("group %d ", i+1)
		}
		for _, p := range g.Population {
			fmt.Fprintf(&b, `<tr><td>%s%s</td><td>%d</td></tr>`, label, html.EscapeString(p.Code.Coding[0].Code), p.Count)
		}
		if g.Score != nil {
			fmt.Fprintf(&b, `<tr><td>%sscore</td><td>%s</td></tr>`, label, html.EscapeString(string(g.Score.Value)))
		}
	}
	if len(rep.Group) == 0 {
		b.WriteString(`<tr><td>no figures</td></tr>`)
	}
	b.WriteString(`</table></div>`)
	return &narrativeJSON{"generated", b.String()}
}

// encode writes the report with its narrative. Markup is not escaped beyond what JSON
// asks for: it is read as FHIR, not inside a page.
func (rep *reportJSON) encode(m *Measure) ([]byte, error) {
	rep.Text = rep.narrative(m)
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(rep); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}
