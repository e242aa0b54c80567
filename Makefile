# Everything that is done to Feedfolio is a target here. They work on a bare Debian machine with Go, git and make;
# what else a target needs, it installs itself: Debian packages by .ci/need, Go tools of a pinned version in bin/tools.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
LDFLAGS := -s -w -X main.version=$(VERSION)
PKGS    ?= ./...
FUZZTIME ?= 30s
BENCH   ?= .
COUNT   ?= 1

TOOLS         := $(CURDIR)/bin/tools
GOLANGCI_LINT := v2.15.0
GOFUMPT       := v0.12.0
GOVULNCHECK   := v1.9.0
BENCHSTAT     := v0.0.0-20260908200009-22c9c6c9d4da
NFPM          := v2.45.0
CYCLONEDX     := v1.10.0

# The product needs no C. Only the race detector does (see .ci/race).
export CGO_ENABLED := 0

.PHONY: help
help: ## this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-12s %s\n", $$1, $$2}'

# ---- build and try

.PHONY: build
build: ## bin/feedfolio, one static binary
	@mkdir -p bin
	go build -trimpath -buildvcs=false -ldflags '$(LDFLAGS)' -o bin/feedfolio ./cmd/feedfolio
	@echo "built bin/feedfolio $(VERSION)"

.PHONY: demo
demo: build ## fetch a small web of publishers inside the process; no network
	@bin/feedfolio demo

# ---- test

.PHONY: test
test: build ## go vet, and every test with the race detector: units, command scripts, docs, generated files
	go vet $(PKGS)
	race=$$(.ci/race); CGO_ENABLED=$${race:+1} go test $$race -timeout 10m $(PKGS)

.PHONY: check
check: fmt lint test fuzz licences smoke ## all that must be green before a change is sent

.PHONY: fmt
fmt: $(TOOLS)/gofumpt-$(GOFUMPT) ## files that gofumpt would change; make fmt FIX=1 changes them
	@$(if $(FIX),$< -w .,out=$$($< -l .); [ -z "$$out" ] || { echo "$$out"; echo "not formatted: run make fmt FIX=1"; exit 1; })

.PHONY: lint
lint: $(TOOLS)/golangci-lint-$(GOLANGCI_LINT) ## golangci-lint, with the direction of imports (.golangci.yml)
	$< run $(PKGS)

.PHONY: fuzz
fuzz: ## each fuzz target for FUZZTIME (30s)
	@.ci/fuzz $(FUZZTIME) $(PKGS)

.PHONY: smoke
smoke: build ## the demo, on a time limit, its result checked
	@.ci/smoke

.PHONY: soak
soak: build ## the program against a simulated web with every fault, killed 50 times; about ten minutes. RUN=regexp
	FEEDFOLIO_SOAK=1 FEEDFOLIO_BIN=$(CURDIR)/bin/feedfolio go test -count 1 -timeout 60m -v -run '$(or $(RUN),.)' ./ingest/soak

.PHONY: conformance
conformance: ## what we write, read by real Hexo, Hugo, Jekyll and gray-matter
	@article/conformance/run.sh

# ---- measure

.PHONY: bench
bench: ## benchmarks; BENCH=regexp, PKGS=./..., COUNT=6; two results are compared by make benchstat OLD=a NEW=b
	go test -run '^$$' -bench '$(BENCH)' -benchmem -count $(COUNT) -timeout 60m $(PKGS)

.PHONY: benchstat
benchstat: $(TOOLS)/benchstat-$(BENCHSTAT)
	$< $(OLD) $(NEW)

# ---- supply chain

.PHONY: audit
audit: licences $(TOOLS)/govulncheck-$(GOVULNCHECK) ## licences, then known vulnerabilities (asks the Go vulnerability database)
	$(TOOLS)/govulncheck-$(GOVULNCHECK) $(PKGS)

.PHONY: licences
licences: ## each module's licence is one we may ship, each direct module is in docs/dependencies.md
	@.ci/licences

# ---- release

.PHONY: release
release: $(TOOLS)/nfpm-$(NFPM) $(TOOLS)/cyclonedx-gomod-$(CYCLONEDX) ## archives, packages, images and the bill of materials, into dist/; TARGETS=linux/amd64
	@.ci/need zip=zip
	VERSION=$(VERSION) NFPM=$(TOOLS)/nfpm-$(NFPM) CYCLONEDX=$(TOOLS)/cyclonedx-gomod-$(CYCLONEDX) deploy/release $(TARGETS)

.PHONY: package-test
package-test: ## the deb in a fresh Debian, the image, the units; needs root and dist/
	deploy/test

.PHONY: sites
sites: build ## the demo's articles as sites of Hexo and Hugo, looked at in a browser
	@examples/test

.PHONY: clean
clean: ## remove what was built (the tools in bin/tools stay)
	rm -rf dist bin/feedfolio

# ---- tools, of a pinned version, built once

define tool
$(TOOLS)/$(1)-$(2):
	@echo "building $(1) $(2) (once; it takes a while)"
	@mkdir -p $(TOOLS)
	@GOBIN=$(TOOLS)/.new go install $(3)@$(2) && mv $(TOOLS)/.new/$(1) $$@
endef
$(eval $(call tool,golangci-lint,$(GOLANGCI_LINT),github.com/golangci/golangci-lint/v2/cmd/golangci-lint))
$(eval $(call tool,gofumpt,$(GOFUMPT),mvdan.cc/gofumpt))
$(eval $(call tool,govulncheck,$(GOVULNCHECK),golang.org/x/vuln/cmd/govulncheck))
$(eval $(call tool,benchstat,$(BENCHSTAT),golang.org/x/perf/cmd/benchstat))
$(eval $(call tool,nfpm,$(NFPM),github.com/goreleaser/nfpm/v2/cmd/nfpm))
$(eval $(call tool,cyclonedx-gomod,$(CYCLONEDX),github.com/CycloneDX/cyclonedx-gomod/cmd/cyclonedx-gomod))
