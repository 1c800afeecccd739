# Botyard: `make up` shows it working, `make test` proves it. `make help` lists the rest.
.DEFAULT_GOAL := help
.PHONY: help up test check format docs lock images clean

LOCKS := pyproject.toml hatch_build.py package-lock.json requirements/runtime.txt requirements/build.txt

help: ## list the commands
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/' | expand -t 12

up: .venv/made-runtime ## start Botyard, run the example bot once, keep serving (Ctrl-C stops)
	@.venv/bin/python scripts/up.py

test: .venv/made-dev ## all tests, on SQLite and PostgreSQL, with the real clients (ARGS="-k word" narrows)
	@scripts/test $(ARGS)

check: .venv/made-dev ## format, lint, types, import contracts, budgets, documents
	@scripts/check

format: .venv/made-dev ## rewrite the code as `make check` wants it
	@.venv/bin/ruff check --fix-only --quiet . && .venv/bin/ruff format .

docs: .venv/made-dev ## render the documents that follow from the code
	@.venv/bin/python -m scripts.render

lock: .venv/made-dev ## compile requirements/*.in into hash-locked *.txt (ARGS=--upgrade moves versions)
	@scripts/lock $(ARGS)

images: .venv/made-dev ## take the screenshots of the README again
	@.venv/bin/python -m scripts.images

clean: ## remove environments, caches and built front-end files (not botyard-data)
	rm -rf .venv .cache .mypy_cache .ruff_cache .pytest_cache .import_linter_cache src/botyard/console/static/vendor

.venv/made-runtime: $(LOCKS)
	@scripts/install

.venv/made-dev: $(LOCKS) requirements/dev.txt
	@scripts/install dev
