# SPDX-License-Identifier: ISC
#
# The front door: every command a contributor needs, each one line of work for
# CMake or for a script.  `make help` lists them.

BUILD ?= build
JOBS ?= $(shell nproc)

.PHONY: all
all: ## build the libraries, the tool and the tests
	@cmake -S . -B $(BUILD) >$(BUILD).log 2>&1 || { cat $(BUILD).log; exit 1; }
	@rm -f $(BUILD).log
	@cmake --build $(BUILD) -j $(JOBS)
