"""Deploy to Cloud Run: python scripts/deploy/cloud_run.py --help"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

try:
    from src.management.commands.cloud_run import app
except ModuleNotFoundError as error:
    sys.exit(f"error: this Python has no {error.name}; run `make serve-setup`.")

if __name__ == "__main__":
    app()
