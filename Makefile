# The commands of Songhe. Only Python 3.11+ and make have to be there: all else is set up by the command itself.
PYTHON ?= python3
VENV := .venv/bin
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
TEMPLATES := find templates -name '*.html'
# The production profile with keys made for this one check.
CHECK = SONGHE_ENV=production ALLOWED_HOSTS=songhe.example DATABASE_URL=sqlite://:memory: \
  SECRET_KEY="$$(head -c 64 /dev/urandom | base64 -w0)" SONGHE_KEYS="1:$$(head -c 32 /dev/urandom | base64 -w0)" \
  SONGHE_HOME="$$(mktemp -d)" $(VENV)/python
.DEFAULT_GOAL := help
.PHONY: help setup frontend run test test-sqlite test-postgresql test-documents lint format bench drills screenshots lock clean
export PORT PYTEST_ARGS

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-16s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: ## set up what is missing and start everything; Ctrl-C stops it (PORT=8000)
	@$(PYTHON) -m scripts.run

test: ## all set-up, then all tests: SQLite, PostgreSQL, Redis, Chromium (PYTEST_ARGS="-k …")
	@$(PYTHON) -m scripts.testing sqlite postgresql integration e2e

test-sqlite: ## the tests that need no server, on SQLite
	@$(PYTHON) -m scripts.testing sqlite

test-postgresql: ## the same on PostgreSQL
	@$(PYTHON) -m scripts.testing postgresql

test-documents: ## only the figures that the source documents print
	@$(PYTHON) -m scripts.testing documents

drills: ## the long reliability drills of tests/drills/
	@$(PYTHON) -m scripts.testing drills

setup: ## prepare .venv only; every manage.py command works after it
	@$(PYTHON) -m scripts.setup

frontend:
	@$(PYTHON) -m scripts.setup --frontend

lint: setup ## ruff, djade, import-linter, mypy, makemigrations --check, check --deploy
	@$(VENV)/ruff check .
	@$(VENV)/ruff format --check .
	@$(TEMPLATES) | xargs -r $(VENV)/djade --target-version 5.2 --check
	@$(VENV)/lint-imports
	@$(VENV)/mypy
	@$(CHECK) manage.py makemigrations --check --dry-run
	@$(CHECK) manage.py check --deploy --fail-level WARNING

format: setup ## mend what ruff and djade can mend
	@$(VENV)/ruff check --fix -q . || true
	@$(VENV)/ruff format -q .
	@$(TEMPLATES) | xargs -r $(VENV)/djade --target-version 5.2

bench: frontend ## time imports, tables, exports side by side with their peers; writes bench/results.json
	@$(PYTHON) -m scripts.testing bench

screenshots: frontend ## the pictures of README.md, taken from the demo city
	@$(PYTHON) -m scripts.testing screenshots

lock: setup ## make requirements/*.txt anew from requirements/*.in (LOCK_ARGS=--upgrade)
	@cd requirements && for name in base dev node servers; do echo "$$name.txt"; \
	  ../$(VENV)/pip-compile --quiet --generate-hashes --allow-unsafe --strip-extras --no-header \
	    --no-emit-index-url --no-emit-trusted-host --no-emit-find-links --no-emit-options $(LOCK_ARGS) \
	    --output-file $$name.txt $$name.in; done

clean: ## remove what the commands made (not the data in var/)
	@rm -rf .venv node_modules static/vendor .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
	@find . -name __pycache__ -type d -not -path './.git/*' -prune -exec rm -rf {} +
