// SPDX-License-Identifier: Apache-2.0

package medicare

import (
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/woodlawn-health/woodlawn/fhir/node"
	"github.com/woodlawn-health/woodlawn/vbc/feed"
	"github.com/woodlawn-health/woodlawn/vbc/rif"
)

// Research writes resources of CMS's bulk exports as RIF files, of which timelines are made:
// ExplanationOfBenefit as BlueButton reads those of STU3 and Carin those of R4, Patient and
// Coverage as rows of the beneficiary file. It keeps the patients in memory, about 500 bytes
// each, and the identifiers of providers. Providers are to come before the claims that name them.
type Research struct {
	// Create makes the file of a kind.
	Create func(kind rif.Kind) (io.Writer, error)
	// Year is the year of beneficiaries whose Coverage names none.
	Year int
	// Specialties are CMS's specialty codes by NPI, for claims that Bill takes.
	Specialties map[string]string
	// Claims counts those written by kind; Patients the patients; Other resources of other types.
	Claims   map[rif.Kind]int
	Patients int
	Other    int
	// Billed counts the claims that Bill took.
	Billed Billed

	button  BlueButton
	carin   Carin
	mbis    []pastMBI        // in their order
	past    map[pastMBI]bool // the same
	files   map[rif.Kind]*researchFile
	rows    []rif.Row
	order   []string
	members map[string]map[string]string // by BENE_ID: columns of the beneficiary file
}

type researchFile struct {
	w       io.Writer
	columns []string
}

func (r *Research) file(kind rif.Kind) (*researchFile, error) {
	if f := r.files[kind]; f != nil {
		return f, nil
	}
	w, err := r.Create(kind)
	if err != nil {
		return nil, err
	}
	if r.files == nil {
		r.files, r.Claims = map[rif.Kind]*researchFile{}, map[rif.Kind]int{}
	}
	f := &researchFile{w, feed.RIFColumns(kind)}
	r.files[kind] = f
	_, err = io.WriteString(w, strings.Join(f.columns, "|")+"\n")
	return f, err
}

// Unreadable is an error of one resource: it is set aside, and the others go on.
type Unreadable struct{ Err error }

func (e *Unreadable) Error() string { return e.Err.Error() }
func (e *Unreadable) Unwrap() error { return e.Err }

// Add takes one resource. name and line are of its place. An error that is no *Unreadable is
// of writing.
func (r *Research) Add(d *node.Doc, name string, line int) error {
	switch root := d.Root(); root.ResourceType() {
	case "ExplanationOfBenefit":
		return r.claim(d, name, line)
	case "Patient":
		return r.patient(root)
	case "Coverage":
		return r.coverage(root)
	case "Organization", "Practitioner":
		r.carin.Learn(root)
		return nil
	default:
		r.Other++
		return nil
	}
}

func (r *Research) claim(d *node.Doc, name string, line int) error {
	b, err := r.block(d, name, line)
	if err != nil {
		return &Unreadable{err}
	}
	rows, err := b.Rows(r.rows)
	if err != nil {
		return &Unreadable{err}
	}
	r.rows = rows
	f, err := r.file(b.Header.Kind)
	if err != nil {
		return err
	}
	var out strings.Builder
	for i := range rows {
		for k, c := range f.columns {
			if k > 0 {
				out.WriteByte('|')
			}
			out.WriteString(rows[i].Text(c))
		}
		out.WriteByte('\n')
	}
	r.Claims[b.Header.Kind]++
	_, err = io.WriteString(f.w, out.String())
	return err
}

// block reads a claim in its form.
func (r *Research) block(d *node.Doc, name string, line int) (*rif.Block, error) {
	if IsCarin(d.Root()) {
		return r.carin.Read(d, name, line)
	}
	if err := r.button.Read(d, name, line); err != nil {
		return nil, err
	}
	return r.button.Block(), nil
}

// Unnamed are references to providers whose identifiers no resource has told.
func (r *Research) Unnamed() int { return r.carin.Unnamed }

// member is the row of a beneficiary.
func (r *Research) member(id string) map[string]string {
	if m := r.members[id]; m != nil {
		return m
	}
	if r.members == nil {
		r.members = map[string]map[string]string{}
	}
	m := map[string]string{"DML_IND": "INSERT", "BENE_ID": id, "RFRNC_YR": strconv.Itoa(r.Year)}
	r.members[id] = m
	r.order = append(r.order, id)
	return m
}

// mbiSystem names Medicare beneficiary identifiers.
const mbiSystem = "http://hl7.org/fhir/sid/us-mbi"

func (r *Research) patient(n node.Node) error {
	id := n.Get("id").Text()
	for x := range n.Get("identifier").Items() {
		if x.Get("system").Is(Variables + "bene_id") {
			id = x.Get("value").Text()
		}
	}
	if id == "" {
		return &Unreadable{fmt.Errorf("the Patient has no id and no identifier of %sbene_id", Variables)}
	}
	m := r.member(id)
	r.Patients++
	r.identifiers(id, m, n)
	name, address := n.Get("name").At(0), n.Get("address").At(0)
	for column, value := range map[string]string{"BENE_SRNM_NAME": name.Get("family").Text(), "BENE_GVN_NAME": name.Get("given").At(0).Text(),
		"BENE_SEX_IDENT_CD": map[string]string{"male": "1", "female": "2"}[n.Get("gender").Text()],
		"BENE_BIRTH_DT":     compactDay(n.Get("birthDate")), "DEATH_DT": compactDay(n.Get("deceasedDateTime")),
		"BENE_ZIP_CD": address.Get("postalCode").Text(), "STATE_CODE": address.Get("state").Text()} {
		if value != "" { // a Patient that comes again may say less
			m[column] = value
		}
	}
	return nil
}

// compactDay is the day of a date or time, as RIF files may write it.
func compactDay(n node.Node) string {
	text := n.Text()
	if len(text) < len("2025-01-31") {
		return ""
	}
	return strings.ReplaceAll(text[:len("2025-01-31")], "-", "")
}

// coverage takes what a Coverage says by variables of CMS: status, entitlement, and by month
// the buy-in, the health plan and the dual status.
func (r *Research) coverage(n node.Node) error {
	_, id, ok := strings.Cut(n.Get("beneficiary").Get("reference").Text(), "Patient/")
	if !ok || id == "" {
		return &Unreadable{fmt.Errorf("the Coverage names no beneficiary Patient/...")}
	}
	m := r.member(id)
	for x := range n.Get("extension").Items() {
		variable, ok := strings.CutPrefix(x.Get("url").Text(), Variables)
		if !ok {
			continue
		}
		value := x.Get("valueCoding").Get("code").Text()
		switch variable {
		case "ms_cd":
			m["BENE_MDCR_STATUS_CD"] = value
			for _, month := range months {
				m["MDCR_STUS_"+month+"_CD"] = value
			}
		case "orec":
			m["BENE_ENTLMT_RSN_ORIG"] = value
		case "rfrnc_yr":
			if year := x.Get("valueDate").Text(); len(year) >= 4 {
				m["RFRNC_YR"] = year[:4]
			}
		default:
			monthly(m, variable, value)
		}
	}
	r.part(m, n)
	start := compactDay(n.Get("period").Get("start"))
	if kind := coveragePart(n); start == "" {
	} else if strings.Contains(kind, "Part A") {
		m["PTA_CVRG_STRT_DT"] = start
	} else if strings.Contains(kind, "Part B") {
		m["PTB_CVRG_STRT_DT"] = start
	}
	return nil
}

// monthly takes buyin01, hmoind01 and dual_01 to the columns of their months.
func monthly(m map[string]string, variable, value string) {
	for stem, column := range map[string][2]string{"buyin": {"MDCR_ENTLMT_BUYIN_", "_IND"}, "hmoind": {"HMO_", "_IND"}, "dual_": {"META_DUAL_ELGBL_STUS_", "_CD"}} {
		digits, ok := strings.CutPrefix(variable, stem)
		i, err := strconv.Atoi(digits)
		if !ok || err != nil || len(digits) != 2 || i < 1 || i > 12 {
			continue
		}
		name := strconv.Itoa(i)
		if stem == "dual_" {
			name = months[i-1]
		}
		m[column[0]+name+column[1]] = value
	}
}

// Finish writes the beneficiaries.
func (r *Research) Finish() error {
	if len(r.order) == 0 {
		return nil
	}
	f, err := r.file(rif.Beneficiary)
	if err != nil {
		return err
	}
	clean := strings.NewReplacer("|", " ", "\n", " ", "\r", " ")
	for _, id := range r.order {
		for k, c := range f.columns {
			sep := "|"
			if k == 0 {
				sep = ""
			}
			if _, err := io.WriteString(f.w, sep+clean.Replace(r.members[id][c])); err != nil {
				return err
			}
		}
		if _, err := io.WriteString(f.w, "\n"); err != nil {
			return err
		}
	}
	return r.history()
}
