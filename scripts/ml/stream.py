"""An online learner beside the bot: python scripts/ml/stream.py --help"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

try:
    from src.management.commands.stream import app
except ModuleNotFoundError as error:
    sys.exit(f"error: this Python has no {error.name}; run `make setup`, then `. .venv/bin/activate`.")

if __name__ == "__main__":
    app()
