# Everything a machine with Python 3.11+ and make needs; `make` alone says what there is.
PYTHON ?= python3
BIN := .venv/bin

.PHONY: help install run test test-days test-long corpus crash bench growth lint screenshot clean

help:
	@echo "make run        start Turnup: the demo, or with providers in .env the real thing"
	@echo "make test       every test, on SQLite and on a real PostgreSQL"
	@echo "make test-days  whole days, a snow morning and storms of the running program, on both databases"
	@echo "make test-long  the same on the other doors and databases, and longer"
	@echo "make corpus     how well replies are understood, by intent, and how much danger is seen"
	@echo "make crash      kills every process under load, on both databases; writes benchmarks/CRASHES.md"
	@echo "make bench      what each part costs beside a library; writes benchmarks/RESULTS.md"
	@echo "make growth     what a turn, a tick and a dispatch cost with more and more stored; writes benchmarks/GROWTH.md"
	@echo "make lint       what reads the code: ruff, mypy, import-linter"
	@echo "make screenshot the pictures in docs, taken anew; wants Chromium in /usr/bin"

install: .venv/installed

.venv/installed: requirements.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Turnup needs Python 3.11 or newer; name one with PYTHON=python3.12"; exit 1; }
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --require-hashes --requirement requirements.txt
	$(BIN)/pip install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

.venv/installed-dev: .venv/installed requirements-dev.txt
	$(BIN)/pip install --quiet --require-hashes --requirement requirements-dev.txt
	@touch $@

run: install
	@$(BIN)/python -m bot.launch

test: .venv/installed-dev
	$(BIN)/pytest

test-days: .venv/installed-dev
	$(BIN)/pytest -m "days and not long"

test-long: .venv/installed-dev
	$(BIN)/pytest -m long

corpus: .venv/installed-dev
	$(BIN)/python -m tests.understanding.report

crash: .venv/installed-dev
	$(BIN)/python -m benchmarks.crashes

bench: .venv/installed-dev
	$(BIN)/python -m benchmarks

growth: .venv/installed-dev
	$(BIN)/python -m benchmarks.growth

lint: .venv/installed-dev
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports

screenshot: .venv/installed-dev
	$(BIN)/python -m tests.screenshot

clean:
	rm -rf .venv var
