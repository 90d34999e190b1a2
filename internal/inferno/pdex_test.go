// SPDX-License-Identifier: Apache-2.0

package inferno

import (
	"bytes"
	"fmt"
	"os"
	"testing"

	"github.com/woodlawn-health/woodlawn/internal/ledger"
)

const (
	match     = "the operation $member-match of payers with each other is not served"
	matched   = "begins with the answer of $member-match, which is not served; the same searches of a member's record are held below"
	exporting = "TestExport of server/"
)

// elsewhere says which tests hold the rows about operations, or why none does.
var elsewhere = []string{
	"pdex_member_match_operation_in_cap_stmt", match, "pdex_one_match_profile_validation", match, "pdex_member_match_local_ref", match, "pdex_coverage_to_link_minimal_validation", match,
	"pdex_coverage_to_link_ms_validation", match, "pdex_member_match_on_server", match, "pdex_member_match_response_profile", match, "pdex_member_match_identifier_to_id", match,
	"pdex_no_match_profile_validation", match, "pdex_member_match_local_ref_validation", match, "pdex_member_match_has_no_matches", match, "pdex_multiple_match_profile_validation", match,
	"pdex_member_match_has_multiple_matches", match, "pdex_workflow_clinical_encounter_query_test", matched, "pdex_workflow_clinical_encounter_test", matched,
	"Test02", "TestSearchAnswers of server/", "Test03", "TestSearchAnswers of server/",
	"pdex_patient_export_in_cap_stmt", exporting, "pdex_export_patient_kick_off", exporting, "pdex_export_patient_status_check", exporting, "pdex_export_patient_output_check", exporting,
	"pdex_bulk_file_server_tls_version", "TestTLS of server/site", "pdex_bulk_data_patient_valid_resources", "no test validates the files of an export; they hold what the reads below give, which is validated",
}

func TestPDex(t *testing.T) {
	own, err := os.ReadFile("testdata/pdex.ndjson")
	if err != nil {
		t.Fatal(err)
	}
	data := family()
	for line := range bytes.Lines(own) {
		data = append(data, bytes.TrimSpace(line))
	}
	s := Suite{Kit: "pdex.csv", Name: "pdex_payer_server", Guide: "pdex-2.0.0",
		Packages:  []string{core, "hl7.fhir.us.core#3.1.1", "hl7.fhir.us.davinci-hrex#1.0.0", "hl7.fhir.us.carin-bb#2.0.0", "hl7.fhir.us.davinci-pdex#2.0.0"},
		Data:      data,
		Elsewhere: served(elsewhere...),
		Known: map[string]string{
			"pdex_eob_must_support": "the data lacks ExplanationOfBenefit.adjudication:denialreason: the profile names that slice and says nothing by which it could be told from others",
			"pdex_eob_validation": "the profile fixes the category of allowed units (PDexAdjudicationDiscriminator) and binds the same element to a set without that code " +
				"(PDexAdjudicationCategoryDiscriminator): whoever shows allowed units breaks one of the two",
			"us_core_v311_bp_must_support_test": pressure, "us_core_v311_pulse_oximetry_validation_test": flow}}
	section := s.Run(t)
	ledger.Check(t, "pdex-server.md", fmt.Sprintf(intro, "PDex 2.0.0", "suite pdex_payer_server", "The data is the invented record of interop/uscore, and a\nprior authorization, a device, a dispense and their provenance beside it.")+section)
}
