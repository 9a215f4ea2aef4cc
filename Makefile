# nakapotsu: `make app` shows Hokkaido, `make test` proves it. Both set everything up first.
SHELL := /bin/bash
PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV := .venv
BIN := $(VENV)/bin
RUN_STAMP := $(VENV)/.ready
DEV_STAMP := $(VENV)/.ready-dev
BENCH_STAMP := $(VENV)/.ready-bench
PIP := $(BIN)/python -m pip --quiet --disable-pip-version-check
COMPILE := uv pip compile --quiet --generate-hashes --no-emit-index-url --no-header --python-version 3.11 --universal pyproject.toml
PORT ?= 8501

.DEFAULT_GOAL := help
.PHONY: help setup app test lint data bench wheels lock clean

help:  ## list what can be made
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## */  make \1\t/' | expand -t 18

setup: $(RUN_STAMP)  ## own .venv with the locked dependencies, and a check of the data

$(RUN_STAMP): requirements.lock pyproject.toml
	@"$(PYTHON)" -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' 2>/dev/null || \
		{ echo "nakapotsu needs Python 3.11: install it, or say make PYTHON=/path/to/python3.11"; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(PIP) install --require-hashes -r requirements.lock
	$(PIP) install --no-deps --no-build-isolation -e .
	$(BIN)/nakapotsu data check
	@touch $(RUN_STAMP)

$(DEV_STAMP): $(RUN_STAMP) requirements-dev.lock
	$(PIP) install --require-hashes -r requirements-dev.lock
	@touch $(DEV_STAMP)

$(BENCH_STAMP): $(DEV_STAMP) requirements-bench.lock
	$(PIP) install --require-hashes -r requirements-bench.lock
	@touch $(BENCH_STAMP)

app: setup  ## print the coverage of the 21 areas, then start the app on http://localhost:8501
	@$(BIN)/nakapotsu app --port $(PORT)

test: setup $(DEV_STAMP) lint  ## lint, types and every test, the browser tests among them
	$(BIN)/python -m pytest

lint: $(DEV_STAMP)  ## ruff, mypy --strict and numpydoc
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/numpydoc lint $$(git ls-files "geo/*.py" "analysis/*.py" "ui/*.py")

data: $(DEV_STAMP)  ## make the derived files under data/ again (the same bytes)
	$(BIN)/python scripts/make_boundaries.py
	$(BIN)/python -m scripts.fit_speeds
	$(BIN)/python -m scripts.make_roads

bench: $(BENCH_STAMP)  ## measure the compute part and the search engines side by side with other libraries
	$(BIN)/python bench/travel_times.py
	$(BIN)/python -m bench.engines
	$(BIN)/python -m bench.snapping
	$(BIN)/python -m bench.osm_import
	$(BIN)/python -m bench.service_models
	$(BIN)/python -m bench.siting
	$(BIN)/python -m bench.mix_frontier

wheels: setup  ## collect the locked packages in wheels/, to set up a machine on a closed network
	$(PIP) download --require-hashes -r requirements.lock -d wheels
	$(PIP) download setuptools wheel -d wheels

lock: $(DEV_STAMP)  ## resolve the dependencies again into the two lock files
	$(BIN)/$(COMPILE) -o requirements.lock
	$(BIN)/$(COMPILE) --group dev --group data -c requirements.lock -o requirements-dev.lock
	$(BIN)/$(COMPILE) --group bench -c requirements.lock -c requirements-dev.lock -o requirements-bench.lock

clean:  ## remove the environment and the caches
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .hypothesis
