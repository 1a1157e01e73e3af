"""`make serve` of this checkout as it is, on a port that is given: token, guard, log, metrics and page included."""

import sys
from pathlib import Path

import msgspec

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from src.live.service.server import serve  # noqa: E402
from src.live.settings import read_settings  # noqa: E402
from src.management.console import one_sentence  # noqa: E402

if __name__ == "__main__":
    with one_sentence():
        settings = read_settings(ROOT)
        replaced = msgspec.structs.replace(settings.serve, host="127.0.0.1", port=int(sys.argv[2]))
        serve(ROOT, msgspec.structs.replace(settings, serve=replaced))
