# Every task of the project; `make` lists them.
#
# Tools are built into .bin from tools/go.mod and tools/lint/go.mod. The go command knows when they are up to date.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.NOTPARALLEL:
MAKEFLAGS += --no-print-directory

GO ?= go
CONFIG ?= gateway.example.yml
FUZZTIME ?= 1s
# It has 53. Tracing (with protobuf and what it takes of gRPC), certificates by ACME (with a DNS client) and HTTP/3 are 9 of them: each of
# them is linked in whether it is used or not. What goes above this was taken in by mistake, or should be known.
BINARY_MAX_MB ?= 56
IMAGE ?= localhost/concierge:devel
VULNDB ?=
export VULNDB

# Nothing of the machine gets into the program, so one commit is the same bytes wherever it is built; tools/version.sh says what
# it is stamped with. The go command's own stamp is left out: it is another one where there is no .git.
# grpcnotrace leaves out gRPC's debugging pages. They look methods up by name, which keeps every exported method of every
# module in the program.
STAMP ?= $(shell tools/version.sh)
# concierge.pgo is what the compiler inlines by; go run and the tests do without, since it compiles all anew.
BUILD_FLAGS = -trimpath -buildvcs=false -pgo=concierge.pgo -tags grpcnotrace \
	-ldflags "-s -w -X 'github.com/concierge-gateway/concierge/telemetry.stamp=$(STAMP)'"

# lint has vetted everything, and nobody debugs the tests' programs, of which linking takes half as long without what debuggers read.
# Those tests that may run beside each other mostly wait.
TEST_FLAGS := -vet off -ldflags=-w -shuffle on -parallel $(shell echo $$((2 * $$(getconf _NPROCESSORS_ONLN)))) -timeout 20m

# What compiles and tests has memory to spare, and takes less time where it collects less often. What is measured is left as it is.
build lint fuzz unit: export GOGC ?= 400

say = @printf '\n== %s\n' '$(1)'

.PHONY: help
help: ## Show this list
	@awk -F ':.*## ' '/^##@ /{ printf "\n%s\n", substr($$0, 5) } /^[a-z-]+:.*## /{ printf "  %-15s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

##@ Run

.PHONY: demo
demo: ## Run the sample services and the gateway; prints tokens and a first query
	$(GO) run . demo

.PHONY: run
run: ## Run the gateway alone, with CONFIG=gateway.example.yml
	$(GO) run . serve --config $(CONFIG)

##@ Change

.PHONY: generate
generate: tools ## Write graph/ from schema/ and gqlgen.yml, and gateway.schema.json from the settings
	$(call say,generate)
	@tools/generate.sh

.PHONY: web
web: setup-web ## Write web/dist from web/graphiql
	$(call say,web)
	@tools/web.sh

.PHONY: fmt
fmt: tools ## Format every Go file
	@.bin/gofumpt -l -w .

##@ Check

# Unit tests come last, so that their report is what stands at the end.
.PHONY: test
test: setup build lint check-generate check-web vuln fuzz browser check-bench check-licenses check-reproducible check-deploy check-soak check-allocs unit ## Check everything that must hold; installs what it needs
	@printf '\neverything holds\n'

# A test may sleep where its clock is a fake one.
.PHONY: lint
lint: tools linter ## Check format and style
	$(call say,format)
	@unformatted=$$(.bin/gofumpt -l .); \
	if [ -n "$$unformatted" ]; then printf 'make fmt would change:\n%s\n' "$$unformatted" >&2; exit 1; fi
	@sleepers=$$(grep -rl --include='*_test.go' 'time\.Sleep(' . | xargs -r grep -L '"testing/synctest"' || true); \
	if [ -n "$$sleepers" ]; then printf 'these tests sleep without testing/synctest:\n%s\n' "$$sleepers" >&2; exit 1; fi
	$(call say,vet)
	@$(GO) vet ./...
	$(call say,lint)
	@.bin/golangci-lint run

# Execution without plans is what mutations go by, so the first run has watched it for races; the second compares answers, and has
# what does one thing after the other and would take ten times as long with the race detector.
.PHONY: unit
unit: setup-httpcache setup-audit setup-clients ## Run every Go test, with the race detector
	$(call say,tests)
	@CGO_ENABLED=1 $(GO) test -C tests/bench $(TEST_FLAGS) -race ./...
	@CGO_ENABLED=1 $(GO) test $(TEST_FLAGS) -race ./...
	$(call say,the gateway without plans: what they change)
	@CONCIERGE_TEST_PLANS=off $(GO) test $(TEST_FLAGS) ./tests

.PHONY: fuzz
fuzz: ## Fuzz each target for FUZZTIME=1s
	$(call say,fuzz)
	@tools/fuzz.sh $(FUZZTIME)

.PHONY: vuln
vuln: tools ## Look for known vulnerabilities in what the program calls; VULNDB=file:///… names another database
	$(call say,vulnerabilities)
	@tools/vuln.sh

.PHONY: check-generate
check-generate: tools ## Check that make generate changes nothing
	$(call say,generated code)
	@tools/generate.sh check

.PHONY: check-web
check-web: setup-web ## Check that make web changes nothing
	$(call say,page)
	@tools/web.sh check

# What of deploy/ can be checked without a cluster and without an image registry; docs/deploying.md says what cannot.
.PHONY: check-deploy
check-deploy: build image setup-deploy ## Check what puts the program in place: image, Compose, Kubernetes, systemd
	$(call say,deployment)
	@tools/systemd.sh
	@$(GO) test -C tests/deploy -timeout 5m ./...

.PHONY: check-licenses
check-licenses: build inventory ## Check the licences of what is in the program, and that make licenses changes nothing
	$(call say,licences)
	@$(GO) test -C tools/inventory ./...
	@$(INVENTORY) -check -texts licenses/modules.txt -bom bin/sbom.cdx.json

.PHONY: check-reproducible
check-reproducible: build ## Check that another folder gives the same program; CACHE=none compiles all of it anew, for minutes
	$(call say,the same bytes)
	@tools/reproducible.sh '$(STAMP)'

.PHONY: browser
browser: build setup-browser ## Use the GraphiQL page and the status page in headless Chromium
	$(call say,browser)
	@npm --prefix tests/browser test --silent

# The benchmark is a module of its own, so that its peers are no dependencies of the program. What a part of it finds is not what the
# pages tell, so only a whole run writes them, unless WRITE says otherwise.
WRITE ?= $(if $(ONLY)$(CONNS)$(PROFILE),,docs/benchmarks)
RUNNER = WRITE='$(WRITE)' bin/bench/runner -concierge bin/concierge -stamp '$(STAMP)'

.PHONY: bench
bench: build bench-programs setup-bench ## Measure what an answer costs, beside other servers in one run; tests/bench/README.md says how
	$(call say,benchmark)
	@$(RUNNER)
	$(call say,what identity costs)
	@$(GO) test -run '^$$' -bench '^Benchmark(Remembered|Guarded)' ./auth ./passthrough/reshape
	$(call say,what plans cost)
	@$(GO) test -run '^$$' -bench . -benchmem ./plan
	$(call say,what limits cost)
	@$(GO) test -run '^$$' -bench . -benchmem ./ratelimit ./ratelimit/memory ./demand
	@$(GO) test -run '^$$' -bench '^BenchmarkHostile' ./document

.PHONY: bench-scale
bench-scale: build bench-programs ## Measure what an answer costs with up to 10,000 connections, with long lists, with more processors
	$(call say,scale)
	@$(RUNNER) -scale

# What a run proves does not depend on how long it is: right answers, and exactly the promised calls for each request under load.
.PHONY: check-bench
check-bench: build bench-programs setup-bench ## Check under a short load that answers are right, and that no call is made too many
	$(call say,calls under load)
	@ROUNDS=1 DUR=300ms WRITE= bin/bench/runner -concierge bin/concierge -warm 100ms -short

# docs/sizing.md has the figures of one machine. RATE, DUR and REDIS are passed on.
.PHONY: sizing
sizing: build bench-programs ## Measure what a rate of requests takes of processors and memory, with 1, 2 and 4 instances
	$(call say,sizing)
	@$(GO) build -C tests/bench -o ../../bin/bench/ ./sizing
	@bin/bench/sizing $(if $(RATE),-rate $(RATE)) $(if $(DUR),-dur $(DUR)) $(if $(REDIS),-redis $(REDIS))

# docs/soak.md tells it. DURATION and REPORT, a file for what came of it, are passed on.
.PHONY: soak
soak: build setup ## Ask gateways through both doors for DURATION=10m while services fail, settings change and instances come and go
	$(call say,soak)
	@$(GO) test -count 1 -v -timeout 0 ./tests/soak -args -program $(CURDIR)/bin/concierge -for $(or $(DURATION),10m) \
		$(if $(REPORT),-report $(abspath $(REPORT)))

.PHONY: check-soak
check-soak: build setup ## The same for 20 seconds
	$(call say,a short soak)
	@$(GO) test -count 1 -timeout 5m ./tests/soak -args -program $(CURDIR)/bin/concierge -for 20s

.PHONY: bench-programs
bench-programs:
	@$(GO) build -C tests/bench -o ../../bin/bench/ ./runner ./upstream ./peers/floor ./peers/plain ./peers/proxy ./peers/answer ./peers/handmade

# Times are those of one machine: record-microbench on yours first.
.PHONY: microbench
microbench: tools ## Run every Go benchmark of the parts COUNT=6 times, in PACKAGES=./..., and compare with what was recorded
	@mkdir -p bin
	$(GO) test -run '^$$' -bench . -benchmem -count $(COUNT) $(PACKAGES) | tee bin/microbench.txt
	@if [ -e $(RECORDED) ]; then .bin/benchstat $(RECORDED) bin/microbench.txt; else .bin/benchstat bin/microbench.txt; fi

# What was built before goes by the profile before, so two rounds of it find a little more than one.
.PHONY: profile
profile: build bench-programs ## Write concierge.pgo, by which the compiler decides, from the loads of the benchmark
	$(call say,profile)
	@tools/profile.sh

.PHONY: record-microbench
record-microbench: microbench ## The same, and record it in docs/benchmarks/microbench.txt
	@cp bin/microbench.txt $(RECORDED)

COUNT ?= 6
PACKAGES ?= ./...
RECORDED = docs/benchmarks/microbench.txt

.PHONY: check-allocs
check-allocs: allocations ## Check that hot parts allocate no more than was recorded; tools/allocations/list.txt names them
	$(call say,allocations)
	@$(GO) test -C tools/allocations ./...
	@$(ALLOCATIONS)

.PHONY: record-allocs
record-allocs: allocations ## Record in docs/benchmarks/allocations.txt what hot parts allocate
	@$(ALLOCATIONS) -record

ALLOCATIONS = .bin/allocations -list tools/allocations/list.txt -recorded docs/benchmarks/allocations.txt

.PHONY: allocations
allocations:
	@$(GO) build -C tools/allocations -o ../../.bin/ .

##@ Build

.PHONY: build
build: ## Build bin/concierge, of BINARY_MAX_MB=56 at most
	$(call say,build)
	CGO_ENABLED=0 $(GO) build $(BUILD_FLAGS) -o bin/concierge .
	@size=$$(wc -c < bin/concierge); \
	printf 'bin/concierge has %d MB of %d\n' $$((size / 1000000)) $(BINARY_MAX_MB); \
	[ "$$size" -le $$(($(BINARY_MAX_MB) * 1000000)) ]

.PHONY: image
image: build ## Build bin/image.tar, the container image IMAGE=localhost/concierge:devel, by buildah and from no other image
	$(call say,image)
	@tools/need.sh buildah=buildah update-ca-certificates=ca-certificates
	@tools/image.sh $(IMAGE)

.PHONY: licenses
licenses: build inventory ## Write licenses/modules.txt, which is in the program, from what the linker took into bin/concierge
	$(call say,licences)
	@$(INVENTORY) -texts licenses/modules.txt

.PHONY: sbom
sbom: build inventory ## Write bin/sbom.cdx.json, the bill of materials (CycloneDX)
	$(call say,bill of materials)
	@$(INVENTORY) -bom bin/sbom.cdx.json

.PHONY: release
release: check-licenses ## Write bin/release: programs for Linux on two processors, image, licences, bill of materials, checksums
	$(call say,release)
	@tools/release.sh '$(STAMP)'

INVENTORY = .bin/inventory -binary bin/concierge -page web/dist/licenses.txt.gz

.PHONY: inventory
inventory:
	@$(GO) build -C tools/inventory -o ../../.bin/ .

.PHONY: setup
setup: ## Install what make test needs and this machine lacks
	$(call say,needed programs)
	@command -v $(GO) >/dev/null || { echo 'missing: go. Please install the version that go.mod names.' >&2; exit 1; }
	@tools/need.sh gcc='gcc libc6-dev' nginx=nginx redis-server=redis-server haproxy=haproxy curl=curl pebble=pebble

.PHONY: setup-deploy
setup-deploy:
	@tools/need.sh buildah=buildah systemd-analyze=systemd setpriv=util-linux promtool=prometheus

# What is not there, or cannot be installed, the benchmark leaves out, and says so.
.PHONY: setup-bench
setup-bench:
	@tools/need.sh nginx=nginx haproxy=haproxy || true
	@tools/need.sh node=nodejs npm='nodejs npm' && npm ci --prefix tests/bench/peers/node --prefer-offline --silent || true

# The tests of HTTP caches are a part of the Go tests, so nothing runs without them.
.PHONY: setup-httpcache
setup-httpcache:
	@tools/need.sh node=nodejs npm='nodejs npm'
	@npm ci --prefix tests/httpcache --ignore-scripts --prefer-offline --silent

# So is the audit of GraphQL over HTTP.
.PHONY: setup-audit
setup-audit:
	@tools/need.sh node=nodejs npm='nodejs npm'
	@npm ci --prefix tests/audit --ignore-scripts --prefer-offline --silent

# So are the clients, and graphql-js among them, which is the reference.
.PHONY: setup-clients
setup-clients:
	@tools/need.sh node=nodejs npm='nodejs npm'
	@npm ci --prefix tests/clients --ignore-scripts --prefer-offline --silent

.PHONY: setup-web
setup-web:
	@tools/need.sh npm='nodejs npm'

.PHONY: setup-browser
setup-browser:
	@tools/need.sh npm='nodejs npm' chromium=chromium
	@cd tests/browser && npm ci --prefer-offline

.PHONY: tools
tools:
	@$(GO) build -C tools -o ../.bin/ tool

.PHONY: linter
linter:
	@$(GO) build -C tools/lint -o ../../.bin/ tool

.PHONY: clean
clean: ## Remove what was built
	rm -rf .bin bin
