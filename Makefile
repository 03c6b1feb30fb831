# Every target a stranger needs; `make help` lists them.
SHELL := /bin/bash
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/pip --disable-pip-version-check --quiet --quiet
DEMO_SECONDS ?=
# A peer with an environment of its own: what it needs has no say in ours.
PEER := .cache/slo-generator
# For the tests, where it can be had: one that is named, or one that is fetched; else those of it are skipped.
PROMETHEUS3 := if [ -v SLA_MONITOR_TEST_PROMETHEUS3 ]; then echo "$$SLA_MONITOR_TEST_PROMETHEUS3"; \
	else deploy/demo/fetch-prometheus3.sh || echo "tests of Prometheus 3 are skipped" >&2; fi

.DEFAULT_GOAL := help
.PHONY: help setup parquet pdf demo test lint unit servers dashboards accuracy bench rules image-test requirements clean

help: ## show this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

setup: $(VENV)/.run ## make .venv with the sla-monitor command

$(VENV)/.run: requirements/run.txt requirements/build.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed; set PYTHON=…" >&2; exit 2; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV) || { echo "cannot make a virtual environment: on Debian, apt-get install python3-venv" >&2; exit 2; }
	@$(PIP) install --require-hashes -r requirements/build.txt -r requirements/run.txt
	@$(PIP) install --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/.demo: $(VENV)/.run requirements/demo.txt
	@$(PIP) install --require-hashes -r requirements/demo.txt
	@touch $@

$(VENV)/.dev: $(VENV)/.run requirements/dev.txt
	@$(PIP) install --require-hashes -r requirements/dev.txt
	@touch $@

$(VENV)/.pdf: $(VENV)/.run requirements/pdf.txt
	@$(PIP) install --require-hashes -r requirements/pdf.txt
	@touch $@

$(VENV)/.parquet: $(VENV)/.run requirements/parquet.txt
	@$(PIP) install --require-hashes -r requirements/parquet.txt
	@touch $@

parquet: $(VENV)/.parquet ## what ledgers as Parquet files need, into .venv

pdf: $(VENV)/.pdf ## what statements as PDF need, into .venv (Debian: Pango too)
	@deploy/demo/install-servers.sh pango

servers: ## install Prometheus and Alertmanager where they are missing (Debian)
	@deploy/demo/install-servers.sh prometheus alertmanager

demo: $(VENV)/.demo servers ## two months of history, the monitor, an alert, statements; until Ctrl-C or DEMO_SECONDS=N
	@DEMO_SECONDS=$(DEMO_SECONDS) $(BIN)/python -m deploy.demo

test: lint unit ## every check and every test

lint: $(VENV)/.dev ## style, types, layers, scripts
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-cache
	@$(BIN)/shellcheck .ci/run deploy/*.sh deploy/*/*.sh
	@$(BIN)/hadolint Dockerfile

# Hundreds of processes import the package: each would compile it, where that may not be kept.
unit: $(VENV)/.dev ## the tests, against the real servers
	@deploy/demo/install-servers.sh prometheus alertmanager victoria-metrics postgresql chromium kubectl pango pdftotext faketime
	@unset PYTHONDONTWRITEBYTECODE && export SLA_MONITOR_TEST_PROMETHEUS3="$$($(PROMETHEUS3))" && $(BIN)/python -m pytest -p no:cacheprovider -n 3 --dist loadfile --no-loadscope-reorder --cov --cov-report= --hypothesis-profile=ci
	@$(BIN)/coverage report --fail-under=100 --skip-covered

dashboards: $(VENV)/.dev ## write dashboards/*.json anew
	@$(BIN)/python -m sla_monitor dashboards --out dashboards

accuracy: $(VENV)/.dev servers ## benchmark: error against known truth, beside other forms
	@$(BIN)/python -m benchmarks.accuracy

$(VENV)/.bench: $(VENV)/.dev requirements/bench.txt
	@$(PIP) install --require-hashes -r requirements/bench.txt
	@touch $@

$(PEER)/.made: requirements/bench-slo-generator.txt
	@test -x $(PEER)/bin/python || $(PYTHON) -m venv $(PEER)
	@$(PEER)/bin/pip --disable-pip-version-check --quiet --quiet install --require-hashes -r $<
	@touch $@

bench: $(VENV)/.bench $(PEER)/.made servers ## every benchmark, beside slo-generator and Sloth's rules, into benchmarks/RESULTS.md; 15 minutes
	@$(BIN)/python -m benchmarks

rules: $(VENV)/.run ## write the alerting rules of deploy/ anew
	@deploy/rules.sh

image-test: ## build the image really, and run it (needs buildah, podman, debootstrap; about 2 minutes)
	@deploy/image-test.sh

requirements: ## pin anew, with hashes and without addresses (needs uv)
	@cd requirements && for f in build run parquet pdf demo dev bench bench-slo-generator; do uv pip compile --universal --no-strip-extras --python-version 3.11 --generate-hashes --no-annotate --no-header -q $$f.in -o $$f.txt; done

clean: ## remove what was made here
	rm -rf $(VENV) build .cache .coverage
