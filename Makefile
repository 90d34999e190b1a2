# Woodlawn. `make demo` shows the main job, `make test` runs every test.

GO      ?= go
BIN     := bin/woodlawn
VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
LDFLAGS := -s -w -X github.com/woodlawn-health/woodlawn/cli.Version=$(VERSION)

.PHONY: build demo test bench lint packs clean

build: ## the binary, static and without cgo
	@CGO_ENABLED=0 $(GO) build -trimpath -ldflags '$(LDFLAGS)' -o $(BIN) ./cmd/woodlawn

test: ## every test; those that need CMS's answers beside the repository skip where these are absent
	CGO_ENABLED=0 $(GO) vet ./...
	CGO_ENABLED=0 $(GO) test ./...

bench: ## the figures of docs/performance
	$(GO) test -run '^$$' -bench . -benchmem ./...

lint: ## formatting and vet
	@test -z "$$(gofmt -l .)" || { gofmt -l .; exit 1; }
	$(GO) vet ./...

packs: ## the embedded tables, from CMS's files in ../shared
	$(GO) run ./tools/packs

clean:
	rm -rf bin demo-out
