// SPDX-License-Identifier: Apache-2.0

package medicare

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"os"
	"sort"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/woodlawn-health/woodlawn/fhir/node"
	"github.com/woodlawn-health/woodlawn/internal/evidence"
	"github.com/woodlawn-health/woodlawn/vbc/rif"
)

// carinRows reads one claim and gives its rows, "line/column" to value; "0/..." is the first line.
func carinRows(t *testing.T, text string) (rif.Kind, []rif.Row) {
	t.Helper()
	d, err := node.ParseResource([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	var r Carin
	if !IsCarin(d.Root()) {
		t.Fatal("it is not taken for one of R4")
	}
	b, err := r.Read(d, "sample", 1)
	if err != nil {
		t.Fatal(err)
	}
	rows, err := b.Rows(nil)
	if err != nil {
		t.Fatal(err)
	}
	return b.Header.Kind, rows
}

func expect(t *testing.T, row *rif.Row, want map[string]string) {
	t.Helper()
	got := map[string]string{}
	for column := range want {
		got[column] = row.Text(column)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

const uc = `"type":{"coding":[{"system":"http://hl7.org/fhir/us/carin-bb/CodeSystem/C4BBIdentifierType","code":"uc"}]}`

// second and third are claims in the forms of versions 2 and 3 of the Beneficiary FHIR Data
// server, by CMS's documentation of its resources.
const second = `{"resourceType":"ExplanationOfBenefit","id":"carrier-77","status":"active","extension":[
 {"url":"https://bluebutton.cms.gov/resources/variables/carr_clm_cntl_num","valueIdentifier":{"system":"https://bluebutton.cms.gov/resources/variables/carr_clm_cntl_num","value":"C77"}},
 {"url":"https://bluebutton.cms.gov/resources/variables/carr_clm_pmt_dnl_cd","valueCoding":{"system":"https://bluebutton.cms.gov/resources/variables/carr_clm_pmt_dnl_cd","code":"1"}}],
 "identifier":[{` + uc + `,"system":"https://bluebutton.cms.gov/resources/variables/clm_id","value":"77"},{` + uc + `,"system":"https://bluebutton.cms.gov/resources/identifier/claim-group","value":"900"}],
 "type":{"coding":[{"system":"https://bluebutton.cms.gov/resources/variables/nch_clm_type_cd","code":"71"},{"system":"https://bluebutton.cms.gov/resources/codesystem/eob-type","code":"CARRIER"},{"system":"http://terminology.hl7.org/CodeSystem/claim-type","code":"professional"}]},
 "patient":{"reference":"Patient/-7"},"billablePeriod":{"start":"2024-10-27","end":"2024-10-28"},"created":"2026-01-01T00:00:00Z",
 "careTeam":[{"sequence":1,"provider":{"identifier":{"type":{"coding":[{"code":"npi"}]},"value":"1000000020"}},"role":{"coding":[{"code":"referring"}]}},
  {"sequence":3,"provider":{"identifier":{"type":{"coding":[{"code":"npi"}]},"value":"1000000038"}},"role":{"coding":[{"code":"performing"}]},"qualification":{"coding":[{"system":"https://bluebutton.cms.gov/resources/variables/prvdr_spclty","code":"41"}]}},
  {"sequence":4,"provider":{"identifier":{"type":{"coding":[{"code":"npi"}]},"value":"1000000046"}},"role":{"coding":[{"code":"primary"}]}}],
 "supportingInfo":[{"sequence":1,"category":{"coding":[{"code":"clmrecvddate"},{"code":"https://bluebutton.cms.gov/resources/variables/nch_wkly_proc_dt"}]},"timingDate":"2024-11-06"}],
 "diagnosis":[{"sequence":1,"diagnosisCodeableConcept":{"coding":[{"system":"http://hl7.org/fhir/sid/icd-10","code":"H25.1"}]},"type":[{"coding":[{"code":"principal"}]}]},{"sequence":5,"diagnosisCodeableConcept":{"coding":[{"code":"I10"}]},"type":[{"coding":[{"code":"secondary"}]}]}],
 "item":[{"sequence":6,"careTeamSequence":[3,4],"diagnosisSequence":[5],"extension":[{"url":"https://bluebutton.cms.gov/resources/variables/line_prcsg_ind_cd","valueCoding":{"system":"https://bluebutton.cms.gov/resources/variables/line_prcsg_ind_cd","code":"A"}},
   {"url":"https://bluebutton.cms.gov/resources/variables/line_bene_prmry_pyr_cd","valueCoding":{"system":"https://bluebutton.cms.gov/resources/variables/line_bene_prmry_pyr_cd","code":"E"}}],
  "productOrService":{"extension":[{"url":"http://hl7.org/fhir/sid/ndc","valueCoding":{"system":"http://hl7.org/fhir/sid/ndc","code":"49035044700"}}],"coding":[{"system":"https://bluebutton.cms.gov/resources/codesystem/hcpcs","code":"G0438"}]},
  "modifier":[{"coding":[{"system":"https://bluebutton.cms.gov/resources/codesystem/hcpcs","code":"LT"}]}],"servicedPeriod":{"start":"2024-10-27","end":"2024-10-28"},
  "locationCodeableConcept":{"coding":[{"system":"https://bluebutton.cms.gov/resources/variables/line_place_of_srvc_cd","code":"11"}]},"quantity":{"value":1.0},
  "adjudication":[{"category":{"coding":[{"code":"benefit"},{"code":"https://bluebutton.cms.gov/resources/variables/line_nch_pmt_amt"}]},"amount":{"value":37.5}},
   {"category":{"coding":[{"code":"paidtoprovider"},{"code":"https://bluebutton.cms.gov/resources/variables/line_prvdr_pmt_amt"}]},"amount":{"value":30.0}},
   {"category":{"coding":[{"code":"eligible"},{"code":"https://bluebutton.cms.gov/resources/variables/line_alowd_chrg_amt"}]},"amount":{"value":47.84}}]}],
 "payment":{"amount":{"value":37.5}}}`

func TestCarinSecondVersion(t *testing.T) {
	kind, rows := carinRows(t, second)
	if kind != rif.Carrier || len(rows) != 1 {
		t.Fatal(kind, len(rows))
	}
	expect(t, &rows[0], map[string]string{"BENE_ID": "-7", "CLM_ID": "77", "FINAL_ACTION": "F", "NCH_CLM_TYPE_CD": "71", "CLM_FROM_DT": "20241027", "CLM_THRU_DT": "20241028",
		"NCH_WKLY_PROC_DT": "20241106", "CARR_CLM_CNTL_NUM": "C77", "CARR_CLM_PMT_DNL_CD": "1", "LINE_NUM": "6", "HCPCS_CD": "G0438", "HCPCS_1ST_MDFR_CD": "LT",
		"LINE_1ST_EXPNS_DT": "20241027", "LINE_LAST_EXPNS_DT": "20241028", "LINE_PLACE_OF_SRVC_CD": "11", "LINE_NCH_PMT_AMT": "37.5", "LINE_ALOWD_CHRG_AMT": "47.84",
		"LINE_PRCSG_IND_CD": "A", "LINE_BENE_PRMRY_PYR_CD": "E", "PRF_PHYSN_NPI": "1000000038", "RFR_PHYSN_NPI": "1000000020", "PRVDR_SPCLTY": "41",
		"LINE_ICD_DGNS_CD": "I10", "ICD_DGNS_CD1": "H251", "ICD_DGNS_CD2": "I10", "ICD_DGNS_CD3": ""})
}

const third = `{"resourceType":"ExplanationOfBenefit","status":"active","meta":{"tag":[{"system":"https://bluebutton.cms.gov/fhir/CodeSystem/Final-Action","code":"FinalAction"}]},
 "contained":[{"resourceType":"Organization","id":"org","identifier":[{"type":{"coding":[{"code":"NPI"}]},"system":"http://hl7.org/fhir/sid/us-npi","value":"1000000053"},{"system":"http://terminology.hl7.org/NamingSystem/CCN","value":"330024"}]}],
 "identifier":[{` + uc + `,"value":"88"},{"system":"https://bluebutton.cms.gov/identifiers/CLM-CNTL-NUM","value":"D88"}],
 "type":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/claim-type","code":"institutional"},{"system":"https://bluebutton.cms.gov/fhir/CodeSystem/CLM-TYPE-CD","code":"60"}]},
 "patient":{"reference":"Patient/12345"},"billablePeriod":{"start":"2025-01-03","end":"2025-01-11"},"created":"2025-01-18","provider":{"reference":"#org"},
 "careTeam":[{"sequence":1,"provider":{"identifier":{"system":"http://hl7.org/fhir/sid/us-npi","value":"1000000061"}},"role":{"coding":[{"code":"attending"}]}},{"sequence":2,"provider":{"identifier":{"system":"http://hl7.org/fhir/sid/us-npi","value":"1000000079"}},"role":{"coding":[{"code":"otheroperating"}]}}],
 "supportingInfo":[{"category":{"coding":[{"code":"admissionperiod"}]},"timingPeriod":{"start":"2025-01-03","end":"2025-01-11"}},
  {"category":{"coding":[{"code":"admtype"}]},"code":{"coding":[{"system":"https://www.nubc.org/CodeSystem/PriorityTypeOfAdmitOrVisit","code":"3"}]}},
  {"category":{"coding":[{"code":"pointoforigin"}]},"code":{"coding":[{"code":"2"}]}},{"category":{"coding":[{"code":"discharge-status"}]},"code":{"coding":[{"code":"06"}]}},{"category":{"coding":[{"code":"drg"}]},"code":{"coding":[{"code":"460"}]}},
  {"category":{"coding":[{"code":"info"},{"system":"https://bluebutton.cms.gov/fhir/CodeSystem/Supporting-Information","code":"CLM_NCH_PRMRY_PYR_CD"}]},"code":{"coding":[{"system":"https://bluebutton.cms.gov/fhir/CodeSystem/CLM-PRMRY-PYR-CD","code":"I"}]}},
  {"category":{"coding":[{"code":"info"},{"system":"https://bluebutton.cms.gov/fhir/CodeSystem/Supporting-Information","code":"CLM_MDCR_NPMT_RSN_CD"}]},"code":{"coding":[{"system":"https://bluebutton.cms.gov/fhir/CodeSystem/CLM-MDCR-NPMT-RSN-CD","code":"P"}]}},
  {"category":{"coding":[{"code":"info"},{"system":"https://bluebutton.cms.gov/fhir/CodeSystem/Supporting-Information","code":"CLM_NCH_WKLY_PROC_DT"}]},"timingDate":"2025-01-25"},
  {"category":{"coding":[{"code":"typeofbill"}]},"code":{"coding":[{"system":"https://www.nubc.org/CodeSystem/TypeOfBill","code":"0111"}]}}],
 "diagnosis":[{"sequence":1,"diagnosisCodeableConcept":{"coding":[{"code":"M48.062"}]},"type":[{"coding":[{"code":"principal"}]}]},{"sequence":2,"diagnosisCodeableConcept":{"coding":[{"code":"R50.9"}]},"type":[{"coding":[{"code":"admitting"}]}]},
  {"sequence":3,"diagnosisCodeableConcept":{"coding":[{"code":"E78.00"}]},"type":[{"coding":[{"code":"other"}]}]}],
 "procedure":[{"sequence":1,"date":"2025-01-04","procedureCodeableConcept":{"coding":[{"code":"0SG30AJ"}]}}],
 "item":[{"sequence":1,"revenue":{"coding":[{"system":"https://bluebutton.cms.gov/fhir/CodeSystem/CLM-REV-CNTR-CD","code":"0636"},{"system":"https://bluebutton.cms.gov/fhir/CodeSystem/CLM-DDCTBL-COINSRNC-CD","code":"M"}]},
   "productOrService":{"coding":[{"system":"http://www.ama-assn.org/go/cpt","code":"99213"}]},"modifier":[{"coding":[{"system":"h","code":"A2"},{"system":"h","code":"A5"}]}],"servicedDate":"2025-01-05","quantity":{"value":3.000},
   "adjudication":[{"category":{"coding":[{"code":"benefit"},{"system":"https://bluebutton.cms.gov/fhir/CodeSystem/Adjudication","code":"CLM_LINE_CVRD_PD_AMT"}]},"amount":{"value":11.14}}]},
  {"sequence":2,"revenue":{"coding":[{"system":"https://www.nubc.org/CodeSystem/RevenueCodes","code":"0001"}]},"productOrService":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/data-absent-reason","code":"not-applicable"}]}}],
 "adjudication":[{"category":{"coding":[{"system":"https://bluebutton.cms.gov/fhir/CodeSystem/Adjudication","code":"CLM_OPRTNL_DSPRTNT_AMT"}]},"amount":{"value":14.14}}],
 "total":[{"category":{"coding":[{"code":"submitted"},{"system":"https://bluebutton.cms.gov/fhir/CodeSystem/Adjudication","code":"CLM_SBMT_CHRG_AMT"}]},"amount":{"value":9001.55}}],"payment":{"amount":{"value":3.50}}}`

func TestCarinThirdVersion(t *testing.T) {
	kind, rows := carinRows(t, third)
	if kind != rif.Inpatient || len(rows) != 2 {
		t.Fatal(kind, len(rows))
	}
	expect(t, &rows[0], map[string]string{"CLM_ID": "88", "FI_DOC_CLM_CNTL_NUM": "D88", "NCH_CLM_TYPE_CD": "60", "BENE_ID": "12345", "CLM_ADMSN_DT": "20250103", "CLM_THRU_DT": "20250111",
		"CLM_IP_ADMSN_TYPE_CD": "3", "CLM_SRC_IP_ADMSN_CD": "2", "PTNT_DSCHRG_STUS_CD": "06", "CLM_DRG_CD": "460", "NCH_PRMRY_PYR_CD": "I", "CLM_MDCR_NON_PMT_RSN_CD": "P",
		"NCH_WKLY_PROC_DT": "20250125", "CLM_FAC_TYPE_CD": "1", "CLM_SRVC_CLSFCTN_TYPE_CD": "1", "CLM_FREQ_CD": "1", "PRNCPAL_DGNS_CD": "M48062", "ADMTG_DGNS_CD": "R509",
		"ICD_DGNS_CD1": "M48062", "ICD_DGNS_CD2": "E7800", "ICD_DGNS_CD3": "", "ICD_PRCDR_CD1": "0SG30AJ", "PRCDR_DT1": "20250104", "ORG_NPI_NUM": "1000000053", "PRVDR_NUM": "330024",
		"AT_PHYSN_NPI": "1000000061", "OT_PHYSN_NPI": "1000000079", "CLM_PMT_AMT": "3.50", "CLM_TOT_CHRG_AMT": "9001.55", "DSH_OP_CLM_VAL_AMT": "14.14",
		"CLM_LINE_NUM": "1", "REV_CNTR": "0636", "HCPCS_CD": "99213", "HCPCS_1ST_MDFR_CD": "A2", "HCPCS_2ND_MDFR_CD": "A5", "REV_CNTR_DT": "20250105", "REV_CNTR_PMT_AMT_AMT": "11.14"})
	expect(t, &rows[1], map[string]string{"CLM_LINE_NUM": "2", "REV_CNTR": "0001", "HCPCS_CD": "", "REV_CNTR_PMT_AMT_AMT": ""})
	for _, x := range []struct{ from, to, action string }{{`"FinalAction"`, `"NotFinalAction"`, "N"}, {`"status":"active"`, `"status":"cancelled"`, "N"}} {
		_, rows := carinRows(t, strings.Replace(third, x.from, x.to, 1))
		expect(t, &rows[0], map[string]string{"FINAL_ACTION": x.action})
	}
	_, rows = carinRows(t, strings.Replace(third, `"value":"88"`, `"value":"A-88"`, 1))
	if id := rows[0].Text("CLM_ID"); strings.Trim(id, "0123456789") != "" || len(id) < 5 {
		t.Errorf("a number that is none became %q", id)
	}
}

// TestCarinRefusals: what is no claim says why, and no damage stops the reader.
func TestCarinRefusals(t *testing.T) {
	for from, to := range map[string]string{
		`"status":"active"`: `"status":"draft"`, `Patient/12345`: ``, `"code":"institutional"`: `"code":"oral"`, `"2025-01-03","end":"2025-01-11"},"created"`: `"someday"},"created"`,
		`"value":3.50`: `"value":3.507`} {
		text := strings.Replace(third, from, to, 1)
		if to == `"code":"oral"` {
			text = strings.Replace(text, `CLM-TYPE-CD","code":"60"`, `CLM-TYPE-CD","code":"9999"`, 1)
		}
		d, err := node.ParseResource([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		w := Research{Create: func(rif.Kind) (io.Writer, error) { return io.Discard, nil }}
		var one *Unreadable
		if err := w.Add(d, "sample", 3); !errors.As(err, &one) || len(w.Claims) > 0 {
			t.Errorf("%s for %s: %v", to, from, err)
		}
	}
}

// TestCarinGuideExamples reads the examples of the CARIN guides: those of institutions,
// professionals and pharmacies are claims of the kind and dates that they state; oral ones are refused.
func TestCarinGuideExamples(t *testing.T) {
	for _, version := range []string{"1.1.0", "2.0.0"} {
		f, err := os.Open(evidence.Path(t, "fhir/packages/hl7.fhir.us.carin-bb#"+version+".tgz"))
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		z, err := gzip.NewReader(f)
		if err != nil {
			t.Fatal(err)
		}
		var read, refused []string
		for a := tar.NewReader(z); ; {
			h, err := a.Next()
			if err == io.EOF {
				break
			} else if err != nil {
				t.Fatal(err)
			}
			name := h.Name[strings.LastIndexByte(h.Name, '/')+1:]
			if !strings.HasPrefix(name, "ExplanationOfBenefit-") || !strings.Contains(h.Name, "example") {
				continue
			}
			text, err := io.ReadAll(a)
			if err != nil {
				t.Fatal(err)
			}
			d, err := node.ParseResource(bytes.Clone(text))
			if err != nil {
				t.Fatal(err)
			}
			var r Carin
			b, err := r.Read(d, name, 1)
			if err != nil {
				refused = append(refused, name)
				continue
			}
			rows, err := b.Rows(nil)
			if err != nil {
				t.Errorf("%s: %v", name, err)
				continue
			}
			read = append(read, name)
			want := map[string][]rif.Kind{"Inpatient": {rif.Inpatient}, "Outpatient": {rif.Outpatient}, "Professional": {rif.Carrier}, "Pharmacy": {rif.PDE}}
			for part, kinds := range want {
				if strings.Contains(name, part) && b.Header.Kind != kinds[0] {
					t.Errorf("%s is read as %v", name, b.Header.Kind)
				}
			}
			root := d.Root()
			if n := root.Get("item").Len(); b.Header.Kind != rif.PDE && max(n, 1) != len(rows) {
				t.Errorf("%s: %d lines of %d", name, len(rows), n)
			}
			if from := strings.ReplaceAll(root.Get("billablePeriod").Get("start").Text(), "-", ""); b.Header.Kind != rif.PDE && !strings.HasPrefix(from, rows[0].Text("CLM_FROM_DT")) {
				t.Errorf("%s begins on %s, read as %s", name, from, rows[0].Text("CLM_FROM_DT"))
			}
		}
		sort.Strings(refused)
		for _, name := range refused {
			if !strings.Contains(name, "Oral") {
				t.Errorf("carin-bb %s: %s is refused", version, name)
			}
		}
		if len(read) < 5 {
			t.Errorf("carin-bb %s: only %v are read", version, read)
		}
	}
}

// FuzzCarin gives any JSON to the reader: it is read or refused.
func FuzzCarin(f *testing.F) {
	f.Add([]byte(second))
	f.Add([]byte(third))
	f.Fuzz(func(t *testing.T, text []byte) {
		d, err := node.Parse(bytes.Clone(text))
		if err != nil {
			return
		}
		w := Research{Year: 2025, Create: func(rif.Kind) (io.Writer, error) { return io.Discard, nil }}
		var one *Unreadable
		if err := w.Add(d, "fuzz", 1); err != nil && !errors.As(err, &one) {
			t.Fatal(err)
		}
		if err := w.Finish(); err != nil {
			t.Fatal(err)
		}
	})
}
