# Everything a developer or a newcomer does starts here: `make help`.
SHELL := /bin/sh
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
UV_VERSION := 0.13.8
UV := $(BIN)/uv

# Trust what the machine trusts (a company's proxy, say), where it says what that is.
ifneq ($(wildcard /etc/ssl/cert.pem /etc/ssl/certs/ca-certificates.crt /etc/pki/tls/certs/ca-bundle.crt),)
export UV_SYSTEM_CERTS ?= 1
endif

.DEFAULT_GOAL := help
.PHONY: help install install-dev run test test-fast lint format worker migrate schema texts bench screenshots lock clean

help: ## Show what each target does
	@awk 'BEGIN {FS = ":.*## "} /^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

$(UV):
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Assay needs Python 3.11 or newer: $(PYTHON) is older. Try: make PYTHON=python3.12"; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)

$(VENV)/.installed: $(UV) requirements.lock pyproject.toml
	$(UV) pip install --quiet --compile-bytecode --python $(BIN)/python --require-hashes -r requirements.lock
	$(UV) pip install --quiet --python $(BIN)/python --no-deps -e .
	@touch $@

$(VENV)/.installed-dev: $(VENV)/.installed requirements-dev.lock
	$(UV) pip install --quiet --compile-bytecode --python $(BIN)/python --require-hashes -r requirements-dev.lock
	@touch $@

install: $(VENV)/.installed ## Make .venv with everything Assay needs to run

install-dev: $(VENV)/.installed-dev ## The same, with the tools that test and check it

run: install ## Start Assay with a sample: database, server, two workers, one running run
	@exec $(BIN)/assay demo

test: install-dev ## Run the whole test suite
	@$(BIN)/python -m tests.run

test-fast: install-dev ## Run the unit tests, and whole runs on a database (under a minute)
	@$(BIN)/python -m tests.run --no-cov -m "not slow" tests/unit \
		$(addprefix tests/integration/engine/runs/test_,start.py control.py evaluation.py)

lint: install-dev ## Formatting, lint, types, import contracts, drift of the schema and the texts
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/lint-imports
	$(BIN)/mypy
	$(BIN)/python -m api.schema --check schema.graphql
	$(BIN)/python -m tests.texts --check

format: install-dev ## Format the code and apply safe fixes
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

worker: install ## Start one more worker process
	@exec $(BIN)/assay worker

migrate: install ## Bring the database to the newest schema
	@exec $(BIN)/assay migrate

schema: install ## Write schema.graphql from the code
	$(BIN)/python -m api.schema --write schema.graphql

texts: install-dev ## Gather the texts of the pages for translators: ui/locale/assay.pot
	$(BIN)/python -m tests.texts --write

bench: install-dev ## Measure Assay against a bare loop in the same run
	@$(BIN)/python -m bench

screenshots: install-dev ## Draw every page, in both themes and on a phone, into screenshots/
	@$(BIN)/python -m tests.browser.screenshots

lock: install-dev ## Resolve the dependencies anew into the lock files
	$(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links pyproject.toml -o requirements.lock
	$(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links -c requirements.lock --group dev pyproject.toml -o requirements-dev.lock

clean: ## Remove the venv and caches (never data)
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
