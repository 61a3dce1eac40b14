# SPDX-License-Identifier: ISC
#
# The front door: every command a contributor needs, each a line or two of work
# for CMake or for a script.  `make help` lists them.

BUILD ?= build
JOBS ?= $(shell nproc 2>/dev/null || echo 2)
PREFIX ?= /usr/local
OPTIONS ?= # for CMake, such as -DTERN_SAN=address
TESTS ?= -LE slow # for ctest

.PHONY: all run test check-all bench tuned tidy lint format golden-update spec \
	hooks install clean help

all: ## build the libraries, the tool and the tests into build/
	@scripts/build $(BUILD) $(JOBS) $(OPTIONS)

run: ## set up, build, and draw a connection from handshake to close
	@scripts/setup
	@scripts/build $(BUILD) $(JOBS) $(OPTIONS)
	@$(BUILD)/tern shake open data close

test: ## set up, build, and run the quick tests (no root, under 90 s)
	@scripts/setup
	@scripts/build $(BUILD) $(JOBS) $(OPTIONS)
	@scripts/test $(BUILD) $(JOBS) $(TESTS)

check-all: ## everything: namespaces (root), sanitizers, clang, lint, fuzzing
	@scripts/setup all
	@scripts/check-all $(BUILD) $(JOBS)

bench: ## measure (bench/README.md); BENCH="bulk rr" alone, QUICK=1
	@scripts/setup
	@scripts/setup bench || echo "what is missing is skipped"
	@scripts/build $(BUILD) $(JOBS) $(OPTIONS)
	@scripts/tune $(BUILD)/tuned $(JOBS) $(OPTIONS)
	@BUILD=$(BUILD) QUICK=$(QUICK) ROUNDS=$(ROUNDS) bench/run $(BENCH)

tidy: ## check the rules of STYLE.md that a script can check
	@scripts/tidy

lint: ## clang-tidy, clang-format, shellcheck, mandoc
	@scripts/build $(BUILD) $(JOBS) $(OPTIONS)
	@scripts/check-all $(BUILD) $(JOBS) lint analyse

format: ## let clang-format lay out every C file
	@git ls-files -z '*.c' '*.h' ':!test/house/tidy' | xargs -0 clang-format -i

golden-update: ## rewrite what the tests compare with; read git diff then
	@scripts/build $(BUILD) $(JOBS) $(OPTIONS)
	@GOLDEN_UPDATE=1 scripts/test $(BUILD) $(JOBS) -LE slow

spec: ## join spec/ with code and tests; writes CONFORMANCE.md
	@scripts/spec --update
	@scripts/spec --build $(BUILD)

hooks: ## have git run checks before a commit, tests before a push
	@git config core.hooksPath scripts/hooks

tuned: ## build into build/tuned/, tuned by a profile of its own work (GCC)
	@scripts/tune $(BUILD)/tuned $(JOBS) $(OPTIONS)

install: ## install under PREFIX, /usr/local by default
	@scripts/build $(BUILD) $(JOBS) $(OPTIONS)
	@cmake --install $(BUILD) --prefix $(PREFIX)

clean: ## remove build/
	@rm -rf $(BUILD)

help: ## show this list
	@awk -F ': ## ' '/^[a-z-]+: ## / { printf "make %-14s %s\n", $$1, $$2 }' \
		Makefile
