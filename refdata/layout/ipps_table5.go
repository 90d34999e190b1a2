// SPDX-License-Identifier: Apache-2.0

package layout

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/woodlawn-health/woodlawn/refdata"
)

// ippsTable5 is Table 5 of the yearly final rule as CMS publishes it in text: tab
// separated, some lines of title, then a header line that starts with MS-DRG.
var ippsTable5 = Layout{
	Name:     "IPPS Table 5",
	Describe: "MS-DRG weights of the IPPS final rule, Table 5, tab separated text (CMS-NNNN-F Table 5.txt)",
	Match: func(name string, head []byte) bool {
		return strings.Contains(name, "TABLE 5") && bytes.Contains(head, []byte("\t")) ||
			bytes.Contains(head, []byte("TABLE 5")) && bytes.Contains(head, []byte("MS-DRG\t"))
	},
	Read: readTable5,
}

// The columns of Table 5, in order.
const (
	t5DRG = iota
	t5PostAcute
	t5SpecialPay
	t5MDC
	t5Type
	t5Title
	t5Weight
	t5GMLOS
	t5AMLOS
	t5Width
)

func readTable5(f File) ([]*refdata.Table, []Reject, error) {
	meta, err := ippsMeta(&f, "ipps.drg", "MS-DRG weights, lengths of stay, transfer flags", "IPPS final rule, Table 5", IPPSDRGColumns)
	if err != nil {
		return nil, nil, err
	}
	b := refdata.NewBuilder(meta)
	var rejects []Reject
	header := false
	for n, line := range bytes.Split(f.Data, []byte("\n")) {
		fields := strings.Split(strings.TrimRight(string(line), "\r"), "\t")
		for i := range fields {
			fields[i] = strings.Trim(strings.TrimSpace(fields[i]), `"`)
		}
		if !header {
			header = strings.EqualFold(fields[0], "MS-DRG")
			continue
		}
		if !isCode(fields[0], 3) {
			continue // notes under the table
		}
		if len(fields) < t5Width {
			rejects = append(rejects, Reject{n + 1, "record", "", fmt.Sprintf("%d columns, Table 5 has %d", len(fields), t5Width)})
			continue
		}
		err := b.Add(fields[t5DRG], bare(fields[t5Weight]), bare(fields[t5GMLOS]), bare(fields[t5AMLOS]),
			yes(fields[t5PostAcute]), yes(fields[t5SpecialPay]), fields[t5Title])
		if err != nil {
			rejects = append(rejects, Reject{n + 1, "MS-DRG " + fields[0], "", err.Error()})
		}
	}
	if !header {
		return nil, nil, fmt.Errorf("%s has no header line that starts with MS-DRG", f.Name)
	}
	return []*refdata.Table{b.Table()}, rejects, nil
}

// bare takes the marks out of a figure of the final rule: thousands commas,
// footnote stars; the dashes of a DRG without data mean nothing.
func bare(s string) string {
	s = strings.ReplaceAll(strings.TrimRight(s, "* "), ",", "")
	if strings.Trim(s, "-") == "" {
		return ""
	}
	return s
}

// yes makes Y of the Yes of Table 5.
func yes(s string) string {
	if strings.EqualFold(s, "yes") || strings.EqualFold(s, "y") {
		return "Y"
	}
	return ""
}
