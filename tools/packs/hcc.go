// SPDX-License-Identifier: Apache-2.0

package main

import (
	"embed"
	"fmt"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/woodlawn-health/woodlawn/refdata"
)

func init() { builders["hcc"] = buildHCC }

// hccFiles are the parts of the models that CMS gives as program text and not as
// tables: groups, interactions, requirements, edits; and the factors of the Rate
// Announcements.
//
//go:embed hcc/*.csv
var hccFiles embed.FS

// hccVersions names the models as the claims world does. RxHCC V08 of 2025 and 2026
// is left out: its file gives two values for each coefficient without saying which
// one is for MA-PD and which for PDP.
var hccVersions = map[string]string{
	"C22": "CMS-HCC V22", "C24": "CMS-HCC V24", "C28": "CMS-HCC V28",
	"D21": "CMS-HCC ESRD V21", "D24": "CMS-HCC ESRD V24", "R05": "RxHCC V05",
	"R08_PDP_AND_MAPD": "RxHCC V08", "R08_PDP_ONLY": "RxHCC V08 PDP", "R08_MAPD_ONLY": "RxHCC V08 MA-PD",
}

var hccMappings = map[string]string{
	"CMS-HCC Model V22": "CMS-HCC V22", "CMS-HCC Model V24": "CMS-HCC V24", "CMS-HCC Model V28": "CMS-HCC V28",
	"CMS-HCC ESRD Model V21": "CMS-HCC ESRD V21", "CMS-HCC ESRD Model V24": "CMS-HCC ESRD V24",
	"RxHCC Model V05": "RxHCC V05", "RxHCC Model V08": "RxHCC V08",
}

var hccDomains = map[[2]string]string{
	{"CMS-HCC", "V22"}: "CMS-HCC V22", {"CMS-HCC", "V24"}: "CMS-HCC V24", {"CMS-HCC", "V28"}: "CMS-HCC V28",
	{"ESRD", "V21"}: "CMS-HCC ESRD V21", {"ESRD", "V24"}: "CMS-HCC ESRD V24",
	{"RxHCC", "R05"}: "RxHCC V05", {"RxHCC", "R08"}: "RxHCC V08",
}

// hccVerified tells whether a model's rows were compared with CMS's own program: tables
// by the tests of vbc/risk, groups and interactions by reading V2218O1M, V2422P2M,
// V2823T2M and E2118P1M.
func hccVerified(model string, programs ...string) string {
	for _, m := range append(programs, "CMS-HCC V24", "CMS-HCC V28") {
		if m == model {
			return "yes"
		}
	}
	return "no"
}

const hccCite = "42 CFR 422.308(c)"

func buildHCC(from string) ([]*refdata.Table, error) {
	dir := filepath.Join(from, "data", "vbc", "hcc", "tables")
	var out []*refdata.Table
	add := func(t *refdata.Table, err error) error {
		if err == nil {
			out = append(out, t)
		}
		return err
	}
	for _, year := range []int{2025, 2026} {
		if err := add(hccMapping(dir, year)); err != nil {
			return nil, err
		}
		if err := add(hccHierarchy(dir, year)); err != nil {
			return nil, err
		}
		if err := add(hccEdits(dir, year)); err != nil {
			return nil, err
		}
	}
	for year, file := range map[int]string{2025: "ra_coefficients_2025.csv", 2026: "ra_coefficients_2026.csv",
		2027: "ra_proposed_coefficients_2027.csv"} {
		if err := add(hccCoefficients(dir, file, year)); err != nil {
			return nil, err
		}
	}
	for year := 2023; year <= 2026; year++ {
		if err := add(hccProcedures(dir, year)); err != nil {
			return nil, err
		}
	}
	if err := add(hccLabels(dir)); err != nil {
		return nil, err
	}
	for _, own := range []func() (*refdata.Table, error){hccGroups, hccInteractions, hccRequirements, hccBillTypes} {
		if err := add(own()); err != nil {
			return nil, err
		}
	}
	for year := 2024; year <= 2026; year++ {
		if err := add(hccFactors(year)); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func hccMapping(dir string, year int) (*refdata.Table, error) {
	meta := vbcYear("hcc.mapping", year, "ICD-10-CM diagnoses to condition categories, by risk adjustment model",
		fmt.Sprintf("CMS %d ICD-10-CM mappings", year), vbcText("model"), vbcText("diagnosis"), vbcNumber("hcc", 0), vbcText("verified"))
	meta.Cite = hccCite
	meta.Note = "V24 and V28 compared with CMS's SAS formats F2422P1M and F2823T2N"
	return vbcFromCSV(filepath.Join(dir, fmt.Sprintf("ra_dx_to_cc_%d.csv", year)), meta, func(r map[string]string, b *refdata.Builder) error {
		model, ok := hccMappings[r["model_name"]]
		if !ok {
			return fmt.Errorf("unknown model %q", r["model_name"])
		}
		return b.Add(model, r["diagnosis_code"], r["cc"], hccVerified(model))
	})
}

// hccHierarchy takes both years from the file of 2026: the models' hierarchies did not
// change, and the file of 2025 has lost the lines that CMS's SAS program wraps.
func hccHierarchy(dir string, year int) (*refdata.Table, error) {
	meta := vbcYear("hcc.hierarchy", year, "Which condition category silences which others, by model",
		"CMS model software, macros V22H79H1 V24H86H1 V28115H1 V20H87H1 R05X76H1 R08X84H1",
		vbcText("model"), vbcNumber("hcc", 0), vbcNumber("drops", 0), vbcText("verified"))
	meta.Cite = hccCite
	meta.Note = "V24 and V28 compared with CMS's macros V24H86H1 and V28115H1"
	return vbcFromCSV(filepath.Join(dir, "ra_hierarchies_2026.csv"), meta, func(r map[string]string, b *refdata.Builder) error {
		model, ok := hccDomains[[2]string{r["model_domain"], r["model_version"]}]
		if !ok {
			return nil // V20 and V23 have no other tables
		}
		return b.Add(model, r["cc_parent"], r["cc_child"], hccVerified(model))
	})
}

// hccCoefficients keeps the name as CMS prints it: segment, underscore, variable.
func hccCoefficients(dir, file string, year int) (*refdata.Table, error) {
	meta := vbcYear("hcc.coefficients", year, "Relative factors of the risk adjustment models",
		fmt.Sprintf("CMS risk adjustment model software, payment year %d", year),
		vbcText("model"), vbcText("name"), vbcNumber("coefficient", 3), vbcText("verified"))
	meta.Cite = hccCite
	meta.Note = "V24 and V28 compared with CMS's V24hcccoefn and V28hcccoefn"
	proposed := year == 2027
	if proposed {
		meta.Note = "proposed factors of the Advance Notice, not final"
	}
	seen := map[[2]string]bool{}
	return vbcFromCSV(filepath.Join(dir, file), meta, func(r map[string]string, b *refdata.Builder) error {
		model, ok := hccVersions[r["model_version"]]
		if !ok {
			return nil
		}
		key := [2]string{model, r["coefficient"]}
		if seen[key] {
			return fmt.Errorf("%s %s is there twice", model, r["coefficient"])
		}
		seen[key] = true
		verified := hccVerified(model)
		if proposed {
			verified = "no"
		}
		return b.Add(model, r["coefficient"], r["value"], verified)
	})
}

func hccEdits(dir string, year int) (*refdata.Table, error) {
	meta := vbcYear("hcc.edits", year, "Age and sex edits of the models' diagnoses",
		"CMS model software, macros V22I0ED4 V24I0ED3 V21I0ED4 V28I0ED3",
		vbcText("model"), vbcText("diagnosis"), vbcText("sex"), vbcNumber("age_min", 0), vbcNumber("age_max", 0), vbcNumber("hcc", 0), vbcText("verified"))
	meta.Cite = hccCite
	meta.Note = "hcc is the category in place of the mapped one; 0 makes the diagnosis invalid; the Medicare code editor's own age and sex edits are not part of the model"
	t, err := vbcFromCSV(filepath.Join(dir, "ra_dx_edits.csv"), meta, func(r map[string]string, b *refdata.Builder) error {
		hcc := r["cc_override"]
		if (r["action"] == "invalid") != (hcc == "") {
			return fmt.Errorf("action %q with category %q", r["action"], hcc)
		}
		return addEdit(b, hccMappings[r["model_name"]], r["icd10"], map[string]string{"": "", "2": "F", "1": "M"}[r["sex"]], r["age_min"], r["age_max"], hcc)
	})
	if err != nil {
		return nil, err
	}
	b := refdata.NewBuilder(t.Meta)
	for row := range t.Rows {
		if err := b.Add(t.Cell(row, 0), t.Cell(row, 1), t.Cell(row, 2), t.Cell(row, 3), t.Cell(row, 4), t.Cell(row, 5), t.Cell(row, 6)); err != nil {
			return nil, err
		}
	}
	err = hccRows("edits.csv", func(r map[string]string) error {
		for model := range strings.SplitSeq(r["models"], "|") {
			for dx := range strings.FieldsSeq(r["diagnoses"]) {
				if err := addEdit(b, model, dx, r["sex"], r["age_min"], r["age_max"], r["hcc"]); err != nil {
					return err
				}
			}
		}
		return nil
	})
	return b.Table(), err
}

// addEdit writes no lower bound as 0 and no upper bound as 999.
func addEdit(b *refdata.Builder, model, dx, sex, lo, hi, hcc string) error {
	if hi == "" {
		hi = "999"
	}
	return b.Add(model, dx, sex, lo, hi, hcc, hccVerified(model, "CMS-HCC ESRD V21"))
}

func hccProcedures(dir string, year int) (*refdata.Table, error) {
	meta := vbcYear("hcc.procedures", year, "CPT and HCPCS codes whose claims count for risk adjustment (codes only)",
		fmt.Sprintf("CMS Medicare risk adjustment eligible CPT/HCPCS codes, %d", year), vbcText("code"))
	meta.Cite = "42 CFR 422.310(b); CMS encounter data diagnosis filtering"
	return vbcFromCSV(filepath.Join(dir, fmt.Sprintf("ra_eligible_cpt_hcpcs_%d.csv", year)), meta, func(r map[string]string, b *refdata.Builder) error {
		return b.Add(r["cpt_hcpcs_code"])
	})
}

func hccLabels(dir string) (*refdata.Table, error) {
	meta := vbcOpen("hcc.labels", "2026", "Names of the condition categories", "CMS model software, label macros",
		vbcText("model"), vbcNumber("hcc", 0), vbcText("label"))
	meta.Verified = true
	return vbcFromCSV(filepath.Join(dir, "ra_labels_2026.csv"), meta, func(r map[string]string, b *refdata.Builder) error {
		model, ok := hccDomains[[2]string{r["model_domain"], r["model_version"]}]
		if !ok {
			return nil
		}
		hcc := strings.TrimPrefix(strings.TrimPrefix(r["cc"], "RX"), "HCC")
		return b.Add(model, hcc, strings.TrimSpace(r["label"]))
	})
}

func hccGroups() (*refdata.Table, error) {
	meta := vbcOpen("hcc.groups", "2026", "Diagnostic categories that enter interactions", "CMS model software",
		vbcText("model"), vbcText("group"), vbcNumber("hcc", 0), vbcText("verified"))
	meta.Cite = hccCite
	b := refdata.NewBuilder(meta)
	err := hccRows("groups.csv", func(r map[string]string) error {
		for hcc := range strings.FieldsSeq(r["hccs"]) {
			if err := b.Add(r["model"], r["group"], hcc, hccVerified(r["model"], "CMS-HCC V22", "CMS-HCC ESRD V21")); err != nil {
				return err
			}
		}
		return nil
	})
	return b.Table(), err
}

func hccInteractions() (*refdata.Table, error) {
	meta := vbcOpen("hcc.interactions", "2026", "Interactions: both sides must hold", "CMS model software",
		vbcText("model"), vbcText("interaction"), vbcText("left"), vbcText("right"), vbcText("verified"))
	meta.Cite = hccCite
	b := refdata.NewBuilder(meta)
	err := hccRows("interactions.csv", func(r map[string]string) error {
		return b.Add(r["model"], r["interaction"], r["left"], r["right"], hccVerified(r["model"], "CMS-HCC V22", "CMS-HCC ESRD V21"))
	})
	return b.Table(), err
}

func hccRequirements() (*refdata.Table, error) {
	meta := vbcOpen("hcc.requirements", "2026", "Categories that count only beside another", "CMS model software",
		vbcText("model"), vbcNumber("hcc", 0), vbcNumber("any_of", 0), vbcText("verified"))
	meta.Cite = hccCite
	meta.Note = "any_of 0: the category never counts"
	b := refdata.NewBuilder(meta)
	err := hccRows("requirements.csv", func(r map[string]string) error {
		for other := range strings.FieldsSeq(r["any_of"]) {
			if err := b.Add(r["model"], r["hcc"], other, hccVerified(r["model"], "CMS-HCC ESRD V21")); err != nil {
				return err
			}
		}
		return nil
	})
	return b.Table(), err
}

func hccBillTypes() (*refdata.Table, error) {
	meta := vbcOpen("hcc.billtypes", "2026", "Bill types whose diagnoses count for risk adjustment",
		"CMS encounter data diagnosis filtering", vbcText("bill_type"), vbcText("setting"), vbcText("procedures"))
	meta.Cite = "42 CFR 422.310(b); CMS encounter data diagnosis filtering"
	b := refdata.NewBuilder(meta)
	err := hccRows("billtypes.csv", func(r map[string]string) error {
		return b.Add(r["bill_type"], r["setting"], r["procedures"])
	})
	return b.Table(), err
}

func hccFactors(year int) (*refdata.Table, error) {
	meta := vbcYear("hcc.factors", year, "Normalization and MA coding pattern adjustment",
		fmt.Sprintf("CMS Rate Announcement, calendar year %d", year),
		vbcText("model"), vbcNumber("normalization", 3), vbcNumber("coding_percent", 2), vbcText("verified"))
	meta.Cite = "42 CFR 422.308(c)(2)(ii); section 1853(a)(1)(C)(ii) of the Social Security Act"
	b := refdata.NewBuilder(meta)
	err := hccRows("factors.csv", func(r map[string]string) error {
		if r["year"] != strconv.Itoa(year) {
			return nil
		}
		return b.Add(r["model"], r["normalization"], r["coding_percent"], r["verified"])
	})
	return b.Table(), err
}

func hccRows(name string, row func(map[string]string) error) error {
	f, err := hccFiles.Open("hcc/" + name)
	if err != nil {
		return err
	}
	defer f.Close()
	return vbcRows(f, row)
}
