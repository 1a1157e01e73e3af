#!/bin/sh
# An environment for each server that `make bench-live` compares with, in .venv-bench-live/<name>: their pins exclude
# each other's (MLServer holds Starlette and FastAPI at older releases). Usage: sh scripts/setup/bench_live.sh [PYTHON]
set -eu
cd "$(dirname "$0")/../.."

python=${1:-.venv/bin/python}
for list in benchmarks/servers/*.txt; do
    folder=.venv-bench-live/$(basename "$list" .txt)
    if [ -f "$folder/.ready" ] && [ ! "$list" -nt "$folder/.ready" ]; then continue; fi
    echo "installing $(head -n 1 "$list") into $folder"
    "$python" -m venv --clear "$folder"
    if command -v uv >/dev/null; then
        uv pip install --quiet --python "$folder/bin/python" -r "$list"
    else
        "$folder/bin/python" -m pip install --quiet --disable-pip-version-check -r "$list"
    fi
    touch "$folder/.ready"
done
echo "ready: make bench-live"
