// SPDX-License-Identifier: Apache-2.0

package synth

import (
	"bytes"
	"fmt"

	"github.com/klauspost/compress/flate"

	"github.com/woodlawn-health/woodlawn/claim/civil"
)

// files are the CCLF files that hold records; A and B stay empty.
const files = "123456789"

// block is what a few hundred lives write.
type block struct {
	g       *generator
	pen     pen
	raw     [][]byte // by delivery and file
	packed  [][]byte // the same, compressed
	counts  []int
	list    []byte // lines of the assignment list
	months  []byte // of the enrollment file
	optOuts []byte
	truth   []byte
}

// start begins a record of a file in a delivery.
func (b *block) start(delivery int, file byte) *pen {
	i := delivery*len(files) + int(file-'1')
	b.raw[i] = b.pen.start(b.g.forms[file], b.raw[i])
	b.counts[i]++
	return &b.pen
}

// block makes the lives of one block.
func (g *generator) block(index int) *block {
	n := len(g.deliveries) * len(files)
	b := &block{g: g, raw: make([][]byte, n), packed: make([][]byte, n), counts: make([]int, n)}
	for i := index * blockLives; i < min((index+1)*blockLives, g.cfg.Lives); i++ {
		l := g.newLife(i)
		g.care(l, b)
		if g.cfg.Surgery > 0 {
			g.surgeries(l, b)
		}
		g.demographics(l, b)
		g.lists(l, b)
	}
	var out bytes.Buffer
	w, err := flate.NewWriter(&out, flate.BestSpeed)
	if err != nil {
		panic(err) // the level is one that there is
	}
	for i, raw := range b.raw {
		if len(raw) == 0 {
			continue
		}
		out.Reset()
		w.Reset(&out)
		_, _ = w.Write(raw) // into memory
		_ = w.Flush()       // ends on a byte, so that blocks can follow each other
		b.packed[i] = bytes.Clone(out.Bytes())
	}
	return b
}

// demographics writes CCLF8 and CCLF9 of every delivery.
func (g *generator) demographics(l *life, b *block) {
	for d, day := range g.deliveries {
		death := l.death
		if death.After(day) {
			death = 0
		}
		p := b.start(d, '8')
		p.str(l.id(day))
		p.str("12")
		p.str(fmt.Sprintf("%03d", l.county))
		p.str(fmt.Sprintf("3%04d", l.county*11))
		p.date(l.birth)
		p.text = append(p.text[:0], l.sex)
		p.put(p.text)
		p.str(l.status)
		p.str(l.dual)
		p.date(death)
		var hospice civil.Date
		if !death.IsZero() && l.number%3 == 0 {
			hospice = death.AddDays(-20)
		}
		p.date(hospice)
		p.str(firstNames[l.number%len(firstNames)])
		p.str(lastNames[l.number/len(firstNames)%len(lastNames)])
		p.text = append(p.text[:0], l.orec)
		p.put(p.text)
		p.date(l.partA)
		p.date(l.partA)
		for i, changed := range l.changed {
			if changed.After(day) {
				break
			}
			x := b.start(d, '9')
			x.str("M")
			x.str(l.ids[i+1])
			x.str(l.ids[i])
			from := l.partA
			if i > 0 {
				from = l.changed[i-1]
			}
			x.date(from)
			x.date(changed.AddDays(-1))
		}
	}
}

var (
	firstNames = []string{"Ash", "Birch", "Cedar", "Elm", "Fern", "Hazel", "Ivy", "Laurel", "Linden", "Myrtle", "Olive", "Rowan", "Willow"}
	lastNames  = []string{"Brook", "Canyon", "Delta", "Field", "Harbor", "Hill", "Island", "Lake", "Meadow", "Mesa", "Prairie", "Ridge", "River", "Shore", "Spring", "Summit", "Valley"}
)

// lists writes the person's lines of the lists.
func (g *generator) lists(l *life, b *block) {
	last := g.deliveries[len(g.deliveries)-1]
	id := l.id(last)
	country := "US"
	if l.abroad {
		country = "CA"
	}
	for y := range g.years {
		b.months = fmt.Appendf(b.months, "%s,%d,%s,%s,%s\n", id, g.firstYear+y, l.coverage[y*12:y*12+12], l.types[y*12:y*12+12], country)
	}
	b.list = fmt.Appendf(b.list, "%s,%s,%s,%c,%s,%s,%s", id, firstNames[l.number%len(firstNames)],
		lastNames[l.number/len(firstNames)%len(lastNames)], l.sex, l.birth, l.va.tin, l.va.npi)
	for _, t := range l.types[len(l.types)-12:] {
		b.list = append(b.list, ',', t)
	}
	b.list = append(b.list, '\n')
	if !l.optOut.IsZero() {
		line := bytes.Repeat([]byte{' '}, 459)
		copy(line, id)
		copy(line[354:], l.optOut.AppendCompact(nil))
		copy(line[362:], "1-800TN")
		copy(line[384:], ACO)
		b.optOuts = append(append(b.optOuts, line...), '\n')
	}
	t := &l.truth
	b.truth = fmt.Appendf(b.truth, "%s,%t,%d,%s,%s,%s,%s\n", id, !l.optOut.IsZero(), t.Claims, t.PartA, t.PartB, t.DME, t.Copays)
}
