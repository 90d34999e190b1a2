// SPDX-License-Identifier: Apache-2.0

package inferno

import (
	"fmt"
	"testing"
	"time"

	"github.com/woodlawn-health/woodlawn/claim/civil"
	"github.com/woodlawn-health/woodlawn/internal/ledger"
	"github.com/woodlawn-health/woodlawn/interop/carin"
	"github.com/woodlawn-health/woodlawn/interop/directory"
	"github.com/woodlawn-health/woodlawn/interop/formulary"
	"github.com/woodlawn-health/woodlawn/interop/sheet"
	"github.com/woodlawn-health/woodlawn/interop/uscore"
	"github.com/woodlawn-health/woodlawn/refdata"
)

const core = "hl7.fhir.r4.core#4.0.1"

// intro begins every ledger of a suite.
const intro = `# %s

Each row of Inferno's list of server tests (%s), with what became of a check of our own of the same thing.
These are our tests, written after Inferno's list: Inferno itself was not run, and nothing here is its word.

A search is asked by GET and by POST, with up to three resources' values in every form that clients write them (with and without
system or type, several values, ranges of dates), and its answer compared with a plain walk over the data; reads include vread;
"valid" is by our own validator, with the code lists that the packages hold. %s

A row that is not held says why. "required" and "optional" are Inferno's.
`

// planNet is the directory that interop/directory makes of its sample.
func planNet(t *testing.T) (data [][]byte) {
	t.Helper()
	c, err := refdata.Open("")
	if err != nil {
		t.Fatal(err)
	}
	if _, err = directory.Build(directory.Sample(), directory.Options{Today: civil.Of(2026, time.November, 20), Catalog: c}, func(_ *sheet.Kind, b []byte) error {
		data = append(data, b)
		return nil
	}, func(r sheet.Reject) error { return fmt.Errorf("%+v", r) }); err != nil {
		t.Fatal(err)
	}
	return data
}

func TestPlanNet(t *testing.T) {
	s := Suite{Kit: "plan-net.csv", Name: "davinci_plan_net_server_v110", Guide: "plan-net-1.1.0",
		Packages: []string{core, "hl7.fhir.us.core#3.1.1", "hl7.fhir.us.davinci-pdex-plan-net#1.1.0"},
		Data:     planNet(t), Elsewhere: served()}
	section := s.Run(t)
	ledger.Check(t, "plan-net.md", fmt.Sprintf(intro, "Plan-Net 1.1.0", "suite davinci_plan_net_server_v110",
		"The data is the directory that `woodlawn directory build` makes of its sample sheets.")+section)
}

// drugs is the formulary that interop/formulary makes of its sample.
func drugs(t *testing.T) (data [][]byte) {
	t.Helper()
	c, err := refdata.Open("")
	if err != nil {
		t.Fatal(err)
	}
	if _, err = formulary.Build(formulary.Sample(), formulary.Options{Today: civil.Of(2026, time.November, 20), Catalog: c}, func(_ *sheet.Kind, b []byte) error {
		data = append(data, b)
		return nil
	}, func(r sheet.Reject) error { return fmt.Errorf("%+v", r) }); err != nil {
		t.Fatal(err)
	}
	return data
}

func TestFormulary(t *testing.T) {
	s := Suite{Kit: "formulary.csv", Name: "davinci_us_drug_formulary_v201", Guide: "drug-formulary-2.0.1",
		Packages: []string{core, "hl7.fhir.us.core#3.1.1", "hl7.fhir.us.davinci-drug-formulary#2.0.1"},
		Data:     drugs(t),
		Known: map[string]string{
			"usdf_v201_formulary_coverage_type_search_test":      "a Formulary has no coverage: that is the plan's, whose rows above are held",
			"usdf_v201_formulary_formulary_coverage_search_test": "a Formulary refers to no formulary: a plan does, whose rows above are held",
		},
		Elsewhere: served()}
	section := s.Run(t)
	ledger.Check(t, "formulary.md", fmt.Sprintf(intro, "US Drug Formulary 2.0.1", "suite davinci_us_drug_formulary_v201",
		"The data is the formulary that `woodlawn formulary build` makes of its sample sheets.")+section)
}

// family is the record of interop/uscore.
func family() (data [][]byte) {
	for b := range uscore.Sample() {
		data = append(data, b)
	}
	return data
}

// served says which tests of the whole service hold rows that a server in this
// process cannot.
func served(more ...string) map[string]string {
	m := map[string]string{
		"standalone_auth_tls": "TestTLS of server/site", "standalone_token_tls": "TestTLS of server/site", "ehr_auth_tls": "TestTLS of server/site", "ehr_token_tls": "TestTLS of server/site",
		"smart_cors_metadata_request": "TestCORSOfFHIR of server/site", "smart_cors_openid_fhir_user_claim": "TestCORSOfFHIR of server/site",
		"us_core_granted_granular_scopes": "TestGranularScopesGranted of smart",
		// These numbers name the tests of discovery here, those of introspection in the kit of SMART itself.
		"Test01": "TestDiscovery of smart", "Test02": "TestDiscovery of smart",
	}
	for i := 0; i < len(more); i += 2 {
		m[more[i]] = more[i+1]
	}
	return m
}

const flow = "the profile fixes L/min as the unit of the flow rate and binds the same value to a set without it (ucum-vitals-common); " +
	"our validator says so of any such resource, the guide's own example too"

const pressure = "the data lacks Observation.value[x]: a blood pressure has its values in components, and inherits the mark from vital signs at large"

func TestCARIN(t *testing.T) {
	var data [][]byte
	for b := range carin.Sample() {
		data = append(data, b)
	}
	s := Suite{Kit: "carin.csv", Name: "c4bb_v200", Guide: "carin-bb-2.0.0", Packages: []string{core, "hl7.fhir.us.core#3.1.1", "hl7.fhir.us.carin-bb#2.0.0"}, Data: data,
		Elsewhere: served("c4bb_v200_smart_capabilities", "TestCARINCapabilities of smart", "c4bb_v200_smart_scopes", "TestCARINScopes of smart")}
	section := s.Run(t)
	ledger.Check(t, "carin.md", fmt.Sprintf(intro, "CARIN Blue Button 2.0.0", "suite c4bb_v200", carinText)+section)
}

const carinText = "The data is the invented member of\ninterop/carin; what the program makes of claims is compared with the profiles in [carin-claims](carin-claims.md) and [carin-eob](carin-eob.md)."

func TestUSCore610(t *testing.T) {
	s := Suite{Kit: "us-core.csv.gz", Name: "us_core_v610", Guide: "us-core-6.1.0", Packages: []string{core, "hl7.fhir.us.core#6.1.0"}, Data: family(), Elsewhere: served(),
		Known: map[string]string{"us_core_v610_blood_pressure_must_support_test": pressure}}
	section := s.Run(t)
	ledger.Check(t, "us-core-6.1.0.md", fmt.Sprintf(intro, "US Core 6.1.0", "suite us_core_v610", familyText)+section)
}

func TestUSCore311(t *testing.T) {
	s := Suite{Kit: "us-core.csv.gz", Name: "us_core_v311", Guide: "us-core-3.1.1", Packages: []string{core, "hl7.fhir.us.core#3.1.1"}, Data: family(), Elsewhere: served(),
		Known: map[string]string{
			"us_core_v311_bp_must_support_test":           pressure,
			"us_core_v311_pulse_oximetry_validation_test": flow,
		}}
	section := s.Run(t)
	ledger.Check(t, "us-core-3.1.1.md", fmt.Sprintf(intro, "US Core 3.1.1", "suite us_core_v311", familyText)+section)
}

const familyText = "The data is the invented record of interop/uscore. Granular scopes are those\nof the rows' own two sets, given to the server as the authorization server would."
