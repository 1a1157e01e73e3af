"""What the metadata documents say of an exported graph."""

from pathlib import Path
from typing import Any

import onnx

from src.core.files import md5_of


def graph_facts(path: Path) -> dict[str, Any]:
    """File, md5, size, and the operator sets and the format that a runtime must know."""
    model = onnx.load(path)
    return {
        "file": path.name,
        "md5": md5_of(path),
        "bytes": path.stat().st_size,
        "opset": {opset.domain or "ai.onnx": opset.version for opset in model.opset_import},
        "ir_version": model.ir_version,
    }
