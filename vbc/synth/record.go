// SPDX-License-Identifier: Apache-2.0

package synth

import (
	"fmt"
	"strconv"

	"github.com/woodlawn-health/woodlawn/claim/civil"
	"github.com/woodlawn-health/woodlawn/claim/money"
	"github.com/woodlawn-health/woodlawn/vbc/cclf"
)

// written are the fields that each file's records fill, in the order in which the
// functions of claims.go give them. Other fields stay blank.
var written = map[byte][]string{
	'1': {"CUR_CLM_UNIQ_ID", "BENE_MBI_ID", "BENE_EQTBL_BIC_HICN_NUM", "CLM_ADJSMT_TYPE_CD", "CLM_EFCTV_DT", "CLM_IDR_LD_DT",
		"PRVDR_OSCAR_NUM", "CLM_TYPE_CD", "CLM_FROM_DT", "CLM_THRU_DT", "CLM_BILL_FAC_TYPE_CD", "CLM_BILL_CLSFCTN_CD",
		"CLM_BILL_FREQ_CD", "PRNCPL_DGNS_CD", "CLM_PMT_AMT", "DGNS_DRG_CD", "BENE_PTNT_STUS_CD", "ATNDG_PRVDR_NPI_NUM",
		"FAC_PRVDR_NPI_NUM", "CLM_OPRTNL_IME_AMT", "CLM_OPRTNL_DSPRPRTNT_AMT", "CLM_CNTL_NUM", "DGNS_PRCDR_ICD_IND"},
	'2': {"CUR_CLM_UNIQ_ID", "BENE_MBI_ID", "CLM_LINE_NUM", "CLM_TYPE_CD", "CLM_LINE_FROM_DT", "CLM_LINE_THRU_DT",
		"CLM_LINE_PROD_REV_CTR_CD", "CLM_LINE_HCPCS_CD", "CLM_LINE_SRVC_UNIT_QTY", "CLM_LINE_CVRD_PD_AMT", "CLM_FROM_DT", "CLM_THRU_DT", "PRVDR_OSCAR_NUM"},
	'3': {"CUR_CLM_UNIQ_ID", "BENE_MBI_ID", "CLM_VAL_SQNC_NUM", "CLM_PRCDR_CD", "CLM_PRCDR_PRFRM_DT", "CLM_FROM_DT", "CLM_THRU_DT"},
	'4': {"CUR_CLM_UNIQ_ID", "BENE_MBI_ID", "CLM_VAL_SQNC_NUM", "CLM_PROD_TYPE_CD", "CLM_DGNS_CD", "CLM_FROM_DT", "CLM_THRU_DT"},
	'5': {"CUR_CLM_UNIQ_ID", "BENE_MBI_ID", "BENE_EQTBL_BIC_HICN_NUM", "CLM_ADJSMT_TYPE_CD", "CLM_EFCTV_DT", "CLM_IDR_LD_DT",
		"CLM_LINE_NUM", "CLM_TYPE_CD", "CLM_FROM_DT", "CLM_THRU_DT", "CLM_CNTL_NUM", "CLM_LINE_FROM_DT", "CLM_LINE_THRU_DT",
		"CLM_LINE_HCPCS_CD", "CLM_LINE_CVRD_PD_AMT", "CLM_LINE_ALOWD_CHRG_AMT", "CLM_LINE_SRVC_UNIT_QTY", "CLM_PRVDR_SPCLTY_CD",
		"CLM_POS_CD", "CLM_RNDRG_PRVDR_TAX_NUM", "RNDRG_PRVDR_NPI_NUM", "CLM_CARR_PMT_DNL_CD", "CLM_PRCSG_IND_CD",
		"CLM_LINE_DGNS_CD", "CLM_DGNS_1_CD", "CLM_DGNS_2_CD", "DGNS_PRCDR_ICD_IND"},
	'6': {"CUR_CLM_UNIQ_ID", "BENE_MBI_ID", "BENE_EQTBL_BIC_HICN_NUM", "CLM_ADJSMT_TYPE_CD", "CLM_EFCTV_DT", "CLM_IDR_LD_DT",
		"CLM_LINE_NUM", "CLM_TYPE_CD", "CLM_FROM_DT", "CLM_THRU_DT", "CLM_CNTL_NUM", "CLM_LINE_FROM_DT", "CLM_LINE_THRU_DT",
		"CLM_LINE_HCPCS_CD", "CLM_LINE_CVRD_PD_AMT", "CLM_LINE_ALOWD_CHRG_AMT", "CLM_POS_CD", "PAYTO_PRVDR_NPI_NUM", "CLM_CARR_PMT_DNL_CD"},
	'7': {"CUR_CLM_UNIQ_ID", "BENE_MBI_ID", "CLM_ADJSMT_TYPE_CD", "CLM_EFCTV_DT", "CLM_IDR_LD_DT", "CLM_TYPE_CD", "CLM_LINE_FROM_DT",
		"CLM_LINE_NDC_CD", "CLM_LINE_SRVC_UNIT_QTY", "CLM_LINE_DAYS_SUPLY_QTY", "CLM_SRVC_PRVDR_GNRC_ID_NUM", "CLM_PRSBNG_PRVDR_GNRC_ID_NUM",
		"CLM_LINE_BENE_PMT_AMT", "CLM_LINE_RX_SRVC_RFRNC_NUM", "CLM_LINE_RX_FILL_NUM"},
	'8': {"BENE_MBI_ID", "BENE_FIPS_STATE_CD", "BENE_FIPS_CNTY_CD", "BENE_ZIP_CD", "BENE_DOB", "BENE_SEX_CD", "BENE_MDCR_STUS_CD",
		"BENE_DUAL_STUS_CD", "BENE_DEATH_DT", "BENE_RNG_BGN_DT", "BENE_1ST_NAME", "BENE_LAST_NAME", "BENE_ORGNL_ENTLMT_RSN_CD",
		"BENE_PART_A_ENRLMT_BGN_DT", "BENE_PART_B_ENRLMT_BGN_DT"},
	'9': {"HICN_MBI_XREF_IND", "CRNT_NUM", "PRVS_NUM", "PRVS_ID_EFCTV_DT", "PRVS_ID_OBSLT_DT"},
}

// version is the layout version that is written.
const version = "v36"

// form is where a file's written fields go.
type form struct {
	length int
	fields []cclf.Field
}

// forms finds the written fields in the layouts.
func forms(layouts *cclf.Layouts) (map[byte]*form, error) {
	out := map[byte]*form{}
	for file, names := range written {
		l, err := layouts.Version(file, version)
		if err != nil {
			return nil, err
		}
		f := &form{length: l.Length}
		for _, name := range names {
			i := l.Field(name)
			if i < 0 {
				return nil, fmt.Errorf("layout %s of CCLF%c has no field %s", version, file, name)
			}
			f.fields = append(f.fields, l.Fields[i])
		}
		out[file] = f
	}
	return out, nil
}

// pen writes the fields of one record, one after the other.
type pen struct {
	form *form
	line []byte // the record in its buffer
	next int
	text []byte
}

// start begins a record at the end of a buffer.
func (p *pen) start(f *form, buf []byte) []byte {
	n := len(buf)
	for range f.length {
		buf = append(buf, ' ')
	}
	buf = append(buf, '\n')
	p.form, p.line, p.next = f, buf[n:], 0
	return buf
}

func (p *pen) put(b []byte) {
	f := &p.form.fields[p.next]
	p.next++
	if len(b) > f.Length {
		panic(fmt.Sprintf("synth: %q does not fit field %s of %d", b, f.Name, f.Length)) // a fault of this package
	}
	copy(p.line[f.Start:], b)
}

func (p *pen) str(s string) {
	p.text = append(p.text[:0], s...)
	p.put(p.text)
}

func (p *pen) num(n int64) {
	p.text = strconv.AppendInt(p.text[:0], n, 10)
	p.put(p.text)
}

// units writes a quantity with four decimals.
func (p *pen) units(n int64) {
	p.text = append(strconv.AppendInt(p.text[:0], n, 10), ".0000"...)
	p.put(p.text)
}

func (p *pen) cents(c money.Cents) {
	p.text = c.Append(p.text[:0])
	p.put(p.text)
}

// date writes a day; no day stays blank.
func (p *pen) date(d civil.Date) {
	p.text = p.text[:0]
	if !d.IsZero() {
		y, m, day := d.YMD()
		p.text = append(p.text, byte('0'+y/1000), byte('0'+y/100%10), byte('0'+y/10%10), byte('0'+y%10), '-',
			byte('0'+int(m)/10), byte('0'+int(m)%10), '-', byte('0'+day/10), byte('0'+day%10))
	}
	p.put(p.text)
}
