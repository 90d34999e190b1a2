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

demo: build ## price the shipped claims, show the summary and one claim step by step
	@echo '$$ woodlawn price $(CLAIMS) --out demo-out ...'; echo
	@$(BIN) price $(CLAIMS) --out demo-out $(DEMO) || test $$? -eq 1 # some claims are meant to be refused
	@echo; echo '$$ woodlawn explain I05-TRANSFER $(CLAIMS) ...'; echo
	@$(BIN) explain I05-TRANSFER $(CLAIMS) $(DEMO)
	@echo; echo 'What each claim shows: demo/CASES.md. Why some were set aside: demo-out/rejects.ndjson.'

test: ## every test; those that need CMS's answers beside the repository skip where these are absent
	CGO_ENABLED=0 $(GO) vet ./...
	CGO_ENABLED=0 $(GO) test ./...

test-beam: ## the module beam, which has many requirements of its own
	cd beam && CGO_ENABLED=0 $(GO) vet ./... && CGO_ENABLED=0 $(GO) test ./...

bench: build ## the figures of docs/performance
	$(GO) test -run '^$$' -bench . -benchmem ./...
	$(GO) run ./tools/bench -mb 100

lint: ## formatting and vet
	@test -z "$$(gofmt -l .)" || { gofmt -l .; exit 1; }
	$(GO) vet ./...

packs: ## the embedded tables, from CMS's files in ../shared
	$(GO) run ./tools/packs

clean:
	rm -rf bin demo-out
