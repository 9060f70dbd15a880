# muster: build, try, test. `make help` lists the targets.

VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
COMMIT  ?= $(shell git rev-parse --short HEAD 2>/dev/null)
CLI     := github.com/muster-run/muster/cmd/muster/internal/cli
LDFLAGS := -s -w -X $(CLI).stampVersion=$(VERSION) -X $(CLI).stampCommit=$(COMMIT)
LINT    := go tool -modfile=.tools/lint/go.mod
# TESTFLAGS adds to go test (TESTFLAGS=-race), PKG chooses packages, FUZZTIME is per fuzz target, RUNS per benchmark.
PKG      ?= ./...
FUZZTIME ?= 10s
RUNS     ?= 5
# How many seeds make soak runs; one that fails is named, and replayed with MUSTER_SEED or MUSTER_SHELL_SEED.
SOAK_CORE  ?= 1000000
SOAK_SHELL ?= 20000

.DEFAULT_GOAL := help
.PHONY: help build demo test soak lint generate generate-proto bench fuzz clean

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-15s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

build: ## bin/muster and bin/bwsim, static
	CGO_ENABLED=0 go build -trimpath -ldflags '$(LDFLAGS)' -o bin/ ./cmd/...

demo: build ## a simulated fleet, configured and proved, in half a minute
	bin/muster demo

test: ## all tests, with a summary
	@cd plugins/example && go test ./... # a module of its own, as a community's would be
	@.ci/test $(TESTFLAGS) $(PKG)

soak: ## a hundred times the seeds of make test, kill -9 at every crash point: hours
	MUSTER_SEEDS=$(SOAK_CORE) go test -count=1 -timeout 24h ./engine/schedule
	MUSTER_SHELL_SEEDS=$(SOAK_SHELL) go test -count=1 -timeout 24h ./engine/internal/sim
	MUSTER_CRASH_ALL=1 go test -count=1 -timeout 24h -run CrashPoints ./cmd/muster

lint: ## gofmt, vet, staticcheck, import rules
	@test -z "$$(gofmt -l cmd engine modules plugins)" || { echo "gofmt needed:"; gofmt -l cmd engine modules plugins; exit 1; }
	go vet ./...
	$(LINT) staticcheck -checks inherit,-ST1005 ./... # what devices and plugins say to people is capitalized
	go test -count=1 -run 'Imports|Reaches|Chooses|TopLevel|DataFolders|Named|HostKeys' ./engine

generate: ## docs/modules and the demo's copy of the playbook
	go generate ./cmd/...
	go run ./cmd/muster docs --md docs/modules

generate-proto: ## plugins/internal/pb from module.proto (builds buf: minutes)
	.tools/generate-proto.sh

bench: ## each benchmark beside its floor, RUNS times (docs/performance.md)
	@.ci/bench $(RUNS)

fuzz: ## every fuzz target for FUZZTIME
	@.ci/fuzz $(FUZZTIME)

clean: ## what make leaves behind
	rm -rf bin lab
