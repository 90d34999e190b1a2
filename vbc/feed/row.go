// SPDX-License-Identifier: Apache-2.0

package feed

import (
	"encoding/binary"
	"fmt"
	"slices"

	"github.com/woodlawn-health/woodlawn/claim/civil"
	"github.com/woodlawn-health/woodlawn/claim/money"
	"github.com/woodlawn-health/woodlawn/vbc/cclf"
)

// column is one field that a row keeps of a CCLF record.
type column struct {
	name string
	kind byte // s text, d date, c amount, q quantity with four decimals, n whole number
}

// columns are the fields kept of each file, in the order in which rows hold them.
var columns = map[byte][]column{
	'1': {{"CUR_CLM_UNIQ_ID", 'n'}, {"CLM_ADJSMT_TYPE_CD", 's'}, {"CLM_EFCTV_DT", 'd'}, {"CLM_IDR_LD_DT", 'd'},
		{"CLM_TYPE_CD", 's'}, {"CLM_FROM_DT", 'd'}, {"CLM_THRU_DT", 'd'}, {"PRVDR_OSCAR_NUM", 's'},
		{"CLM_BILL_FAC_TYPE_CD", 's'}, {"CLM_BILL_CLSFCTN_CD", 's'}, {"CLM_BILL_FREQ_CD", 's'}, {"CLM_PMT_AMT", 'c'},
		{"CLM_OPRTNL_IME_AMT", 'c'}, {"CLM_MDCR_IP_PPS_CPTL_IME_AMT", 'c'}, {"CLM_OPRTNL_DSPRPRTNT_AMT", 'c'},
		{"CLM_MDCR_IP_PPS_DSPRPRTNT_AMT", 'c'}, {"CLM_HIPPS_UNCOMPD_CARE_AMT", 'c'},
		{"DGNS_DRG_CD", 's'}, {"BENE_PTNT_STUS_CD", 's'}, {"CLM_ADMSN_TYPE_CD", 's'}, {"CLM_ADMSN_SRC_CD", 's'},
		{"PRNCPL_DGNS_CD", 's'}, {"ADMTG_DGNS_CD", 's'}, {"CLM_MDCR_NPMT_RSN_CD", 's'}, {"CLM_NCH_PRMRY_PYR_CD", 's'},
		{"ATNDG_PRVDR_NPI_NUM", 's'}, {"OPRTG_PRVDR_NPI_NUM", 's'}, {"OTHR_PRVDR_NPI_NUM", 's'},
		{"FAC_PRVDR_NPI_NUM", 's'}, {"CLM_CNTL_NUM", 's'}, {"CLM_MDCR_INSTNL_TOT_CHRG_AMT", 'c'}},
	'2': {{"CUR_CLM_UNIQ_ID", 'n'}, {"CLM_LINE_NUM", 'n'}, {"CLM_LINE_FROM_DT", 'd'}, {"CLM_LINE_THRU_DT", 'd'},
		{"CLM_LINE_PROD_REV_CTR_CD", 's'}, {"CLM_LINE_HCPCS_CD", 's'}, {"CLM_LINE_SRVC_UNIT_QTY", 'q'}, {"CLM_LINE_CVRD_PD_AMT", 'c'},
		{"HCPCS_1_MDFR_CD", 's'}, {"HCPCS_2_MDFR_CD", 's'}, {"HCPCS_3_MDFR_CD", 's'}, {"HCPCS_4_MDFR_CD", 's'}, {"HCPCS_5_MDFR_CD", 's'}},
	'3': {{"CUR_CLM_UNIQ_ID", 'n'}, {"CLM_VAL_SQNC_NUM", 'n'}, {"CLM_PRCDR_CD", 's'}, {"CLM_PRCDR_PRFRM_DT", 'd'}},
	'4': {{"CUR_CLM_UNIQ_ID", 'n'}, {"CLM_VAL_SQNC_NUM", 'n'}, {"CLM_PROD_TYPE_CD", 's'}, {"CLM_DGNS_CD", 's'}},
	'5': {{"CUR_CLM_UNIQ_ID", 'n'}, {"CLM_LINE_NUM", 'n'}, {"CLM_ADJSMT_TYPE_CD", 's'}, {"CLM_EFCTV_DT", 'd'}, {"CLM_IDR_LD_DT", 'd'},
		{"CLM_TYPE_CD", 's'}, {"CLM_FROM_DT", 'd'}, {"CLM_THRU_DT", 'd'}, {"CLM_CNTL_NUM", 's'},
		{"CLM_LINE_FROM_DT", 'd'}, {"CLM_LINE_THRU_DT", 'd'}, {"CLM_LINE_HCPCS_CD", 's'}, {"CLM_LINE_CVRD_PD_AMT", 'c'},
		{"CLM_LINE_ALOWD_CHRG_AMT", 'c'}, {"CLM_LINE_SRVC_UNIT_QTY", 'q'}, {"CLM_PRVDR_SPCLTY_CD", 's'}, {"CLM_POS_CD", 's'},
		{"CLM_RNDRG_PRVDR_TAX_NUM", 's'}, {"RNDRG_PRVDR_NPI_NUM", 's'}, {"CLM_RFRG_PRVDR_NPI_NUM", 's'},
		{"CLM_CARR_PMT_DNL_CD", 's'}, {"CLM_PRCSG_IND_CD", 's'}, {"CLM_LINE_PRMRY_PYR_CD", 's'}, {"CLM_LINE_DGNS_CD", 's'},
		{"HCPCS_1_MDFR_CD", 's'}, {"HCPCS_2_MDFR_CD", 's'}, {"HCPCS_3_MDFR_CD", 's'}, {"HCPCS_4_MDFR_CD", 's'}, {"HCPCS_5_MDFR_CD", 's'},
		{"CLM_DGNS_1_CD", 's'}, {"CLM_DGNS_2_CD", 's'}, {"CLM_DGNS_3_CD", 's'}, {"CLM_DGNS_4_CD", 's'},
		{"CLM_DGNS_5_CD", 's'}, {"CLM_DGNS_6_CD", 's'}, {"CLM_DGNS_7_CD", 's'}, {"CLM_DGNS_8_CD", 's'},
		{"CLM_DGNS_9_CD", 's'}, {"CLM_DGNS_10_CD", 's'}, {"CLM_DGNS_11_CD", 's'}, {"CLM_DGNS_12_CD", 's'}},
	'6': {{"CUR_CLM_UNIQ_ID", 'n'}, {"CLM_LINE_NUM", 'n'}, {"CLM_ADJSMT_TYPE_CD", 's'}, {"CLM_EFCTV_DT", 'd'}, {"CLM_IDR_LD_DT", 'd'},
		{"CLM_TYPE_CD", 's'}, {"CLM_FROM_DT", 'd'}, {"CLM_THRU_DT", 'd'}, {"CLM_CNTL_NUM", 's'},
		{"CLM_LINE_FROM_DT", 'd'}, {"CLM_LINE_THRU_DT", 'd'}, {"CLM_LINE_HCPCS_CD", 's'}, {"CLM_LINE_CVRD_PD_AMT", 'c'},
		{"CLM_LINE_ALOWD_CHRG_AMT", 'c'}, {"CLM_POS_CD", 's'}, {"PAYTO_PRVDR_NPI_NUM", 's'}, {"ORDRG_PRVDR_NPI_NUM", 's'},
		{"CLM_CARR_PMT_DNL_CD", 's'}, {"CLM_PRCSG_IND_CD", 's'}, {"CLM_PRMRY_PYR_CD", 's'}},
	'7': {{"CUR_CLM_UNIQ_ID", 'n'}, {"CLM_ADJSMT_TYPE_CD", 's'}, {"CLM_EFCTV_DT", 'd'}, {"CLM_IDR_LD_DT", 'd'},
		{"CLM_TYPE_CD", 's'}, {"CLM_LINE_FROM_DT", 'd'}, {"CLM_LINE_NDC_CD", 's'}, {"CLM_LINE_SRVC_UNIT_QTY", 'q'},
		{"CLM_LINE_DAYS_SUPLY_QTY", 'n'}, {"CLM_SRVC_PRVDR_GNRC_ID_NUM", 's'}, {"CLM_PRSBNG_PRVDR_GNRC_ID_NUM", 's'},
		{"CLM_LINE_BENE_PMT_AMT", 'c'}, {"CLM_LINE_RX_SRVC_RFRNC_NUM", 's'}, {"CLM_LINE_RX_FILL_NUM", 's'}, {"CLM_DSPNSNG_STUS_CD", 's'},
		{"CLM_DAW_PROD_SLCTN_CD", 's'}},
	'8': {{"BENE_FIPS_STATE_CD", 's'}, {"BENE_FIPS_CNTY_CD", 's'}, {"BENE_ZIP_CD", 's'}, {"BENE_DOB", 'd'}, {"BENE_SEX_CD", 's'},
		{"BENE_MDCR_STUS_CD", 's'}, {"BENE_DUAL_STUS_CD", 's'}, {"BENE_DEATH_DT", 'd'}, {"BENE_RNG_BGN_DT", 'd'}, {"BENE_RNG_END_DT", 'd'},
		{"BENE_1ST_NAME", 's'}, {"BENE_LAST_NAME", 's'}, {"BENE_ORGNL_ENTLMT_RSN_CD", 's'},
		{"BENE_PART_A_ENRLMT_BGN_DT", 'd'}, {"BENE_PART_B_ENRLMT_BGN_DT", 'd'}},
}

// Unread are the columns of a file of the feed that nothing of a Beneficiary is made of.
func Unread(layouts *cclf.Layouts, file byte) ([]string, error) {
	l, err := layouts.Version(file, "v36")
	if err != nil {
		return nil, err
	}
	var out []string
	for _, f := range l.Fields {
		if !slices.ContainsFunc(columns[file], func(c column) bool { return c.name == f.Name }) && f.Name != "BENE_MBI_ID" {
			out = append(out, f.Name)
		}
	}
	return out, nil
}

// packer packs records of one layout into rows.
type packer struct {
	layout *cclf.Layout
	at     []int // field numbers of the columns
	mbi    int
	cols   []column
}

func (p *packer) bind(l *cclf.Layout) error {
	if p.layout == l {
		return nil
	}
	p.layout, p.cols, p.at = l, columns[l.File], p.at[:0]
	for _, c := range p.cols {
		p.at = append(p.at, l.Field(c.name))
	}
	if p.mbi = l.Field("BENE_MBI_ID"); p.mbi < 0 {
		return fmt.Errorf("layout %s of CCLF%c has no BENE_MBI_ID", l.Version, l.File)
	}
	return nil
}

// pack appends the row of a record: the file's number, the day of delivery, the fields.
func (p *packer) pack(b []byte, r *cclf.Record, delivered civil.Date) ([]byte, error) {
	b = append(b, p.layout.File)
	b = binary.AppendVarint(b, int64(delivered))
	for i, c := range p.cols {
		text := r.Bytes(p.at[i])
		var n int64
		var err error
		switch c.kind {
		case 's':
			if len(text) == 1 && text[0] == '~' { // CMS's sign for none
				text = nil
			}
			b = append(binary.AppendUvarint(b, uint64(len(text))), text...)
			continue
		case 'd':
			var d civil.Date
			d, err = r.Date(p.at[i])
			n = int64(d)
		case 'c':
			var m money.Cents
			m, err = r.Cents(p.at[i])
			n = int64(m)
		case 'q':
			n, err = number(text, 4)
		case 'n':
			n, err = number(text, 0)
		}
		if err != nil {
			return b, &cclf.RecordError{Record: r.Number, Field: c.name, Value: string(text), Reason: "is no number"}
		}
		b = binary.AppendVarint(b, n)
	}
	return b, nil
}

func number(text []byte, scale int) (int64, error) {
	if len(text) == 0 {
		return 0, nil
	}
	return money.ParseScaled(text, scale)
}

// unpacker reads a row back, column by column.
type unpacker struct {
	s   string
	bad bool
}

func (u *unpacker) byte() byte {
	if len(u.s) == 0 {
		u.bad = true
		return 0
	}
	b := u.s[0]
	u.s = u.s[1:]
	return b
}

func (u *unpacker) uvarint() uint64 {
	var x uint64
	for shift := uint(0); shift < 64; shift += 7 {
		b := u.byte()
		x |= uint64(b&0x7f) << shift
		if b < 0x80 {
			return x
		}
	}
	u.bad = true
	return 0
}

func (u *unpacker) int() int64 {
	x := u.uvarint()
	return int64(x>>1) ^ -int64(x&1)
}

func (u *unpacker) text() string {
	n := u.uvarint()
	if n > uint64(len(u.s)) {
		u.bad, u.s = true, ""
		return ""
	}
	t := u.s[:n]
	u.s = u.s[n:]
	return t
}

func (u *unpacker) date() civil.Date   { return civil.Date(u.int()) }
func (u *unpacker) cents() money.Cents { return money.Cents(u.int()) }

// letter is the first byte of a text of one letter.
func (u *unpacker) letter() byte {
	if t := u.text(); t != "" {
		return t[0]
	}
	return 0
}
