# One command per job, the same on a laptop and in CI. The only things a machine must have: Python 3.11 or later, and make.
PYTHON ?= python3
RUN := .venv/bin/python -m

.PHONY: help setup start demo test test-compose test-fast lint fmt bench chaos mutants screenshots words audit sbom lock clean

help: ## what can be done
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1\t\2/' | expand -t 20

setup: .venv/.ready ## install what is needed into .venv

.venv/.ready: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Antar needs Python 3.11 or later; this is $$($(PYTHON) --version). Name another: make PYTHON=python3.12 $(MAKECMDGOALS)"; exit 1; }
	@echo "Setting up .venv (once; about a minute) ..."
	@$(PYTHON) -m venv .venv || { echo "Python's venv module is missing; on Debian and Ubuntu: apt install python3-venv"; exit 1; }
	@$(RUN) pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@$(RUN) pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

start: setup ## run the whole platform until Ctrl-C
	@$(RUN) tools.cli start

demo: setup ## the main job, end to end, with a report
	@$(RUN) tools.cli demo

test: setup ## all tests, on a real Kafka and a real PostgreSQL
	@$(RUN) pytest -n auto --dist loadfile --no-loadscope-reorder --ignore tests/compose

test-compose: setup ## a whole installation with docker compose, tried from outside, where there is an engine
	@$(RUN) pytest tests/compose -rs

test-fast: setup ## tests without Kafka: rules, core, services
	@$(RUN) pytest tests/unit tests/service tests/contracts tests/architecture tests/shared/test_poll.py tests/shared/test_records.py tests/shared/test_transaction.py

lint: setup ## style, types, borders between services
	@$(RUN) ruff check .
	@$(RUN) ruff format --check .
	@$(RUN) mypy
	@.venv/bin/lint-imports --no-cache

fmt: setup ## put the code into its usual form
	@$(RUN) ruff check --fix --quiet .
	@$(RUN) ruff format --quiet .

bench: setup ## throughput and cost, as ratios in one run; ARGS="--only relay --repeats 5"
	@$(RUN) bench $(ARGS)

chaos: setup ## everything breaks under load for three minutes; ARGS="--seed N --minutes M"
	@$(RUN) tests.chaos $(ARGS)

mutants: setup ## each guard of the core is taken away in turn, and a test must notice; ARGS="--only WORDS"
	@$(RUN) tests.mutants $(ARGS)

screenshots: setup ## every page as a picture, on a phone and on a desk, in build/screenshots; ARGS="NAME ..."
	@$(RUN) tests.browser $(ARGS)

words: setup ## what is not said in English yet
	@$(RUN) tools.words

build/audit/.ready: deploy/audit.lock
	@$(PYTHON) -m venv build/audit
	@build/audit/bin/pip install --quiet --disable-pip-version-check --require-hashes -r deploy/audit.lock
	@touch $@

audit: build/audit/.ready ## known vulnerabilities of what the image is made of
	@build/audit/bin/python deploy/audit.py

sbom: ## build/antar.cdx.json: everything from Python that is in the image (needs Docker)
	@DOCKER_BUILDKIT=1 docker build --quiet --target sbom --output build .

lock: ## choose versions anew (needs uv)
	uv pip compile pyproject.toml --all-extras --universal --python-version 3.11 --generate-hashes --no-emit-index-url --custom-compile-command "make lock" --quiet -o requirements.lock
	uv pip compile pyproject.toml --universal --python-version 3.11 --constraint requirements.lock --generate-hashes --no-emit-index-url --custom-compile-command "make lock" --quiet -o deploy/requirements.lock
	uv pip compile --group audit --universal --python-version 3.11 --generate-hashes --no-emit-index-url --custom-compile-command "make lock" --quiet -o deploy/audit.lock

clean: ## forget the data and the environment
	rm -rf .venv .antar build *.egg-info
