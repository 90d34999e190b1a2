# Woodlawn. `make demo` shows the main job, `make test` runs every test.

GO      ?= go
BIN     := bin/woodlawn
VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
LDFLAGS := -s -w -X github.com/woodlawn-health/woodlawn/cli.Version=$(VERSION)

.PHONY: build demo test test-beam bench lint packs clean

build: ## the binary, static and without cgo
	@CGO_ENABLED=0 $(GO) build -trimpath -ldflags '$(LDFLAGS)' -o $(BIN) ./cmd/woodlawn

# What the demo's payer knows beside the claims.
DEMO := --providers demo/providers.csv --clinicians demo/clinicians.csv --beneficiaries demo/beneficiaries.csv --date 2025-12-15
CLAIMS := demo/professional.837 demo/institutional.837

demo: build demo-claims demo-quality demo-aco ## claims priced, quality measured, an ACO settled: each with a figure explained
	@echo; echo 'Next: woodlawn serve --demo, and docs/guide/patient-access-api.md.'

.PHONY: demo-claims demo-quality demo-aco
demo-claims: build ## price the shipped claims, show the summary and one claim step by step
	@echo '$$ woodlawn price $(CLAIMS) --out demo-out ...'; echo
	@$(BIN) price $(CLAIMS) --out demo-out $(DEMO) || test $$? -eq 1 # some claims are meant to be refused
	@echo; echo '$$ woodlawn explain I05-TRANSFER $(CLAIMS) ...'; echo
	@$(BIN) explain I05-TRANSFER $(CLAIMS) $(DEMO)
	@echo; echo 'What each claim shows: demo/CASES.md. Why some were set aside: demo-out/rejects.ndjson.'

MEASURE := --bundle demo/quality/measure.json --data demo/quality/patients.ndjson --period 2025-01-01..2025-12-31
demo-quality: build ## measure a small population, explain one patient, write and check a MeasureReport and a QRDA III
	@mkdir -p demo-out
	@echo; echo '$$ woodlawn measure run $(MEASURE) -o report.ndjson --qrda3 report.xml ...'; echo
	@$(BIN) measure run $(MEASURE) -o demo-out/report.ndjson --reporter Organization/riverside-clinic --qrda3 demo-out/report.xml --submission demo/quality/submission.json
	@echo; echo '$$ woodlawn validate report.ndjson; woodlawn qrda validate report.xml'; echo
	@$(BIN) validate demo-out/report.ndjson
	@$(BIN) qrda validate demo-out/report.xml
	@echo; echo '$$ woodlawn measure run ... --explain dee'; echo
	@$(BIN) measure run $(MEASURE) --explain dee

ORG := demo-out/org
demo-aco: build ## take an invented ACO from raw claim feeds to its settlement
	@mkdir -p demo-out && rm -rf $(ORG)
	@echo; echo '$$ woodlawn aco generate --lives 2000 --months 60 --out $(ORG)'; echo
	@$(BIN) aco generate --lives 2000 --seed 1 --months 60 --out $(ORG)
	@echo; echo '$$ woodlawn aco settle $(ORG) --agreement demo/aco/agreement.json --cells demo/aco/cells.csv'; echo
	@$(BIN) aco settle $(ORG) --agreement demo/aco/agreement.json --cells demo/aco/cells.csv
	@echo; echo '$$ woodlawn aco assign $(ORG); woodlawn aco assign $(ORG) --format csv'; echo
	@$(BIN) aco assign $(ORG)
	@$(BIN) aco assign $(ORG) --format csv >demo-out/roster.csv; echo; head -n 4 demo-out/roster.csv; echo '...'
	@echo; echo '$$ woodlawn aco population $(ORG) --high-cost 5'; echo
	@$(BIN) aco population $(ORG) --high-cost 5
	@echo; echo '$$ woodlawn aco gaps $(ORG)'; echo
	@$(BIN) aco gaps $(ORG)

test: ## every test; those that need CMS's answers beside the repository skip where these are absent
	CGO_ENABLED=0 $(GO) vet ./...
	CGO_ENABLED=0 $(GO) test ./...

test-beam: ## the module beam, which has many requirements of its own
	cd beam && CGO_ENABLED=0 $(GO) vet ./... && CGO_ENABLED=0 $(GO) test ./...

bench: build ## the figures of docs/performance
	$(GO) test -run '^$$' -bench . -benchmem ./...
	$(GO) run ./tools/bench -mb 100
	$(GO) run ./tools/fhirload -serve $(BIN)

lint: ## formatting and vet
	@test -z "$$(gofmt -l .)" || { gofmt -l .; exit 1; }
	$(GO) vet ./...

packs: ## the embedded tables, from CMS's files in ../shared
	$(GO) run ./tools/packs

clean:
	rm -rf bin demo-out
