# A fresh machine needs python3 (3.11 or newer) and make. The two commands: make demo, make test.
SHELL := /bin/bash
.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help demo dev servers shell manage test check soak mutants bench format lock

PYTHON_RUN := .venv/bin/python
JOBS ?= auto

help:
	@echo "make demo    the whole system with a demo district on http://127.0.0.1:8000/"
	@echo "             GRIDMGMT_PORT=8001 another port, FRESH=1 a new district"
	@echo "make test    all checks and tests       make check   the checks alone"
	@echo "make soak    the long tests             make bench   speed against baselines [ONLY=name]"
	@echo "make mutants mistakes on purpose: which does a test notice? [COUNT=300 UNDER=cases/ SEED=... KEY=...]"
	@echo "make dev     with reloading             make shell   a Python shell on the running data"
	@echo 'make manage ARGS="..."                  a management command on the running data'

demo:
	@./bootstrap.sh
	@$(PYTHON_RUN) -m gridmgmt.running.launcher demo

dev:
	@./bootstrap.sh dev
	@$(PYTHON_RUN) -m gridmgmt.running.launcher dev

# Only the embedded database and Redis.
servers:
	@./bootstrap.sh
	@$(PYTHON_RUN) -m gridmgmt.running.launcher servers

shell:
	@./bootstrap.sh
	@$(PYTHON_RUN) -m gridmgmt.running.launcher running
	@$(PYTHON_RUN) manage.py shell

manage:
	@./bootstrap.sh
	@$(PYTHON_RUN) -m gridmgmt.running.launcher running
	@$(PYTHON_RUN) manage.py $(ARGS)

check:
	@./bootstrap.sh dev
	@$(PYTHON_RUN) -m ruff check .
	@$(PYTHON_RUN) -m ruff format --check --quiet .
	@$(PYTHON_RUN) -m djlint --lint --quiet templates
	@DJANGO_SETTINGS_MODULE=gridmgmt.settings GRIDMGMT_DEMO=1 $(PYTHON_RUN) -m pytest -q --noconftest \
		tests/test_templates.py tests/test_unused.py
	@$(PYTHON_RUN) -m mypy
	@GRIDMGMT_DEMO=1 $(PYTHON_RUN) -W ignore::RuntimeWarning manage.py makemigrations --check --dry-run

test: check
	@$(PYTHON_RUN) -m pytest -n $(JOBS) -m "not soak" $(TESTS)

soak:
	@./bootstrap.sh dev
	@$(PYTHON_RUN) -m pytest -m soak -o faulthandler_timeout=0 $(TESTS)
	@$(PYTHON_RUN) -m mutation

# How many mistakes in a rule does a test beside it notice? UNDER=cases/clock for a part.
mutants:
	@./bootstrap.sh dev
	@$(PYTHON_RUN) -m mutation $(if $(COUNT),--count $(COUNT)) $(if $(SEED),--seed "$(SEED)") $(if $(UNDER),--under "$(UNDER)") \
		$(if $(KEY),--key "$(KEY)")

bench:
	@./bootstrap.sh dev
	@$(PYTHON_RUN) -m bench $(if $(ONLY),--only "$(ONLY)")

format:
	@$(PYTHON_RUN) -m ruff check --fix --quiet .
	@$(PYTHON_RUN) -m ruff format --quiet .
	@$(PYTHON_RUN) -m tests.module_map

# Resolves the *.in files anew for every platform; needs uv.
lock:
	@for name in requirements requirements-local requirements-dev; do \
		uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
			--no-header --no-emit-index-url --upgrade $$name.in -o $$name.txt || exit 1; \
	done
