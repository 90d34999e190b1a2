// SPDX-License-Identifier: Apache-2.0

package msdrg_test

import (
	"encoding/json"
	"path"
	"testing"

	"github.com/woodlawn-health/woodlawn/internal/evidence"
	"github.com/woodlawn-health/woodlawn/payment/msdrg"
	"github.com/woodlawn-health/woodlawn/refdata"
)

// caseFiles hold claims with the answers of CMS's own grouper.
var caseFiles = []string{
	"msdrg_v421_grouper_cases.jsonl.gz",
	"msdrg_v431_grouper_cases.jsonl.gz",
	"msdrg_v431_grouper_cases_2.jsonl.gz",
}

const caseFolder = "data/payment/msdrg/grouper-cases"

// answer is what the official grouper said of a case.
type answer struct {
	DRG        int      `json:"drg"`
	MDC        int      `json:"mdc"`
	InitialDRG int      `json:"initial_drg"`
	InitialMDC int      `json:"initial_mdc"`
	BaseDRG    int      `json:"base_drg"`
	Type       string   `json:"type"`
	RC         string   `json:"rc"`
	Severity   string   `json:"severity"`
	HACStatus  string   `json:"hac_status"`
	HACCount   int      `json:"hac_count"`
	SDX        []string `json:"sdx_severity"`
}

// caseLine is a line of the files.
type caseLine struct {
	Version         string   `json:"version"`
	Age             int      `json:"age"`
	Sex             string   `json:"sex"`
	DischargeStatus int      `json:"discharge_status"`
	POAExempt       bool     `json:"poa_exempt"`
	PDX             codeLine `json:"pdx"`
	SDX             []codeLine
	Procs           []string `json:"procs"`
	Expect          answer   `json:"expect"`
}

type codeLine struct{ Code, POA string }

func (d codeLine) diagnosis() msdrg.Diagnosis {
	out := msdrg.Diagnosis{Code: d.Code}
	if d.POA != "" {
		out.POA = d.POA[0]
	}
	return out
}

func (l *caseLine) input() msdrg.Case {
	c := msdrg.Case{Age: l.Age, DischargeStatus: l.DischargeStatus, POAExempt: l.POAExempt,
		Principal: l.PDX.diagnosis(), Procedures: l.Procs,
		Sex: map[string]msdrg.Sex{"MALE": msdrg.Male, "FEMALE": msdrg.Female}[l.Sex]}
	for _, d := range l.SDX {
		c.Secondary = append(c.Secondary, d.diagnosis())
	}
	return c
}

// readCases reads the cases of one file.
func readCases(tb testing.TB, file string) []caseLine {
	tb.Helper()
	var out []caseLine
	evidence.Lines(tb, path.Join(caseFolder, file), func(n int, line []byte) {
		var l caseLine
		if err := json.Unmarshal(line, &l); err != nil {
			tb.Fatalf("%s line %d: %v", file, n, err)
		}
		out = append(out, l)
	})
	return out
}

func grouper() *msdrg.Grouper { return msdrg.New(refdata.Embedded()) }

func answerOf(r *msdrg.Result) answer {
	a := answer{DRG: r.DRG, MDC: r.MDC, InitialDRG: r.InitialDRG, InitialMDC: r.InitialMDC, BaseDRG: r.BaseDRG,
		Type: r.Type.String(), RC: r.ReturnCode.String(), Severity: r.Severity.String(),
		HACStatus: r.HACStatus.String(), HACCount: r.HACCount(), SDX: []string{}}
	for _, s := range r.Secondary {
		a.SDX = append(a.SDX, s.Flag.String())
	}
	return a
}
