# Everything sets itself up in .venv from the lock files. `make demo` needs Python >= 3.11 and nothing else.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --quiet --quiet --disable-pip-version-check --require-hashes

.PHONY: install demo test check lint bench torture fuzz lock shots clean

install: $(VENV)/.run

demo: $(VENV)/.run
	@exec $(BIN)/python -m bot demo

test: $(VENV)/.dev
	$(BIN)/python -m pytest --numprocesses auto --maxprocesses 4 --dist worksteal

lint: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

check: lint test

bench: $(VENV)/.dev
	$(BIN)/python -m tests.bench

torture: $(VENV)/.dev
	$(BIN)/python -m tests.torture

fuzz: $(VENV)/.dev
	FUZZ=10000 $(BIN)/python -m pytest tests/test_fuzz.py

shots: $(VENV)/.dev
	SHOTS=docs $(BIN)/python -m pytest -m browser

# Exact versions with hashes, for every platform; no address is written into them.
lock:
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-annotate pyproject.toml -o requirements.lock
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-annotate --extra dev pyproject.toml -o requirements-dev.lock

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit("Contractor Care needs Python 3.11 or newer; this is " + sys.version.split()[0] + ". Try: make PYTHON=python3.12") if sys.version_info < (3, 11) else None'
	@$(PYTHON) -m venv $(VENV)

$(VENV)/.run: requirements.lock | $(BIN)/python
	@echo "Installing what the bot needs (once)…"
	@$(PIP) -r requirements.lock
	@touch $@

$(VENV)/.dev: requirements-dev.lock | $(BIN)/python
	@echo "Installing what the tests need (once)…"
	@$(PIP) -r requirements-dev.lock
	@touch $@ $(VENV)/.run
