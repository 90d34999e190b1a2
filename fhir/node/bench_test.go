// SPDX-License-Identifier: Apache-2.0

package node_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/woodlawn-health/woodlawn/fhir/node"
	"github.com/woodlawn-health/woodlawn/fhir/packages"
	"github.com/woodlawn-health/woodlawn/internal/evidence"
)

// explanation makes an ExplanationOfBenefit of about 40 KB: an inpatient claim
// with the codings, adjudications and totals that CARIN asks for on each line.
func explanation() []byte {
	var b strings.Builder
	b.WriteString(`{"resourceType":"ExplanationOfBenefit","id":"eob-synthetic-1","meta":{"lastUpdated":"2026-01-31T08:15:00.000Z","profile":["http://hl7.org/fhir/us/carin-bb/StructureDefinition/C4BB-ExplanationOfBenefit-Inpatient-Institutional|2.0.0"]},"status":"active","use":"claim","type":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/claim-type","code":"institutional"}]},"patient":{"reference":"Patient/synthetic-1"},"billablePeriod":{"start":"2026-01-02","end":"2026-01-07"},"created":"2026-01-09T00:00:00-05:00","outcome":"complete","item":[`)
	for line := 1; line <= 27; line++ {
		if line > 1 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, `{"sequence":%d,"diagnosisSequence":[1,2],"revenue":{"coding":[{"system":"https://www.nubc.org/CodeSystem/RevenueCodes","code":"0%d"}]},"servicedPeriod":{"start":"2026-01-02","end":"2026-01-07"},"quantity":{"value":%d,"unit":"day"},"adjudication":[`, line, 110+line, line)
		for i, kind := range []string{"submitted", "eligible", "deductible", "copay", "benefit", "noncovered", "paidtoprovider", "discount"} {
			if i > 0 {
				b.WriteByte(',')
			}
			fmt.Fprintf(&b, `{"category":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/adjudication","code":"%s"}]},"amount":{"value":%d.%02d,"currency":"USD"}}`, kind, 1000+line*37+i, (line*7+i)%100)
		}
		b.WriteString(`]}`)
	}
	b.WriteString(`],"total":[{"category":{"text":"submitted \"total\""},"amount":{"value":31417.25,"currency":"USD"}}]}`)
	return []byte(b.String())
}

func BenchmarkExplanationOfBenefit(b *testing.B) {
	src := explanation()
	b.Run("node", func(b *testing.B) {
		b.SetBytes(int64(len(src)))
		b.ReportAllocs()
		for b.Loop() {
			d, err := node.ParseResource(src)
			if err != nil {
				b.Fatal(err)
			}
			d.Release()
		}
	})
	b.Run("node_kept", func(b *testing.B) {
		b.SetBytes(int64(len(src)))
		b.ReportAllocs()
		for b.Loop() {
			if _, err := node.ParseResource(src); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("encoding_json", func(b *testing.B) {
		b.SetBytes(int64(len(src)))
		b.ReportAllocs()
		for b.Loop() {
			var v any
			if err := json.Unmarshal(src, &v); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func BenchmarkWalk(b *testing.B) {
	d, err := node.ParseResource(explanation())
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		cents := 0
		for item := range d.Root().Get("item").Items() {
			for adj := range item.Get("adjudication").Items() {
				if adj.Get("category").Get("coding").At(0).Get("code").Is("benefit") {
					amount, _ := adj.Get("amount").Get("value").Decimal()
					whole, _ := amount.Truncate().Int64()
					cents += int(whole)
				}
			}
		}
		if cents == 0 {
			b.Fatal("no benefit found")
		}
	}
}

func BenchmarkCARINExample(b *testing.B) {
	p, err := packages.Open(evidence.Path(b, "fhir/packages/hl7.fhir.us.carin-bb#2.0.0.tgz"))
	if err != nil {
		b.Fatal(err)
	}
	var src []byte
	for name, r := range p.Examples() {
		if strings.Contains(name, "EOBInpatient") && len(r.Doc().Bytes()) > len(src) {
			src = r.Doc().Bytes()
		}
	}
	b.Run("node", func(b *testing.B) {
		b.SetBytes(int64(len(src)))
		b.ReportAllocs()
		for b.Loop() {
			d, err := node.ParseResource(src)
			if err != nil {
				b.Fatal(err)
			}
			d.Release()
		}
	})
	b.Run("encoding_json", func(b *testing.B) {
		b.SetBytes(int64(len(src)))
		b.ReportAllocs()
		for b.Loop() {
			var v any
			if err := json.Unmarshal(src, &v); err != nil {
				b.Fatal(err)
			}
		}
	})
}
