#!/bin/sh
# Install what the drills of examples/ need: Chromium and Node from Debian (as root), onnxruntime-web from npm into
# examples/node_modules, freqtrade from PyPI into .venv-freqtrade. What cannot be installed here is said; its drills
# are skipped then. Usage: sh scripts/setup/drills.sh [PYTHON]
set -eu
cd "$(dirname "$0")/../.."

debian() {  # debian COMMAND PACKAGE…: install the packages unless the command is there
    command -v "$1" >/dev/null && return
    command=$1
    shift
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
        echo "installing $* with apt-get"
        [ -n "${updated:-}" ] || apt-get update -qq
        updated=yes
        DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends "$@" >/dev/null
    else
        echo "skipped: '$command' is missing, and only root on Debian or Ubuntu can install it here ($*)"
    fi
}

debian chromium chromium
debian node nodejs
debian npm npm

if command -v npm >/dev/null; then
    installed=examples/node_modules/.package-lock.json
    if [ ! -f "$installed" ] || [ examples/package-lock.json -nt "$installed" ]; then
        echo "installing onnxruntime-web into examples/node_modules"
        npm ci --prefix examples --ignore-scripts --no-audit --no-fund --loglevel=error
    fi
else
    echo "skipped: onnxruntime-web, since npm is missing"
fi

# An environment of its own: it pins other releases than ours.
python=${1:-.venv/bin/python}
lock=examples/freqtrade/requirements.lock
ready=.venv-freqtrade/.ready
if ! "$python" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 14))' 2>/dev/null; then
    echo "skipped: freqtrade, since '$python' is no Python 3.11 to 3.14 (make setup makes .venv)"
elif [ ! -f "$ready" ] || [ "$lock" -nt "$ready" ]; then
    echo "installing freqtrade into .venv-freqtrade"
    "$python" -m venv --clear .venv-freqtrade
    .venv-freqtrade/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r "$lock"
    touch "$ready"
fi
echo "ready: make drill"
