// SPDX-License-Identifier: Apache-2.0

package claim837

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"context"

	"github.com/woodlawn-health/woodlawn/internal/evidence"
)

func TestScratch(t *testing.T) {
	dir := evidence.Path(t, "data/edi")
	files, _ := filepath.Glob(dir + "/*/*")
	for _, f := range files {
		d := filepath.Base(filepath.Dir(f))
		if d == "bench" || d == "hl7v2" {
			continue
		}
		data, _ := os.ReadFile(f)
		rep, err := Run(context.Background(), bytes.NewReader(data), Options{File: filepath.Base(f)}, 1, nil, nil)
		if err != nil {
			t.Error(err)
		}
		fmt.Printf("== %s/%s claims %d rejected %d\n", d, filepath.Base(f), rep.Claims, rep.Rejected)
		if d == "837P" || d == "837I" || d == "malformed" || d == "275" || d == "TA1" || d == "999" {
			seen := map[string]int{}
			for _, ic := range rep.Interchanges {
				for _, i := range ic.Issues {
					fmt.Println("   IC", i.Warning, i.Rule, i.Error())
				}
				for _, g := range ic.Groups {
					for _, i := range g.Issues {
						fmt.Println("   GS", i.Warning, i.Rule, i.Error())
					}
					for _, tx := range g.Transactions {
						for _, i := range tx.Issues {
							k := fmt.Sprint(i.Rule, i.Warning)
							if seen[k]++; seen[k] > 2 {
								continue
							}
							fmt.Println("   ", i.Level, i.Warning, i.Rule, i.Error(), "=", i.Value)
						}
					}
				}
			}
			for _, i := range rep.Issues {
				fmt.Println("   FILE", i.Error())
			}
		}
	}
}
