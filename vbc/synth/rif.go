// SPDX-License-Identifier: Apache-2.0

package synth

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/woodlawn-health/woodlawn/claim/civil"
	"github.com/woodlawn-health/woodlawn/claim/money"
	"github.com/woodlawn-health/woodlawn/vbc/feed"
)

// rifFile is one file as it is written: its columns and who may write.
type rifFile struct {
	name    string
	columns []string
	f       *os.File
	w       *bufio.Writer
}

func columnsOf(text string) []string { return strings.Fields(text) }

func numbered(stem string, n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, " %s%d", stem, i+1)
	}
	return b.String()
}

func monthly(stem, end string) string {
	var b strings.Builder
	for _, m := range rifMonths {
		b.WriteString(" " + stem + m + end)
	}
	return b.String()
}

var rifMonths = [...]string{"JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEPT", "OCT", "NOV", "DEC"}

const (
	rifClaim   = "DML_IND BENE_ID CLM_ID CLM_GRP_ID FINAL_ACTION NCH_CLM_TYPE_CD CLM_FROM_DT CLM_THRU_DT NCH_WKLY_PROC_DT CLM_PMT_AMT"
	rifPlace   = rifClaim + " FI_DOC_CLM_CNTL_NUM PRVDR_NUM CLM_FAC_TYPE_CD CLM_SRVC_CLSFCTN_TYPE_CD CLM_FREQ_CD PTNT_DSCHRG_STUS_CD ORG_NPI_NUM AT_PHYSN_NPI CLM_TOT_CHRG_AMT PRNCPAL_DGNS_CD"
	rifLine    = " CLM_LINE_NUM REV_CNTR REV_CNTR_DT HCPCS_CD REV_CNTR_UNIT_CNT REV_CNTR_PMT_AMT_AMT"
	rifStay    = " CLM_ADMSN_DT CLM_DRG_CD IME_OP_CLM_VAL_AMT DSH_OP_CLM_VAL_AMT"
	rifService = " LINE_NUM TAX_NUM PRVDR_SPCLTY LINE_SRVC_CNT LINE_PLACE_OF_SRVC_CD LINE_1ST_EXPNS_DT LINE_LAST_EXPNS_DT HCPCS_CD LINE_NCH_PMT_AMT LINE_ALOWD_CHRG_AMT LINE_PRCSG_IND_CD LINE_ICD_DGNS_CD"
)

// rifFiles are the files and their columns: of CMS's layouts those that the lives fill, and
// those by which a file is known.
func rifFiles() []*rifFile {
	dx, proc := numbered("ICD_DGNS_CD", 25), numbered("ICD_PRCDR_CD", 25)+numbered("PRCDR_DT", 25)
	supplier := rifClaim + " CARR_CLM_PMT_DNL_CD CARR_CLM_CNTL_NUM RFR_PHYSN_NPI" + numbered("ICD_DGNS_CD", 12) + rifService
	return []*rifFile{
		{name: "beneficiary", columns: columnsOf("DML_IND BENE_ID STATE_CODE BENE_ZIP_CD BENE_BIRTH_DT BENE_SEX_IDENT_CD BENE_ENTLMT_RSN_ORIG BENE_MDCR_STATUS_CD BENE_SRNM_NAME BENE_GVN_NAME MBI_NUM DEATH_DT RFRNC_YR" +
			monthly("FIPS_STATE_CNTY_", "_CD") + monthly("MDCR_STUS_", "_CD") + numberedMonths("MDCR_ENTLMT_BUYIN_", "_IND") + numberedMonths("HMO_", "_IND") + monthly("META_DUAL_ELGBL_STUS_", "_CD") + " PTA_CVRG_STRT_DT PTB_CVRG_STRT_DT")},
		{name: "beneficiary_history", columns: columnsOf("DML_IND BENE_ID BENE_BIRTH_DT MBI_NUM")},
		{name: "carrier", columns: columnsOf(supplier + " PRF_PHYSN_NPI CARR_LINE_PRCNG_LCLTY_CD")},
		{name: "dme", columns: columnsOf(supplier + " PRVDR_NPI DMERC_LINE_PRCNG_STATE_CD")},
		{name: "inpatient", columns: columnsOf(rifPlace + rifStay + dx + proc + strings.ReplaceAll(rifLine, " REV_CNTR_DT", ""))},
		{name: "snf", columns: columnsOf(rifPlace + rifStay + " NCH_QLFYD_STAY_FROM_DT" + dx + proc + strings.ReplaceAll(rifLine, " REV_CNTR_DT", ""))},
		{name: "outpatient", columns: columnsOf(rifPlace + " NCH_BENE_PTB_DDCTBL_AMT" + dx + proc + rifLine)},
		{name: "hha", columns: columnsOf(rifPlace + " CLM_HHA_TOT_VISIT_CNT" + dx + rifLine)},
		{name: "hospice", columns: columnsOf(rifPlace + " CLM_HOSPC_START_DT_ID" + dx + rifLine)},
		{name: "pde", columns: columnsOf("DML_IND PDE_ID FINAL_ACTION BENE_ID SRVC_DT PD_DT SRVC_PRVDR_ID PRSCRBR_ID RX_SRVC_RFRNC_NUM PROD_SRVC_ID QTY_DSPNSD_NUM DAYS_SUPLY_NUM FILL_NUM DAW_PROD_SLCTN_CD PTNT_PAY_AMT")},
	}
}

func numberedMonths(stem, end string) string {
	var b strings.Builder
	for i := range 12 {
		fmt.Fprintf(&b, " %s%d%s", stem, i+1, end)
	}
	return b.String()
}

// WriteRIF writes what is in force of a feed as Research Identifiable Files: the same lives
// as CMS's Chronic Conditions Warehouse would deliver them, adjustments resolved. Lines of
// inpatient and SNF claims have no payment there. Coverage is written from the first year to the last.
func WriteRIF(f *feed.Feed, dir string, first, last int) (claims int, err error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return 0, err
	}
	files := map[string]*rifFile{}
	for _, x := range rifFiles() {
		if x.f, err = os.OpenFile(filepath.Join(dir, x.name+".csv"), os.O_CREATE|os.O_WRONLY|os.O_EXCL, 0o644); err != nil {
			return 0, err
		}
		defer x.f.Close() // an error of writing is seen before
		x.w = bufio.NewWriterSize(x.f, 1<<16)
		if _, err := x.w.WriteString(strings.Join(x.columns, "|") + "\n"); err != nil {
			return 0, err
		}
		files[x.name] = x
	}
	var n atomic.Int64
	err = feed.Collect(f, func(b *feed.Beneficiary) ([][2]string, bool, error) {
		n.Add(int64(len(b.Claims)))
		return rifRows(files, b, first, last), true, nil
	}, func(rows [][2]string) error {
		for _, r := range rows {
			if _, err := files[r[0]].w.WriteString(r[1]); err != nil {
				return err
			}
		}
		return nil
	})
	for _, x := range files {
		err = errors.Join(err, x.w.Flush())
	}
	return int(n.Load()), err
}

type values map[string]string

func (x *rifFile) row(v values) [2]string {
	v["DML_IND"] = "INSERT"
	var b strings.Builder
	for i, c := range x.columns {
		if i > 0 {
			b.WriteByte('|')
		}
		b.WriteString(v[c])
	}
	b.WriteByte('\n')
	return [2]string{x.name, b.String()}
}

// rifRows are all rows of a beneficiary. The invented BENE_ID is made of the MBI.
func rifRows(files map[string]*rifFile, b *feed.Beneficiary, first, last int) (out [][2]string) {
	id := "B" + b.MBI
	for y := first; y <= last; y++ {
		out = append(out, files["beneficiary"].row(rifPerson(b, id, y)))
	}
	for _, former := range b.Former {
		out = append(out, files["beneficiary_history"].row(values{"BENE_ID": id, "BENE_BIRTH_DT": rifDate(b.Birth), "MBI_NUM": former}))
	}
	for i := range b.Claims {
		c := &b.Claims[i]
		switch c.Setting {
		case feed.Professional, feed.Equipment:
			out = append(out, rifSupplier(files, id, c)...)
		case feed.Drug:
			l := &c.Lines[0]
			out = append(out, files["pde"].row(values{"PDE_ID": strconv.FormatInt(c.ID, 10), "FINAL_ACTION": "F", "BENE_ID": id, "SRVC_DT": rifDate(c.From), "PD_DT": rifDate(c.Effective),
				"SRVC_PRVDR_ID": l.NPI, "PRSCRBR_ID": l.Referring, "RX_SRVC_RFRNC_NUM": c.ControlNumber, "PROD_SRVC_ID": l.Code, "QTY_DSPNSD_NUM": units(l.Units),
				"DAYS_SUPLY_NUM": strconv.FormatInt(l.DaysSupply, 10), "FILL_NUM": l.Fill, "DAW_PROD_SLCTN_CD": l.DispenseAsWritten, "PTNT_PAY_AMT": l.Paid.String()}))
		default:
			out = append(out, rifInstitution(files, id, c)...)
		}
	}
	return out
}

func rifDate(d civil.Date) string {
	if d.IsZero() {
		return ""
	}
	y, m, day := d.YMD()
	return fmt.Sprintf("%02d-%s-%04d", day, m.String()[:3], y)
}

func units(n int64) string { return string(money.AppendTrimmed(nil, n, 4)) }

func rifPerson(b *feed.Beneficiary, id string, year int) values {
	v := values{"BENE_ID": id, "BENE_ZIP_CD": b.Zip, "BENE_BIRTH_DT": rifDate(b.Birth), "BENE_ENTLMT_RSN_ORIG": string(rune(b.OREC)), "BENE_MDCR_STATUS_CD": b.MedicareStatus,
		"BENE_SRNM_NAME": b.Last, "BENE_GVN_NAME": b.First, "MBI_NUM": b.MBI, "DEATH_DT": rifDate(b.Death), "RFRNC_YR": strconv.Itoa(year),
		"PTA_CVRG_STRT_DT": rifDate(b.PartA), "PTB_CVRG_STRT_DT": rifDate(b.PartB), "BENE_SEX_IDENT_CD": map[byte]string{'M': "1", 'F': "2"}[b.Sex]}
	if b.Enrollment.Residence == "CA" {
		v["STATE_CODE"] = "56"
	}
	for i, m := range rifMonths {
		n := strconv.Itoa(i + 1)
		v["FIPS_STATE_CNTY_"+m+"_CD"] = b.State + b.County
		v["META_DUAL_ELGBL_STUS_"+m+"_CD"] = b.Dual
		v["MDCR_STUS_"+m+"_CD"] = "10"
		switch b.Enrollment.TypeAt(year, time.Month(i+1)) {
		case feed.ESRD:
			v["MDCR_STUS_"+m+"_CD"] = "31"
		case feed.Disabled:
			v["MDCR_STUS_"+m+"_CD"] = "20"
		}
		cover := b.Enrollment.At(year, time.Month(i+1))
		v["MDCR_ENTLMT_BUYIN_"+n+"_IND"] = map[feed.Coverage]string{feed.NotEnrolled: "0", feed.BothParts: "3", feed.PartAOnly: "1", feed.PartBOnly: "2", feed.HealthPlan: "3"}[cover]
		v["HMO_"+n+"_IND"] = "0"
		if cover == feed.HealthPlan {
			v["HMO_"+n+"_IND"] = "1"
		}
	}
	return v
}

func rifCommon(id string, c *feed.Claim) values {
	n := strconv.FormatInt(c.ID, 10)
	v := values{"BENE_ID": id, "CLM_ID": n, "CLM_GRP_ID": n, "FINAL_ACTION": "F", "NCH_CLM_TYPE_CD": c.Type, "CLM_FROM_DT": rifDate(c.From),
		"CLM_THRU_DT": rifDate(c.Thru), "NCH_WKLY_PROC_DT": rifDate(c.Effective), "CLM_PMT_AMT": c.Paid.String()}
	for i, code := range c.Diagnoses {
		v["ICD_DGNS_CD"+strconv.Itoa(i+1)] = code
	}
	return v
}

func rifSupplier(files map[string]*rifFile, id string, c *feed.Claim) (out [][2]string) {
	file, npi := files["carrier"], "PRF_PHYSN_NPI"
	if c.Setting == feed.Equipment {
		file, npi = files["dme"], "PRVDR_NPI"
	}
	v := rifCommon(id, c)
	v["CARR_CLM_CNTL_NUM"], v["CARR_CLM_PMT_DNL_CD"] = c.ControlNumber, "1"
	for i := range c.Lines {
		l := &c.Lines[i]
		v["LINE_NUM"], v["TAX_NUM"], v["PRVDR_SPCLTY"], v["LINE_PLACE_OF_SRVC_CD"], v[npi] = strconv.FormatInt(l.Number, 10), l.TIN, l.Specialty, l.Place, l.NPI
		v["LINE_SRVC_CNT"], v["LINE_1ST_EXPNS_DT"], v["LINE_LAST_EXPNS_DT"], v["HCPCS_CD"] = units(l.Units), rifDate(l.From), rifDate(l.Thru), l.Code
		v["LINE_NCH_PMT_AMT"], v["LINE_ALOWD_CHRG_AMT"], v["LINE_ICD_DGNS_CD"], v["RFR_PHYSN_NPI"] = l.Paid.String(), l.Allowed.String(), l.Diagnosis, l.Referring
		v["LINE_PRCSG_IND_CD"] = "A"
		if l.Denial == "0" {
			v["LINE_PRCSG_IND_CD"] = "C" // care that is not covered
		}
		out = append(out, file.row(v))
	}
	return out
}

func rifInstitution(files map[string]*rifFile, id string, c *feed.Claim) (out [][2]string) {
	file := files[map[feed.Setting]string{feed.Inpatient: "inpatient", feed.SNF: "snf", feed.Outpatient: "outpatient", feed.HomeHealth: "hha", feed.Hospice: "hospice"}[c.Setting]]
	v := rifCommon(id, c)
	v["FI_DOC_CLM_CNTL_NUM"], v["PRVDR_NUM"], v["CLM_FAC_TYPE_CD"], v["CLM_SRVC_CLSFCTN_TYPE_CD"], v["CLM_FREQ_CD"] = c.ControlNumber, c.Facility, c.BillType[:1], c.BillType[1:], c.Frequency
	v["PTNT_DSCHRG_STUS_CD"], v["ORG_NPI_NUM"], v["AT_PHYSN_NPI"], v["PRNCPAL_DGNS_CD"], v["CLM_DRG_CD"] = c.PatientStatus, c.FacilityNPI, c.Attending, c.Principal, c.DRG
	v["IME_OP_CLM_VAL_AMT"], v["DSH_OP_CLM_VAL_AMT"], v["CLM_TOT_CHRG_AMT"], v["CLM_ADMSN_DT"] = c.IME.String(), c.DSH.String(), c.Charge.String(), rifDate(c.From)
	for i, p := range c.Procedures {
		v["ICD_PRCDR_CD"+strconv.Itoa(i+1)], v["PRCDR_DT"+strconv.Itoa(i+1)] = p.Code, rifDate(p.Day)
	}
	for i := range c.Lines {
		l := &c.Lines[i]
		v["CLM_LINE_NUM"], v["REV_CNTR"], v["HCPCS_CD"], v["REV_CNTR_UNIT_CNT"], v["REV_CNTR_DT"] = strconv.FormatInt(l.Number, 10), l.Revenue, l.Code, units(l.Units), ""
		if l.From == l.Thru {
			v["REV_CNTR_DT"] = rifDate(l.From)
		}
		if c.Setting != feed.Inpatient && c.Setting != feed.SNF {
			v["REV_CNTR_PMT_AMT_AMT"] = l.Paid.String()
		}
		out = append(out, file.row(v))
	}
	return out
}
