// SPDX-License-Identifier: Apache-2.0

package layout

import (
	"fmt"
	"strings"
	"testing"

	"github.com/woodlawn-health/woodlawn/refdata"
)

func readFile(t *testing.T, name, data string, options map[string]string) ([]*refdata.Table, []Reject) {
	t.Helper()
	f := File{Name: name, Data: []byte(data), Options: options}
	l, err := Find(f)
	if err != nil {
		t.Fatal(err)
	}
	tables, rejects, err := l.Read(f)
	if err != nil {
		t.Fatalf("%s: %v", l.Name, err)
	}
	return tables, rejects
}

func cells(t *refdata.Table) string {
	var b strings.Builder
	for r := range t.Rows {
		for c := range t.Columns {
			fmt.Fprintf(&b, "%s|", t.Cell(r, c))
		}
		b.WriteByte('\n')
	}
	return b.String()
}

func TestIPPSTables(t *testing.T) {
	for _, c := range []struct {
		file, data string
		id         string
		want       string
		rejects    int
	}{
		{"drgstable-2031.csv", "diagnosticRelatedGroup,effectiveDate,weight,geometricMeanLengthOfStay,lowVolumeDrg,arithmeticMeanLengthOfStay,postAcuteCare,specialPaymentPostAcuteCare,description\n" +
			"901,20301001,1.2345,3.4,,5.6,Y,Y,INVENTED GROUP\n9x1,20301001,1,1,,1,,,BAD\n902,20301001,abc,1,,1,,,BAD\n",
			"ipps.drg", "901|1.2345|3.4|5.6|Y|Y|INVENTED GROUP|\n", 2},
		{"cbsa-wage-index-2031.csv", "cbsa,size,effectiveDate,geographicWageIndex,reclassifiedWageIndex,imputedFloorWageIndex,name\n" +
			"99001,,20301001,0.9000,0.8900,0.0000,\"Somewhere, XX\"\n91,,20301001,0.7,0.7,0,STATE\n123,,20301001,1,1,0,BAD\n99002,,2030,1,1,0,BAD\n",
			"ipps.wageindex", "99001||2030-10-01|0.9000|0.8900|0.0000|0.0000|Somewhere, XX|\n91||2030-10-01|0.7000|0.7000|0.0000|0.0000|STATE|\n", 2},
		{"ratex-2031.csv", "tableNumber,scope,largeUrban,regLabor,regNLabor\ntab1,nat,1,04000.01,2000.02\ntab1,nat,2,04000.01,2000.02\ntab1,pr,1,0,0\nzzz,nat,1,1,1\n",
			"ipps.rates", "1|4000.01|2000.02|\n", 1},
		{"outmigration-2031.csv", "county,adjustmentFactor,startDate\n99001,0.0123,20301001\n", "ipps.outmigration", "99001|2030-10-01|0.0123|\n", 0},
		{"midnight.csv", "msa,adjustmentFactor\n9400,01.000000\n", "ipps.midnight", "9400|1.000000|\n", 0},
		{"newtech-costs-2031.csv", "name,amount,adjustmentFactor\nINVENTED,1234.50,0.65\n", "ipps.newtech", "INVENTED|1234.50|0.65|\n", 0},
		{"claim-codes-2031.csv", "name,code,codeType\nINVENTED,XW000XX,PROC\nINVENTED,1,WHAT\n", "ipps.newtech-codes", "INVENTED|XW000XX|PROC|\n", 1},
		{"CMS-9999-F Table 5 FY 2031.txt", "TABLE 5.- INVENTED\t\t\n\nMS-DRG\tPAC\tSpecial\tMDC\tTYPE\tTitle\tWeights\tGMLOS\tAMLOS\n" +
			"901\tYes\tNo\t25\tSURG\t\"INVENTED, WITH COMMA\"\t1,012.3456\t3.4\t5.6\n902\tNo\tNo\t25\tMED\tNO DATA*\t---\t---\t---\n903\tYes\n* note\n",
			"ipps.drg", "901|1012.3456|3.4|5.6|Y||INVENTED, WITH COMMA|\n902|0.0000|0.0|0.0|||NO DATA*|\n", 1},
	} {
		tables, rejects := readFile(t, c.file, c.data, nil)
		table := tables[0]
		if table.ID != c.id || cells(table) != c.want || len(rejects) != c.rejects {
			t.Errorf("%s: table %s\n%swant %s\n%srejects %v, want %d", c.file, table.ID, cells(table), c.id, c.want, rejects, c.rejects)
		}
		if c.id != "ipps.midnight" && (table.Version != "2030-10-01" || table.Ends.String() != "2031-09-30") {
			t.Errorf("%s: version %s, ends %s", c.file, table.Version, table.Ends)
		}
	}
}

func TestIPPSPeriod(t *testing.T) {
	data := "name,amount,adjustmentFactor\nINVENTED,1.00,0.65\n"
	tables, _ := readFile(t, "costs.csv", data, map[string]string{"year": "2030"})
	if tables[0].Version != "2029-10-01" {
		t.Errorf("--year 2030 gives %s", tables[0].Version)
	}
	tables, _ = readFile(t, "costs.csv", data, map[string]string{"effective": "2030-04-01"})
	if tables[0].Version != "2030-04-01" || tables[0].Ends.String() != "2030-09-30" {
		t.Errorf("--effective gives %s to %s", tables[0].Version, tables[0].Ends)
	}
	f := File{Name: "costs.csv", Data: []byte(data)}
	if _, _, err := ippsNewTechCosts.Read(f); err == nil || !strings.Contains(err.Error(), "--year") {
		t.Errorf("a file without a year gives %v", err)
	}
}

// An invented record, as CMS's CSV and as the fixed record.
func ipsfSample() (csv, fixed string) {
	values := map[string]string{"npi": "1999999984", "provider_number": "459901", "effective_date": "20251001", "provider_type": "00",
		"state_code": "45", "cbsa_geographic": "26420", "cbsa_standardized_amount": "45", "operating_ccr": "0.231", "cola": "1.000",
		"vbp_factor": "1.00123456789", "ssi_ratio": "0.0512", "bed_size": "210", "uncompensated_care_per_claim": "812.45",
		"termination_date": "0", "hospital_specific_rate": "10111.22", "low_volume_factor": "0.012346"}
	var head, row []string
	record := []byte(strings.Repeat(" ", IPSFRecord))
	for _, f := range IPSFFields {
		v := values[f.Name]
		head, row = append(head, f.CSV), append(row, v)
		switch {
		case f.Kind == refdata.Number:
			v = strings.ReplaceAll(v, ".", "")
			v = strings.Repeat("0", f.Length-min(len(v), f.Length)) + v[max(0, len(v)-f.Length):]
		case f.Kind == refdata.Day && len(v) < 8:
			v = "00000000"
		case strings.HasPrefix(f.Name, "cbsa_"):
			v = fmt.Sprintf("%5s", v)
		}
		copy(record[f.Offset:], v)
	}
	return strings.Join(head, ",") + "\n" + strings.Join(row, ",") + "\n", strings.TrimRight(string(record), " ") + "\n"
}

func TestIPSF(t *testing.T) {
	csv, fixed := ipsfSample()
	a, rejects := readFile(t, "export.csv", csv, nil)
	b, moreRejects := readFile(t, "INPAT.TXT", fixed, nil)
	if len(rejects)+len(moreRejects) > 0 {
		t.Fatal(rejects, moreRejects)
	}
	if a[0].ID != "ipps.providers" || a[0].Rows != 1 || a[0].Version != "2025-10-01" {
		t.Errorf("table %s %s with %d rows", a[0].ID, a[0].Version, a[0].Rows)
	}
	if cells(a[0]) != cells(b[0]) {
		t.Errorf("CSV\n%sfixed\n%s", cells(a[0]), cells(b[0]))
	}
	for _, want := range []string{"|459901|2025-10-01|", "|0.231|", "|   45|", "|1.00123456789|", "|812.45|", "|0.012346|"} {
		if !strings.Contains(cells(a[0]), want) {
			t.Errorf("%s is missing in %s", want, cells(a[0]))
		}
	}
}

func TestIPSFRejects(t *testing.T) {
	csv, fixed := ipsfSample()
	bad := csv + strings.Replace(strings.SplitAfter(csv, "\n")[1], "0.231", "zero", 1) + strings.Replace(strings.SplitAfter(csv, "\n")[1], "20251001", "20259901", 1)
	if tables, rejects := readFile(t, "export.csv", bad, nil); tables[0].Rows != 1 || len(rejects) != 2 || rejects[0].Field != "operating_ccr" {
		t.Errorf("%d rows, rejects %v", tables[0].Rows, rejects)
	}
	long := fixed + strings.Repeat("1", IPSFRecord+1) + "\n" + fixed[:96] + "ABCDE" + fixed[101:]
	if tables, rejects := readFile(t, "INPAT.TXT", long, nil); tables[0].Rows != 1 || len(rejects) != 2 || rejects[1].Field != "bed_size" {
		t.Errorf("%d rows, rejects %v", tables[0].Rows, rejects)
	}
}

func FuzzIPSF(f *testing.F) {
	csv, fixed := ipsfSample()
	f.Add([]byte(csv))
	f.Add([]byte(fixed))
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, l := range []Layout{ipsfCSV, ipsfFixed, ippsTable5, ippsWageIndex} {
			tables, _, err := l.Read(File{Name: "x-2031", Data: data})
			if err != nil {
				continue
			}
			for _, table := range tables {
				_ = cells(table)
			}
		}
	})
}
