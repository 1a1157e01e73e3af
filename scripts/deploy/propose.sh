#!/bin/sh
# Open a pull request with candidate.patch, which a retraining made, and review.md. Usage: sh scripts/deploy/propose.sh
# The patch comes from a job that ran the pipeline: only results are taken from it, nothing of it is run here.
# GH_TOKEN may push branches and open pull requests; it never stands on a command line or in the repository's config.
set -eu
cd "$(dirname "$0")/../.."

fail() {
    echo "error: $1" >&2
    exit 1
}

[ -f candidate.patch ] || fail "candidate.patch is missing; run make candidate."
if [ ! -s candidate.patch ]; then
    echo "nothing changed: no pull request"
    exit 0
fi
[ -f review.md ] || fail "review.md is missing; run make retrain or make review."
[ -z "$(git status --porcelain --untracked-files=no)" ] || fail "there are uncommitted changes; commit or undo them."

git apply --index --include=params.yaml --include=dvc.lock --include='reports/*' --include='models/*' \
    --include=README.md --include=README.ja.md --include=docs/quality.md --include=docs/trials.csv candidate.patch
git diff --cached --quiet && fail "candidate.patch holds no results; look at the job that made it."
# The same results are the same branch: proposed twice, it is one pull request.
branch=retrain/$(git write-tree | cut -c1-12)
git switch --quiet --create "$branch"
git -c user.name='retrain' -c user.email='retrain@users.noreply.github.com' commit --quiet \
    --message "Retrain on the newest candles"
# shellcheck disable=SC2016 # The helper's own shell reads the variable.
git -c credential.helper= -c credential.helper='!f() { echo username=x-access-token; echo "password=$GH_TOKEN"; }; f' \
    push --quiet --force origin "$branch"
if [ "$(gh pr list --head "$branch" --state open --json number --jq length)" != 0 ]; then
    gh pr edit "$branch" --body-file review.md
else
    gh pr create --head "$branch" --title "Retrain on the newest candles" --body-file review.md
fi
