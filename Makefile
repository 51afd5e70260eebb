# The verbs of this project. `make` alone lists them.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
MAKEFLAGS += --no-print-directory
.DEFAULT_GOAL := help
.PHONY: help run test storm reward-storm bench-delivery bench-spins check fmt upgrade sync sync-dev

PYTHON ?= python3
UV := $(shell command -v uv || echo .tools/bin/uv)
RUN := $(UV) run --no-sync
# The lock file names the public index only, whatever index this machine prefers.
LOCK := env -u UV_INDEX -u UV_INDEX_URL -u UV_DEFAULT_INDEX -u UV_EXTRA_INDEX_URL -u UV_FIND_LINKS $(UV) lock --no-config

# Behind a proxy with a certificate of its own, the system's store is the one that knows it.
ifneq ($(wildcard /etc/ssl/certs/ca-certificates.crt /etc/pki/tls/certs/ca-bundle.crt),)
export UV_SYSTEM_CERTS ?= 1
endif

help:  ## list the verbs
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

run: sync  ## serve on 127.0.0.1:8000, with a Postgres and a Redis of its own unless told of others
	@exec $(RUN) wheelhouse serve

test: sync-dev  ## run every test, two files at a time; ARGS="tests/rules -x" narrows it
	@$(RUN) python tests/browser/chromium.py >/dev/null || true  # without one, the browser tests fail
	@$(RUN) pytest $(or $(ARGS),--numprocesses 2 --dist loadfile)

storm: sync-dev  ## clients over two nodes under blows drawn from a seed; SEED=7 SECONDS=60
	@$(RUN) python -m tests.storm $(or $(SEED),1) $(or $(SECONDS),60)

reward-storm: sync-dev  ## rewards through a platform that fails three calls of ten; SEED=1 REWARDS=10000
	@$(RUN) python -m tests.platform_side.storm $(or $(SEED),1) $(or $(REWARDS),10000)

bench-delivery: sync-dev  ## live delivery beside its peers, into docs/benchmarks.md; ARGS="--quick --rounds 1" tries it
	@$(RUN) python -m bench.delivery $(ARGS)

bench-spins: sync-dev  ## spins beside a transaction a spin, into docs/benchmarks.md; ARGS="--quick --rounds 1" tries it
	@$(RUN) python -m bench.spins $(ARGS)

check: sync-dev  ## lint, format, types, imports between rooms, lock file, documents
	@$(RUN) ruff check
	@$(RUN) ruff format --check
	@$(RUN) mypy
	@$(RUN) lint-imports --no-logo
	@$(LOCK) --check --quiet || { echo "uv.lock is not in step with pyproject.toml: run uv lock and commit it."; exit 1; }
	@$(RUN) pytest --quiet tests/docs

fmt: sync-dev  ## format the code and mend what the linter can
	@$(RUN) ruff check --fix-only --quiet
	@$(RUN) ruff format

upgrade: $(UV)  ## lock the newest versions that pyproject.toml allows
	@$(LOCK) --upgrade
	@echo "Now: make check test, then commit uv.lock."

sync: $(UV)
	@[ -d .venv ] || echo "Installing the locked packages into .venv (about 180 MB, once)."
	@$(UV) sync --frozen --inexact --quiet

sync-dev: $(UV)
	@[ -d .venv ] || echo "Installing the locked packages and the tools of the tests into .venv (about 450 MB, once)."
	@$(UV) sync --frozen --inexact --quiet --group dev

.tools/bin/uv:
	@echo "No uv on this machine: setting up a private one in .tools."
	@$(PYTHON) -m venv --clear .tools >/dev/null 2>&1 || { rm -rf .tools; \
	  echo "$(PYTHON) cannot make virtual environments. Install its venv module (Debian, Ubuntu: apt-get install python3-venv)"; \
	  echo "or uv itself (https://docs.astral.sh/uv/), then try again."; exit 1; }
	@.tools/bin/python -m pip install --quiet --disable-pip-version-check uv || { rm -rf .tools; \
	  echo "uv could not be downloaded; pip says why above."; exit 1; }
