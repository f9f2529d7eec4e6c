# Copydesk. `make help` lists what can be made.

PYTHON ?= $(shell command -v python3.11 || command -v python3)
BIN := .venv/bin
CONSTRAINTS ?= constraints.txt

# Which build of torch Linux gets: TORCH=cpu or TORCH=cuda. By default CUDA where an NVIDIA driver
# is found. On macOS there is one build, which uses the Apple GPU.
TORCH_VERSION := 2.13.0
TORCH_CPU_INDEX := https://download.pytorch.org/whl/cpu
ifeq ($(shell uname -s),Darwin)
TORCH := macos
else
TORCH ?= $(if $(or $(wildcard /proc/driver/nvidia/version),$(shell command -v nvidia-smi)),cuda,cpu)
endif

export PIP_DISABLE_PIP_VERSION_CHECK := 1
PIP_INSTALL := $(BIN)/python -m pip install -qq --constraint $(CONSTRAINTS)

TORCH_STAMP := .venv/.torch-$(TORCH)
INSTALLED := .venv/.installed
INSTALLED_WITH_TESTS := .venv/.installed-with-tests

# Tests wait as often as they compute, so two processes suit two cores; 0 runs them all in one.
TEST_PROCESSES ?= 2

.DEFAULT_GOAL := help
.PHONY: help install run test check bench soak simulations starter tour

help:  ## Say what each target does
	@echo "Copydesk: make <target>"
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  %-11s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
	@echo "Linux: TORCH=cpu or TORCH=cuda chooses the build of torch; here it would be TORCH=$(TORCH)."

install: $(INSTALLED)  ## Make .venv and install what constraints.txt pins
	@:

run: $(INSTALLED)  ## Run Copydesk: prints one address to open, or connects to Slack; Ctrl-C stops it
	@exec $(BIN)/copydesk run

test: check  ## Install with the test tools, then ruff, strict types and all tests
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest --numprocesses $(TEST_PROCESSES) --dist worksteal

check: $(INSTALLED_WITH_TESTS)  ## Ruff and strict types only
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy

bench: $(INSTALLED_WITH_TESTS)  ## Measure speed; prints figures, fails nothing
	$(BIN)/python -m tests.benchmarks.startup
	$(BIN)/python -m tests.benchmarks.generation --json
	$(BIN)/python -m tests.benchmarks.slack --json

soak: $(INSTALLED_WITH_TESTS)  ## Half an hour of mixed requests: fails if one is lost or memory grows (MINUTES=30)
	$(BIN)/python -m tests.benchmarks.soak --minutes $(or $(MINUTES),30)

simulations: $(INSTALLED_WITH_TESTS)  ## Coverage and error rates of every statistic at full size, as Markdown
	OMP_NUM_THREADS=1 $(BIN)/python -m tests.simulations $(STUDIES)

tour: $(INSTALLED_WITH_TESTS)  ## Take the pictures of docs/tour.md anew, in Chromium
	OMP_NUM_THREADS=1 $(BIN)/python -m tests.tour

starter: $(INSTALLED_WITH_TESTS)  ## Train the starter models anew and measure them (many minutes)
	$(BIN)/python -m generation.starter.train --name starter-plain
	$(BIN)/python -m generation.starter.train --name starter-rich
	$(BIN)/python -m generation.starter.evaluate --card

.venv/bin/python:
	@$(if $(PYTHON),,echo "Copydesk needs Python 3.11 or later, and there is no python3. Install it first."; exit 1)
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	    echo "$(PYTHON) is older than 3.11. Install Python 3.11 or later, or name it: make PYTHON=…"; exit 1; }
	@$(PYTHON) -m venv .venv

$(TORCH_STAMP): constraints.txt | .venv/bin/python
	@echo "Installing torch $(TORCH_VERSION) ($(TORCH)); the first time this takes some minutes."
	@TORCH=$(TORCH) VERSION=$(TORCH_VERSION) CPU_INDEX=$(TORCH_CPU_INDEX) deploy/install-torch $(BIN)/python
	@rm -f .venv/.torch-*
	@touch $@

$(INSTALLED): pyproject.toml constraints.txt $(TORCH_STAMP)
	@echo "Installing Copydesk and what it needs."
	@$(PIP_INSTALL) --editable .
	@touch $@

$(INSTALLED_WITH_TESTS): $(INSTALLED)
	@echo "Installing the test tools."
	@$(PIP_INSTALL) --editable '.[dev]'
	@touch $@
