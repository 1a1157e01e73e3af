"""A version's graphs as an MLflow model: a folder whose `MLmodel` lets MLflow's users load and run it."""

from pathlib import Path
from typing import Any

import numpy as np

from src.core.files import write_bytes
from src.core.paths import ENSEMBLE_GRAPH

# Of the run's files.
MODEL_FOLDER = "model"


def write_model(folder: Path, graphs: dict[str, bytes], metadata: dict[str, Any], run: str) -> None:
    """Write the MLflow model of ``graphs`` (by file name) into the empty ``folder``; the flavor is `onnx`.

    MLflow runs production_ensemble.onnx, which answers features; production_signal.onnx, which answers candles, lies
    beside it.

    Args:
        folder: where.
        graphs: proven.
        metadata: production_model_metadata.json of the version.
        run: MLflow's id of the run that it belongs to.
    """
    from mlflow.models import Model
    from mlflow.models.signature import ModelSignature
    from mlflow.types.schema import Schema, TensorSpec

    for name, content in graphs.items():
        write_bytes(folder / name, content)
    inputs = TensorSpec(np.dtype("float64"), (-1, len(metadata["feature_names"])), "features")
    outputs = TensorSpec(np.dtype("float64"), (-1,), "probability")
    model = Model(artifact_path=MODEL_FOLDER, run_id=run, signature=ModelSignature(Schema([inputs]), Schema([outputs])))
    about = {"data": ENSEMBLE_GRAPH.name, "code": None}
    providers = {"providers": ["CPUExecutionProvider"], "onnx_session_options": None}
    model.add_flavor("onnx", **about, **providers)
    model.add_flavor("python_function", loader_module="mlflow.onnx", **about)
    model.save(str(folder / "MLmodel"))
