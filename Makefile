# Every command a contributor needs; each does its own set-up. CI runs .ci/run, which calls these.
PYTHON ?= python3
IMAGE ?= publish-action
BASE ?= python:3.13-slim

RUN := .venv/bin
SCRIPTS := .ci/run ci/base-image ci/with-dockerd
COMPILE := $(RUN)/uv pip compile --quiet --universal --generate-hashes --custom-compile-command "make lock"
LOCK := $(COMPILE) pyproject.toml
# No downloads of Python: the locks need no interpreter of the version they are for.
export UV_PYTHON_DOWNLOADS := never

.PHONY: demo test test-installs lint docs bench bench-names image test-container lock lock-check clean

demo: .venv/ready
	$(RUN)/publish-action demo

test: .venv/ready
	$(RUN)/python -m pytest -n 2 -m "not container and not installs"

# Real installers, in an environment of their own: what they need and what we need may differ.
test-installs: .venv/ready .venv-installers/ready
	PUBLISH_ACTION_INSTALLERS=.venv-installers/bin $(RUN)/python -m pytest -n 2 -m installs tests/installs

lint: .venv/ready
	$(RUN)/ruff check
	$(RUN)/ruff format --check
	$(RUN)/mypy
	$(RUN)/shellcheck $(SCRIPTS)
	$(RUN)/hadolint Dockerfile
	$(RUN)/check-jsonschema --builtin-schema vendor.github-actions action.yml
	$(RUN)/zizmor --offline --no-progress --quiet .

docs: .venv/ready
	$(RUN)/python docs/generate.py

# About 15 minutes on a quiet machine; `make bench QUICK=1` shows in a good minute that it works.
bench: .venv/ready
	$(RUN)/python -m benchmarks $(if $(QUICK),--quick)

bench-names: .venv/ready
	$(RUN)/python -m benchmarks.names

image:
	docker build --build-arg BASE=$(BASE) --tag $(IMAGE) .

test-container: .venv/ready
	PUBLISH_ACTION_IMAGE=$(IMAGE) $(RUN)/python -m pytest -m container tests/container

lock: .venv/ready
	$(LOCK) --python-version 3.13 --output-file requirements/image.txt
	$(LOCK) --python-version 3.11 --extra sandbox --group build --group test --group lint --output-file requirements/dev.txt
	$(COMPILE) --no-strip-extras --python-version 3.11 --group installers --output-file requirements/installers.txt

lock-check: lock
	git diff --exit-code requirements

clean:
	rm -rf .venv .venv-installers .mypy_cache .ruff_cache .pytest_cache .hypothesis dist build

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
