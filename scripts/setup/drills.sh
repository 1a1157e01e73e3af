#!/bin/sh
# Install what drills and the tests of the page need: Chromium, Node, systemd's analyzer, supervisor, Prometheus and
# Alertmanager from Debian (as root), onnxruntime-web from npm into examples/node_modules, freqtrade and Triton's client from PyPI into .venv-freqtrade and
# .venv-triton, MLflow into .venv-mlflow; and for the member catboost and for learning curves their libraries, into
# .venv-catboost and .venv-dvclive. What cannot be installed here is said with
# the reason, and the rest goes on: its tests are skipped then, and say so. Usage: sh scripts/setup/drills.sh [PYTHON]
set -eu
cd "$(dirname "$0")/../.."

log=$(mktemp)
trap 'rm -f "$log"' EXIT

skipped() {
    echo "skipped: $1, since $2"
}

try() {  # try WHAT COMMAND…: run it quietly; when it fails, say why WHAT is skipped
    what=$1
    shift
    "$@" >"$log" 2>&1 && return
    code=$?
    reason=$(grep -m 1 'reason: ' "$log" || grep -i -m 1 -E 'error|^E: ' "$log" || tail -n 1 "$log")
    skipped "$what" "'$*' failed with $code: $reason"
    return 1
}

debian() {  # debian COMMAND PACKAGE: install the package unless the command is there
    command -v "$1" >/dev/null && return
    if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
        skipped "$2" "'$1' is missing, and only root on Debian or Ubuntu can install it here"
        return
    fi
    echo "installing $2 with apt-get"
    if [ -z "${updated:-}" ]; then
        # With an older list, or none, the package may still be found.
        try "a new list of packages" apt-get update -qq || true
        updated=yes
    fi
    try "$2" apt-get install -qq -y --no-install-recommends "$2" || true
}

daemon() {  # daemon COMMAND PACKAGE: as debian, for a package that would start what it holds; drills start it themselves
    command -v "$1" >/dev/null && return
    made=
    if [ "$(id -u)" = 0 ] && [ ! -e "$policy" ]; then
        made=yes
        printf '#!/bin/sh\nexit 101\n' >"$policy"
        chmod 755 "$policy"
    fi
    debian "$1" "$2"
    [ -z "$made" ] || rm -f "$policy"
    # Nor at the next start of the machine.
    if command -v "$1" >/dev/null && command -v systemctl >/dev/null; then
        try "keeping $2 off at the start of the machine" systemctl disable "$2" || true
    fi
}

# Debian asks this program whether a package may start a service: 101 is no.
policy=${POLICY_RC_D:-/usr/sbin/policy-rc.d}
export DEBIAN_FRONTEND=noninteractive
# Google's does as well; GitHub's machines have it.
command -v google-chrome >/dev/null || debian chromium chromium
debian node nodejs
debian npm npm
debian systemd-analyze systemd
daemon prometheus prometheus
daemon prometheus-alertmanager prometheus-alertmanager
daemon supervisord supervisor

modules=examples/node_modules
if ! command -v npm >/dev/null; then
    skipped onnxruntime-web "npm is missing"
elif [ ! -L $modules ] && [ ! $modules/.package-lock.json -nt examples/package-lock.json ]; then
    echo "installing onnxruntime-web into $modules"
    # A half-made folder would pass for the whole.
    try onnxruntime-web npm ci --prefix examples --ignore-scripts --no-audit --no-fund --loglevel=error ||
        rm -rf $modules
fi

# An environment of its own: it pins other releases than ours.
if [ ! .venv-freqtrade/.ready -nt examples/freqtrade/requirements.lock ]; then
    echo "installing freqtrade into .venv-freqtrade"
    try freqtrade sh scripts/setup/environment.sh "${1:-}" freqtrade || true
fi

if [ ! .venv-triton/.ready -nt examples/triton/requirements.lock ]; then
    echo "installing Triton's client into .venv-triton"
    try "Triton's client" sh scripts/setup/environment.sh "${1:-}" triton || true
fi

if [ ! .venv-mlflow/.ready -nt requirements-mlflow.lock ]; then
    echo "installing MLflow into .venv-mlflow"
    try MLflow sh scripts/setup/environment.sh "${1:-}" mlflow || true
fi

# An environment that sees the libraries of .venv: its own dependencies would bring other releases of them.
beside() {  # beside FOLDER LOCK: a new environment beside .venv, with what LOCK names
    site='import sysconfig; print(sysconfig.get_path("purelib"))'
    .venv/bin/python -m venv --clear "$1" &&
        "$1/bin/python" -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r "$2" &&
        .venv/bin/python -c "$site" >"$("$1/bin/python" -c "$site")/pipeline.pth" &&
        touch "$1/.ready"
}

for library in catboost dvclive; do
    if [ ! -x .venv/bin/python ]; then
        skipped $library "there is no .venv (make setup makes it)"
    elif [ ! .venv-$library/.ready -nt requirements-$library.lock ]; then
        echo "installing $library into .venv-$library"
        try $library beside .venv-$library requirements-$library.lock || true
    fi
done
echo "ready: make drill"
