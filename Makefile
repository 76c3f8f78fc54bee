# The targets that a user and CI call; each is one or two commands.
SHELL = bash
.SHELLFLAGS = -o pipefail -c
STATICCHECK = go run honnef.co/go/tools/cmd/staticcheck@v0.8.2
FUZZTIME ?= 20s
KILLS ?= 50
PLATFORMS = linux/amd64 linux/arm64 windows/amd64 windows/arm64 darwin/amd64 darwin/arm64

build: ## build ./smbready
	CGO_ENABLED=0 go build -trimpath -o smbready ./cmd/smbready

demo: build ## the main job, on a simulated site: scan, report, CSV
	./smbready demo

test: ## all tests
	go test -race ./...

build-all: ## binaries for Linux, Windows and macOS in dist/
	@set -e; for p in $(PLATFORMS); do os=$${p%/*} arch=$${p#*/}; echo "$$os/$$arch"; \
	  CGO_ENABLED=0 GOOS=$$os GOARCH=$$arch go build -trimpath -ldflags '-s -w' \
	    -o dist/smbready-$$os-$$arch$$([ $$os = windows ] && echo .exe || true) ./cmd/smbready; done

lint: ## formatting, vet, staticcheck
	@test -z "$$(gofmt -l .)" || { gofmt -l .; echo "run gofmt -w on these"; exit 1; }
	go vet ./... && go vet -tags lab ./internal/lab && go vet -tags bench ./internal/lab && GOOS=windows go vet ./...
	$(STATICCHECK) ./... && $(STATICCHECK) -tags lab ./internal/lab && $(STATICCHECK) -tags bench ./internal/lab

fuzz: ## every fuzz target for FUZZTIME, such as 20s or 30000x inputs
	@set -e; for pkg in $$(go list ./...); do for f in $$(go test -list '^Fuzz' $$pkg | grep '^Fuzz' || true); do \
	  echo "$$pkg $$f"; go test -run '^$$' -fuzz "^$$f$$" -fuzztime $(FUZZTIME) -fuzzminimizetime 1x $$pkg 2>&1 | tail -n 5; done; done

lab: build ## real servers in a network namespace (Linux, root, Debian's packages)
	go test -tags lab -count=1 -v -timeout 15m ./internal/lab
	go test -count=1 -v -run '^TestKill$$' ./cmd/smbready -kills $(KILLS)

bench: build ## speed and memory, as ratios in one run (Linux, root)
	go test -tags bench -count=1 -v -timeout 30m ./internal/lab

golden: ## rewrite the golden files; read the difference before you commit it
	go test . ./assess ./report ./cmd/smbready -update

help: ## this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/' | expand -t 12

.PHONY: build demo test build-all lint fuzz lab bench golden help
