"""Released versions in an MLflow registry: python scripts/management/tracking.py --help"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

try:
    from src.management.commands.tracking import app
except ModuleNotFoundError as error:
    sys.exit(f"error: this Python has no {error.name}; run `make mlflow-setup`, then `make mlflow`.")

if __name__ == "__main__":
    app()
