#!/bin/sh
# Make an environment from a supported Python and install locked dependencies into it, with uv where it is there.
# Usage: sh scripts/setup/environment.sh [PYTHON] [serve|freqtrade|triton|mlflow]
# Without a second word it is .venv, for the pipeline and its tests; `serve` is .venv-serve, for a bot's machine;
# `freqtrade` and `triton` are .venv-freqtrade and .venv-triton, for drills; `mlflow` is .venv-mlflow.
set -eu
cd "$(dirname "$0")/../.."

fail() {
    echo "error: $1" >&2
    exit 1
}

supported() {
    "$1" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 14))' 2>/dev/null
}

case "${2:-}" in
    serve) folder=.venv-serve lock=requirements-serve.lock duration="half a minute to two" ;;
    freqtrade) folder=.venv-freqtrade lock=examples/freqtrade/requirements.lock duration="half a minute to two" ;;
    triton) folder=.venv-triton lock=examples/triton/requirements.lock duration="a few seconds" ;;
    mlflow) folder=.venv-mlflow lock=requirements-mlflow.lock duration="half a minute to two" ;;
    *) folder=.venv lock=requirements-dev.lock duration="one to four minutes" ;;
esac

# `venv --clear` would empty what a link leads to, and that belongs to another tree.
if [ -L $folder ]; then
    [ -x $folder/bin/python ] || fail "$folder is a link to $(readlink $folder), where no environment is; remove the link."
    echo "$folder is a link to $(readlink $folder): used as it is, not set up again"
    exit 0
fi

python=${1:-}
if [ -n "$python" ]; then
    command -v "$python" >/dev/null || fail "there is no '$python'; set PYTHON to a Python 3.11, 3.12, 3.13 or 3.14."
    supported "$python" || fail "'$python' is $("$python" --version 2>&1); set PYTHON to a Python 3.11, 3.12, 3.13 or 3.14."
else
    for candidate in python3 python3.14 python3.13 python3.12 python3.11 python; do
        if supported "$candidate"; then python=$candidate; break; fi
    done
    [ -n "$python" ] || fail "no Python 3.11 to 3.14 found ($(python3 --version 2>&1 || true)); install one, or set PYTHON to it."
fi

"$python" -c 'import venv, ensurepip' 2>/dev/null ||
    fail "'$python' has no venv module; install it (Debian and Ubuntu: apt-get install python3-venv)."

# LightGBM loads the system's OpenMP runtime.
if [ $folder = .venv ] && [ "$(uname)" = Linux ]; then
    "$python" -c 'import ctypes; ctypes.CDLL("libgomp.so.1")' 2>/dev/null ||
        fail "the system library libgomp.so.1 is missing; install it (Debian and Ubuntu: apt-get install libgomp1)."
fi

echo "setting up $folder with $("$python" --version 2>&1): downloading and installing, $duration"
rm -f $folder/.ready
"$python" -m venv --clear $folder
set -- --require-hashes -r $lock
# The lock leaves out what MLflow asks for and the server does not import (scripts/setup/mlflow_unused.txt).
[ $folder != .venv-mlflow ] || set -- --no-deps "$@"
# Compiled once here: importing scikit-learn uncompiled takes seconds on every run.
if command -v uv >/dev/null; then
    uv pip install --quiet --compile-bytecode --python $folder/bin/python "$@"
else
    $folder/bin/python -m pip install --quiet --disable-pip-version-check "$@"
fi
touch $folder/.ready
echo "ready: . $folder/bin/activate"
