# The commands of this repository. `make repro` and `make test` need git, make and Python 3.11–3.14, nothing else.
# PYTHON names the interpreter that the virtual environment is made from.
SHELL := /bin/sh
BIN := .venv/bin
READY := .venv/.ready
# DVC runs the stages' `python`: it must be the environment's.
RUN := PATH="$(CURDIR)/$(BIN):$$PATH"

.PHONY: help setup repro results readme test drill update bench-ingest bench-exchange check lock snapshot clean

help:            ## what there is
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST)

setup: $(READY)  ## the virtual environment, hash-locked

$(READY): requirements.lock requirements-dev.lock scripts/setup/environment.sh
	@sh scripts/setup/environment.sh "$(PYTHON)"

repro: $(READY)  ## run the pipeline, then print the results
	@$(RUN) dvc repro
	@$(RUN) python scripts/management/dev_check.py results

results: $(READY)  ## print the results there are
	@$(RUN) python scripts/management/dev_check.py results

readme: $(READY)  ## write the results into both READMEs
	@$(RUN) python scripts/management/dev_check.py results --readme

test: $(READY)   ## the whole test suite
	@$(RUN) python -m pytest --numprocesses auto --dist loadfile

drill: $(READY)  ## the slow fault drills
	@$(RUN) python -m pytest -m drill

update: $(READY) ## with source exchange: fetch the newest closed candles, run the pipeline, show the metrics diff
	@$(RUN) python scripts/data/update.py

bench-ingest: $(READY) ## throughput of ingest beside bare pandas
	@$(RUN) python benchmarks/ingest.py

bench-exchange: $(READY) ## every fault of an exchange against the loopback server: what happened, requests, result
	@$(RUN) python benchmarks/exchange_faults.py $(CANDLES)

check: $(READY)  ## format, lint, types, layers
	@$(RUN) python scripts/management/dev_check.py validate --mode light

snapshot: $(READY)  ## rebuild data/snapshots from the PyPI package it comes from
	@$(RUN) python scripts/data/build_snapshot.py

lock:            ## lock the dependencies of pyproject.toml again (needs uv)
	uv pip compile --quiet --universal --fork-strategy fewest --python-version 3.11 --generate-hashes \
	  --no-emit-index-url --custom-compile-command "make lock" pyproject.toml -o requirements.lock
	uv pip compile --quiet --universal --fork-strategy fewest --python-version 3.11 --generate-hashes \
	  --no-emit-index-url --custom-compile-command "make lock" --group dev --extra exchange -c requirements.lock \
	  pyproject.toml -o requirements-dev.lock

clean:           ## remove the virtual environment and caches of tools; no data, no model
	rm -rf .venv .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
