// SPDX-License-Identifier: Apache-2.0

// Package rif reads CMS's Research Identifiable Files as the Chronic Conditions
// Warehouse delivers them and as the Beneficiary FHIR Data server loads them: one text
// file a claim type, columns apart by |, the names of the columns in the first line.
//
// A file is known by its columns, not by its name. The rows of one claim follow one
// another, and a claim is read whole; each row is a line of the claim that repeats what
// belongs to the claim as a whole. Columns are found by name, so that a newer layout with
// more columns, or an extract with fewer, reads as well.
//
// A claim with a bad row is set aside whole, with file, line and field; the others are kept.
package rif

import (
	"fmt"
	"slices"
	"strings"
)

// Kind is what a file holds.
type Kind uint8

// The kinds of file.
const (
	Unknown Kind = iota
	Beneficiary
	BeneficiaryHistory
	Carrier
	DME
	HHA
	Hospice
	Inpatient
	Outpatient
	PDE
	SNF
)

var kindNames = [...]string{"unknown", "beneficiary", "beneficiary history", "carrier", "DME", "HHA", "hospice", "inpatient",
	"outpatient", "Part D event", "SNF"}

func (k Kind) String() string { return kindNames[k] }

// marks are columns that together tell a kind from the others. The first match counts.
var marks = []struct {
	kind    Kind
	columns []string
}{
	{PDE, []string{"PDE_ID", "BENE_ID", "SRVC_DT"}},
	{Carrier, []string{"CLM_ID", "LINE_NUM", "CARR_LINE_PRCNG_LCLTY_CD"}},
	{DME, []string{"CLM_ID", "LINE_NUM", "DMERC_LINE_PRCNG_STATE_CD"}},
	{HHA, []string{"CLM_ID", "CLM_LINE_NUM", "CLM_HHA_TOT_VISIT_CNT"}},
	{Hospice, []string{"CLM_ID", "CLM_LINE_NUM", "CLM_HOSPC_START_DT_ID"}},
	{SNF, []string{"CLM_ID", "CLM_LINE_NUM", "NCH_QLFYD_STAY_FROM_DT"}},
	{Inpatient, []string{"CLM_ID", "CLM_LINE_NUM", "CLM_ADMSN_DT"}},
	{Outpatient, []string{"CLM_ID", "CLM_LINE_NUM", "NCH_BENE_PTB_DDCTBL_AMT"}},
	{Beneficiary, []string{"BENE_ID", "RFRNC_YR"}},
	{BeneficiaryHistory, []string{"BENE_ID", "BENE_BIRTH_DT"}},
}

// Marks are the columns by which a kind of file is known.
func Marks(kind Kind) []string {
	for _, m := range marks {
		if m.kind == kind {
			return slices.Clone(m.columns)
		}
	}
	return nil
}

// Header is the columns of a file.
type Header struct {
	Kind  Kind
	Names []string
	// FirstLine is the first of the columns that belong to a line of the claim; those
	// before it are the claim's. It is len(Names) in files without lines.
	FirstLine int

	kinds []valueKind
	index map[string]int
	key   int // the column that tells claims, or beneficiaries, apart
}

// NewHeader reads the first line of a file. A mark of its encoding is left out.
func NewHeader(line string) (*Header, error) {
	line = strings.TrimRight(strings.TrimPrefix(line, "\ufeff"), "\r\n")
	h := &Header{Names: strings.Split(line, "|"), index: map[string]int{}}
	for i, name := range h.Names {
		name = strings.ToUpper(strings.TrimSpace(name))
		if _, twice := h.index[name]; twice || name == "" {
			return nil, fmt.Errorf("column %d of the first line (%q) has no name of its own; the first line must name the columns, apart by |", i+1, name)
		}
		h.Names[i] = name
		h.index[name] = i
		h.kinds = append(h.kinds, valueKindOf(name))
	}
	for _, m := range marks {
		if !slices.ContainsFunc(m.columns, func(c string) bool { return h.Column(c) < 0 }) {
			h.Kind = m.kind
			break
		}
	}
	if h.Kind == Unknown {
		return nil, fmt.Errorf("its columns are those of no RIF file that is known (beneficiary, carrier, DME, HHA, hospice, inpatient, outpatient, Part D event, SNF)")
	}
	h.key, h.FirstLine = h.Column("BENE_ID"), len(h.Names)
	if h.Kind == PDE {
		h.key = h.Column("PDE_ID")
	}
	if id := h.Column("CLM_ID"); id >= 0 {
		h.key = id
		h.FirstLine = max(h.Column("LINE_NUM"), h.Column("CLM_LINE_NUM"))
	}
	return h, nil
}

// Column is the place of a column, or -1 if the file has none of that name.
func (h *Header) Column(name string) int {
	if i, ok := h.index[name]; ok {
		return i
	}
	return -1
}

// Amount tells whether a column holds amounts.
func (h *Header) Amount(i int) bool { return h.kinds[i] == amount }

// Claims tells whether the file holds claims or Part D events.
func (h *Header) Claims() bool { return h.Kind != Beneficiary && h.Kind != BeneficiaryHistory }

// FileError says what is wrong with a file as a whole.
type FileError struct {
	File   string
	Reason string
}

func (e *FileError) Error() string { return e.File + ": " + e.Reason }

// RecordError says which field of which row is no good.
type RecordError struct {
	File   string
	Line   int   // of the file, from 1; the columns' names are line 1
	Offset int64 // of the first row of the claim in the file, in bytes
	Field  string
	// Value is what the field holds; it may identify a person and is not part of Error.
	Value  string
	Reason string
}

func (e *RecordError) Error() string {
	field := ""
	if e.Field != "" {
		field = ", field " + e.Field
	}
	return fmt.Sprintf("%s, line %d%s: %s", e.File, e.Line, field, e.Reason)
}
