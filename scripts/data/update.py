"""Fetch the newest closed candles and run the pipeline on them: python scripts/data/update.py"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from src.management.commands.update import main

if __name__ == "__main__":
    main()
