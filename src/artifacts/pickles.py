"""Pickle a model to bytes that depend on its values alone."""

import io
import pickle
from pathlib import Path
from typing import Any

from src.core.files import write_bytes

# Every supported Python writes and reads it.
PROTOCOL = 5


def dump_model(path: Path, model: Any) -> None:
    """Write ``model`` to ``path`` atomically."""
    write_bytes(path, model_bytes(model))


def model_bytes(model: Any) -> bytes:
    """The canonical pickle of ``model``, which must hold no reference cycle."""
    buffer = io.BytesIO()
    pickler = pickle.Pickler(buffer, PROTOCOL)
    # The memo goes by identity: with it, two equal strings give other bytes than one string used twice.
    pickler.fast = True
    pickler.dump(model)
    return buffer.getvalue()
