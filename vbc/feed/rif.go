// SPDX-License-Identifier: Apache-2.0

package feed

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/woodlawn-health/woodlawn/claim/civil"
	"github.com/woodlawn-health/woodlawn/claim/money"
	"github.com/woodlawn-health/woodlawn/vbc/rif"
)

// Research Identifiable Files become rows of the same form as CCLF's, so that everything
// after them is one. A claim of a RIF file names its beneficiary by BENE_ID: the beneficiary
// files tell the identifier behind it, as if it had been replaced by a change of MBI.
//
// CMS has resolved adjustments in these files: a claim whose FINAL_ACTION is F is in force.
// One that is N, or deleted by DML_IND or ADJSTMT_DLTN_CD, withdraws what an earlier file told
// under its number.

// withdrawnKind is a claim that a later file takes out of force.
const withdrawnKind = 'X'

// beneKey is what stands for an MBI until the beneficiary files tell it.
const beneKey = "BENE_ID:"

// isRIF tells a RIF file by its first line.
func isRIF(head []byte) bool {
	line, _, whole := strings.Cut(string(head), "\n")
	if !whole || strings.Count(line, "|") < 2 {
		return false
	}
	_, err := rif.NewHeader(line)
	return err == nil
}

// fromRIF are the RIF columns that columns of CCLF are read from, by file of CCLF. A value
// that begins with = is the same for all; of several apart by a blank the first that is
// there and not empty counts.
var fromRIF = map[byte]map[string]string{
	'1': {"CUR_CLM_UNIQ_ID": "CLM_ID", "CLM_ADJSMT_TYPE_CD": "=0", "CLM_EFCTV_DT": "NCH_WKLY_PROC_DT", "CLM_IDR_LD_DT": "NCH_WKLY_PROC_DT",
		"CLM_TYPE_CD": "NCH_CLM_TYPE_CD", "CLM_FROM_DT": "CLM_FROM_DT", "CLM_THRU_DT": "CLM_THRU_DT", "PRVDR_OSCAR_NUM": "PRVDR_NUM",
		"CLM_BILL_FAC_TYPE_CD": "CLM_FAC_TYPE_CD", "CLM_BILL_CLSFCTN_CD": "CLM_SRVC_CLSFCTN_TYPE_CD", "CLM_BILL_FREQ_CD": "CLM_FREQ_CD",
		"CLM_PMT_AMT": "CLM_PMT_AMT", "CLM_OPRTNL_IME_AMT": "IME_OP_CLM_VAL_AMT", "CLM_MDCR_IP_PPS_CPTL_IME_AMT": "CLM_PPS_CPTL_IME_AMT",
		"CLM_OPRTNL_DSPRPRTNT_AMT": "DSH_OP_CLM_VAL_AMT", "CLM_MDCR_IP_PPS_DSPRPRTNT_AMT": "CLM_PPS_CPTL_DSPRPRTNT_SHR_AMT",
		"CLM_HIPPS_UNCOMPD_CARE_AMT": "CLM_UNCOMPD_CARE_PMT_AMT", "DGNS_DRG_CD": "CLM_DRG_CD", "BENE_PTNT_STUS_CD": "PTNT_DSCHRG_STUS_CD",
		"CLM_ADMSN_TYPE_CD": "CLM_IP_ADMSN_TYPE_CD", "CLM_ADMSN_SRC_CD": "CLM_SRC_IP_ADMSN_CD", "PRNCPL_DGNS_CD": "PRNCPAL_DGNS_CD",
		"ADMTG_DGNS_CD": "ADMTG_DGNS_CD", "CLM_MDCR_NPMT_RSN_CD": "CLM_MDCR_NON_PMT_RSN_CD", "CLM_NCH_PRMRY_PYR_CD": "NCH_PRMRY_PYR_CD",
		"ATNDG_PRVDR_NPI_NUM": "AT_PHYSN_NPI", "OPRTG_PRVDR_NPI_NUM": "OP_PHYSN_NPI", "OTHR_PRVDR_NPI_NUM": "OT_PHYSN_NPI",
		"FAC_PRVDR_NPI_NUM": "ORG_NPI_NUM", "CLM_CNTL_NUM": "FI_DOC_CLM_CNTL_NUM", "CLM_MDCR_INSTNL_TOT_CHRG_AMT": "CLM_TOT_CHRG_AMT"},
	'2': {"CUR_CLM_UNIQ_ID": "CLM_ID", "CLM_LINE_NUM": "CLM_LINE_NUM", "CLM_LINE_FROM_DT": "REV_CNTR_DT CLM_FROM_DT", "CLM_LINE_THRU_DT": "REV_CNTR_DT CLM_THRU_DT",
		"CLM_LINE_PROD_REV_CTR_CD": "REV_CNTR", "CLM_LINE_HCPCS_CD": "HCPCS_CD", "CLM_LINE_SRVC_UNIT_QTY": "REV_CNTR_UNIT_CNT",
		"CLM_LINE_CVRD_PD_AMT": "REV_CNTR_PMT_AMT_AMT", "HCPCS_1_MDFR_CD": "HCPCS_1ST_MDFR_CD", "HCPCS_2_MDFR_CD": "HCPCS_2ND_MDFR_CD",
		"HCPCS_3_MDFR_CD": "HCPCS_3RD_MDFR_CD", "HCPCS_4_MDFR_CD": "HCPCS_4TH_MDFR_CD"},
	'5': {"CUR_CLM_UNIQ_ID": "CLM_ID", "CLM_LINE_NUM": "LINE_NUM", "CLM_ADJSMT_TYPE_CD": "=0", "CLM_EFCTV_DT": "NCH_WKLY_PROC_DT",
		"CLM_IDR_LD_DT": "NCH_WKLY_PROC_DT", "CLM_TYPE_CD": "NCH_CLM_TYPE_CD", "CLM_FROM_DT": "CLM_FROM_DT", "CLM_THRU_DT": "CLM_THRU_DT",
		"CLM_CNTL_NUM": "CARR_CLM_CNTL_NUM", "CLM_LINE_FROM_DT": "LINE_1ST_EXPNS_DT", "CLM_LINE_THRU_DT": "LINE_LAST_EXPNS_DT",
		"CLM_LINE_HCPCS_CD": "HCPCS_CD", "CLM_LINE_CVRD_PD_AMT": "LINE_NCH_PMT_AMT", "CLM_LINE_ALOWD_CHRG_AMT": "LINE_ALOWD_CHRG_AMT",
		"CLM_LINE_SRVC_UNIT_QTY": "LINE_SRVC_CNT", "CLM_PRVDR_SPCLTY_CD": "PRVDR_SPCLTY", "CLM_POS_CD": "LINE_PLACE_OF_SRVC_CD",
		"CLM_RNDRG_PRVDR_TAX_NUM": "TAX_NUM", "RNDRG_PRVDR_NPI_NUM": "PRF_PHYSN_NPI", "CLM_RFRG_PRVDR_NPI_NUM": "RFR_PHYSN_NPI",
		"CLM_CARR_PMT_DNL_CD": "CARR_CLM_PMT_DNL_CD", "CLM_PRCSG_IND_CD": "LINE_PRCSG_IND_CD", "CLM_LINE_PRMRY_PYR_CD": "LINE_BENE_PRMRY_PYR_CD",
		"CLM_LINE_DGNS_CD": "LINE_ICD_DGNS_CD", "HCPCS_1_MDFR_CD": "HCPCS_1ST_MDFR_CD", "HCPCS_2_MDFR_CD": "HCPCS_2ND_MDFR_CD",
		"HCPCS_3_MDFR_CD": "HCPCS_3RD_MDFR_CD", "HCPCS_4_MDFR_CD": "HCPCS_4TH_MDFR_CD"},
	'6': {"CUR_CLM_UNIQ_ID": "CLM_ID", "CLM_LINE_NUM": "LINE_NUM", "CLM_ADJSMT_TYPE_CD": "=0", "CLM_EFCTV_DT": "NCH_WKLY_PROC_DT",
		"CLM_IDR_LD_DT": "NCH_WKLY_PROC_DT", "CLM_TYPE_CD": "NCH_CLM_TYPE_CD", "CLM_FROM_DT": "CLM_FROM_DT", "CLM_THRU_DT": "CLM_THRU_DT",
		"CLM_CNTL_NUM": "CARR_CLM_CNTL_NUM", "CLM_LINE_FROM_DT": "LINE_1ST_EXPNS_DT", "CLM_LINE_THRU_DT": "LINE_LAST_EXPNS_DT",
		"CLM_LINE_HCPCS_CD": "HCPCS_CD", "CLM_LINE_CVRD_PD_AMT": "LINE_NCH_PMT_AMT", "CLM_LINE_ALOWD_CHRG_AMT": "LINE_ALOWD_CHRG_AMT",
		"CLM_POS_CD": "LINE_PLACE_OF_SRVC_CD", "PAYTO_PRVDR_NPI_NUM": "PRVDR_NPI", "ORDRG_PRVDR_NPI_NUM": "RFR_PHYSN_NPI",
		"CLM_CARR_PMT_DNL_CD": "CARR_CLM_PMT_DNL_CD", "CLM_PRCSG_IND_CD": "LINE_PRCSG_IND_CD", "CLM_PRMRY_PYR_CD": "LINE_BENE_PRMRY_PYR_CD"},
	'7': {"CUR_CLM_UNIQ_ID": "PDE_ID", "CLM_ADJSMT_TYPE_CD": "=0", "CLM_EFCTV_DT": "PD_DT SRVC_DT", "CLM_IDR_LD_DT": "PD_DT SRVC_DT", "CLM_TYPE_CD": "=01",
		"CLM_LINE_FROM_DT": "SRVC_DT", "CLM_LINE_NDC_CD": "PROD_SRVC_ID", "CLM_LINE_SRVC_UNIT_QTY": "QTY_DSPNSD_NUM", "CLM_LINE_DAYS_SUPLY_QTY": "DAYS_SUPLY_NUM",
		"CLM_SRVC_PRVDR_GNRC_ID_NUM": "SRVC_PRVDR_ID", "CLM_PRSBNG_PRVDR_GNRC_ID_NUM": "PRSCRBR_ID", "CLM_LINE_BENE_PMT_AMT": "PTNT_PAY_AMT",
		"CLM_LINE_RX_SRVC_RFRNC_NUM": "RX_SRVC_RFRNC_NUM", "CLM_LINE_RX_FILL_NUM": "FILL_NUM", "CLM_DSPNSNG_STUS_CD": "DSPNSNG_STUS_CD",
		"CLM_DAW_PROD_SLCTN_CD": "DAW_PROD_SLCTN_CD"},
	'8': {"BENE_ZIP_CD": "BENE_ZIP_CD", "BENE_DOB": "BENE_BIRTH_DT", "BENE_SEX_CD": "BENE_SEX_IDENT_CD", "BENE_MDCR_STUS_CD": "BENE_MDCR_STATUS_CD",
		"BENE_DEATH_DT": "DEATH_DT", "BENE_1ST_NAME": "BENE_GVN_NAME", "BENE_LAST_NAME": "BENE_SRNM_NAME", "BENE_ORGNL_ENTLMT_RSN_CD": "BENE_ENTLMT_RSN_ORIG",
		"BENE_PART_A_ENRLMT_BGN_DT": "PTA_CVRG_STRT_DT", "BENE_PART_B_ENRLMT_BGN_DT": "PTB_CVRG_STRT_DT"},
}

func init() {
	for i := 1; i <= 12; i++ {
		n := strconv.Itoa(i)
		fromRIF['5']["CLM_DGNS_"+n+"_CD"] = "ICD_DGNS_CD" + n
	}
}

// RIFColumns are the columns of a kind of RIF file that timelines are made of, with those by
// which the file is known.
func RIFColumns(kind rif.Kind) []string {
	out := []string{"DML_IND", "BENE_ID"}
	add := func(names ...string) {
		for _, name := range names {
			if !slices.Contains(out, name) {
				out = append(out, name)
			}
		}
	}
	add(rif.Marks(kind)...)
	files := "1"
	switch kind {
	case rif.Beneficiary:
		files = "8"
		add("STATE_CODE", "MBI_NUM")
		for i, m := range rifMonths {
			n := strconv.Itoa(i + 1)
			add("FIPS_STATE_CNTY_"+m+"_CD", "META_DUAL_ELGBL_STUS_"+m+"_CD", "MDCR_STUS_"+m+"_CD", "MDCR_ENTLMT_BUYIN_"+n+"_IND", "HMO_"+n+"_IND")
		}
	case rif.Carrier:
		files = "5"
	case rif.DME:
		files = "6"
	case rif.PDE:
		files = "7"
		add("ADJSTMT_DLTN_CD")
	default:
		files = "12"
		for i := 1; i <= 25; i++ {
			n := strconv.Itoa(i)
			add("ICD_DGNS_CD"+n, "ICD_PRCDR_CD"+n, "PRCDR_DT"+n)
		}
	}
	if kind != rif.Beneficiary {
		add("FINAL_ACTION")
	}
	for _, file := range []byte(files) {
		for _, c := range columns[file] {
			for _, name := range strings.Fields(fromRIF[file][c.name]) {
				if !strings.HasPrefix(name, "=") {
					add(name)
				}
			}
		}
	}
	return out
}

// rifMonths are the months as the beneficiary file's columns name them.
var rifMonths = [...]string{"JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEPT", "OCT", "NOV", "DEC"}

// rifPacker packs rows of RIF files.
type rifPacker struct {
	header  *rif.Header
	sources map[byte][]rifSource
	rows    []rif.Row
}

// rifSource is where a column of CCLF is read.
type rifSource struct {
	column
	at       []int // columns, of which the first that is not empty counts
	constant string
}

func (p *rifPacker) bind(h *rif.Header) {
	if p.header == h {
		return
	}
	p.header, p.sources = h, map[byte][]rifSource{}
	for file, from := range fromRIF {
		for _, c := range columns[file] {
			s := rifSource{column: c}
			if constant, ok := strings.CutPrefix(from[c.name], "="); ok {
				s.constant = constant
			} else {
				for _, name := range strings.Fields(from[c.name]) {
					if i := h.Column(name); i >= 0 {
						s.at = append(s.at, i)
					}
				}
			}
			p.sources[file] = append(p.sources[file], s)
		}
	}
}

// pack appends the row of a file of CCLF. Values were checked when the row was split; what is
// still no number names its column.
func (p *rifPacker) pack(b []byte, file byte, r *rif.Row, delivered civil.Date, set map[string]string) ([]byte, error) {
	b = binary.AppendVarint(append(b, file), int64(delivered))
	for i := range p.sources[file] {
		s := &p.sources[file][i]
		v, name := s.constant, s.name
		if over, ok := set[s.name]; ok {
			v = over
		} else {
			for _, at := range s.at {
				if v = r.At(at); v != "" {
					name = p.header.Names[at]
					break
				}
			}
		}
		var n int64
		var err error
		switch s.kind {
		case 's':
			if v == "~" {
				v = ""
			}
			b = append(binary.AppendUvarint(b, uint64(len(v))), v...)
			continue
		case 'd':
			var d civil.Date
			d, err = rif.ParseDate(v)
			n = int64(d)
		case 'c':
			var c money.Cents
			c, err = rif.ParseCents(v)
			n = int64(c)
		case 'q':
			n, err = number([]byte(v), 4)
		case 'n':
			n, err = number([]byte(v), 0)
		}
		if err != nil {
			return b, &rif.RecordError{Field: name, Value: v, Reason: "is no number"}
		}
		b = binary.AppendVarint(b, n)
	}
	return b, nil
}

// changes reads who the beneficiaries of a RIF file are.
func (s *source) beneficiaries() (out []Change, err error) {
	f, err := os.Open(s.path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	r, err := rif.NewReader(f, s.name)
	if err != nil || r.Header().Claims() {
		return nil, nil // the second reading names the fault
	}
	var rows []rif.Row
	for {
		b, err := r.Next()
		if err != nil {
			return out, nil // the end, or a fault that the second reading names
		}
		if rows, err = b.Rows(rows); err != nil {
			continue
		}
		row := &rows[0]
		id, mbi := row.Text("BENE_ID"), row.Text("MBI_NUM")
		if id == "" || mbi == "" {
			continue
		}
		c := Change{Current: strings.Clone(mbi), Previous: beneKey + id}
		if year, err := strconv.Atoi(row.Text("RFRNC_YR")); err == nil && year > 1900 && year < 2200 {
			c.Obsolete = civil.Of(year, 12, 31)
		}
		out = append(out, c)
	}
}

// readRIF packs the claims or beneficiaries of a RIF file.
func (s *sorter) readRIF(src *source) error {
	d := Delivery{Name: src.name, Service: map[int]int{}}
	f, err := os.Open(src.path)
	if err != nil {
		return err
	}
	defer f.Close()
	r, err := rif.NewReader(f, src.name)
	for err == nil {
		var b rif.Block
		if b, err = r.Next(); err != nil {
			break
		}
		d.Records++
		bad := s.rifBlock(&b, &d)
		var record *rif.RecordError
		if errors.As(bad, &record) {
			d.Rejected++
			s.reject(record)
		} else if bad != nil {
			return bad
		}
	}
	if err != nil && !errors.Is(err, io.EOF) {
		var whole *rif.FileError
		if !errors.As(err, &whole) {
			return err
		}
		d.Err = whole
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.feed.Report.Deliveries = append(s.feed.Report.Deliveries, d)
	return nil
}

func (s *sorter) rifBlock(b *rif.Block, d *Delivery) (err error) {
	p := &s.rif
	p.bind(b.Header)
	fail := func(err error) error {
		var bad *rif.RecordError
		if errors.As(err, &bad) && bad.File == "" {
			bad.File, bad.Line, bad.Offset = b.File, b.Line, b.Offset
		}
		return err
	}
	if p.rows, err = b.Rows(p.rows); err != nil {
		return err
	}
	first := &p.rows[0]
	id := first.Text("BENE_ID")
	if id == "" {
		return fail(&rif.RecordError{Field: "BENE_ID", Reason: "is empty; whose it is can't be told"})
	}
	key := append(s.key[:0], beneKey+id...)
	s.key = key
	switch b.Header.Kind {
	case rif.BeneficiaryHistory:
		return nil // what it tells of identifiers was read before
	case rif.Beneficiary:
		return fail(s.rifPerson(key, first))
	}
	delivered := first.Date("NCH_WKLY_PROC_DT")
	if delivered.IsZero() {
		delivered = first.Date("PD_DT")
	}
	if first.Text("FINAL_ACTION") == "N" || first.Text("DML_IND") == "DELETE" || first.Text("ADJSTMT_DLTN_CD") == "D" {
		return fail(s.withdraw(key, first, b.Header.Kind, delivered))
	}
	put := func(file byte, r *rif.Row, set map[string]string) error {
		row, err := p.pack(s.row[:0], file, r, delivered, set)
		if err != nil {
			return fail(err)
		}
		s.row = row
		return s.put(key, row)
	}
	through := first.Date("CLM_THRU_DT")
	switch b.Header.Kind {
	case rif.PDE:
		through = first.Date("SRVC_DT")
		err = put('7', first, nil)
	case rif.Carrier, rif.DME:
		file := byte('5')
		if b.Header.Kind == rif.DME {
			file = '6'
		}
		for i := range p.rows {
			if err = put(file, &p.rows[i], rifDenial(&p.rows[i])); err != nil {
				return err
			}
		}
	default:
		err = s.rifInstitution(b, put, key, delivered)
	}
	if err == nil && !through.IsZero() {
		d.Service[monthOf(through)] += len(p.rows)
	}
	return err
}

// rifInstitution packs a claim of an institution: its header, lines, procedures, diagnoses.
func (s *sorter) rifInstitution(b *rif.Block, put func(byte, *rif.Row, map[string]string) error, key []byte, delivered civil.Date) error {
	p := &s.rif
	first := &p.rows[0]
	if err := put('1', first, nil); err != nil {
		return err
	}
	for i := range p.rows {
		if err := put('2', &p.rows[i], nil); err != nil {
			return err
		}
	}
	id, err := strconv.ParseInt(first.Text("CLM_ID"), 10, 64)
	if err != nil {
		return &rif.RecordError{File: b.File, Line: b.Line, Offset: b.Offset, Field: "CLM_ID", Reason: "is no number"}
	}
	code := func(file byte, seq int, class, code string, day civil.Date) error {
		row := binary.AppendVarint(append(s.row[:0], file), int64(delivered))
		row = binary.AppendVarint(binary.AppendVarint(row, id), int64(seq))
		if file == '4' {
			row = append(binary.AppendUvarint(row, uint64(len(class))), class...)
		}
		row = append(binary.AppendUvarint(row, uint64(len(code))), code...)
		if file == '3' {
			row = binary.AppendVarint(row, int64(day))
		}
		s.row = row
		return s.put(key, row)
	}
	for i := 1; i <= 25; i++ {
		n := strconv.Itoa(i)
		if dx := first.Text("ICD_DGNS_CD" + n); dx != "" {
			class := "D"
			if i == 1 && dx == first.Text("PRNCPAL_DGNS_CD") {
				class = "P"
			}
			if err := code('4', i, class, dx, 0); err != nil {
				return err
			}
		}
		if pr := first.Text("ICD_PRCDR_CD" + n); pr != "" {
			if err := code('3', i, "", pr, first.Date("PRCDR_DT"+n)); err != nil {
				return err
			}
		}
	}
	return nil
}

// withdraw takes a claim out of force that an earlier file may have told of.
func (s *sorter) withdraw(key []byte, r *rif.Row, kind rif.Kind, delivered civil.Date) error {
	column, settings := "CLM_ID", byte(0)
	switch kind {
	case rif.PDE:
		column, settings = "PDE_ID", 3
	case rif.Carrier:
		settings = 1
	case rif.DME:
		settings = 2
	}
	id, err := strconv.ParseInt(r.Text(column), 10, 64)
	if err != nil {
		return &rif.RecordError{Field: column, Value: r.Text(column), Reason: "is no number"}
	}
	row := binary.AppendVarint([]byte{withdrawnKind}, int64(delivered))
	s.row = append(binary.AppendVarint(row, id), settings)
	return s.put(key, s.row)
}

// rifPerson packs a row of the beneficiary file: demographics at the end of its year, and the
// coverage of its months.
func (s *sorter) rifPerson(key []byte, r *rif.Row) error {
	year, err := strconv.Atoi(r.Text("RFRNC_YR"))
	if err != nil || year < 2000 || year > 2199 {
		return &rif.RecordError{Field: "RFRNC_YR", Value: r.Text("RFRNC_YR"), Reason: "is no year"}
	}
	delivered := civil.Of(year, 12, 31)
	set := map[string]string{"BENE_DUAL_STUS_CD": "NA"}
	var flags, kinds [12]byte
	for i, m := range rifMonths {
		if county := r.Text("FIPS_STATE_CNTY_" + m + "_CD"); len(county) == 5 {
			set["BENE_FIPS_STATE_CD"], set["BENE_FIPS_CNTY_CD"] = county[:2], county[2:]
		}
		dual, status := r.Text("META_DUAL_ELGBL_STUS_"+m+"_CD"), r.Text("MDCR_STUS_"+m+"_CD")
		flags[i] = rifCoverage(r.Text(fmt.Sprintf("MDCR_ENTLMT_BUYIN_%d_IND", i+1)), r.Text(fmt.Sprintf("HMO_%d_IND", i+1)))
		if kinds[i] = '0'; flags[i] == 'F' {
			kinds[i] = rifType(status, dual)
		}
		if dual != "" && dual != "00" {
			set["BENE_DUAL_STUS_CD"] = dual
		}
	}
	row, err := s.rif.pack(s.row[:0], '8', r, delivered, set)
	if err != nil {
		return err
	}
	if err := s.put(key, row); err != nil {
		return err
	}
	residence := ""
	if code, foreign := rifAbroad[r.Text("STATE_CODE")]; foreign {
		residence = code
	} else if set["BENE_FIPS_STATE_CD"] != "" {
		residence = "US"
	}
	if residence == "" && string(flags[:]) == "????????????" {
		return nil // nothing is told of coverage: results must rest on claims and say so
	}
	row = binary.AppendVarint(append(row[:0], monthsKind), 0)
	row = binary.AppendVarint(row, int64(year*12))
	for _, t := range []string{string(flags[:]), string(kinds[:]), "", "", residence} {
		row = append(binary.AppendUvarint(row, uint64(len(t))), t...)
	}
	s.row = row
	return s.put(key, row)
}

// rifAbroad are the Social Security Administration's state codes outside the United States
// and its territories, with the country where a code is of one; not verified.
var rifAbroad = map[string]string{"54": "ZZ", "56": "CA", "57": "ZZ", "58": "ZZ", "59": "MX", "60": "ZZ", "61": "PH", "62": "ZZ"}

// rifDenial is CCLF's denial code of a supplier's line: the claim's, or a denial where the
// line's processing indicator is none of allowed (A), reprocessed (R) and secondary payer (S).
func rifDenial(r *rif.Row) map[string]string {
	switch r.Text("LINE_PRCSG_IND_CD") {
	case "", "A", "R", "S":
		return nil
	}
	return map[string]string{"CLM_CARR_PMT_DNL_CD": "0"}
}

// rifCoverage is the letter of a month by the buy-in and the HMO indicator: 3 and C are both
// parts; 0 and 4 of the latter are no health plan (ResDAC's description of the base file).
func rifCoverage(buyIn, hmo string) byte {
	if hmo != "" && hmo != "0" && hmo != "4" {
		return 'M'
	}
	switch buyIn {
	case "0":
		return '-'
	case "1", "A":
		return 'A'
	case "2", "B":
		return 'B'
	case "3", "C":
		return 'F'
	}
	return '?'
}

// rifType is the enrollment type of a month (42 CFR 425.652(a)(2)).
func rifType(status, dual string) byte {
	switch status {
	case "11", "21", "31":
		return '0' + byte(ESRD)
	case "20":
		return '0' + byte(Disabled)
	case "10":
		switch dual {
		case "01", "02", "03", "04", "05", "06", "08":
			return '0' + byte(AgedDual)
		}
		return '0' + byte(AgedNonDual)
	}
	return '0'
}
