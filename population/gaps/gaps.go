// SPDX-License-Identifier: Apache-2.0

// Package gaps joins what the quality engine found of patients to the beneficiaries of an
// organisation: which care is still to be given, to whom.
//
// A patient of a MeasureReport is a beneficiary by the Medicare Beneficiary Identifier of the
// Patient resource.
package gaps

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/woodlawn-health/woodlawn/fhir/node"
	"github.com/woodlawn-health/woodlawn/quality/measure"
)

// MBISystem names Medicare beneficiary identifiers in FHIR.
const MBISystem = "http://hl7.org/fhir/sid/us-mbi"

// maxLine bounds a resource.
const maxLine = 64 << 20

// Item is one group of a measure that applies to a patient.
type Item struct {
	// Measure is the last part of the measure's address, URL.
	Measure string `json:"measure"`
	URL     string `json:"-"`
	Group   string `json:"group,omitempty"`
	Period  string `json:"period"` // last day
	Open    bool   `json:"-"`
	Reason  string `json:"reason"`
}

// Book has the items of every patient who is known by an MBI.
type Book struct {
	mbi   map[string]string // by reference, Patient/1
	items map[string][]Item // by MBI
	// Unknown counts reports of patients without an MBI; Twice those of a patient, measure
	// and group that came more than once, of which the one of the later period counts.
	Unknown, Twice int
	Reports        int
}

// NewBook makes an empty one.
func NewBook() *Book { return &Book{mbi: map[string]string{}, items: map[string][]Item{}} }

// Items are those of a beneficiary, by the current or a former identifier.
func (b *Book) Items(mbi string, former []string) []Item {
	if list := b.items[mbi]; list != nil {
		return list
	}
	for _, id := range former {
		if list := b.items[id]; list != nil {
			return list
		}
	}
	return nil
}

// ReadPatients takes the identifiers of Patient resources, one a line or in bundles; other
// resources are passed over. reject is told of lines that are no JSON.
func (b *Book) ReadPatients(r io.Reader, name string, reject func(error)) error {
	return eachResource(r, name, reject, func(n node.Node) error {
		if n.ResourceType() != "Patient" {
			return nil
		}
		for id := range n.Get("identifier").Items() {
			if id.Get("system").Is(MBISystem) && n.Get("id").Exists() {
				b.mbi["Patient/"+n.Get("id").Text()] = plain(id.Get("value").Text())
			}
		}
		return nil
	})
}

// plain is an MBI as claims carry it: without hyphens.
func plain(mbi string) string { return strings.ToUpper(strings.ReplaceAll(mbi, "-", "")) }

// ReadReports takes individual MeasureReports; those of other types are passed over. Patients
// must have been read before. A report whose subject is an identifier needs none.
func (b *Book) ReadReports(r io.Reader, name string, reject func(error)) error {
	return eachResource(r, name, reject, func(n node.Node) error {
		if n.ResourceType() != "MeasureReport" || !n.Get("type").Is("individual") {
			return nil
		}
		b.Reports++
		subject := n.Get("subject")
		mbi := ""
		if id := subject.Get("identifier"); id.Get("system").Is(MBISystem) {
			mbi = plain(id.Get("value").Text())
		} else {
			ref := subject.Get("reference").Text()
			if i := strings.LastIndex(ref, "Patient/"); i > 0 {
				ref = ref[i:] // an absolute address
			}
			mbi = b.mbi[ref]
		}
		if mbi == "" {
			b.Unknown++
			return nil
		}
		return b.report(n, mbi)
	})
}

func (b *Book) report(n node.Node, mbi string) error {
	url := n.Get("measure").Text()
	if url == "" {
		return errors.New("the MeasureReport names no measure")
	}
	url, _, _ = strings.Cut(url, "|")
	label := url[strings.LastIndex(url, "/")+1:]
	improvement := code(n.Get("improvementNotation"))
	groups := n.Get("group").Len()
	i := 0
	for g := range n.Get("group").Items() {
		i++
		result := measure.GroupResult{Group: &measure.Group{Improvement: improvement}}
		for x := range g.Get("extension").Items() {
			if strings.HasSuffix(x.Get("url").Text(), "mprovementNotation") {
				result.Group.Improvement = code(x.Get("valueCodeableConcept"))
			}
		}
		for p := range g.Get("population").Items() {
			count, _ := p.Get("count").Int()
			result.Populations = append(result.Populations, measure.PopulationResult{Criterion: &measure.Criterion{Role: measure.Role(code(p.Get("code")))}, Count: int(count)})
		}
		if result.Count(measure.Denominator)-result.Count(measure.DenominatorExclusion)-result.Count(measure.DenominatorException) <= 0 {
			continue // no care is called for
		}
		it := Item{Measure: label, URL: url, Period: n.Get("period").Get("end").Text()}
		if groups > 1 {
			it.Group = fmt.Sprint(i)
		}
		it.Open, it.Reason = result.Gap()
		b.add(mbi, it)
	}
	return nil
}

// add keeps one item a measure and group: the one of the later period.
func (b *Book) add(mbi string, it Item) {
	list := b.items[mbi]
	for i := range list {
		if list[i].URL == it.URL && list[i].Group == it.Group {
			b.Twice++
			if it.Period > list[i].Period {
				list[i] = it
			}
			return
		}
	}
	b.items[mbi] = append(list, it)
}

// code is the first code of a CodeableConcept.
func code(n node.Node) string { return n.Get("coding").At(0).Get("code").Text() }

// eachResource gives the resources of NDJSON, or of one document, those of bundles one by one.
func eachResource(r io.Reader, name string, reject func(error), fn func(node.Node) error) error {
	sc := bufio.NewScanner(r)
	sc.Buffer(make([]byte, 1<<20), maxLine)
	for line := 1; sc.Scan(); line++ {
		text := bytes.TrimSpace(sc.Bytes())
		if len(text) == 0 {
			continue
		}
		d, err := node.ParseResource(text)
		if err == nil {
			err = inside(d.Root(), fn)
			d.Release()
		}
		if err != nil {
			reject(fmt.Errorf("%s, line %d: %w", name, line, err))
		}
	}
	if err := sc.Err(); err != nil {
		return fmt.Errorf("%s: %w; wanted one resource a line (NDJSON)", name, err)
	}
	return nil
}

func inside(n node.Node, fn func(node.Node) error) error {
	if n.ResourceType() != "Bundle" {
		return fn(n)
	}
	for e := range n.Get("entry").Items() {
		if err := fn(e.Get("resource")); err != nil {
			return err
		}
	}
	return nil
}
