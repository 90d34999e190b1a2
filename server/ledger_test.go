// SPDX-License-Identifier: Apache-2.0

package server_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/woodlawn-health/woodlawn/fhir/schema"
	"github.com/woodlawn-health/woodlawn/fhir/search"
	"github.com/woodlawn-health/woodlawn/internal/ledger"
	"github.com/woodlawn-health/woodlawn/store/storetest"
)

// proven names what the server does, with the test that proves it.
var proven = [][2]string{
	{"read, vread, HEAD; ETag, Last-Modified, If-None-Match, If-Modified-Since", "TestLifeOfAResource"},
	{"create; Location, Content-Location", "TestLifeOfAResource"},
	{"update, update as create; If-Match, If-None-Match: *", "TestLifeOfAResource"},
	{"delete; 410 afterwards, versions stay", "TestLifeOfAResource"},
	{"history of a resource, a type, the system; _count, _since, paging", "TestLifeOfAResource"},
	{"history: every version once, deletions, _at", "testHistory"},
	{"Prefer: return=minimal, representation, OperationOutcome", "TestPreferReturn"},
	{"Prefer: handling=strict, lenient", "TestBadRequests"},
	{"conditional create, update, patch, delete (single)", "TestConditional"},
	{"concurrent conditional creates make one resource", "testConditional"},
	{"JSON Patch: add, remove, replace, move, copy, test", "TestPatchSteps"},
	{"_format, Accept: JSON; others 406, bodies of others 415", "TestBadRequests"},
	{"If-Match: *; If-None-Exist as clients write it; the parameter fhirVersion of media types", "TestFormsOfHeaders"},
	{"every failure is an OperationOutcome with its status", "TestBadRequests"},
	{"transaction: all or nothing, order, references between entries, conditional references", "TestTransaction"},
	{"batch: each entry alone", "TestTransaction"},
	{"search by GET and by POST _search", "TestSearchCases"},
	{"search of several types", "TestSearchAnswers"},
	{"search in a compartment", "TestSearchAnswers"},
	{"Patient/[id]/$everything: _since, _type, _count, paging", "TestSearchAnswers"},
	{"_include, _revinclude, :iterate, *, with and without target", "testInclude"},
	{"_sort by several parameters, missing values last, paging", "testSort"},
	{"paging by keys: nothing twice or lost under writes", "testPaging"},
	{"_count, _total; _summary=count", "TestSearchAnswers"},
	{"_summary=true, text, data, false; _elements", "TestSummaryAndElements"},
	{"CapabilityStatement packed with gzip on request", "TestCapabilityPacked"},
	{"CapabilityStatement says what is there", "TestCapabilityIsTrue"},
	{"DocumentReference/$docref of US Core: by time of care, type and profile, the latest without a time; of documents that are kept", "TestDocRef"},
	{"CapabilityStatement holds all that a named implementation guide's own asks for", "TestCapabilityOfGuides"},
	{"authorization inside the store's statements", "TestAuthorize"},
	{"limit of requests a second (429, Retry-After)", "TestRateLimit"},
	{"each request and what it shows handed to an audit trail before the answer", "TestAudit"},
	{"servers for reading only", "TestReadOnly"},
	{"types that are not kept in the store (AuditEvent)", "TestSource"},
	{"CORS with preflight", "TestCORS"},
	{"limits of body (413), address (414) and depth (400)", "TestBadRequests"},
	{"limit of a Bundle's entries (413)", "TestTransaction"},
	{"no values of resources or searches in the log", "TestAuthorize"},
	{"Bulk Data $export of the system, patients, a group: _type, _since, _typeFilter, _elements, _outputFormat; status, manifest, files, cancel", "TestExport"},
	{"an export is its client's alone", "TestExportOfAnother"},
	{"an export goes on after a restart", "TestExportGoesOn"},
	{"$import: uploaded NDJSON, files of a folder, https addresses of a list; Parameters or manifest; status, cancel, rejects", "TestImport"},
	{"an import goes on after a restart; each line once", "TestImportGoesOn"},
	{"an import reaches no private address", "TestImportFromPrivateAddress"},
	{"operations: levels, parameters, refusals, in batches, in the CapabilityStatement", "TestOperations"},
	{"operations whose client does not wait (respond-async)", "TestOperationNotWaitedFor"},
	{"$validate: modes, profiles, what is kept", "TestValidate"},
	{"validation on write, also in Bundles and patches", "TestValidationOnWrite"},
	{"CodeSystem/$lookup, $subsumes, $validate-code; ValueSet/$validate-code, $expand; what is not loaded is said", "TestLookup"},
	{"search by :in, :not-in, :below and :above over the value sets and code systems held; what is not loaded is said", "TestSearchByDefinitions"},
	{"definitions that are written to the store count at once", "TestOwnDefinitions"},
	{"Subscriptions (see subscriptions.md)", "TestSubscribe"},
	{"acknowledged writes survive SIGKILL", "TestKilled"},
	{"the server killed under load over HTTP: nothing acknowledged is lost, no transaction is half there", "TestServerKilled"},
	{"no room left: 507, nothing half, reads go on, writes too once there is room, without a restart", "TestFullDatabase"},
	{"no room left: the store's side", "TestFull"},
	{"concurrent conditional creates, updates and transactions over HTTP make one resource", "TestConcurrentConditions"},
	{"bad input: JSON, types, UTF-8, size, depth, packed bombs, patches that grow, addresses", "TestBadInput"},
	{"SQL and FHIRPath in values and names find and change nothing", "TestInjection"},
}

// missing names what the server does not do, with the reason.
var missing = [][2]string{
	{"XML, Turtle", "JSON is what the APIs of CMS's rules use"},
	{"FHIRPath Patch, XML Patch", "not written"},
	{"_sort by a token or reference", "the index holds keys of codes, which have no order; refused"},
	{"_text, _content, _filter, _query, _list, near, phonetic", "no such index; refused"},
	{"_contained, _containedType", "contained resources are not searched"},
	{"composites of three parts (MolecularSequence)", "refused"},
	{"search of [compartment]/*", "$everything serves the need; refused"},
	{"$everything start and end", "not written; refused"},
	{"conditional delete of many", "one at a time"},
	{"$import: meta.source of the inputSource", "resources are kept as they come"},
}

func TestLedger(t *testing.T) {
	have := testsOf(t, "server/*_test.go", "server/*/*_test.go", "store/storetest/*.go", "store/sqlite/*_test.go")
	var b strings.Builder
	b.WriteString("# FHIR REST\n\nWhat the server does of FHIR R4's RESTful API (http.html, search.html) and of Bulk Data, with the test that\nproves it. A test makes this page. The tests of the store run on SQLite and on PostgreSQL.\n\n")
	b.WriteString("## Interactions\n\n| what | test |\n|---|---|\n")
	for _, p := range proven {
		if !strings.Contains(have, "func "+p[1]+"(") {
			t.Errorf("there is no test %s", p[1])
		}
		fmt.Fprintf(&b, "| %s | %s |\n", p[0], p[1])
	}
	b.WriteString("\n## Searches\n\nEach runs in the store, in a transaction, by GET and by POST (testSearch, TestSearchCases).\n\n| what | searches | one of them |\n|---|--:|---|\n")
	var order []string
	count, first := map[string]int{}, map[string]string{}
	for _, c := range storetest.Cases {
		if count[c.Feature] == 0 {
			order = append(order, c.Feature)
			first[c.Feature] = c.Query
		}
		count[c.Feature]++
	}
	for _, f := range order {
		fmt.Fprintf(&b, "| %s | %d | `%s` |\n", strings.ReplaceAll(f, "|", `\|`), count[f], strings.ReplaceAll(first[f], "|", `\|`))
	}
	types, params := 0, 0
	for _, typ := range schema.R4().Types {
		if t := search.For(typ.Name); t != nil {
			types++
			params += len(t.Params())
		}
	}
	fmt.Fprintf(&b, "\n%d resource types have %d search parameters in all, those of R4 and of the implementation guides held; TestCapabilityIsTrue\nasks for each.\n", types, params)
	b.WriteString("\n## Not there\n\n| what | why |\n|---|---|\n")
	for _, m := range missing {
		fmt.Fprintf(&b, "| %s | %s |\n", m[0], m[1])
	}
	ledger.Check(t, "fhir-rest.md", b.String())
}
