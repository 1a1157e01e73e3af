"""One thin main() per stage of dvc.yaml."""

import sys
from importlib.util import find_spec

# DVC runs the first `python` on PATH, whichever that is.
if find_spec("talib") is None:
    sys.exit(
        f"error: the packages of this project are missing in {sys.executable}; "
        "run `. .venv/bin/activate`, or `make repro`."
    )
