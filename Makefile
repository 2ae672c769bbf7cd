# Every target sets up what it needs; setup is skipped while the locks are unchanged.

PYTHON ?= python3
UV ?= uv
BIN := .venv/bin

.DEFAULT_GOAL := help
.PHONY: help run playground test test-corpus test-e2e fuzz chaos check format bench lock clean

help:  ## Show this list
	@grep -hE '^[a-z0-9-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z0-9-]+):.*## (.*)/\1\t\2/' | awk -F '\t' '{printf "make %-11s %s\n", $$1, $$2}'

run:  ## Set up and serve on an embedded mongod; settings are KINDGRAPH_* variables
	@PYTHON=$(PYTHON) tools/setup.sh requirements.lock
	@tools/playground.sh || echo "The playground could not be built: the server shows a plain page instead." >&2
	@exec $(BIN)/kindgraph serve

playground:  ## Set up and build the playground, which the server serves at /
	@PYTHON=$(PYTHON) tools/setup.sh requirements.lock
	@tools/playground.sh

# Two workers take a file each. What measures, or watches how long others wait, runs on a machine of its own afterwards.
ALONE := tests/hostile tests/bench

test:  ## Set up and run the tests; ARGS="tests/watch -x" selects some
	@PYTHON=$(PYTHON) tools/setup.sh requirements-dev.lock
ifdef ARGS
	$(BIN)/pytest $(ARGS)
else
	$(BIN)/pytest --numprocesses 2 --dist loadfile $(ALONE:%=--ignore=%)
	$(BIN)/pytest $(ALONE)
	@tools/playground.sh --packages
	cd playground && ../tools/node.sh npm test --silent
endif

test-corpus:  ## Set up and try real CRDs and resources, from ~/.cache/kindgraph-corpus or $$KINDGRAPH_CORPUS
	@PYTHON=$(PYTHON) tools/setup.sh requirements-dev.lock
	$(BIN)/pytest tests/corpus -v -p no:randomly $(ARGS)

test-e2e:  ## Set up, build the playground and drive it in Chromium; makes the screenshots of docs/
	@PYTHON=$(PYTHON) tools/setup.sh requirements-dev.lock
	@tools/playground.sh
	@tools/playground.sh --packages
	@tools/chromium.sh
	KINDGRAPH_PICTURES=docs/images $(BIN)/pytest tests/e2e -p no:randomly $(ARGS)

EXAMPLES ?= 2000
ifndef SEED
SEED := $(shell od -An -N4 -tu4 /dev/urandom | tr -d ' ')
endif

fuzz:  ## Set up and try drawn definitions and resources, EXAMPLES of each sort; SEED=… repeats a run
	@PYTHON=$(PYTHON) tools/setup.sh requirements-dev.lock
	@echo "EXAMPLES=$(EXAMPLES) SEED=$(SEED)"
	KINDGRAPH_FUZZ_EXAMPLES=$(EXAMPLES) $(BIN)/pytest tests/fuzz --hypothesis-seed=$(SEED) --timeout=3600 -p no:randomly $(ARGS)

SECONDS ?= 600

chaos:  ## Set up and kill servers and databases under load for SECONDS=600, then check every promise; SEED=… repeats
	@PYTHON=$(PYTHON) tools/setup.sh requirements-dev.lock
	$(BIN)/python -m tests.faults.chaos --seconds $(SECONDS) --seed $(SEED)

check:  ## Set up and check format, lint, types and the import contract
	@PYTHON=$(PYTHON) tools/setup.sh requirements-dev.lock
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	@tools/playground.sh --packages
	cd playground && ../tools/node.sh npm run --silent check

format:  ## Format the code and fix what can be fixed
	@PYTHON=$(PYTHON) tools/setup.sh requirements-dev.lock
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .
	@tools/playground.sh --packages
	cd playground && ../tools/node.sh npm run --silent format

bench:  ## Set up and measure; writes docs/performance.md
	@PYTHON=$(PYTHON) tools/setup.sh requirements-dev.lock
	$(BIN)/python -m bench

lock:  ## Renew the locks from pyproject.toml (needs uv)
	$(UV) pip compile pyproject.toml --group build $(LOCK_OPTIONS) --output-file requirements.lock
	$(UV) pip compile pyproject.toml --group dev --constraint requirements.lock $(LOCK_OPTIONS) --output-file requirements-dev.lock

LOCK_OPTIONS := --quiet --universal --python-version 3.11 --generate-hashes --no-annotate \
	--custom-compile-command "make lock"

clean:  ## Remove what setup and the checks have made; data directories stay
	rm -rf .venv .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache build dist *.egg-info playground/node_modules app/pages/playground
