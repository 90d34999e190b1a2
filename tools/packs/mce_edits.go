// SPDX-License-Identifier: Apache-2.0

package main

import (
	"github.com/woodlawn-health/woodlawn/claim/civil"
	"github.com/woodlawn-health/woodlawn/refdata"
)

// mceRules are the editor's edits: which flag of which code makes an edit, from
// when to when. The numbers are those of the Definitions of Medicare Code Edits.
// Edits 7, 10, 12 and 13 have no flag in the editor's ICD-10 tables and no row.
//
// What becomes of a claim (effect) is the contractor's procedure of the Claims
// Processing Manual, chapter 3, section 20.2.1; it is not in the editor's tables.
// Verified speaks of the whole row.
var mceRules = []struct {
	edit         int
	name         string
	rule         string // what package edits does with the row
	flags        string // of the code that is edited
	with         string // of another code of the claim
	limit        int
	effect       string
	starts, ends civil.Date
	message      string
}{
	{1, "Invalid diagnosis or procedure code", "unknown code", "", "", 0, "return", icd10, 0,
		"is no valid code on the discharge date"},
	{2, "External cause of morbidity code as principal diagnosis", "principal", "ecodepdx", "", 0, "return", icd10, 0,
		"tells how an injury came about and can't be principal"},
	{3, "Duplicate of PDX", "duplicate", "", "", 0, "return", icd10, 0,
		"repeats the principal diagnosis"},
	{4, "Age conflict", "age group", "newborn pediatric maternity adult", "", 0, "return", icd10, 0,
		"does not go with the patient's age"},
	{5, "Sex conflict", "sex conflict", "male female", "", 0, "return", icd10, civil.Of(2024, 9, 30),
		"does not go with the patient's sex"},
	{6, "Manifestation code as principal diagnosis", "principal", "manifestation", "", 0, "return", icd10, 0,
		"describes a manifestation; code the underlying disease first"},
	{8, "Questionable admission", "principal", "qadm", "", 0, "review", icd10, 0,
		"is not usually sufficient reason for admission to an acute care hospital"},
	{8, "Questionable obstetric admission", "procedure without secondary", "csect vagdel", "delout", 0, "review", civil.Of(2018, 10, 1), 0,
		"is a delivery, but no secondary diagnosis gives its outcome"},
	{9, "Unacceptable principal diagnosis", "principal unless", "unacceptable", "reqsdx", 0, "return", icd10, 0,
		"influences health but is no current illness or injury, or is too unspecific to be principal"},
	{9, "Principal diagnosis requires a secondary diagnosis", "principal alone", "reqsdx", "", 0, "return", icd10, 0,
		"can be principal only with a secondary diagnosis"},
	{11, "Non-covered procedure", "procedure", "noncovered", "", 0, "deny", icd10, 0,
		"is not covered by Medicare"},
	{11, "Non-covered procedure", "procedure unless", "ncov45", "kidneyxp diabtypeI", 0, "deny", icd10, 0,
		"is covered only with a kidney transplant or type 1 diabetes"},
	{11, "Non-covered procedure", "procedure with diagnosis", "ncov6", "ncov6", 0, "deny", icd10, 0,
		"is not covered for a diagnosis on the claim"},
	{11, "Non-covered procedure", "procedure with diagnosis", "ncov7", "ncov7", 0, "deny", icd10, 0,
		"is not covered for a diagnosis on the claim"},
	{11, "Non-covered procedure", "procedure with diagnosis", "ncov_z302", "ncov_z302", 0, "deny", icd10, 0,
		"is not covered where the claim is for sterilization"},
	{11, "Non-covered procedure", "procedure above age", "ncov12agele60", "", 60, "deny", icd10, 0,
		"is not covered above this age"},
	{11, "Non-covered procedure", "procedure pair without", "lcov_artheartxpa lcov_artheartxpb", "clintrial", 0, "deny", icd10, 0,
		"is an artificial heart outside a clinical trial"},
	{14, "Invalid age", "age", "", "", 124, "return", icd10, 0,
		"is no age in years from 0 to 124"},
	{15, "Invalid sex", "sex", "M F", "", 0, "return", icd10, civil.Of(2024, 9, 30),
		"must be male or female"},
	{15, "Invalid sex", "sex", "M F U", "", 0, "return", civil.Of(2024, 10, 1), 0,
		"must be male, female or unknown"},
	{16, "Invalid discharge status", "discharge status", "", "", 0, "return", icd10, 0,
		"is no discharge status on the discharge date"},
	{17, "Limited coverage", "procedure", "lcov", "", 0, "review", icd10, 0,
		"is covered only under conditions"},
	{17, "Limited coverage", "procedure pair with", "lcov_artheartxpa lcov_artheartxpb", "clintrial", 0, "review", icd10, 0,
		"is an artificial heart in a clinical trial"},
	{18, "Wrong procedure performed", "diagnosis", "wrngproc", "", 0, "deny", icd10, 0,
		"reports a surgical error"},
	{19, "Procedure inconsistent with length of stay", "procedure shorter stay", "los", "", 5, "return", icd10, 0,
		"takes more days than the stay had"},
	{20, "Unspecified code", "diagnosis", "unspecified", "", 0, "return", civil.Of(2022, 4, 1), 0,
		"does not say which side, though a code that does exists"},
}

// icd10 is the first day of ICD-10 on Medicare claims.
var icd10 = civil.Of(2015, 10, 1)

func mceEdits(s *source) *refdata.Table {
	meta := mceMeta("mce.edits", "Medicare code edits: flags, dates and effect", "", "",
		number("edit"), text("name"), text("rule"), text("flags"), text("with"), number("limit"),
		text("effect"), day("effective"), day("ends"), text("message"), text("verified"))
	meta.Source = "Definitions of Medicare Code Edits; Claims Processing Manual, chapter 3, section 20.2.1"
	meta.Verified = false
	meta.Note = "Rules written from the flags of the editor's tables and its public description. No answers of the official editor are at hand, so no row is verified."
	b := refdata.NewBuilder(meta)
	for _, r := range mceRules {
		s.must(b.Add(r.edit, r.name, r.rule, r.flags, r.with, r.limit, r.effect, r.starts, r.ends, r.message, "no"))
	}
	return b.Table()
}
