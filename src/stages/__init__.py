"""One thin main() per stage of dvc.yaml."""

import sys
from importlib.util import find_spec

# DVC runs the first `python` on PATH, whichever that is.
if find_spec("talib") is None:
    sys.exit(f"error: {sys.executable} has not this project's packages; run `. .venv/bin/activate`, or `make repro`.")
