#!/bin/sh
# Write what a retraining changed to candidate.patch. Usage: sh scripts/deploy/candidate.sh
set -eu
cd "$(dirname "$0")/../.."

# Untracked files are none of its results: the pipeline's are tracked, or DVC's.
git diff --binary HEAD >candidate.patch
if [ -s candidate.patch ]; then
    git diff --stat HEAD
else
    echo "nothing changed: there is nothing to propose"
fi
