#!/bin/sh
# Lint, format, types, layers and the models: the quick check before a commit.
root=$(cd "$(dirname "$0")/../.." && pwd)
# An activated environment goes first, so that a copy of the tree works with the environment of another.
if [ -z "${VIRTUAL_ENV:-}" ] && [ -x "$root/.venv/bin/python" ]; then
    PATH="$root/.venv/bin:$PATH"
fi
# Without an environment any Python says what to do.
python=$(command -v python || command -v python3)
exec "$python" "$root/scripts/management/dev_check.py" validate --mode light
